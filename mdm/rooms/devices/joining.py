"""A device joins: which row it is, which enrollment begins, where it belongs.

Here: what an Authenticate writes. Not here: whether it may join (enrollment.lifecycle), what
every other message writes (transitions.py).
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update

from enrollment.checkin_messages import Authenticate
from enrollment.lifecycle import EnrollmentState, Transition
from mdm.base.db import Tx
from mdm.rooms.devices.models import Device, Enrollment
from mdm.rooms.devices.standing import Known


@dataclass(frozen=True, slots=True)
class Invitation:
    """Where the link behind a certificate leads: a school, perhaps a class."""

    link_id: int
    school_id: int
    class_group_id: int | None


def is_expected(found: Known, invitation: Invitation | None) -> bool:
    """Whether a school has said that it is going to enrol this very iPad."""
    device = found.device or found.serial_device
    if device is None or invitation is None or device.retired_at is not None:
        return False
    return device.is_expected and device.school_id == invitation.school_id


def join(
    tx: Tx,
    outcome: Transition,
    found: Known,
    message: Authenticate,
    invitation: Invitation | None,
    now: datetime,
) -> Enrollment:
    """Begin an enrollment; what it replaces ends. returns: its row, with a number."""
    device = found.device or _device_of(tx, found, outcome, message, now)
    found.device = device
    if not outcome.is_held:
        _place(device, invitation)
    _note_facts(device, message, now, trusted=not outcome.is_held)
    enrollment = Enrollment(
        device_id=device.id,
        key=outcome.device_key,
        claimed_serial=message.serial_number,
        state=outcome.state,
        generation=outcome.generation,
        held_reason=outcome.hold_reason,
        link_id=invitation.link_id if invitation is not None else None,
        topic=message.topic or "",
        authenticated_at=now,
    )
    # The one it replaces must have left the unique index before the new one enters it.
    for row in found.enrollments:
        if str(row.id) == outcome.replaces:
            row.state, row.ended_at = EnrollmentState.REPLACED, now
            tx.flush()
    tx.add(enrollment)
    tx.flush()
    found.enrollments.append(enrollment)
    return enrollment


def _device_of(
    tx: Tx, found: Known, outcome: Transition, message: Authenticate, now: datetime
) -> Device:
    """The device of a key we never met: the one with its serial number, or a new row.

    A held newcomer never takes over a row that is there: it may be anybody.
    """
    device = found.serial_device
    if device is not None and not (found.serial_in_use or outcome.is_held):
        if device.udid is not None:
            _end_held(tx, device, now)
        device.udid = message.channel.device_key
        return device
    serial = message.serial_number if device is None else None
    device = Device(serial=serial, udid=message.channel.device_key, created_at=now)
    tx.add(device)
    tx.flush()
    return device


def _end_held(tx: Tx, device: Device, now: datetime) -> None:
    """Whoever claimed its serial number before was not this device."""
    tx.execute(
        update(Enrollment)
        .where(
            Enrollment.device_id == device.id,
            Enrollment.held_reason.is_not(None),
            Enrollment.ended_at.is_(None),
        )
        .values(state=EnrollmentState.REPLACED, ended_at=now)
    )


def _place(device: Device, invitation: Invitation | None) -> None:
    device.is_return_expected = False
    if invitation is None:
        return
    device.school_id = device.school_id or invitation.school_id
    if device.class_group_id is None and device.school_id == invitation.school_id:
        device.class_group_id = invitation.class_group_id


def _note_facts(device: Device, message: Authenticate, now: datetime, *, trusted: bool) -> None:
    # A held newcomer may be anybody: what it says must not overwrite what we know.
    if not trusted and device.facts_observed_at is not None:
        return
    device.name = _cut(message.device_name, 255) or device.name
    device.product_name = _cut(message.product_name, 80) or device.product_name
    device.os_version = _cut(message.os_version, 40) or device.os_version
    device.build_version = _cut(message.build_version, 40) or device.build_version
    device.facts_observed_at = now


def _cut(text: str | None, longest: int) -> str | None:
    # PostgreSQL refuses what is too long, and a name is no reason to refuse an enrolment.
    return text[:longest] if text is not None else None
