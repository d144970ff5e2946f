"""Where each iPad belongs according to a roster: its owner's class, courses and grade with it.

Here: values only. Not here: moving the devices (moving.py).
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from mdm.rooms.rosters.known import class_of
from policies.roster.roster import Roster, by_key
from policies.roster.values import GroupKey, GroupKind, Person, Placement, Role


@dataclass(frozen=True, slots=True)
class Seat:
    """Where one iPad belongs. school: a number. slot: of the trolley or class, 0 for none.

    owner: a source_id. courses: names, of the owner.
    """

    serial: str
    school: str
    owner: str = ""
    class_name: str | None = None
    grade: str | None = None
    trolley: str | None = None
    slot: int = 0
    courses: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SeatChange:
    """before, after: None where the iPad belongs nowhere."""

    serial: str
    before: Seat | None
    after: Seat | None


def seat_changes(before: Roster, after: Roster, at: Mapping[str, str]) -> list[SeatChange]:
    """List the iPads that belong elsewhere afterwards, by serial number.

    at: the school of each known iPad now, by serial number; it stays there as long as its owner
        does, and where its owner leaves.
    """
    old, new = seats(before, at), seats(after, at)
    return [
        SeatChange(serial, old.get(serial), new.get(serial))
        for serial in sorted(old.keys() | new.keys())
        if old.get(serial) != new.get(serial)
    ]


def seats(roster: Roster, at: Mapping[str, str]) -> dict[str, Seat]:
    """Say where every iPad of a roster belongs, by serial number."""
    return _Seating.of(roster).all(roster, at)


@dataclass(frozen=True, slots=True)
class _Seating:
    people: Mapping[str, Person]
    grades: Mapping[GroupKey, str]
    classes: Mapping[str, GroupKey]
    courses: Mapping[str, frozenset[GroupKey]]

    @classmethod
    def of(cls, roster: Roster) -> "_Seating":
        courses: dict[str, set[GroupKey]] = defaultdict(set)
        for membership in roster.memberships:
            if membership.group.kind is GroupKind.COURSE:
                courses[membership.person].add(membership.group)
        pupils = {person.source_id for person in roster.persons if person.role is Role.PUPIL}
        return cls(
            by_key(roster.persons),
            {group.key: group.grade for group in roster.classes},
            class_of(roster.memberships, pupils),
            {person: frozenset(groups) for person, groups in courses.items()},
        )

    def all(self, roster: Roster, at: Mapping[str, str]) -> dict[str, Seat]:
        return {
            placement.serial: self.seat(placement, at.get(placement.serial))
            for placement in roster.placements
        }

    def seat(self, placement: Placement, here: str | None) -> Seat:
        owner = self.people.get(placement.person)
        school = self.school(placement, owner, here)
        group = self.class_group(placement, owner, school)
        trolley = placement.place if _is(placement.place, GroupKind.TROLLEY) else None
        grade = self.grades.get(group) if group else (owner.grade if owner else None)
        taken = self.courses.get(placement.person, frozenset())
        return Seat(
            placement.serial,
            school,
            placement.person,
            group.name if group else None,
            grade or None,
            trolley.name if trolley else None,
            placement.slot,
            frozenset(course.name for course in taken if course.school == school),
        )

    def school(self, placement: Placement, owner: Person | None, here: str | None) -> str:
        if placement.place is not None:
            return placement.place.school
        # An iPad that has neither a place nor an owner is in no roster.
        schools = owner.schools if owner is not None else ()
        return here if here is not None and (here in schools or not schools) else schools[0]

    def class_group(
        self, placement: Placement, owner: Person | None, school: str
    ) -> GroupKey | None:
        if _is(placement.place, GroupKind.CLASS):
            return placement.place
        group = self.classes.get(owner.source_id) if owner is not None else None
        return group if group is not None and group.school == school else None


def _is(place: GroupKey | None, kind: GroupKind) -> bool:
    return place is not None and place.kind is kind
