"""Which schools an import touches: those of its file, and those somebody or some iPad leaves.

A teacher who is at another school as well touches that one only if something changes there.
"""

from collections.abc import Iterator

from sqlalchemy import select

from mdm.base.db import Tx
from mdm.rooms.rosters.service import Shown, schools_of
from mdm.rooms.schools.models import School


def touched(tx: Tx, shown: Shown) -> frozenset[int]:
    """The schools that whoever writes an import has to look after."""
    numbers = set(_numbers(shown))
    ids = tx.scalars(select(School.id).where(School.number.in_(numbers)))
    return schools_of(shown.row) | frozenset(ids)


def _numbers(shown: Shown) -> Iterator[str]:
    change = shown.difference
    for one in change.persons.changed:
        yield from set(one.before.schools) ^ set(one.after.schools)
    for person in change.persons.removed:
        yield from person.schools
    for membership in (*change.memberships.added, *change.memberships.removed):
        yield membership.group.school
    for move in change.moves:
        yield from (move.before.school, move.after.school)
    for seat in shown.seats:
        yield from (side.school for side in (seat.before, seat.after) if side is not None)
