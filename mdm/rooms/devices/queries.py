"""Reading devices: lists, counts and one device, as far as a person may see them.

Here: frozen rows; what is out of sight is left out by the statement itself, so no list, count
or search can tell of it. Not here: what a device reported (report_queries.py), who came in
through which link (mdm.rooms.links.queries), the facts lifecycle decides from (standing.py).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    true,
)

from enrollment.standing import EnrollmentState
from mdm.base.db import Tx
from mdm.base.errors import NotFound
from mdm.rooms.access.service import Viewer
from mdm.rooms.devices.models import Device, Enrollment
from mdm.rooms.schools.models import ClassGroup, School

Rows: TypeAlias = Select[*tuple[Any, ...]]


class Standing(StrEnum):
    """Where a device stands, in one word for lists.

    EXPECTED: known, never enrolled. JOINING: cannot be woken yet. SILENT: enrolled, not heard
    of for long. HELD: waits for a person. LEFT: was enrolled, is not any more.
    """

    EXPECTED = "expected"
    JOINING = "joining"
    ENROLLED = "enrolled"
    SILENT = "silent"
    HELD = "held"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class DeviceFilter:
    """What a list of devices is narrowed to.

    text: a part of the serial number or the name, in any case; empty for no search.
    among: a statement that selects numbers of devices, as a room above knows them.
    """

    school_id: int | None = None
    class_group_id: int | None = None
    standing: Standing | None = None
    text: str = ""
    among: Select[int] | None = None


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """One line of a list. serial, class_name, last_seen_at: None when not known."""

    id: int
    serial: str | None
    name: str
    product_name: str
    os_version: str
    school_id: int | None
    class_name: str | None
    is_supervised: bool | None
    last_seen_at: datetime | None
    standing: Standing


@dataclass(frozen=True, slots=True)
class DeviceDetail:
    """One device with its school and its current enrollment.

    enrollment_id and what follows it: None while the device has no current enrollment.
    """

    id: int
    serial: str | None
    udid: str | None
    name: str
    product_name: str
    os_version: str
    build_version: str
    is_supervised: bool | None
    is_shared_ipad: bool | None
    facts_observed_at: datetime | None
    school_id: int | None
    school_name: str | None
    class_name: str | None
    standing: Standing
    enrollment_id: int | None
    generation: int | None
    enrolled_at: datetime | None
    last_seen_at: datetime | None
    unpushable_reason: str | None


@dataclass(frozen=True, slots=True)
class SchoolCounts:
    """devices: all that belong to the school. enrolled: of these, includes the silent."""

    devices: int = 0
    enrolled: int = 0
    silent: int = 0


def visible(viewer: Viewer) -> ColumnElement[bool]:
    """The condition that leaves out devices of schools a person may not see."""
    if viewer.school_ids is None:
        return true()
    return Device.school_id.in_(viewer.school_ids)


def joined(columns: Rows) -> Rows:
    """Devices with their class and, if they have one, their current enrollment."""
    return (
        columns.select_from(Device)
        .outerjoin(ClassGroup, ClassGroup.id == Device.class_group_id)
        .outerjoin(
            Enrollment,
            and_(
                Enrollment.device_id == Device.id,
                Enrollment.parent_id.is_(None),
                Enrollment.ended_at.is_(None),
                Enrollment.held_reason.is_(None),
            ),
        )
    )


def devices(
    tx: Tx,
    viewer: Viewer,
    narrowed: DeviceFilter,
    silent_before: datetime,
    limit: int = 50,
    offset: int = 0,
) -> list[DeviceRow]:
    """List devices by class and name."""
    query = (
        _narrowed(_rows(silent_before), viewer, narrowed, silent_before)
        # Grades are texts: 9 before 10, and both before EF.
        .order_by(
            func.length(ClassGroup.grade),
            ClassGroup.grade,
            ClassGroup.name,
            Device.name,
            Device.id,
        )
        .limit(limit)
        .offset(offset)
    )
    return [DeviceRow(**_named(row)) for row in tx.execute(query)]


def count(tx: Tx, viewer: Viewer, narrowed: DeviceFilter, silent_before: datetime) -> int:
    """Count what `devices` would list."""
    query = _narrowed(joined(select(func.count())), viewer, narrowed, silent_before)
    return tx.scalar(query) or 0


def device(tx: Tx, viewer: Viewer, device_id: int, silent_before: datetime) -> DeviceDetail:
    """Find one device.

    raises: NotFound (there is none, or it is out of sight).
    """
    query = _details(silent_before).where(Device.id == device_id, visible(viewer))
    found = tx.execute(query).first()
    if found is None:
        raise NotFound("device")
    return DeviceDetail(**_named(found))


def owned_elsewhere(tx: Tx, serials: Collection[str], school_id: int) -> set[str]:
    """Which of these serial numbers belong to another school, in sight or not."""
    query = select(Device.serial).where(
        Device.serial.in_(serials), Device.school_id.is_not(None), Device.school_id != school_id
    )
    return {serial for serial in tx.scalars(query) if serial is not None}


def counts_by_school(
    tx: Tx, viewer: Viewer, silent_before: datetime, school_id: int | None = None
) -> dict[int, SchoolCounts]:
    """Count the devices of each visible school; a school without devices is not among them.

    school_id: only this one; None for all.
    """
    query = (
        joined(
            select(
                Device.school_id,
                func.count(),
                func.count(case((_is_enrolled(), 1))),
                func.count(case((and_(_is_enrolled(), _is_silent(silent_before)), 1))),
            )
        )
        .where(visible(viewer), Device.school_id.is_not(None), Device.retired_at.is_(None))
        .group_by(Device.school_id)
    )
    if school_id is not None:
        query = query.where(Device.school_id == school_id)
    return {row[0]: SchoolCounts(*row[1:]) for row in tx.execute(query)}


def _named(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    return row._asdict() | {"standing": Standing(row.standing)}


def _rows(silent_before: datetime) -> Rows:
    return joined(
        select(
            Device.id,
            Device.serial,
            Device.name,
            Device.product_name,
            Device.os_version,
            Device.school_id,
            ClassGroup.name.label("class_name"),
            Device.is_supervised,
            Enrollment.last_seen_at,
            _standing(silent_before).label("standing"),
        )
    )


def _details(silent_before: datetime) -> Rows:
    columns = select(
        Device.id,
        Device.serial,
        Device.udid,
        Device.name,
        Device.product_name,
        Device.os_version,
        Device.build_version,
        Device.is_supervised,
        Device.is_shared_ipad,
        Device.facts_observed_at,
        Device.school_id,
        School.name.label("school_name"),
        ClassGroup.name.label("class_name"),
        _standing(silent_before).label("standing"),
        Enrollment.id.label("enrollment_id"),
        Enrollment.generation,
        Enrollment.enrolled_at,
        Enrollment.last_seen_at,
        Enrollment.unpushable_reason,
    )
    return joined(columns).outerjoin(School, School.id == Device.school_id)


def _narrowed(
    query: Rows,
    viewer: Viewer,
    narrowed: DeviceFilter,
    silent_before: datetime,
) -> Rows:
    query = query.where(visible(viewer))
    if narrowed.school_id is not None:
        query = query.where(Device.school_id == narrowed.school_id)
    if narrowed.class_group_id is not None:
        query = query.where(Device.class_group_id == narrowed.class_group_id)
    if narrowed.standing is not None:
        query = query.where(_standing(silent_before) == narrowed.standing.value)
    if narrowed.among is not None:
        query = query.where(Device.id.in_(narrowed.among))
    if narrowed.text:
        query = query.where(
            or_(
                Device.serial.icontains(narrowed.text, autoescape=True),
                Device.name.icontains(narrowed.text, autoescape=True),
            )
        )
    return query


def _is_enrolled() -> ColumnElement[bool]:
    return and_(Device.retired_at.is_(None), Enrollment.state == EnrollmentState.ENROLLED)


def _is_silent(silent_before: datetime) -> ColumnElement[bool]:
    return func.coalesce(Enrollment.last_seen_at, Enrollment.enrolled_at) < silent_before


def _standing(silent_before: datetime) -> ColumnElement[str]:
    earlier = Enrollment.__table__.alias("earlier")
    mine = and_(earlier.c.device_id == Device.id, earlier.c.parent_id.is_(None))
    waits = exists().where(mine, earlier.c.held_reason.is_not(None), earlier.c.ended_at.is_(None))
    was_here = exists().where(mine)
    return case(
        (Device.retired_at.is_not(None), literal(Standing.LEFT.value)),
        (and_(Enrollment.id.is_(None), waits), literal(Standing.HELD.value)),
        (and_(Enrollment.id.is_(None), was_here), literal(Standing.LEFT.value)),
        (Enrollment.id.is_(None), literal(Standing.EXPECTED.value)),
        (Enrollment.state != EnrollmentState.ENROLLED, literal(Standing.JOINING.value)),
        (_is_silent(silent_before), literal(Standing.SILENT.value)),
        else_=literal(Standing.ENROLLED.value),
    )
