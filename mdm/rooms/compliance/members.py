"""The devices behind a number of the report, as a list.

Here: which devices a number counts, by the same rule. Not here: the rows of a list
(mdm.rooms.devices.queries), counting (queries.py).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, select

from mdm.base.db import Tx
from mdm.rooms.access.service import Viewer
from mdm.rooms.compliance.standing import (
    Reasons,
    compliance,
    grade,
    is_enrolled,
    is_silent,
    with_judgement,
)
from mdm.rooms.devices import queries as devices
from mdm.rooms.devices.models import Device
from mdm.rooms.devices.queries import DeviceFilter, DeviceRow
from mdm.rooms.reconciler.models import EnrollmentOutcome
from mdm.rooms.schools.models import ClassGroup
from policies.compliance import Compliance, Silence
from policies.outcome import OutcomeKind, OutcomeReason


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which number a list stands behind; None: this does not narrow it.

    school_id: None for all that a person may see. class_name: of that school.
    reason: what is in the way, whatever its codes.
    """

    school_id: int | None = None
    grade: str | None = None
    class_name: str | None = None
    compliance: Compliance | None = None
    silence: Silence | None = None
    reason: OutcomeReason | None = None


def listed(
    tx: Tx, viewer: Viewer, wanted: Wanted, at: datetime, limit: int, offset: int = 0
) -> list[DeviceRow]:
    """List these devices by class and name, as far as a person may see them."""
    narrowed = _narrowed(tx, wanted, at)
    return devices.devices(tx, viewer, narrowed, _week_before(at), limit, offset)


def count(tx: Tx, viewer: Viewer, wanted: Wanted, at: datetime) -> int:
    """Count what `listed` would list."""
    return devices.count(tx, viewer, _narrowed(tx, wanted, at), _week_before(at))


def _narrowed(tx: Tx, wanted: Wanted, at: datetime) -> DeviceFilter:
    return DeviceFilter(wanted.school_id, among=_numbers(tx, wanted, at))


def _numbers(tx: Tx, wanted: Wanted, at: datetime) -> Select[int]:
    query = with_judgement(select(Device.id))
    if wanted.grade is not None:
        query = query.where(grade() == wanted.grade)
    if wanted.class_name is not None:
        query = query.where(ClassGroup.name == wanted.class_name)
    if wanted.compliance is not None:
        query = query.where(compliance() == wanted.compliance.value)
    if wanted.silence is not None:
        query = query.where(is_silent(wanted.silence, at))
    if wanted.reason is not None:
        is_blocked = EnrollmentOutcome.outcome == OutcomeKind.BLOCKED
        query = query.where(is_enrolled(), is_blocked, Reasons(tx).names(wanted.reason))
    return query


def _week_before(at: datetime) -> datetime:
    return at - timedelta(days=Silence.WEEK)
