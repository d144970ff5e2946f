"""What an import would change, line by line, as doors show it.

Here: names of people and places in the place of keys. Not here: sentences in any language (the
doors), the difference itself (policies.roster.difference).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from mdm.rooms.rosters.seats import Seat
from mdm.rooms.rosters.service import Shown
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
    return sorted(_lines(shown), key=lambda line: _ORDER[line.happening])


def seat_lines(shown: Shown) -> list[SeatLine]:
    """List the iPads that would belong elsewhere."""
    people = people_of(shown)
    return [
        SeatLine(seat.serial, seat_text(seat.before, people), seat_text(seat.after, people))
        for seat in shown.seats
    ]


def seat_text(seat: Seat | None, people: Mapping[str, str]) -> str:
    """A seat in a few words: school, class, trolley with slot, owner."""
    if seat is None:
        return ""
    place = seat.trolley or seat.class_name or seat.grade or ""
    place = f"{place}/{seat.slot}" if seat.slot else place
    owner = people.get(seat.owner, "") if seat.owner else ""
    return " · ".join(part for part in (seat.school, place, owner) if part)


_ORDER = {
    Happening.REMOVED: 0,
    Happening.MOVED: 1,
    Happening.CHANGED: 2,
    Happening.ADDED: 3,
}


def _lines(shown: Shown) -> Iterator[Line]:
    people, change = people_of(shown), shown.difference
    for about, kind in (
        (About.PERSONS, change.persons),
        (About.CLASSES, change.classes),
        (About.COURSES, change.courses),
        (About.MEMBERSHIPS, change.memberships),
        (About.PLACES, change.placements),
    ):
        yield from _of_kind(about, kind, people)
    for move in change.moves:
        yield Line(
            About.MEMBERSHIPS,
            Happening.MOVED,
            people.get(move.person, move.person),
            _group(move.before),
            _group(move.after),
            move=move.kind,
        )


def _of_kind(about: About, kind: KindDifference[Any], people: Mapping[str, str]) -> Iterator[Line]:
    for value in kind.removed:
        yield Line(about, Happening.REMOVED, _what(value, people), before=_where(value, people))
    for one in kind.changed:
        before, after = _where(one.before, people), _where(one.after, people)
        fields = () if isinstance(one.after, Placement) else one.fields
        yield Line(about, Happening.CHANGED, _what(one.after, people), before, after, fields)
    for value in kind.added:
        yield Line(about, Happening.ADDED, _what(value, people), after=_where(value, people))


def _what(value: Any, people: Mapping[str, str]) -> str:
    if isinstance(value, Person):
        return person_text(value)
    if isinstance(value, Membership):
        return people.get(value.person, value.person)
    if isinstance(value, Placement):
        return value.serial
    return str(value.name)


def _where(value: Any, people: Mapping[str, str]) -> str:
    if isinstance(value, Membership):
        return _group(value.group)
    if isinstance(value, Placement):
        place = _group(value.place) if value.place is not None else ""
        place = f"{place}/{value.slot}" if value.slot else place
        owner = people.get(value.person, value.person)
        return " · ".join(part for part in (place, owner) if part)
    if isinstance(value, Person):
        return ", ".join(value.schools)
    return str(value.school)


def _group(group: GroupKey) -> str:
    return f"{group.school}/{group.name}"
