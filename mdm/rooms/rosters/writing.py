"""Writing what an import changes: classes, courses, people, and who is in what.

Here: a difference to rows. Not here: finding it (policies.roster.difference), the iPads that move
with it (moving.py), whether it may be written (service.py).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from mdm.base.db import Tx
from mdm.base.errors import InvalidInput
from mdm.rooms.devices.models import Device
from mdm.rooms.schools.models import (
    ClassGroup,
    ClassMember,
    Course,
    CourseMember,
    Member,
    School,
)
from policies.roster.difference import RosterDifference
from policies.roster.values import GroupKey, GroupKind, Membership, Person

_CHUNK = 5_000


@dataclass(slots=True)
class Rows:
    """The rows that a difference speaks of, found by the keys of its values.

    groups: classes and courses. members: by school and source_id; ended ones too, for whoever
    comes back gets the old row.
    """

    now: datetime
    schools: Mapping[str, int]
    groups: dict[GroupKey, int] = field(default_factory=dict)
    members: dict[tuple[int, str], Member] = field(default_factory=dict)

    def school(self, number: str) -> int:
        """raises: InvalidInput: a file speaks of a school that nobody has added."""
        found = self.schools.get(number)
        if found is None:
            raise InvalidInput("school", f"there is no school {number}", "Add it first.")
        return found

    def member(self, membership: Membership) -> int:
        """The row of a person at the school of a group."""
        return self.members[self.school(membership.group.school), membership.person].id


def write(tx: Tx, change: RosterDifference, owners: Iterable[str], now: datetime) -> Rows:
    """Write a difference; groups first, for people are in them.

    owners: source_ids of people whose iPads will move. returns: the rows to find them with.
    raises: InvalidInput (an unknown school).
    """
    rows = _load(tx, change, owners, now)
    _write_groups(tx, rows, change, GroupKind.CLASS)
    _write_groups(tx, rows, change, GroupKind.COURSE)
    _write_persons(tx, rows, change)
    tx.flush()
    _write_memberships(tx, rows, change)
    _let_go(tx, rows, change.persons.removed)
    tx.flush()
    return rows


def forget_leavers(tx: Tx) -> int:
    """Delete who has left and has no iPad any more; returns how many."""
    owners = select(Device.owner_id).where(Device.owner_id.is_not(None))
    gone = tx.scalars(
        select(Member.id)
        .where(Member.ended_at.is_not(None), Member.id.not_in(owners))
        .limit(_CHUNK)
    ).all()
    _delete(tx, gone)
    return len(gone)


def _load(tx: Tx, change: RosterDifference, owners: Iterable[str], now: datetime) -> Rows:
    numbers = {school.number: school.id for school in tx.scalars(select(School))}
    rows = Rows(now, numbers)
    for kind, model in ((GroupKind.CLASS, ClassGroup), (GroupKind.COURSE, Course)):
        query = select(School.number, model.name, model.id).join(
            School, School.id == model.school_id
        )
        for number, name, row in tx.execute(query):
            rows.groups[GroupKey(kind, number, name)] = row
    sources = sorted(_people_touched(change) | set(owners))
    for start in range(0, len(sources), _CHUNK):
        chunk = sources[start : start + _CHUNK]
        for member in tx.scalars(select(Member).where(Member.source_id.in_(chunk))):
            rows.members[member.school_id, member.source_id] = member
    return rows


def _people_touched(change: RosterDifference) -> set[str]:
    people = change.persons
    changed = (one.after for one in people.changed)
    named = {p.source_id for p in (*people.added, *people.removed, *changed)}
    return named | {membership.person for membership in _memberships(change)}


def _memberships(change: RosterDifference) -> list[Membership]:
    moved = [Membership(m.person, group) for m in change.moves for group in (m.before, m.after)]
    return [*change.memberships.added, *change.memberships.removed, *moved]


def _write_groups(tx: Tx, rows: Rows, change: RosterDifference, kind: GroupKind) -> None:
    model: Any = ClassGroup if kind is GroupKind.CLASS else Course
    groups: Any = change.classes if kind is GroupKind.CLASS else change.courses
    for value in (*groups.added, *(one.after for one in groups.changed)):
        row = tx.get(model, rows.groups[value.key]) if value.key in rows.groups else None
        if row is None:
            row = model(school_id=rows.school(value.school), name=value.name, created_at=rows.now)
            tx.add(row)
        row.ended_at = None
        _fill_group(row, value)
        tx.flush()
        rows.groups[value.key] = row.id
    for value in groups.removed:
        tx.get_one(model, rows.groups[value.key]).ended_at = rows.now


def _fill_group(row: ClassGroup | Course, value: Any) -> None:
    if isinstance(row, ClassGroup):
        row.grade = value.grade or None
    else:
        row.subject = value.subject


def _write_persons(tx: Tx, rows: Rows, change: RosterDifference) -> None:
    for person in change.persons.added:
        _at_its_schools(tx, rows, person, before=())
    for one in change.persons.changed:
        _at_its_schools(tx, rows, one.after, before=one.before.schools)


def _at_its_schools(tx: Tx, rows: Rows, person: Person, before: Iterable[str]) -> None:
    for number in person.schools:
        _fill(_member(tx, rows, person, rows.school(number)), person)
    for number in set(before) - set(person.schools):
        # The row stays until every membership there is written, see _let_go.
        rows.members[rows.school(number), person.source_id].ended_at = rows.now


def _member(tx: Tx, rows: Rows, person: Person, school_id: int) -> Member:
    key = (school_id, person.source_id)
    if key not in rows.members:
        rows.members[key] = Member(
            school_id=school_id, source_id=person.source_id, created_at=rows.now
        )
        tx.add(rows.members[key])
    return rows.members[key]


def _fill(member: Member, person: Person) -> None:
    member.ended_at = None
    member.role = person.role
    member.given_name, member.family_name = person.given_name, person.family_name
    member.account, member.grade, member.label = person.account, person.grade or None, person.slot


def _write_memberships(tx: Tx, rows: Rows, change: RosterDifference) -> None:
    ended = [*change.memberships.removed, *(Membership(m.person, m.before) for m in change.moves)]
    begun = [*change.memberships.added, *(Membership(m.person, m.after) for m in change.moves)]
    for membership in ended:
        model, column = _table(membership.group)
        group = rows.groups[membership.group]
        tx.execute(delete(model).where(column == group, model.member_id == rows.member(membership)))
    for membership in begun:
        model, column = _table(membership.group)
        values = {column.key: rows.groups[membership.group], "member_id": rows.member(membership)}
        tx.add(model(**values))


def _table(group: GroupKey) -> tuple[Any, Any]:
    if group.kind is GroupKind.CLASS:
        return ClassMember, ClassMember.class_group_id
    return CourseMember, CourseMember.course_id


def _let_go(tx: Tx, rows: Rows, removed: Iterable[Person]) -> None:
    """Who has left goes at once, unless an iPad still has to come back from them."""
    for person in removed:
        for number in person.schools:
            rows.members[rows.school(number), person.source_id].ended_at = rows.now
    tx.flush()
    ended = [member.id for member in rows.members.values() if member.ended_at is not None]
    owners = set(tx.scalars(select(Device.owner_id).where(Device.owner_id.in_(ended))))
    _delete(tx, [number for number in ended if number not in owners])
    _out_of_groups(tx, [number for number in ended if number in owners])


def _out_of_groups(tx: Tx, members: list[int]) -> None:
    for model in (ClassMember, CourseMember):
        tx.execute(delete(model).where(model.member_id.in_(members)))


def _delete(tx: Tx, members: Iterable[int]) -> None:
    numbers = list(members)
    for start in range(0, len(numbers), _CHUNK):
        chunk = numbers[start : start + _CHUNK]
        _out_of_groups(tx, chunk)
        tx.execute(delete(Member).where(Member.id.in_(chunk)))
