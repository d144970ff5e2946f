"""For whom an assignment is: checked when it is decided, and as a condition on devices.

Not here: what it gives (subjects.py), writing it (service.py).
"""

from dataclasses import replace
from typing import TypeVar

from sqlalchemy import ColumnElement, and_, exists, or_, select

from mdm.base.db import Base, Tx
from mdm.base.errors import InvalidInput
from mdm.rooms.assignments.models import Assignment
from mdm.rooms.devices.due import of_course, of_grade, of_school, of_trolley
from mdm.rooms.devices.models import Device
from mdm.rooms.groups.models import SmartGroup
from mdm.rooms.groups.queries import of_group
from mdm.rooms.schools.models import ClassGroup, Course, Member, School, Trolley
from policies.operations import Target

_Row = TypeVar("_Row", bound=Base)


def target_of(row: Assignment) -> Target:
    """For whom a stored assignment is."""
    return Target(
        school_id=row.school_id,
        grade=row.grade,
        class_group_id=row.class_group_id,
        course_id=row.course_id,
        trolley_id=row.trolley_id,
        group_id=row.group_id,
        device_id=row.device_id,
    )


def inside(target: Target) -> ColumnElement[bool]:
    """The devices of a target as they are now, as a condition on Device."""
    school_id = target.school_id
    here = of_school(school_id, target.class_group_id)
    if target.grade is not None and school_id is not None:
        return of_grade(school_id, target.grade)
    if target.course_id is not None:
        return and_(here, of_course(target.course_id))
    if target.trolley_id is not None:
        return and_(here, of_trolley(target.trolley_id))
    if target.group_id is not None:
        return and_(here, of_group(target.group_id))
    if target.device_id is not None:
        return and_(here, Device.id == target.device_id)
    return here


def checked_target(tx: Tx, target: Target) -> Target:
    """Refuse a target that does not exist, or lies in another school than it says.

    returns: with the school of a school's own group, and of a device: what is decided for it
        must not follow it to another school, with the secrets of the first.
    raises: InvalidInput.
    """
    school_id = target.school_id
    if school_id is not None:
        _require(tx, School, school_id, "school")
    if target.grade is not None and school_id is not None:
        _require_grade(tx, school_id, target.grade)
    elif target.class_group_id is not None:
        group = _require(tx, ClassGroup, target.class_group_id, "class")
        _require_at(group.school_id, school_id, "class", group.ended_at is not None)
    elif target.course_id is not None:
        course = _require(tx, Course, target.course_id, "course")
        _require_at(course.school_id, school_id, "course", course.ended_at is not None)
    elif target.trolley_id is not None:
        trolley = _require(tx, Trolley, target.trolley_id, "trolley")
        _require_at(trolley.school_id, school_id, "trolley", trolley.ended_at is not None)
    elif target.group_id is not None:
        return _group(tx, target, target.group_id)
    elif target.device_id is not None:
        return _device(tx, target, target.device_id)
    return target


def _group(tx: Tx, target: Target, group_id: int) -> Target:
    """A group of the city may also be meant at one school only."""
    # Nobody takes it out of use until this is decided.
    group = tx.get(SmartGroup, group_id, with_for_update={"read": True})
    if group is None:
        raise InvalidInput("group", "does not exist")
    owner = group.school_id if group.school_id is not None else target.school_id
    given = target.school_id if target.school_id is not None else owner
    _require_at(owner, given, "group", group.retired_at is not None)
    return replace(target, school_id=owner)


def _device(tx: Tx, target: Target, device_id: int) -> Target:
    device = _require(tx, Device, device_id, "device")
    given = target.school_id if target.school_id is not None else device.school_id
    _require_at(device.school_id, given, "device", device.retired_at is not None)
    return replace(target, school_id=device.school_id)


def _require(tx: Tx, kind: type[_Row], number: int, field: str) -> _Row:
    row = tx.get(kind, number)
    if row is None:
        raise InvalidInput(field, "does not exist")
    return row


def _require_at(owner: int | None, given: int | None, field: str, is_over: bool) -> None:
    if owner != given:
        raise InvalidInput(field, f"this {field} belongs to another school")
    if is_over:
        raise InvalidInput(field, "is no longer there", "Choose another one.")


def _require_grade(tx: Tx, school_id: int, grade: str) -> None:
    in_class = exists().where(
        ClassGroup.school_id == school_id,
        ClassGroup.grade == grade,
        ClassGroup.ended_at.is_(None),
    )
    in_roster = exists().where(
        Member.school_id == school_id, Member.grade == grade, Member.ended_at.is_(None)
    )
    if not tx.scalar(select(or_(in_class, in_roster))):
        raise InvalidInput("grade", f"this school has no grade {grade[:20]}", "Import its roster.")
