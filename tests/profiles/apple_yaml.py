"""A reader for the plain YAML of Apple's schema: structure and scalars, no prose.

Only for tests that compare our tables with the schema; it knows no more of YAML than those
files use, and skips every text meant for people.
"""

from pathlib import Path
from typing import Any

_PROSE = frozenset({"content", "title", "description", "notes", "behavior"})

_Line = tuple[int, str]


def load(path: Path) -> Any:
    """Read a schema file as dictionaries, lists and scalars; versions stay texts."""
    text = path.read_text(encoding="utf-8")
    lines = [_line(raw) for raw in text.splitlines() if raw.strip()]
    value, _ = _block(lines, 0, 0)
    return value


def _line(raw: str) -> _Line:
    stripped = raw.lstrip(" ")
    return len(raw) - len(stripped), stripped.rstrip()


def _block(lines: list[_Line], at: int, indent: int) -> tuple[Any, int]:
    return (_list if lines[at][1].startswith("- ") else _dictionary)(lines, at, indent)


def _list(lines: list[_Line], at: int, indent: int) -> tuple[list[Any], int]:
    items = []
    while at < len(lines) and lines[at][0] == indent and lines[at][1].startswith("- "):
        text = lines[at][1][2:]
        if ": " in text or text.endswith(":"):
            lines[at] = (indent + 2, text)
            item, at = _dictionary(lines, at, indent + 2)
        else:
            item, at = _scalar(text), at + 1
        items.append(item)
    return items, at


def _dictionary(lines: list[_Line], at: int, indent: int) -> tuple[dict[str, Any], int]:
    found: dict[str, Any] = {}
    while at < len(lines) and lines[at][0] == indent and not lines[at][1].startswith("- "):
        key, _, rest = lines[at][1].partition(":")
        rest, at = rest.strip(), at + 1
        if key not in _PROSE and (not rest or rest.startswith("&")) and at < len(lines):
            found[key], at = _block(lines, at, lines[at][0])
            continue
        if key not in _PROSE:
            found[key] = _scalar(rest)
        at = _past_continuation(lines, at, indent, key == "notes")
    return found, at


def _past_continuation(lines: list[_Line], at: int, indent: int, is_list: bool) -> int:
    while at < len(lines) and (
        lines[at][0] > indent or (is_list and lines[at][1].startswith("- "))
    ):
        at += 1
    return at


def _scalar(text: str) -> Any:
    if text[:1] in "'\"" and text:
        return text[1:-1]
    if text in ("true", "false"):
        return text == "true"
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    return text
