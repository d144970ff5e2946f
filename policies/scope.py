"""For whom something is meant: from the whole city down to one device.

Here: the kinds of scope and which one is narrower. Not here: who is inside, which the facts of a
device say (policies.facts).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ScopeKind(StrEnum):
    CITY = "city"
    SCHOOL = "school"
    GRADE = "grade"
    CLASS = "class"
    COURSE = "course"
    TROLLEY = "trolley"
    GROUP = "group"
    DEVICE = "device"


_WIDEST_FIRST = tuple(ScopeKind)


@dataclass(frozen=True, slots=True)
class Scope:
    """A part of the city.

    name: unique within its kind: a school number, `12/9` for a grade, `12/7b` for a class,
        `12/<number of the row>` for a course or trolley, the number of the row for a smart group,
        a serial number; empty for the city.
    """

    kind: ScopeKind
    name: str = ""

    @property
    def narrowness(self) -> int:
        """Zero for the city; of two scopes around one device the higher one wins."""
        return _WIDEST_FIRST.index(self.kind)

    def __str__(self) -> str:
        return f"{self.kind} {self.name}".rstrip()


CITY = Scope(ScopeKind.CITY)
