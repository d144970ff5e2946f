"""Which schools an import touches: those of its file, and those somebody or some iPad leaves.

A teacher who is at another school as well touches that one only if something changes there.
"""

from collections.abc import Iterator, Mapping

from sqlalchemy import select

from mdm.base.db import Tx
from mdm.base.errors import InvalidInput
from mdm.rooms.access.service import Viewer
from mdm.rooms.rosters.shown import Shown, schools_of
from mdm.rooms.schools.models import School
from policies.roster.changes import Changed
from policies.roster.values import Person

_MOST_NAMED = 5


def touched(tx: Tx, shown: Shown) -> frozenset[int]:
    """The schools that whoever writes an import has to look after."""
    return schools_of(shown.row) | frozenset(_ids(tx, shown).values())


def require_in_sight(tx: Tx, viewer: Viewer, shown: Shown) -> None:
    """Refuse a file that takes people or iPads from schools out of sight, or tells of them.

    Whoever guesses an identifier or reads a serial number must not learn whose it is.
    raises: InvalidInput, naming them as the file does.
    """
    ids = _ids(tx, shown)
    hidden = {number for number, school in ids.items() if not viewer.sees(school)}
    foreign = sorted({what for what, number in _touching(shown) if number in hidden})
    if foreign:
        some = ", ".join(foreign[:_MOST_NAMED])
        more = f" and {len(foreign) - _MOST_NAMED} more" if len(foreign) > _MOST_NAMED else ""
        problem = f"{some}{more} belong to a school that you do not look after"
        next_step = "Whoever looks after both schools brings this file in."
        raise InvalidInput("people", problem, next_step)


def _ids(tx: Tx, shown: Shown) -> Mapping[str, int]:
    numbers = {number for _, number in _touching(shown)}
    query = select(School.number, School.id).where(School.number.in_(numbers))
    return {row.number: row.id for row in tx.execute(query)}


def _touching(shown: Shown) -> Iterator[tuple[str, str]]:
    """What changes, as identifier or serial number, with the number of a school it touches."""
    change = shown.difference
    for one in change.persons.changed:
        yield from ((one.after.key, number) for number in _numbers(one, shown.covered))
    for person in change.persons.removed:
        yield from ((person.key, number) for number in person.schools)
    for membership in (*change.memberships.added, *change.memberships.removed):
        yield membership.person, membership.group.school
    for move in change.moves:
        yield from ((move.person, group.school) for group in (move.before, move.after))
    for seat in shown.seats:
        sides = [side.school for side in (seat.before, seat.after) if side is not None]
        # An iPad that nobody has and that stands nowhere is its school's nevertheless.
        sides += [shown.at[seat.serial]] if seat.serial in shown.at else []
        yield from ((seat.serial, number) for number in sides)


def _numbers(one: Changed[Person], covered: frozenset[str]) -> set[str]:
    """Where somebody comes or goes; and his old schools, if the file's says who he is there."""
    before, after = one.before, one.after
    moves = set(before.schools) ^ set(after.schools)
    is_stranger = covered.isdisjoint(before.schools)
    says_who = any(field.field != "schools" for field in one.fields)
    if before.role is not after.role or (is_stranger and says_who):
        return moves | set(before.schools)
    return moves
