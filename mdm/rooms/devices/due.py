"""Asking for new plans for everybody whom a decision concerns."""

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true, update

from mdm.base.db import Tx, changed_rows
from mdm.rooms.devices.models import Device, Enrollment


def of_school(school_id: int | None, class_group_id: int | None) -> ColumnElement[bool]:
    """The devices of the city (no school), of a school, or of one class, as a condition."""
    if school_id is None:
        return true()
    here = Device.school_id == school_id
    return here if class_group_id is None else and_(here, Device.class_group_id == class_group_id)


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
