"""May a difference be written? What stops a broken roster from emptying a school.

Here: the limits and the confirmation that lifts them. Not here: finding the difference
(policies.roster.difference), who may confirm (mdm.rooms.access), the sentences (the doors).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from policies.roster.difference import RosterDifference
from policies.roster.roster import Roster, by_key
from policies.roster.values import (
    GroupKey,
    GroupKind,
    Membership,
    Person,
    Placement,
    Role,
    SchoolClass,
)

LARGEST_LOSS_PERCENT = 5
"""A school may lose this share of its persons, memberships or iPads without a question."""


class StopReason(StrEnum):
    PERSONS = "persons"  # too large a share of a school's persons would go
    MEMBERSHIPS = "memberships"  # too large a share of its memberships would end
    DEVICES = "devices"  # too large a share of its iPads would be taken from who or what stays
    CLASS_WITH_PUPILS = "class_with_pupils"  # a class would go together with all its pupils
    CLASS_WITH_DEVICES = "class_with_devices"  # a class would go that devices belong to


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a school's import waits.

    lost, of: persons, memberships, pupils or devices that would go, and how many there are.
    group: the class, None for a share of the whole school.
    """

    reason: StopReason
    school: str
    lost: int
    of: int
    group: GroupKey | None = None


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many persons, memberships and devices schools have, by their numbers."""

    persons: Mapping[str, int] = field(default_factory=dict)
    memberships: Mapping[str, int] = field(default_factory=dict)
    devices: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What a person typed to say: yes, these really leave. typed: the school numbers."""

    typed: str

    def names(self, schools: Iterable[str]) -> bool:
        """Whether it names exactly these schools, in any order, parted by comma or space."""
        said = self.typed.replace(",", " ").split()
        return sorted(said) == sorted(schools)


@dataclass(frozen=True, slots=True)
class ImportVerdict:
    """stops: empty when nothing speaks against it; in the order of schools."""

    stops: tuple[Stop, ...]
    confirmed: bool = False

    @property
    def may_write(self) -> bool:
        return self.confirmed or not self.stops

    @property
    def to_type(self) -> tuple[str, ...]:
        """The school numbers that a confirmation has to name."""
        return tuple(sorted({stop.school for stop in self.stops}))


def judge(
    change: RosterDifference,
    known: Roster,
    confirmation: Confirmation | None = None,
    percent: int = LARGEST_LOSS_PERCENT,
    elsewhere: Sizes = Sizes(),
) -> ImportVerdict:
    """Judge every school by itself, so that a large city does not hide an emptied school.

    known: the same roster that the difference was made from.
    percent: a larger share than this stops. elsewhere: the whole sizes of schools of which `known`
        holds only whom the source names.
    """
    found = (
        *_persons(change, known, percent, elsewhere.persons),
        *_memberships(change, known, percent, elsewhere.memberships),
        *_devices(change, known, percent, elsewhere.devices),
        *_classes(change, known),
    )
    stops = tuple(sorted(found, key=lambda stop: (stop.school, stop.reason)))
    verdict = ImportVerdict(stops)
    if stops and confirmation is not None and confirmation.names(verdict.to_type):
        return ImportVerdict(stops, confirmed=True)
    return verdict


def _persons(
    change: RosterDifference, known: Roster, percent: int, elsewhere: Mapping[str, int]
) -> Iterator[Stop]:
    """Who goes to another school, or stays there alone, is lost for this one.

    Otherwise the file of one school, taken for another's, would empty the school it is from.
    """
    lost = Counter(school for person in change.persons.removed for school in person.schools)
    for changed in change.persons.changed:
        lost.update(set(changed.before.schools) - set(changed.after.schools))
    total = Counter(school for person in known.persons for school in person.schools)
    return _too_many(StopReason.PERSONS, lost, {**total, **elsewhere}, percent)


def _memberships(
    change: RosterDifference, known: Roster, percent: int, elsewhere: Mapping[str, int]
) -> Iterator[Stop]:
    lost = Counter(m.group.school for m in change.memberships.removed)
    total = Counter(m.group.school for m in known.memberships)
    return _too_many(StopReason.MEMBERSHIPS, lost, {**total, **elsewhere}, percent)


def _devices(
    change: RosterDifference, known: Roster, percent: int, elsewhere: Mapping[str, int]
) -> Iterator[Stop]:
    """An iPad whose owner or class goes as well is no loss of its own."""
    persons = by_key(known.persons)
    leaving = {person.key for person in change.persons.removed}
    gone = {group.key for group in change.classes.removed}
    disowned = (one.before for one in change.placements.changed if not one.after.person)
    lost = Counter(
        _school_of(placement, persons)
        for placement in (*change.placements.removed, *disowned)
        if _is_taken(placement, leaving, gone)
    )
    total = Counter(_school_of(placement, persons) for placement in known.placements)
    return _too_many(StopReason.DEVICES, lost, {**total, **elsewhere}, percent)


def _is_taken(placement: Placement, leaving: set[str], gone: set[GroupKey]) -> bool:
    if placement.person:
        return placement.person not in leaving
    return placement.place not in gone


def _school_of(placement: Placement, persons: dict[str, Person]) -> str:
    if placement.place is not None:
        return placement.place.school
    return persons[placement.person].schools[0]


def _too_many(
    reason: StopReason, lost: Mapping[str, int], total: Mapping[str, int], percent: int
) -> Iterator[Stop]:
    for school, count in sorted(lost.items()):
        if count * 100 > total[school] * percent:
            yield Stop(reason, school, count, total[school])


def _classes(change: RosterDifference, known: Roster) -> Iterator[Stop]:
    gone = by_key(change.classes.removed)
    pupils = _pupils(known, gone)
    leaving = {person.key for person in change.persons.removed}
    devices = Counter(p.place for p in known.placements if p.place in gone)
    owned = Counter(p.person for p in known.placements if p.person in leaving)
    for key in gone:
        inside = pupils.get(key, [])
        if inside and leaving.issuperset(inside):
            count = len(inside)
            yield Stop(StopReason.CLASS_WITH_PUPILS, key.school, count, count, key)
        if count := devices[key] + sum(owned[person] for person in inside):
            yield Stop(StopReason.CLASS_WITH_DEVICES, key.school, count, count, key)


def _pupils(known: Roster, gone: dict[GroupKey, SchoolClass]) -> dict[GroupKey, list[str]]:
    persons: dict[str, Person] = by_key(known.persons)
    inside: dict[GroupKey, list[str]] = {}
    for membership in known.memberships:
        if membership.group in gone and _learns(membership, persons):
            inside.setdefault(membership.group, []).append(membership.person)
    return inside


def _learns(membership: Membership, persons: dict[str, Person]) -> bool:
    person = persons[membership.person]
    return person.role is Role.PUPIL and membership.group.kind is GroupKind.CLASS
