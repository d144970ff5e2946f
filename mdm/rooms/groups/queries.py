"""Reading smart groups: which there are, what they ask, who is in them.

Not here: saving them and keeping their members (service.py, membership.py).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, true

from mdm.base.db import Tx
from mdm.base.errors import NotFound
from mdm.rooms.access.service import Viewer
from mdm.rooms.devices.models import Device
from mdm.rooms.groups.models import SmartGroup, SmartGroupMember
from mdm.rooms.schools.models import School


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A smart group in use. school: its number, None for one of the city. rule: as JSON."""

    id: int
    name: str
    school_id: int | None
    school: str | None
    rule: dict[str, Any]
    version: int
    members: int
    created_by: str
    created_at: datetime


def of_group(group_id: int) -> ColumnElement[bool]:
    """The devices that are members of a group now, as a condition on Device."""
    members = select(SmartGroupMember.device_id).where(SmartGroupMember.group_id == group_id)
    return Device.id.in_(members)


def groups(tx: Tx, viewer: Viewer) -> list[GroupRow]:
    """List the groups in use that somebody may see, the city's first."""
    members = (
        select(func.count())
        .where(SmartGroupMember.group_id == SmartGroup.id)
        .correlate(SmartGroup)
        .scalar_subquery()
    )
    query = (
        select(SmartGroup, School.number, members)
        .outerjoin(School, School.id == SmartGroup.school_id)
        .where(SmartGroup.retired_at.is_(None), _in_sight(viewer))
        .order_by(School.number.is_not(None), School.number, SmartGroup.name)
    )
    return [
        GroupRow(
            id=group.id,
            name=group.name,
            school_id=group.school_id,
            school=school,
            rule=group.rule,
            version=group.version,
            members=count,
            created_by=group.created_by,
            created_at=group.created_at,
        )
        for group, school, count in tx.execute(query)
    ]


def find_group(tx: Tx, viewer: Viewer, group_id: int) -> SmartGroup:
    """Find one that somebody may see. raises: NotFound."""
    query = select(SmartGroup).where(SmartGroup.id == group_id, _in_sight(viewer))
    found = tx.scalar(query)
    if found is None:
        raise NotFound("smart group", str(group_id))
    return found


def group_named(tx: Tx, school_id: int | None, name: str) -> SmartGroup | None:
    """Find a group of a school, or of the city (None), by its name; retired ones too."""
    owner = SmartGroup.school_id.is_not_distinct_from(school_id)
    return tx.scalar(select(SmartGroup).where(owner, SmartGroup.name == " ".join(name.split())))


def _in_sight(viewer: Viewer) -> ColumnElement[bool]:
    if viewer.school_ids is None:
        return true()
    return or_(SmartGroup.school_id.is_(None), SmartGroup.school_id.in_(viewer.school_ids))
