"""Asking for new plans for everybody whom a decision concerns.

Here: who is inside a scope, as conditions on Device; marking and counting. Not here: the members
of smart groups (mdm.rooms.groups.queries).
"""

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true, update

from mdm.base.db import Tx, changed_rows
from mdm.rooms.devices.models import Device, Enrollment
from mdm.rooms.schools.models import ClassGroup, CourseMember, Member, Slot


def of_school(school_id: int | None, class_group_id: int | None) -> ColumnElement[bool]:
    """The devices of the city (no school), of a school, or of one class, as a condition."""
    if school_id is None:
        return true()
    here = Device.school_id == school_id
    return here if class_group_id is None else and_(here, Device.class_group_id == class_group_id)


def of_grade(school_id: int, grade: str) -> ColumnElement[bool]:
    """The devices of a grade: of its classes, and of pupils who have no class."""
    classes = select(ClassGroup.id).where(
        ClassGroup.school_id == school_id, ClassGroup.grade == grade
    )
    pupils = select(Member.id).where(Member.school_id == school_id, Member.grade == grade)
    by_owner = and_(Device.class_group_id.is_(None), Device.owner_id.in_(pupils))
    return and_(Device.school_id == school_id, or_(Device.class_group_id.in_(classes), by_owner))


def of_course(course_id: int) -> ColumnElement[bool]:
    """The devices of whoever takes or teaches a course, found by their owner."""
    members = select(CourseMember.member_id).where(CourseMember.course_id == course_id)
    return Device.owner_id.in_(members)


def of_trolley(trolley_id: int) -> ColumnElement[bool]:
    """The devices that have a slot in a trolley."""
    return Device.slot_id.in_(select(Slot.id).where(Slot.trolley_id == trolley_id))


def mark_scopes_due(tx: Tx, scopes: list[ColumnElement[bool]]) -> int:
    """Ask for a new plan for every enrolled device in any of these scopes, in one statement.

    returns: for how many. Held ones are left out: whoever accepts one asks for its plan.
    """
    if not scopes:
        return 0
    concerned = (
        _concerned(select(Enrollment.id), scopes)
        # Locked in one order by everybody, so that two decisions never wait for each other.
        .order_by(Enrollment.id)
        .with_for_update(key_share=True, of=Enrollment)
    )
    result = tx.execute(
        update(Enrollment)
        .where(Enrollment.id.in_(concerned))
        .values(due_generation=Enrollment.due_generation + 1)
        .execution_options(synchronize_session=False)
    )
    return changed_rows(result)


def count_scopes(tx: Tx, scopes: list[ColumnElement[bool]]) -> int:
    """Count the devices that `mark_scopes_due` would ask a new plan for, each once."""
    if not scopes:
        return 0
    return tx.scalar(_concerned(select(func.count(Enrollment.id)), scopes)) or 0


def _concerned(query: Select[int], scopes: list[ColumnElement[bool]]) -> Select[int]:
    return query.join(Device, Device.id == Enrollment.device_id).where(
        or_(*scopes),
        Device.retired_at.is_(None),
        Enrollment.parent_id.is_(None),
        Enrollment.ended_at.is_(None),
        Enrollment.held_reason.is_(None),
    )
