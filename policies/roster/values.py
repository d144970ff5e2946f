"""The parts of a roster: persons, classes, courses, memberships, places of devices.

Here: frozen values, each with the key that makes it the same one in the next import. Not here:
all of them together (policies.roster.roster).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

PROVISIONAL = "?"
"""Begins the key of a person whose file has no identifiers, until policies.roster.identity."""

DERIVED = "~"
"""Begins the identifier that we made for a person whose source gives none."""

MOST_SLOTS = 64
"""Of one trolley."""


class Role(StrEnum):
    PUPIL = "pupil"
    TEACHER = "teacher"


class GroupKind(StrEnum):
    CLASS = "class"
    COURSE = "course"
    TROLLEY = "trolley"


@dataclass(frozen=True, slots=True, order=True)
class GroupKey:
    """A class, course or trolley of one school. school: its number."""

    kind: GroupKind
    school: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.school}/{self.name}"


@dataclass(frozen=True, slots=True)
class School:
    """number: known to everybody, the key. name: empty when the source does not say."""

    number: str
    name: str = ""

    @property
    def key(self) -> str:
        return self.number


@dataclass(frozen=True, slots=True)
class SchoolClass:
    """grade: as the school says it: 9, EF, Q1; empty for a class across grades."""

    school: str
    name: str
    grade: str = ""

    @property
    def key(self) -> GroupKey:
        return GroupKey(GroupKind.CLASS, self.school, self.name)


@dataclass(frozen=True, slots=True)
class Course:
    """A teaching group; who learns and who teaches in it say the memberships."""

    school: str
    name: str
    subject: str = ""

    @property
    def key(self) -> GroupKey:
        return GroupKey(GroupKind.COURSE, self.school, self.name)


@dataclass(frozen=True, slots=True)
class Person:
    """A pupil or a teacher.

    source_id: the identifier in the school's own system, the only identity; names never are.
    schools: numbers, sorted, at least one; a teacher may have several.
    grade: of a pupil, as the school says it.
    account: the managed Apple account or e-mail address, empty if there is none.
    slot: `7b-03`, only in nameless mode, where the names and the account are empty.
    """

    source_id: str
    role: Role
    given_name: str
    family_name: str
    schools: tuple[str, ...]
    grade: str = ""
    account: str = ""
    slot: str = ""

    @property
    def key(self) -> str:
        return self.source_id


@dataclass(frozen=True, slots=True, order=True)
class Membership:
    """A pupil learns in a group, a teacher teaches in it. person: a source_id."""

    person: str
    group: GroupKey

    @property
    def key(self) -> tuple[str, GroupKey]:
        return (self.person, self.group)


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a device belongs: to a person, to a place in a class or trolley, or to both.

    person: a source_id, empty for none. slot: counted from 1, 0 for none.
    """

    serial: str
    person: str = ""
    place: GroupKey | None = None
    slot: int = 0

    @property
    def key(self) -> str:
        return self.serial
