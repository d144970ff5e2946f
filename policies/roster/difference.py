"""What an import would change, and the same difference applied.

Here: added, changed and removed of every kind; who leaves one class and enters another moves and
is never removed and added. Not here: what silence means (policies.roster.target), rows without
identifiers (policies.roster.identity), whether it may be written (policies.roster.judgement).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import TypeVar

from policies.roster.changes import (
    Ambiguous,
    Changed,
    KindDifference,
    Move,
    MoveKind,
    grade_rank,
)
from policies.roster.identity import resolve
from policies.roster.roster import EVERY_TOPIC, Keyed, Roster, by_key
from policies.roster.target import target
from policies.roster.values import (
    Course,
    GroupKey,
    GroupKind,
    Membership,
    Person,
    Placement,
    School,
    SchoolClass,
)

T = TypeVar("T", bound=Keyed)


@dataclass(frozen=True, slots=True)
class RosterDifference:
    """What would be written; everything in the order of keys.

    new_schools: covered by the source, but not known. memberships: without those in `moves`;
    its `changed` is always empty. ambiguous: rows for which nothing is written.
    """

    new_schools: tuple[School, ...] = ()
    persons: KindDifference[Person] = field(default_factory=KindDifference)
    classes: KindDifference[SchoolClass] = field(default_factory=KindDifference)
    courses: KindDifference[Course] = field(default_factory=KindDifference)
    memberships: KindDifference[Membership] = field(default_factory=KindDifference)
    moves: tuple[Move, ...] = ()
    placements: KindDifference[Placement] = field(default_factory=KindDifference)
    ambiguous: tuple[Ambiguous, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Nothing would be written; ambiguous rows may still wait for a decision."""
        kinds = (self.persons, self.classes, self.courses, self.memberships, self.placements)
        return not (self.new_schools or self.moves) and all(kind.is_empty for kind in kinds)


def difference(
    known: Roster,
    incoming: Roster,
    *,
    complete: bool,
    chosen: Mapping[str, str] | None = None,
) -> RosterDifference:
    """Compare what a source says with what is stored.

    known: everything stored, of all schools, so that who changes school is recognised.
    complete: the source names everybody of its schools; who is missing there has left.
    chosen: a decision for each ambiguous row: its key → source_id of a candidate, or empty text
        for a new person.
    raises: InvalidRoster (a choice that is no candidate).
    """
    resolved = resolve(known, incoming, chosen or {})
    after = target(known, resolved.roster, complete=complete)
    left, entered, moves = _memberships(known, after)
    numbers = known.numbers
    return RosterDifference(
        tuple(school for school in after.schools if school.number not in numbers),
        _compare(known.persons, after.persons),
        _compare(known.classes, after.classes),
        _compare(known.courses, after.courses),
        KindDifference(entered, (), left),
        moves,
        _compare(known.placements, after.placements),
        resolved.ambiguous,
    )


def apply(known: Roster, change: RosterDifference) -> Roster:
    """What is stored after the difference is written."""
    moved = KindDifference(
        tuple(Membership(move.person, move.after) for move in change.moves),
        (),
        tuple(Membership(move.person, move.before) for move in change.moves),
    )
    return Roster(
        (*known.schools, *change.new_schools),
        change.classes.applied_to(known.classes),
        change.courses.applied_to(known.courses),
        change.persons.applied_to(known.persons),
        moved.applied_to(change.memberships.applied_to(known.memberships)),
        change.placements.applied_to(known.placements),
        EVERY_TOPIC,
    )


def _compare(before: Iterable[T], after: Iterable[T]) -> KindDifference[T]:
    old, new = by_key(before), by_key(after)
    return KindDifference(
        tuple(value for key, value in new.items() if key not in old),
        tuple(Changed(old[k], v) for k, v in new.items() if k in old and old[k] != v),
        tuple(value for key, value in old.items() if key not in new),
    )


def _memberships(
    known: Roster, after: Roster
) -> tuple[tuple[Membership, ...], tuple[Membership, ...], tuple[Move, ...]]:
    """What ends, what begins, and what is one instead of the other."""
    raw = _compare(known.memberships, after.memberships)
    left, entered = _by_person_and_kind(raw.removed), _by_person_and_kind(raw.added)
    grades = {group.key: group.grade for group in (*known.classes, *after.classes)}
    moves = [
        Move(out.person, out.group, into.group, _move_kind(out.group, into.group, grades))
        for key in left
        for out, into in zip(left[key], entered.get(key, ()), strict=False)
    ]
    gone = {Membership(move.person, move.before) for move in moves}
    come = {Membership(move.person, move.after) for move in moves}
    return (
        tuple(m for m in raw.removed if m not in gone),
        tuple(m for m in raw.added if m not in come),
        tuple(sorted(moves, key=lambda move: move.key)),
    )


def _by_person_and_kind(
    memberships: Iterable[Membership],
) -> dict[tuple[str, GroupKind], list[Membership]]:
    pairs = groupby(memberships, key=lambda m: (m.person, m.group.kind))
    return {key: list(group) for key, group in pairs}


def _move_kind(before: GroupKey, after: GroupKey, grades: Mapping[GroupKey, str]) -> MoveKind:
    if before.kind is GroupKind.COURSE:
        return MoveKind.COURSE
    if before.school != after.school:
        return MoveKind.OTHER_SCHOOL
    old, new = grade_rank(grades.get(before, "")), grade_rank(grades.get(after, ""))
    return MoveKind.UP if old is not None and new is not None and new > old else MoveKind.REPEATS
