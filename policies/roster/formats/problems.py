"""What is wrong with single rows of a file.

Here: values that name line and field; never the content of a cell, which may be a child's name.
Not here: files refused as a whole (policies.roster.errors).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from policies.roster.roster import Roster


class ProblemKind(StrEnum):
    MISSING_VALUE = "missing_value"
    UNKNOWN_VALUE = "unknown_value"  # detail: what is allowed
    FORMULA = "formula"  # begins with = + - @, a tab or a line end
    CONTROL_CHARACTER = "control_character"
    DIRECTION_CHARACTER = "direction_character"  # turns the direction of reading
    WRONG_ENCODING = "wrong_encoding"  # letters that were read with a wrong encoding before
    TOO_LONG = "too_long"  # detail: the limit in characters
    RAGGED_ROW = "ragged_row"  # detail: cells found and expected, 5/7
    CONTRADICTS = "contradicts"  # detail: the other line of the same key
    RESERVED_ID = "reserved_id"  # begins with a sign that only we use
    UNKNOWN_REFERENCE = "unknown_reference"  # detail: the file or kind that should name it
    CLASS_WITHOUT_PUPILS = "class_without_pupils"


_NOTES = frozenset({ProblemKind.CLASS_WITHOUT_PUPILS})


@dataclass(frozen=True, slots=True)
class At:
    """A place in a file. file: its name inside an archive, else empty. line: from 1."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that somebody has to mend in the source.

    field: the heading as it stands in the file, or our name of it when two rows contradict each
    other. detail: a number or word for the next step.
    """

    kind: ProblemKind
    at: At
    field: str
    detail: str = ""

    @property
    def is_note(self) -> bool:
        """It is worth a look, but hinders nothing."""
        return self.kind in _NOTES


@dataclass(frozen=True, slots=True)
class ReadRoster:
    """What a file says.

    roster: the sound rows alone; with problems it is not complete and must not be written.
    problems: in the order of files and lines. skipped: rows that the source itself says are not
    current: deleted, left, of other roles.
    """

    roster: Roster
    problems: tuple[Problem, ...] = ()
    skipped: int = 0

    @property
    def is_sound(self) -> bool:
        """Every row was understood, so that the roster may be compared and written."""
        return all(problem.is_note for problem in self.problems)
