"""Files that people write for verbs: TOML, in UTF-8, of a size that somebody can have written."""

import tomllib
from pathlib import Path
from typing import Any

from mdm.base.errors import InvalidInput

_LARGEST = 1024 * 1024


def read_toml(path: Path) -> dict[str, Any]:
    """Read a file. raises: OSError, InvalidInput naming the line, or what it is instead."""
    raw = read_bytes(path, _LARGEST)
    try:
        return tomllib.loads(raw.decode())
    except UnicodeDecodeError as error:
        raise InvalidInput(path.name, "is not written in UTF-8", "Save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(path.name, str(error)) from error
    except RecursionError as error:
        raise InvalidInput(path.name, "is nested too deeply") from error


def read_bytes(path: Path, largest: int) -> bytes:
    """Read a file, but not more than it may have. raises: OSError, InvalidInput."""
    with path.open("rb") as file:
        raw = file.read(largest + 1)
    if len(raw) > largest:
        raise InvalidInput(path.name, f"is larger than {largest // 1024} KiB")
    return raw


def only_keys(document: dict[str, Any], *known: str) -> None:
    """Refuse a file with keys that nobody reads. raises: InvalidInput."""
    for key in document:
        if key not in known:
            raise InvalidInput(key[:80], "is not a known key", f"Use {', '.join(known)}.")


def text_of(document: dict[str, Any], key: str, default: str | None = None) -> str:
    """Give a text of a file. raises: InvalidInput (missing, no text)."""
    value = document.get(key, default)
    if not isinstance(value, str):
        raise InvalidInput(key, "is missing" if value is None else "is no text")
    return value
