"""Where iPads are, as far as rules tell them apart: for plans, and previews of a whole city.

Here: places in a fixed number of statements for any number of devices, without reports and
commands. Not here: everything else a plan depends on (service.py), what rules say (assigned.py).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, exists, select, true

from enrollment.standing import EnrollmentState
from mdm.base.db import Tx
from mdm.rooms.assignments.models import Rollout, RolloutDevice
from mdm.rooms.devices.models import Device, Enrollment
from mdm.rooms.groups.models import SmartGroup, SmartGroupMember
from mdm.rooms.schools.models import ClassGroup, CourseMember, Member, School, Slot
from policies.city import Place
from policies.scope import CITY, Scope, ScopeKind


class _Row(NamedTuple):
    """grade: of the class. own_grade: of the owner, for pupils without a class."""

    device_id: int
    serial: str | None
    udid: str | None
    school: str | None
    class_name: str | None
    grade: str | None
    own_grade: str | None
    trolley_id: int | None


def load_places(tx: Tx, school_ids: Collection[int] | None) -> list[Place]:
    """Load the places of all iPads under management, by number of the device.

    school_ids: None for every iPad, also those of no school. Expected, held and retired ones are
        left out: nothing is planned for them.
    """
    here = true() if school_ids is None else Device.school_id.in_(school_ids)
    return _placed(tx, and_(here, _is_managed(), Device.retired_at.is_(None)))


def places_of(tx: Tx, device_ids: Collection[int]) -> dict[int, Place]:
    """Load the places of these devices, managed or not, by number, in five statements."""
    return {place.device: place for place in _placed(tx, Device.id.in_(device_ids))}


def _placed(tx: Tx, here: ColumnElement[bool]) -> list[Place]:
    courses = _numbers(tx, _courses(here))
    groups = _numbers(tx, _groups(here))
    released = _numbers(tx, _released(here))
    everywhere = frozenset(tx.scalars(_released_everywhere()))
    arounds: dict[frozenset[Scope], frozenset[Scope]] = {}
    places = []
    for row in map(_Row._make, tx.execute(_devices(here))):
        number = row.device_id
        around = frozenset(_scopes(row, courses.get(number, ()), groups.get(number, ())))
        # Classmates share one set: it saves memory, and equal sets compare at once.
        around = arounds.setdefault(around, around)
        key = row.serial or row.udid or str(number)
        places.append(Place(number, key, around, everywhere.union(released.get(number, ()))))
    return places


def _scopes(row: _Row, courses: Iterable[int], groups: Iterable[int]) -> Iterable[Scope]:
    yield CITY
    for group in groups:
        yield Scope(ScopeKind.GROUP, str(group))
    if row.school is None:
        return
    yield Scope(ScopeKind.SCHOOL, row.school)
    grade = row.grade if row.class_name is not None else row.own_grade
    if grade is not None:
        yield Scope(ScopeKind.GRADE, f"{row.school}/{grade}")
    if row.class_name is not None:
        yield Scope(ScopeKind.CLASS, f"{row.school}/{row.class_name}")
    if row.trolley_id is not None:
        yield Scope(ScopeKind.TROLLEY, f"{row.school}/{row.trolley_id}")
    for course in courses:
        yield Scope(ScopeKind.COURSE, f"{row.school}/{course}")


def _devices(
    here: ColumnElement[bool],
) -> Select[int, str | None, str | None, str, str, str | None, str | None, int | None]:
    return (
        select(
            Device.id,
            Device.serial,
            Device.udid,
            School.number,
            ClassGroup.name,
            ClassGroup.grade,
            Member.grade,
            Slot.trolley_id,
        )
        .outerjoin(School, School.id == Device.school_id)
        .outerjoin(ClassGroup, ClassGroup.id == Device.class_group_id)
        .outerjoin(Member, Member.id == Device.owner_id)
        .outerjoin(Slot, Slot.id == Device.slot_id)
        .where(here)
        .order_by(Device.id)
    )


def _is_managed() -> ColumnElement[bool]:
    return exists().where(
        Enrollment.device_id == Device.id,
        Enrollment.parent_id.is_(None),
        Enrollment.state == EnrollmentState.ENROLLED,
        Enrollment.ended_at.is_(None),
        Enrollment.held_reason.is_(None),
    )


def _courses(here: ColumnElement[bool]) -> Select[int, int]:
    taking = CourseMember.member_id == Device.owner_id
    return select(Device.id, CourseMember.course_id).join(CourseMember, taking).where(here)


def _groups(here: ColumnElement[bool]) -> Select[int, int]:
    return (
        select(SmartGroupMember.device_id, SmartGroupMember.group_id)
        .join(SmartGroup, SmartGroup.id == SmartGroupMember.group_id)
        .join(Device, Device.id == SmartGroupMember.device_id)
        .where(here, SmartGroup.retired_at.is_(None))
    )


def _released(here: ColumnElement[bool]) -> Select[int, int]:
    return (
        select(RolloutDevice.device_id, RolloutDevice.rollout_id)
        .join(Rollout, Rollout.id == RolloutDevice.rollout_id)
        .join(Device, Device.id == RolloutDevice.device_id)
        .where(here, Rollout.ended_at.is_(None), RolloutDevice.released_at.is_not(None))
    )


def _released_everywhere() -> Select[int]:
    """Roll-outs that hold for those in none of their rings, too."""
    return select(Rollout.id).where(Rollout.ended_at.is_(None), Rollout.everybody_at.is_not(None))


def _numbers(tx: Tx, query: Select[int, int]) -> Mapping[int, list[int]]:
    """Read pairs of a device and a number as lists by device."""
    found: dict[int, list[int]] = defaultdict(list)
    for device_id, number in tx.execute(query):
        found[device_id].append(number)
    return found
