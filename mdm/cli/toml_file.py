"""Files that people write for verbs: TOML, in UTF-8, of a size that somebody can have written."""

import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mdm.base.errors import InvalidInput
from profiles.errors import InvalidPayload

_LARGEST = 1024 * 1024
_ENTRY = re.compile(r"(\w+)\[(\d+)\]\.?(.*)", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


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


@contextmanager
def naming_the_line(path: Path) -> Iterator[None]:
    """Let what is refused of a file say where in the file it stands.

    raises: InvalidInput, with the field as it came and the line beside the problem.
    """
    try:
        yield
    except (InvalidInput, InvalidPayload) as error:
        place = place_of(path.read_text("utf-8"), error.field)
        where = f" ({place})" if place else ""
        problem = f"{error.problem}{where}"
        raise InvalidInput(error.field, problem, error.next_step) from error


def place_of(text: str, field: str) -> str:
    """Where a field such as `payload[2].printers[0].port` stands in a file; empty if nowhere.

    The line itself where the field has a name that comes once in its entry, otherwise the line
    where the entry begins: TOML's own reader keeps no lines.
    """
    found = _ENTRY.match(field)
    if found is None:
        return _line_once(text, field, 0, len(text))
    name, number, inside = found[1], int(found[2]), found[3]
    heads = list(re.finditer(rf"^[ \t]*\[\[[ \t]*{name}[ \t]*\]\]", text, re.MULTILINE))
    if number >= len(heads):
        return ""
    ends = [head.start() for head in heads[1:]] + [len(text)]
    begins, ends_at = heads[number].end(), ends[number]
    exact = _line_once(text, inside, begins, ends_at)
    return exact or f"in the part that begins in line {_line(text, begins)}"


def _line_once(text: str, field: str, begins: int, ends: int) -> str:
    names = _NAME.findall(field)
    if not names:
        return ""
    pattern = rf"^[^#\n]*?(?<![\w-]){re.escape(names[-1])}[\"']?[ \t]*(=|\]+[ \t]*$)"
    places = [one.end() for one in re.finditer(pattern, text[begins:ends], re.MULTILINE)]
    return f"line {_line(text, begins + places[0])}" if len(places) == 1 else ""


def _line(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1


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
