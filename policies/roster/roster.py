"""A roster: everything one source says about one school or several.

Here: the whole as one value in canonical order, and which topics it speaks about. Not here: what
changes from one to the next (policies.roster.difference).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any, Protocol, TypeVar

from policies.roster.errors import InvalidRoster
from policies.roster.values import (
    Course,
    GroupKey,
    GroupKind,
    Membership,
    Person,
    Placement,
    Role,
    School,
    SchoolClass,
)


class Topic(StrEnum):
    """What a source speaks about. Silence about a topic changes and removes nothing."""

    PUPILS = "pupils"  # with their classes
    TEACHERS = "teachers"
    CLASS_TEACHERS = "class_teachers"
    COURSES = "courses"
    PLACEMENTS = "placements"
    TROLLEYS = "trolleys"  # in which iPads are that somebody owns
    GRADES = "grades"  # of persons
    CLASS_GRADES = "class_grades"
    ACCOUNTS = "accounts"
    SUBJECTS = "subjects"


EVERY_TOPIC = frozenset(Topic)


class Keyed(Protocol):
    """A value that stays the same one while its fields change."""

    @property
    def key(self) -> Any: ...


T = TypeVar("T", bound=Keyed)


@dataclass(frozen=True, slots=True)
class Roster:
    """What one source says, or what is stored: equal contents make equal values.

    schools: those it covers; about others it says nothing. Every tuple is sorted by key on
    construction. topics: what it speaks about.
    raises: InvalidRoster (a key twice, a reference into nothing, a membership in a school that
        its person does not belong to).
    """

    schools: tuple[School, ...] = ()
    classes: tuple[SchoolClass, ...] = ()
    courses: tuple[Course, ...] = ()
    persons: tuple[Person, ...] = ()
    memberships: tuple[Membership, ...] = ()
    placements: tuple[Placement, ...] = ()
    topics: frozenset[Topic] = EVERY_TOPIC

    def __post_init__(self) -> None:
        for kind in ("schools", "classes", "courses", "persons", "memberships", "placements"):
            object.__setattr__(self, kind, _sorted(kind, getattr(self, kind)))
        _check_memberships(self)
        _check_placements(self)

    @property
    def numbers(self) -> frozenset[str]:
        """The numbers of the schools covered."""
        return frozenset(school.number for school in self.schools)

    def groups(self) -> frozenset[GroupKey]:
        """The keys of all classes and courses."""
        return frozenset(c.key for c in self.classes) | frozenset(c.key for c in self.courses)

    def groups_of(self, source_id: str) -> tuple[GroupKey, ...]:
        """The classes and courses of one person; for many persons make a `by_person` once."""
        return tuple(m.group for m in self.memberships if m.person == source_id)

    def members(self, group: GroupKey, role: Role) -> tuple[Person, ...]:
        """Who learns, or who teaches, in a group."""
        inside = {m.person for m in self.memberships if m.group == group}
        return tuple(p for p in self.persons if p.source_id in inside and p.role is role)


def spoken_about(roster: Roster) -> frozenset[Topic]:
    """The topics about which a roster says anything: an empty column is silence, not a loss."""
    pupils, teachers = (_ids(roster, role) for role in Role)
    in_classes = {m.person for m in roster.memberships if m.group.kind is GroupKind.CLASS}
    said = {
        Topic.PUPILS: pupils and roster.classes,
        Topic.TEACHERS: teachers,
        Topic.CLASS_TEACHERS: teachers & in_classes,
        Topic.COURSES: roster.courses,
        Topic.PLACEMENTS: roster.placements,
        Topic.TROLLEYS: any(_is_in_trolley(placement) for placement in roster.placements),
        Topic.GRADES: any(person.grade for person in roster.persons),
        Topic.CLASS_GRADES: any(group.grade for group in roster.classes),
        Topic.ACCOUNTS: any(person.account for person in roster.persons),
        Topic.SUBJECTS: any(course.subject for course in roster.courses),
    }
    return frozenset(topic for topic, something in said.items() if something)


def by_key(values: Iterable[T]) -> dict[Any, T]:
    """Values by their keys, in the order given."""
    return {value.key: value for value in values}


def by_person(memberships: Iterable[Membership]) -> dict[str, list[GroupKey]]:
    """The groups of each person, in order."""
    groups: dict[str, list[GroupKey]] = {}
    for membership in memberships:
        groups.setdefault(membership.person, []).append(membership.group)
    return groups


def _is_in_trolley(placement: Placement) -> bool:
    return placement.place is not None and placement.place.kind is GroupKind.TROLLEY


def _ids(roster: Roster, role: Role) -> set[str]:
    return {person.source_id for person in roster.persons if person.role is role}


def _sorted(kind: str, values: Iterable[T]) -> tuple[T, ...]:
    ordered = tuple(sorted(values, key=lambda value: value.key))
    for before, after in pairwise(ordered):
        if before.key == after.key:
            raise InvalidRoster(kind, "the same key twice", str(after.key))
    return ordered


def _check_memberships(roster: Roster) -> None:
    persons, groups = by_key(roster.persons), roster.groups()
    for membership in roster.memberships:
        person = persons.get(membership.person)
        if person is None or membership.group not in groups:
            raise InvalidRoster("memberships", "refers to nothing", str(membership.key))
        if membership.group.school not in person.schools:
            raise InvalidRoster("memberships", "in a foreign school", str(membership.key))


def _check_placements(roster: Roster) -> None:
    persons, groups = by_key(roster.persons), roster.groups()
    for placement in roster.placements:
        if not placement.person and placement.place is None:
            raise InvalidRoster("placements", "belongs nowhere", placement.serial)
        if placement.person and placement.person not in persons:
            raise InvalidRoster("placements", "refers to nobody", placement.serial)
        place = placement.place
        if place is not None and place.kind is not GroupKind.TROLLEY and place not in groups:
            raise InvalidRoster("placements", "refers to no group", placement.serial)
