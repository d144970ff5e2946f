"""Reading invitations: the links of a school, and who came in through them.

Here also: who waits to be accepted. A stranger belongs to no school yet, so the school of
the link it came through decides who sees it; a known device stays its own school's matter.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select, true

from enrollment.standing import EnrollmentState, HoldReason
from mdm.base.db import Tx
from mdm.base.errors import NotFound
from mdm.rooms.access.service import Viewer
from mdm.rooms.devices.models import Device, Enrollment
from mdm.rooms.devices.queries import visible
from mdm.rooms.links.models import EnrollmentLink
from mdm.rooms.schools.models import ClassGroup, School


class LinkState(StrEnum):
    """Whether a link still lets anybody in, and if not, why."""

    OPEN = "open"
    USED_UP = "used_up"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class LinkRow:
    """One link. class_name: None when it is for the whole school."""

    id: int
    token_id: str
    school_id: int
    school_name: str
    class_name: str | None
    created_by: str
    created_at: datetime
    expires_at: datetime
    max_uses: int
    uses: int
    revoked_at: datetime | None

    @property
    def uses_left(self) -> int:
        return max(0, self.max_uses - self.uses)

    def state(self, now: datetime) -> LinkState:
        """Whether it lets anybody in at an instant."""
        if self.revoked_at is not None:
            return LinkState.REVOKED
        if self.expires_at <= now:
            return LinkState.EXPIRED
        return LinkState.OPEN if self.uses_left else LinkState.USED_UP


@dataclass(frozen=True, slots=True)
class Arrival:
    """A device that came in through a link.

    serial: as it claims. device_id and name: None and empty for another school's device.
    """

    enrollment_id: int
    device_id: int | None
    serial: str | None
    name: str
    state: EnrollmentState
    held_reason: HoldReason | None
    authenticated_at: datetime | None
    enrolled_at: datetime | None
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A newcomer that waits for a person.

    serial: of the device as we know it; claimed_serial: what it said of itself.
    school_id: whose matter it is; None for administrators only.
    """

    enrollment_id: int
    device_id: int
    serial: str | None
    claimed_serial: str | None
    name: str
    product_name: str
    os_version: str
    reason: HoldReason
    authenticated_at: datetime | None
    school_id: int | None
    school_name: str | None
    link_id: int | None


def links_of(tx: Tx, viewer: Viewer, school_id: int, limit: int = 50) -> list[LinkRow]:
    """List the links of a school, newest first; nothing when it is out of sight."""
    query = _links(viewer).where(EnrollmentLink.school_id == school_id)
    return [LinkRow(*row) for row in tx.execute(query.limit(limit))]


def link(tx: Tx, viewer: Viewer, link_id: int) -> LinkRow:
    """Find one link.

    raises: NotFound (there is none, or it is out of sight).
    """
    found = tx.execute(_links(viewer).where(EnrollmentLink.id == link_id)).first()
    if found is None:
        raise NotFound("link")
    return LinkRow(*found)


def arrivals(tx: Tx, viewer: Viewer, link_id: int, limit: int = 200) -> list[Arrival]:
    """List who came in through a link, newest first; nothing when it is out of sight."""
    in_sight = visible(viewer)
    named = or_(in_sight, Device.school_id.is_(None))
    query = (
        select(
            Enrollment.id,
            case((in_sight, Device.id)),
            func.coalesce(Enrollment.claimed_serial, Device.serial),
            case((named, Device.name), else_=""),
            Enrollment.state,
            Enrollment.held_reason,
            Enrollment.authenticated_at,
            Enrollment.enrolled_at,
            Enrollment.last_seen_at,
        )
        .join(Device, Device.id == Enrollment.device_id)
        .join(EnrollmentLink, EnrollmentLink.id == Enrollment.link_id)
        .where(
            Enrollment.link_id == link_id,
            Enrollment.parent_id.is_(None),
            _sees(viewer, EnrollmentLink.school_id),
        )
        .order_by(Enrollment.id.desc())
        .limit(limit)
    )
    return [Arrival(*row) for row in tx.execute(query)]


def held(tx: Tx, viewer: Viewer, limit: int = 200) -> list[HeldRow]:
    """List who waits to be accepted, oldest first."""
    query = _held(viewer).order_by(Enrollment.id).limit(limit)
    return [HeldRow(*row) for row in tx.execute(query)]


def held_one(tx: Tx, viewer: Viewer, enrollment_id: int) -> HeldRow:
    """Find one that waits.

    raises: NotFound (nobody waits under this number, or out of sight).
    """
    found = tx.execute(_held(viewer).where(Enrollment.id == enrollment_id)).first()
    if found is None:
        raise NotFound("enrollment")
    return HeldRow(*found)


def held_by_school(tx: Tx, viewer: Viewer) -> dict[int | None, int]:
    """Count who waits, by the school whose matter it is."""
    rows = _held(viewer).subquery()
    query = select(rows.c.held_school, func.count()).group_by(rows.c.held_school)
    return {row[0]: row[1] for row in tx.execute(query)}


def _links(viewer: Viewer) -> Select[*tuple[Any, ...]]:
    return (
        select(
            EnrollmentLink.id,
            EnrollmentLink.token_id,
            EnrollmentLink.school_id,
            School.name,
            ClassGroup.name,
            EnrollmentLink.created_by,
            EnrollmentLink.created_at,
            EnrollmentLink.expires_at,
            EnrollmentLink.max_uses,
            EnrollmentLink.uses,
            EnrollmentLink.revoked_at,
        )
        .join(School, School.id == EnrollmentLink.school_id)
        .outerjoin(ClassGroup, ClassGroup.id == EnrollmentLink.class_group_id)
        .where(_sees(viewer, EnrollmentLink.school_id))
        .order_by(EnrollmentLink.id.desc())
    )


def _held(viewer: Viewer) -> Select[*tuple[Any, ...]]:
    school_id = func.coalesce(Device.school_id, EnrollmentLink.school_id)
    return (
        select(
            Enrollment.id.label("enrollment_id"),
            Enrollment.device_id,
            Device.serial,
            Enrollment.claimed_serial,
            Device.name.label("device_name"),
            Device.product_name,
            Device.os_version,
            Enrollment.held_reason,
            Enrollment.authenticated_at,
            school_id.label("held_school"),
            School.name.label("school_name"),
            Enrollment.link_id,
        )
        .join(Device, Device.id == Enrollment.device_id)
        .outerjoin(EnrollmentLink, EnrollmentLink.id == Enrollment.link_id)
        .outerjoin(School, School.id == school_id)
        .where(
            Enrollment.held_reason.is_not(None),
            Enrollment.ended_at.is_(None),
            Enrollment.parent_id.is_(None),
            _sees(viewer, school_id),
        )
    )


def _sees(viewer: Viewer, school_id: Any) -> ColumnElement[bool]:
    if viewer.school_ids is None:
        return true()
    condition: ColumnElement[bool] = school_id.in_(viewer.school_ids)
    return condition
