"""What counts as proven of a school's list and a grade: read from the database alone.

Each function gives the serial numbers of those for which it is so.
"""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Select, and_, or_, select

from mdm.base.db import Tx
from mdm.cli.demo.evidence import Cast, app_managed, enrollments_of
from mdm.rooms.assignments.models import RolloutDevice
from mdm.rooms.changes.models import ChangePlan
from mdm.rooms.declarations.models import DeclarationState
from mdm.rooms.devices.models import Device, Enrollment, ReportedItem
from mdm.rooms.devices.reported import APP, PROFILE
from mdm.rooms.reconciler.models import EnrollmentOutcome
from mdm.rooms.schools.models import ClassGroup
from policies.outcome import OutcomeKind


def seated(tx: Tx, classes: Mapping[str, str]) -> set[str]:
    """Those with an owner and in the class that the list says."""
    query = (
        select(Device.serial, ClassGroup.name)
        .join(ClassGroup, ClassGroup.id == Device.class_group_id)
        .where(Device.serial.in_(classes), Device.owner_id.is_not(None))
    )
    return {serial for serial, name in tx.execute(query) if serial and classes[serial] == name}


def obeying(tx: Tx, cast: Cast, plan_id: int) -> set[str]:
    """Those that a change plan has released, and that have since proven all their wishes."""
    released = and_(
        RolloutDevice.device_id == Device.id,
        RolloutDevice.released_at.is_not(None),
        RolloutDevice.rollout_id == ChangePlan.rollout_id,
    )
    query = (
        enrollments_of(cast)
        .join(EnrollmentOutcome, EnrollmentOutcome.enrollment_id == Enrollment.id)
        .join(ChangePlan, ChangePlan.id == plan_id)
        .join(RolloutDevice, released)
        .where(
            EnrollmentOutcome.outcome == OutcomeKind.AS_WISHED,
            Enrollment.due_generation <= Enrollment.done_generation,
        )
    )
    return _serials(tx, query)


def having(tx: Tx, cast: Cast, profiles: Collection[str], app: str) -> set[str]:
    """Those whose own reports name any of these profiles, or this app."""
    profile = and_(ReportedItem.kind == PROFILE, ReportedItem.subject.in_(profiles))
    is_app = and_(ReportedItem.kind == APP, ReportedItem.subject == app)
    query = (
        enrollments_of(cast)
        .join(ReportedItem, ReportedItem.enrollment_id == Enrollment.id)
        .where(or_(profile, is_app))
    )
    return _serials(tx, query) | app_managed(tx, cast, app)


def declaring(tx: Tx, cast: Cast, named: str) -> set[str]:
    """Those that say of a declaration that it is valid and in force. named: how it begins."""
    query = (
        enrollments_of(cast)
        .join(DeclarationState, DeclarationState.enrollment_id == Enrollment.id)
        .where(
            DeclarationState.identifier.startswith(named, autoescape=True),
            DeclarationState.is_active,
            DeclarationState.validity == "valid",
        )
    )
    return _serials(tx, query)


def _serials(tx: Tx, query: Select[Any]) -> set[str]:
    return {serial for serial in tx.scalars(query) if serial is not None}
