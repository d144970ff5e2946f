"""The stored roster as a value, as far as a file can change it.

Here: rows to policies.roster values. Not here: the way back (writing.py), what a file changes
(policies.roster.difference).
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, func, or_, select

from mdm.base.db import Tx
from mdm.rooms.devices.models import Device
from mdm.rooms.schools.models import (
    ClassGroup,
    ClassMember,
    Course,
    CourseMember,
    Member,
    School,
    Slot,
    Trolley,
)
from policies.roster import roster as pure
from policies.roster.judgement import Sizes
from policies.roster.roster import Roster
from policies.roster.values import Course as PureCourse
from policies.roster.values import (
    GroupKey,
    GroupKind,
    Membership,
    Person,
    Placement,
    Role,
    SchoolClass,
)
from policies.roster.values import School as PureSchool

# Both engines limit how many values one statement may carry.
_CHUNK = 10_000

# An iPad that belongs to somebody or somewhere; the others are in no roster.
_PLACED = (
    Device.retired_at.is_(None),
    or_(
        Device.class_group_id.is_not(None),
        Device.slot_id.is_not(None),
        Device.owner_id.is_not(None),
    ),
)

NOBODY: Mapping[int, str] = MappingProxyType({})

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Seated:
    """A device with where it is: its class, its trolley, the number of its slot."""

    device: Device
    school: str
    owner: str | None
    class_name: str | None
    trolley: str | None
    slot_class: str | None
    slot: int | None


def known(
    tx: Tx,
    numbers: Collection[str],
    incoming: Roster | None = None,
    called: Mapping[int, str] = NOBODY,
) -> Roster:
    """What is stored about some schools, and about everybody and every iPad that a file names.

    numbers: of the schools. incoming: the file; who changes school is recognised by it. called:
        number of a member's row → the source_id it is taken to have instead of its own.
    """
    ids = _school_ids(tx, numbers)
    sources = [person.source_id for person in incoming.persons] if incoming else []
    members = _without_old(_members(tx, ids, sources), called, sources)
    schools = _school_rows(tx, {*ids, *(member.school_id for member in members)})
    seated = _seated(tx, ids, members, [p.serial for p in incoming.placements] if incoming else [])
    classes = _groups(tx, ClassGroup, ClassMember, ids, members)
    courses = _groups(tx, Course, CourseMember, ids, members)
    return _Known(schools, members, classes, courses, seated, called).roster()


def sizes(tx: Tx, numbers: Collection[str]) -> Sizes:
    """How many people, memberships and placed iPads some schools have."""
    if not numbers:
        return Sizes()
    here = School.number.in_(numbers)
    people = _count(tx, select(School.number).join(Member).where(here, Member.ended_at.is_(None)))
    inside: Counter[str] = Counter()
    for group, joining in ((ClassGroup, ClassMember), (Course, CourseMember)):
        query = select(School.number).join(group).join(joining)
        inside.update(_count(tx, query.where(here, group.ended_at.is_(None))))
    placed = select(School.number).join(Device, Device.school_id == School.id)
    return Sizes(people, inside, _count(tx, placed.where(here, *_PLACED)))


def _count(tx: Tx, query: Select[str]) -> Counter[str]:
    counted = query.add_columns(func.count()).group_by(School.number)
    return Counter({row[0]: row[1] for row in tx.execute(counted)})


@dataclass(frozen=True, slots=True)
class _Groups:
    """rows: groups in use. inside: pairs of group and member, by numbers of rows."""

    rows: Sequence[Any]
    inside: Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class _Known:
    schools: dict[int, School]
    members: Sequence[Member]
    classes: _Groups
    courses: _Groups
    seated: Sequence[_Seated]
    called: Mapping[int, str]

    def roster(self) -> Roster:
        memberships = tuple(self.memberships())
        return Roster(
            tuple(PureSchool(s.number, s.name) for s in self.schools.values()),
            tuple(SchoolClass(self.at(c), c.name, c.grade or "") for c in self.classes.rows),
            tuple(PureCourse(self.at(c), c.name, c.subject) for c in self.courses.rows),
            tuple(self.persons()),
            memberships,
            tuple(self.placements(class_of(memberships, self.pupils()))),
            pure.EVERY_TOPIC,
        )

    def source(self, member: Member) -> str:
        return self.called.get(member.id, member.source_id)

    def at(self, row: Any) -> str:
        return self.schools[row.school_id].number

    def pupils(self) -> frozenset[str]:
        return frozenset(self.source(m) for m in self.members if m.role is Role.PUPIL)

    def persons(self) -> Iterator[Person]:
        by_source: dict[str, list[Member]] = defaultdict(list)
        for member in self.members:
            by_source[self.source(member)].append(member)
        for source_id, rows in by_source.items():
            first = min(rows, key=lambda row: row.id)
            schools = tuple(sorted(self.at(row) for row in rows))
            yield Person(
                source_id,
                first.role,
                first.given_name,
                first.family_name,
                schools,
                first.grade or "",
                first.account,
                first.label,
            )

    def memberships(self) -> Iterator[Membership]:
        people = {member.id: self.source(member) for member in self.members}
        for kind, groups in ((GroupKind.CLASS, self.classes), (GroupKind.COURSE, self.courses)):
            keys = {row.id: GroupKey(kind, self.at(row), row.name) for row in groups.rows}
            for group, member in groups.inside:
                yield Membership(people[member], keys[group])

    def placements(self, classes: dict[str, GroupKey]) -> Iterator[Placement]:
        groups = {GroupKey(GroupKind.CLASS, self.at(c), c.name) for c in self.classes.rows}
        people = {self.source(member) for member in self.members}
        for row in self.seated:
            said = self.called.get(row.device.owner_id or 0, row.owner)
            owner = said if said in people else None
            place = _place(row, classes.get(owner) if owner else None, groups)
            if row.device.serial and (owner or place):
                yield Placement(row.device.serial, owner or "", place, row.slot or 0)


def class_of(memberships: Iterable[Membership], pupils: Collection[str]) -> dict[str, GroupKey]:
    """The class of each pupil, by source_id; an iPad has the class of its owner."""
    found: dict[str, GroupKey] = {}
    for membership in sorted(memberships, key=lambda m: m.key, reverse=True):
        if membership.group.kind is GroupKind.CLASS and membership.person in pupils:
            found[membership.person] = membership.group
    return found


def _place(row: _Seated, owners: GroupKey | None, groups: set[GroupKey]) -> GroupKey | None:
    """The place that is said for the device itself; the class of its owner says nothing new."""
    if row.trolley is not None:
        return GroupKey(GroupKind.TROLLEY, row.school, row.trolley)
    name = row.slot_class or row.class_name
    place = GroupKey(GroupKind.CLASS, row.school, name) if name else None
    if place not in groups or (place == owners and row.slot is None):
        return None
    return place


def _school_ids(tx: Tx, numbers: Collection[str]) -> set[int]:
    return set(tx.scalars(select(School.id).where(School.number.in_(numbers))))


def _school_rows(tx: Tx, ids: Collection[int]) -> dict[int, School]:
    return {row.id: row for row in tx.scalars(select(School).where(School.id.in_(ids)))}


def _members(tx: Tx, ids: Collection[int], sources: Sequence[str]) -> list[Member]:
    """Everybody of these schools and everybody named, with their rows at other schools."""
    here = select(Member.source_id).where(Member.school_id.in_(ids), Member.ended_at.is_(None))
    found = {row.id: row for row in _in_use(tx, Member.source_id.in_(here))}
    for chunk in _chunks(sources):
        found.update({row.id: row for row in _in_use(tx, Member.source_id.in_(chunk))})
    return list(found.values())


def _without_old(
    members: list[Member], called: Mapping[int, str], sources: Collection[str]
) -> list[Member]:
    """Members found by a source_id that nobody has any more, once some are called otherwise."""
    old = {member.source_id for member in members if member.id in called}.difference(sources)
    return [member for member in members if member.id in called or member.source_id not in old]


def _in_use(tx: Tx, condition: ColumnElement[bool]) -> Iterable[Member]:
    return tx.scalars(select(Member).where(condition, Member.ended_at.is_(None)))


def _groups(
    tx: Tx, kind: Any, joining: Any, ids: Collection[int], members: Sequence[Member]
) -> _Groups:
    """The classes or courses of these schools, and those in which these members are."""
    column = joining.class_group_id if kind is ClassGroup else joining.course_id
    inside: list[tuple[int, int]] = []
    for chunk in _chunks([member.id for member in members]):
        query = (
            select(column, joining.member_id)
            .join(kind, kind.id == column)
            .where(joining.member_id.in_(chunk), kind.ended_at.is_(None))
        )
        inside += [(group, member) for group, member in tx.execute(query)]
    elsewhere = {group for group, _ in inside}
    rows = tx.scalars(select(kind).where(kind.school_id.in_(ids), kind.ended_at.is_(None))).all()
    missing = elsewhere - {row.id for row in rows}
    others: list[Any] = []
    for chunk in _chunks(sorted(missing)):
        others += tx.scalars(select(kind).where(kind.id.in_(chunk)))
    return _Groups([*rows, *others], inside)


def _seated(
    tx: Tx, ids: Collection[int], members: Sequence[Member], serials: Sequence[str]
) -> list[_Seated]:
    """The devices of these schools, those named, and those of these members."""
    found = {row.device.id: row for row in _seats(tx, Device.school_id.in_(ids))}
    for chunk in _chunks(serials):
        found.update({row.device.id: row for row in _seats(tx, Device.serial.in_(chunk))})
    elsewhere = [member.id for member in members if member.school_id not in ids]
    for owners in _chunks(elsewhere):
        found.update({row.device.id: row for row in _seats(tx, Device.owner_id.in_(owners))})
    return list(found.values())


def _seats(tx: Tx, condition: ColumnElement[bool]) -> Iterator[_Seated]:
    slot_class = select(ClassGroup.name).where(ClassGroup.id == Slot.class_group_id)
    query = (
        select(
            Device,
            School.number,
            Member.source_id,
            ClassGroup.name,
            Trolley.name,
            slot_class.correlate(Slot).scalar_subquery(),
            Slot.number,
        )
        .join(School, School.id == Device.school_id)
        .outerjoin(ClassGroup, ClassGroup.id == Device.class_group_id)
        .outerjoin(Slot, Slot.id == Device.slot_id)
        .outerjoin(Trolley, Trolley.id == Slot.trolley_id)
        .outerjoin(Member, Member.id == Device.owner_id)
        .where(condition, *_PLACED)
    )
    for row in tx.execute(query):
        yield _Seated(*row)


def _chunks(values: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]
