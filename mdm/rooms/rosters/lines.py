"""What an import would change, line by line, as doors show it.

Here: names of people and places in the place of keys. Not here: sentences in any language (the
doors), the difference itself (policies.roster.difference).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from mdm.rooms.rosters.seats import Seat
from mdm.rooms.rosters.shown import Shown
from policies.roster.changes import FieldChange, KindDifference, MoveKind
from policies.roster.values import GroupKey, Membership, Person, Placement


class Happening(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    MOVED = "moved"


class About(StrEnum):
    PERSONS = "persons"
    CLASSES = "classes"
    COURSES = "courses"
    MEMBERSHIPS = "memberships"
    PLACES = "placements"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that would change.

    what: whom or which. before, after: a group or place, empty for none. fields: of what has
    changed. move: of MOVED alone.
    """

    about: About
    happening: Happening
    what: str
    before: str = ""
    after: str = ""
    fields: tuple[FieldChange, ...] = ()
    move: MoveKind | None = None


@dataclass(frozen=True, slots=True)
class SeatLine:
    """One iPad that would belong elsewhere; empty for nowhere."""

    serial: str
    before: str
    after: str


def person_text(person: Person) -> str:
    """A person as people say it: the label of a seat where there are no names."""
    names = ", ".join(name for name in (person.family_name, person.given_name) if name)
    return names or person.slot or person.source_id


def people_of(shown: Shown) -> dict[str, str]:
    """Everybody that is known or comes, by source_id."""
    change = shown.difference.persons
    coming = (*change.added, *(one.after for one in change.changed))
    return {p.source_id: person_text(p) for p in (*shown.known.persons, *coming)}


def lines_of(shown: Shown) -> list[Line]:
    """List everything that would change: what goes first, for it needs the closest look."""
    return sorted(_Telling.of(shown).lines(shown), key=lambda line: _ORDER[line.happening])


def seat_lines(shown: Shown) -> list[SeatLine]:
    """List the iPads that would belong elsewhere."""
    telling = _Telling.of(shown)
    return [
        SeatLine(seat.serial, telling.seat(seat.before), telling.seat(seat.after))
        for seat in shown.seats
    ]


_ORDER = {
    Happening.REMOVED: 0,
    Happening.MOVED: 1,
    Happening.CHANGED: 2,
    Happening.ADDED: 3,
}


@dataclass(frozen=True, slots=True)
class _Telling:
    """people: source_id → name. left, entered: source_id → groups. many: several schools."""

    people: Mapping[str, str]
    left: Mapping[str, str]
    entered: Mapping[str, str]
    many: bool

    @classmethod
    def of(cls, shown: Shown) -> "_Telling":
        numbers = shown.known.numbers | {school.number for school in shown.difference.new_schools}
        many = len(numbers) > 1
        change = shown.difference.memberships
        left, entered = _groups(change.removed, many), _groups(change.added, many)
        return cls(people_of(shown), left, entered, many)

    def lines(self, shown: Shown) -> Iterator[Line]:
        change = shown.difference
        whole = {p.key for p in (*change.persons.added, *change.persons.removed)}
        yield from self.kind(About.PERSONS, change.persons)
        yield from self.kind(About.CLASSES, change.classes)
        yield from self.kind(About.COURSES, change.courses)
        # Where somebody who comes or goes belongs stands on his own line already.
        for line, person in self.memberships(change.memberships):
            if person not in whole:
                yield line
        yield from self.kind(About.PLACES, change.placements)
        for move in change.moves:
            before, after = _group(move.before, self.many), _group(move.after, self.many)
            what = self.people.get(move.person, move.person)
            yield Line(About.MEMBERSHIPS, Happening.MOVED, what, before, after, move=move.kind)

    def memberships(self, kind: KindDifference[Membership]) -> Iterator[tuple[Line, str]]:
        ordered = (*kind.removed, *kind.added)
        return zip(self.kind(About.MEMBERSHIPS, kind), (m.person for m in ordered), strict=True)

    def kind(self, about: About, kind: KindDifference[Any]) -> Iterator[Line]:
        for value in kind.removed:
            where = self.where(value, self.left)
            yield Line(about, Happening.REMOVED, self.what(value), before=where)
        for one in kind.changed:
            before, after = self.where(one.before, {}), self.where(one.after, {})
            fields = () if isinstance(one.after, Placement) else one.fields
            yield Line(about, Happening.CHANGED, self.what(one.after), before, after, fields)
        for value in kind.added:
            where = self.where(value, self.entered)
            yield Line(about, Happening.ADDED, self.what(value), after=where)

    def what(self, value: Any) -> str:
        if isinstance(value, Person):
            return person_text(value)
        if isinstance(value, Membership):
            return self.people.get(value.person, value.person)
        if isinstance(value, Placement):
            return value.serial
        return str(value.name)

    def where(self, value: Any, groups: Mapping[str, str]) -> str:
        if isinstance(value, Membership):
            return _group(value.group, self.many)
        if isinstance(value, Placement):
            place = _group(value.place, self.many) if value.place is not None else ""
            owner = self.people.get(value.person, value.person)
            return _joined(_numbered(place, value.slot), owner)
        if isinstance(value, Person):
            return groups.get(value.key) or ", ".join(value.schools)
        return str(value.school)

    def seat(self, seat: Seat | None) -> str:
        """A seat in a few words: school, class, trolley with slot, owner."""
        if seat is None:
            return ""
        place = _numbered(seat.trolley or seat.class_name or seat.grade or "", seat.slot)
        owner = self.people.get(seat.owner, "") if seat.owner else ""
        return _joined(seat.school if self.many else "", place, owner)


def _groups(memberships: Iterable[Membership], many: bool) -> dict[str, str]:
    found: dict[str, list[str]] = defaultdict(list)
    for membership in memberships:
        found[membership.person].append(_group(membership.group, many))
    return {person: ", ".join(names) for person, names in found.items()}


def _group(group: GroupKey, many: bool) -> str:
    return f"{group.school}/{group.name}" if many else group.name


def _numbered(place: str, slot: int) -> str:
    return f"{place}/{slot}" if slot else place


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)
