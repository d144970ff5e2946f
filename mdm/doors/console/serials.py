"""Serial numbers as people paste them: one or several on a line, from a list or a spreadsheet.

Not here: whose they are, and expecting them (decisions.py).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext

_BETWEEN = re.compile(r"[\s,;]+")
_SERIAL = re.compile(r"[A-Z0-9]{8,20}")
_MOST = 2000
_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Serials:
    """What was read. lines: serial number → the line it stood on first, from 1.

    problems: sentences for people, in the order of the lines; empty when all could be read.
    """

    lines: Mapping[str, int]
    problems: tuple[str, ...] = ()


def read_serials(text: str) -> Serials:
    """Read a list. Case, empty lines and repetitions do not matter."""
    lines: dict[str, int] = {}
    problems = []
    for number, line in enumerate(text.splitlines(), start=1):
        for word in filter(None, _BETWEEN.split(line)):
            if _SERIAL.fullmatch(word.upper()):
                lines.setdefault(word.upper(), number)
            else:
                problems.append(_problem(number, word))
    if len(lines) > _MOST:
        problems.append(gettext("At most %(most)s serial numbers at once.", most=_MOST))
    if not lines and not problems:
        problems.append(gettext("There is no serial number in it."))
    return Serials(lines, tuple(problems))


def _problem(number: int, word: str) -> str:
    return gettext(
        "Line %(number)s: “%(text)s” is no serial number.", number=number, text=word[:_SHOWN]
    )
