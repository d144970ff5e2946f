"""One cell: what may stand in it, and how a spreadsheet is kept from calculating it.

Here: Unicode, spaces, hostile characters. A cell that a spreadsheet would take for a formula is
refused on import; on export it gets an apostrophe, which the next import takes off again.
"""

from __future__ import annotations

import re
import unicodedata

from policies.roster.formats.problems import ProblemKind

_PLAIN = re.compile(r"(?:[A-Za-z0-9][!-~]*(?: [!-~]+)*)?", re.ASCII)
"""Most cells: visible ASCII with single spaces, which nothing below would change."""

_FORMULA = re.compile(r"[=+\-@\t\r\n]")
_GUARDED = re.compile(r"'+[=+\-@]")
_GUARD = re.compile(r"'*[=+\-@]")
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CONTROL = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})

_MISREAD = re.compile(
    "\ufffd|[\u00c3\u00c5][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u201a-\u2122]"
)
"""UTF-8 once read as Windows-1252 leaves A with tilde or ring before a sign, never a letter."""


def clean(raw: str, longest: int) -> tuple[str, ProblemKind | None]:
    """The text of a cell: NFC, trimmed, single spaces; with what is wrong, None for nothing.

    longest: characters allowed. Line ends inside a quoted cell become spaces.
    """
    if _PLAIN.fullmatch(raw) and len(raw) <= longest:
        return raw, None
    text = unicodedata.normalize("NFC", raw)
    if problem := _hostile(raw, text):
        return "", problem
    text = " ".join(text.split())
    if len(text) > longest:
        return "", ProblemKind.TOO_LONG
    if _GUARDED.match(text):
        return text[1:], None
    return text, ProblemKind.FORMULA if _FORMULA.match(text) else None


def guarded(text: str) -> str:
    """The cell as it is written: text in front of which no spreadsheet sees a formula."""
    return "'" + text if _GUARD.match(text) else text


def _hostile(raw: str, text: str) -> ProblemKind | None:
    if _FORMULA.match(raw) and raw.strip():
        return ProblemKind.FORMULA
    if text.isascii() and text.isprintable():
        return None
    if _DIRECTION.search(text):
        return ProblemKind.DIRECTION_CHARACTER
    if any(unicodedata.category(sign) in _CONTROL for sign in text if sign not in "\t\r\n"):
        return ProblemKind.CONTROL_CHARACTER
    return ProblemKind.WRONG_ENCODING if _MISREAD.search(text) else None
