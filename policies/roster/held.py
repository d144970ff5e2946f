"""Keeping everything as it is known for rows that nobody has decided yet.

Here: an undecided row leaves the incoming roster, and whoever it may mean stays with classes,
courses and devices. Not here: which rows those are (policies.roster.identity).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from policies.roster.changes import Ambiguous
from policies.roster.roster import Keyed, Roster, by_key
from policies.roster.values import GroupKey, GroupKind, Person, Placement

T = TypeVar("T", bound=Keyed)


def without_changes_for(rows: Sequence[Ambiguous], known: Roster, incoming: Roster) -> Roster:
    """The incoming roster that says about these rows what is known already."""
    if not rows:
        return incoming
    gone = {row.key for row in rows}
    held = {candidate for row in rows for candidate in row.candidates}
    held -= {person.key for person in incoming.persons}
    memberships = [m for m in known.memberships if m.person in held]
    groups = {m.group for m in memberships}
    classes = _with(incoming.classes, [c for c in known.classes if c.key in groups])
    courses = _with(incoming.courses, [c for c in known.courses if c.key in groups])
    decided = [p for p in incoming.persons if p.key not in gone]
    persons = _with(decided, [p for p in known.persons if p.key in held])
    said = [m for m in incoming.memberships if m.person not in gone]
    said_places = [p for p in incoming.placements if p.person not in gone]
    undecided = {p.serial for p in incoming.placements if p.person in gone}
    stay = [p for p in known.placements if p.person in held or p.serial in undecided]
    allowed = {c.key for c in classes} | {c.key for c in courses}
    return replace(
        incoming,
        classes=classes,
        courses=courses,
        persons=persons,
        memberships=_with(said, memberships),
        placements=_with(said_places, _possible(stay, persons, allowed)),
    )


def _with(said: Iterable[T], kept: Iterable[T]) -> tuple[T, ...]:
    return tuple((by_key(kept) | by_key(said)).values())


def _possible(
    placements: Iterable[Placement], persons: Iterable[Person], groups: set[GroupKey]
) -> list[Placement]:
    """Those whose owner and class the source names too; the others it ends anyway."""
    owners = {"", *(person.key for person in persons)}
    return [
        p
        for p in placements
        if p.person in owners
        and (p.place is None or p.place.kind is GroupKind.TROLLEY or p.place in groups)
    ]
