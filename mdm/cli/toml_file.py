"""Files that people write for verbs: TOML, in UTF-8, of a size that somebody can have written."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mdm.base import toml_text
from mdm.base.errors import InvalidInput


def read_toml(path: Path) -> dict[str, Any]:
    """Read a file. raises: OSError, InvalidInput naming the line, or what it is instead."""
    return toml_text.read_toml_text(path.name, read_bytes(path, toml_text.LARGEST))


def read_bytes(path: Path, largest: int) -> bytes:
    """Read a file, but not more than it may have. raises: OSError, InvalidInput."""
    with path.open("rb") as file:
        raw = file.read(largest + 1)
    if len(raw) > largest:
        raise InvalidInput(path.name, f"is larger than {largest // 1024} KiB")
    return raw


@contextmanager
def naming_the_line(path: Path) -> Iterator[None]:
    """Let what is refused of a file say where in the file it stands. raises: InvalidInput."""
    with toml_text.naming_the_line(path.read_text("utf-8")):
        yield
