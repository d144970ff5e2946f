"""Who is meant by a row without an identifier.

Here: a row means a known person only when name and class are unique on both sides; everything
else waits for somebody's decision and changes nothing. Not here: rows with identifiers, which
are never compared by name.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from policies.roster.changes import Ambiguous, AmbiguousReason
from policies.roster.errors import InvalidRoster
from policies.roster.held import without_changes_for
from policies.roster.roster import Roster, by_person
from policies.roster.values import DERIVED, PROVISIONAL, GroupKey, GroupKind, Person, Role

_Name: TypeAlias = tuple[Role, str, str]
_Seat: TypeAlias = tuple[_Name, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Resolved:
    """roster: every person has an identifier; ambiguous ones are as they are known."""

    roster: Roster
    ambiguous: tuple[Ambiguous, ...] = ()


def resolve(known: Roster, incoming: Roster, chosen: Mapping[str, str]) -> Resolved:
    """Find the known person of each row without an identifier.

    chosen: key of an ambiguous row → source_id of a candidate, empty text for a new person.
    raises: InvalidRoster (a choice that is no candidate).
    """
    if not any(_is_provisional(person) for person in incoming.persons):
        return Resolved(incoming)
    search = _Search.of(known, incoming)
    found, open_rows = {}, []
    for person in filter(_is_provisional, incoming.persons):
        outcome = search.outcome(person)
        if isinstance(outcome, Ambiguous) and person.key in chosen:
            outcome = _decided(outcome, chosen[person.key])
        if isinstance(outcome, Ambiguous):
            open_rows.append(outcome)
        else:
            found[person.key] = outcome
    named = _named(incoming, search.with_new_ids(found))
    open_rows.sort(key=lambda row: row.line)
    return Resolved(without_changes_for(open_rows, known, named), tuple(open_rows))


def _decided(row: Ambiguous, choice: str) -> str:
    if choice and choice not in row.candidates:
        raise InvalidRoster("chosen", "not a candidate", row.key)
    return choice


@dataclass(frozen=True, slots=True)
class _Search:
    """seats: by name and class. matched: known persons that another row means."""

    seats: dict[str, _Seat]
    crowd: Counter[_Seat]
    known_at: dict[_Seat, list[str]]
    known_as: dict[_Name, list[str]]
    matched: frozenset[str]
    taken: frozenset[str]

    @classmethod
    def of(cls, known: Roster, incoming: Roster) -> _Search:
        groups, covered = by_person(incoming.memberships), incoming.numbers
        rows = filter(_is_provisional, incoming.persons)
        seats = {person.key: _seat(person, groups.get(person.key, ())) for person in rows}
        crowd = Counter(seats.values())
        known_at, known_as = _known_by(known, covered)
        unique = (known_at[seat] for seat in seats.values() if crowd[seat] == 1)
        matched = frozenset(ids[0] for ids in unique if len(ids) == 1)
        taken = frozenset(person.key for person in (*known.persons, *incoming.persons))
        return cls(seats, crowd, known_at, known_as, matched, taken)

    def outcome(self, person: Person) -> str | Ambiguous:
        """A source_id, empty text for a new person, or the question."""
        seat = self.seats[person.key]
        here = self.known_at[seat]
        elsewhere = [key for key in self.known_as[seat[0]] if key not in self.matched]
        line = int(person.key.removeprefix(PROVISIONAL))
        if self.crowd[seat] > 1 or len(here) > 1:
            reason = AmbiguousReason.NOT_UNIQUE
            return Ambiguous(line, person, reason, tuple(sorted({*here, *elsewhere})))
        if here:
            return here[0]
        if elsewhere:
            return Ambiguous(line, person, AmbiguousReason.MAYBE_MOVED, tuple(sorted(elsewhere)))
        return ""

    def with_new_ids(self, found: Mapping[str, str]) -> dict[str, str]:
        """Give an identifier to everybody who is new: the same one in every run."""
        taken, ids = set(self.taken), {}
        for key, known in found.items():
            ids[key] = known or _derived(self.seats[key], taken)
            taken.add(ids[key])
        return ids


def _known_by(
    known: Roster, covered: frozenset[str]
) -> tuple[dict[_Seat, list[str]], dict[_Name, list[str]]]:
    groups = by_person(known.memberships)
    at: dict[_Seat, list[str]] = defaultdict(list)
    named: dict[_Name, list[str]] = defaultdict(list)
    for person in known.persons:
        if covered.intersection(person.schools):
            at[_seat(person, groups.get(person.key, ()))].append(person.key)
            named[_name(person)].append(person.key)
    return at, named


def _is_provisional(person: Person) -> bool:
    return person.source_id.startswith(PROVISIONAL)


def _name(person: Person) -> _Name:
    return (person.role, person.family_name.casefold(), person.given_name.casefold())


def _seat(person: Person, groups: Iterable[GroupKey]) -> _Seat:
    """A pupil sits in a class; who has none, and every teacher, belongs to schools."""
    classes = [str(group) for group in groups if group.kind is GroupKind.CLASS]
    if person.role is Role.TEACHER or not classes:
        classes = list(person.schools)
    return (_name(person), tuple(sorted(classes)))


def _derived(seat: _Seat, taken: set[str]) -> str:
    for attempt in range(len(taken) + 1):
        digest = hashlib.sha256(repr((seat, attempt)).encode()).hexdigest()
        if (key := DERIVED + digest[:16]) not in taken:
            return key
    raise AssertionError("more attempts than keys")


def _named(incoming: Roster, ids: Mapping[str, str]) -> Roster:
    """The roster with identifiers in the place of provisional keys.

    raises: InvalidRoster (two rows mean the same person).
    """
    return replace(
        incoming,
        persons=tuple(replace(p, source_id=ids.get(p.key, p.key)) for p in incoming.persons),
        memberships=tuple(
            replace(m, person=ids.get(m.person, m.person)) for m in incoming.memberships
        ),
        placements=tuple(
            replace(p, person=ids.get(p.person, p.person)) for p in incoming.placements
        ),
    )
