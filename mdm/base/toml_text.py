"""Settings that people write as text: TOML, read with the place of what is wrong.

Not here: files of the command line (mdm.cli.toml_file), what such a text may say (its rooms).
"""

import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mdm.base.errors import InvalidInput
from profiles.errors import InvalidPayload

LARGEST = 1024 * 1024
_ENTRY = re.compile(r"(\w+)\[(\d+)\]\.?(.*)", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def read_toml_text(name: str, raw: bytes) -> dict[str, Any]:
    """Read a text in UTF-8, of 1 MiB at most. name: of its file. raises: InvalidInput."""
    if len(raw) > LARGEST:
        raise InvalidInput(name, f"is larger than {LARGEST // 1024} KiB")
    try:
        return tomllib.loads(raw.decode())
    except UnicodeDecodeError as error:
        raise InvalidInput(name, "is not written in UTF-8", "Save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(name, str(error)) from error
    except RecursionError as error:
        raise InvalidInput(name, "is nested too deeply") from error


@contextmanager
def naming_the_line(text: str) -> Iterator[None]:
    """Let what is refused of a text say where in it that stands.

    raises: InvalidInput, with the field as it came and the line beside the problem.
    """
    try:
        yield
    except (InvalidInput, InvalidPayload) as error:
        place = place_of(text, error.field)
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
