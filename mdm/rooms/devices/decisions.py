"""What a person decides about devices: expect them, accept a held one, let one come back,
release one for good.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import or_, select, update

from enrollment.identifiers import Channel, ChannelKind, EnrollmentKey
from enrollment.lifecycle import EnrollmentState, HoldReason, Refused, accept
from mdm.base.db import Tx
from mdm.base.errors import Conflict, InvalidInput, NotFound
from mdm.rooms.audit import service as audit
from mdm.rooms.audit.service import Actor, Subject
from mdm.rooms.devices import standing, tokens
from mdm.rooms.devices.models import Device, Enrollment, IdentityCertificate
from mdm.rooms.devices.service import Applied
from mdm.rooms.devices.standing import IN_FORCE

_LONGEST_SERIAL = 64
_IS_IN_FORCE = (
    Enrollment.state.in_(IN_FORCE),
    Enrollment.ended_at.is_(None),
    Enrollment.held_reason.is_(None),
)


def expect(
    tx: Tx,
    serials: Iterable[str],
    school_id: int,
    class_group_id: int | None,
    actor: Actor,
    now: datetime,
) -> int:
    """Say which iPads a school is going to enrol; returns how many are newly expected.

    class_group_id: None leaves those that have a class in it.
    raises: InvalidInput (malformed serial number), Conflict (it belongs to another school, or is
        under management and would change its class or school, which is a change plan's to do).
    """
    wanted = [_serial(text) for text in serials]
    known = {
        device.serial: device
        for device in tx.scalars(select(Device).where(Device.serial.in_(wanted)))
    }
    managed = set(managed_elsewhere(tx, wanted, school_id, class_group_id))
    added = 0
    for serial in dict.fromkeys(wanted):
        device = known.get(serial)
        if device is None:
            device = Device(serial=serial, created_at=now)
            tx.add(device)
        elif device.school_id not in (None, school_id):
            raise Conflict(f"{serial} belongs to another school; move it there first")
        elif serial in managed:
            raise Conflict(f"{serial} is enrolled already, and somewhere else; move it there")
        added += not device.is_expected
        device.is_expected = True
        device.school_id = school_id
        device.class_group_id = class_group_id or device.class_group_id
    subject = Subject.of("school", school_id)
    details = {"count": len(wanted), "added": added, "class_group": class_group_id}
    audit.record(tx, actor, "device.expect", subject, now, school_id=school_id, details=details)
    return added


def managed_elsewhere(
    tx: Tx, serials: Collection[str], school_id: int, class_group_id: int | None
) -> list[str]:
    """Which of these iPads are under management and would be moved by expecting them here."""
    elsewhere = Device.school_id.is_distinct_from(school_id)
    if class_group_id is not None:
        elsewhere = or_(elsewhere, Device.class_group_id.is_distinct_from(class_group_id))
    query = (
        select(Device.serial)
        .join(Enrollment, Enrollment.device_id == Device.id)
        .where(Device.serial.in_(serials), elsewhere, *_IS_IN_FORCE)
        .order_by(Device.serial)
        .distinct()
    )
    return [serial for serial in tx.scalars(query) if serial is not None]


def accept_held(
    tx: Tx, enrollment_id: int, actor: Actor, now: datetime, school_id: int | None = None
) -> Applied:
    """A person has looked: a held newcomer is who it says it is.

    school_id: where it belongs, if its device has no school yet.
    raises: NotFound (no such held enrollment), Conflict (it has left again, or its serial
        number is still enrolled elsewhere).
    """
    held, reason = _held(tx, enrollment_id)
    channel = Channel(ChannelKind.DEVICE, EnrollmentKey(held.key), EnrollmentKey(held.key))
    found = standing.known(tx, channel, None)
    if found.device is None:
        raise NotFound("device", str(held.device_id))
    facts = standing.enrollment_facts(tx, found, held, channel, with_tokens=False)
    current = found.current()
    rival = standing.enrollment_facts(tx, found, current, channel, with_tokens=False)
    if facts is None:
        raise NotFound("held enrollment", str(enrollment_id))
    outcome = accept(facts, rival)
    if isinstance(outcome, Refused):
        raise Conflict("the device has left again")
    cancelled = _end_rival(tx, held, current if outcome.replaces else None, now)
    _let_in(tx, held, found.device, school_id)
    if outcome.forget_replaced:
        _forget_replaced(found, held)
    details = {"enrollment": held.id, "was_held": reason.value}
    subject = Subject.of("device", found.device.id)
    school = found.device.school_id
    audit.record(tx, actor, "device.accept", subject, now, school_id=school, details=details)
    erased = tuple(row.id for row in found.enrollments if row.generation < held.generation)
    return Applied(outcome, held, found.device, cancelled, erased)


def release(tx: Tx, device: Device, actor: Actor, now: datetime, reason: str) -> tuple[int, ...]:
    """Release a device for good: its enrollments end and its certificates are revoked.

    The iPad itself is told nothing by this. returns: enrollments whose queues must be cancelled.
    raises: InvalidInput (no reason given).
    """
    if not reason.strip():
        raise InvalidInput("reason", "say why the device is released")
    standing.hold(tx, device.udid or "", device.serial)
    rows = tx.scalars(
        select(Enrollment).where(Enrollment.device_id == device.id, Enrollment.ended_at.is_(None))
    ).all()
    for row in rows:
        row.state, row.ended_at = EnrollmentState.RETIRED, now
        # Nothing is planned for it any more, but smart groups must hear that it has gone.
        row.due_generation = Enrollment.due_generation + 1
        tokens.forget(row)
    tx.execute(
        update(IdentityCertificate)
        .where(
            IdentityCertificate.enrollment_id.in_([row.id for row in rows]),
            IdentityCertificate.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )
    device.retired_at = now
    subject = Subject.of("device", device.id)
    school = device.school_id
    audit.record(tx, actor, "device.release", subject, now, school_id=school, reason=reason)
    return tuple(row.id for row in rows)


def expect_return(tx: Tx, device: Device, actor: Actor, now: datetime) -> None:
    """Let a device join again with any invitation, once; say so before it is set up anew."""
    device.is_return_expected = True
    subject = Subject.of("device", device.id)
    audit.record(tx, actor, "device.expect_return", subject, now, school_id=device.school_id)


def _held(tx: Tx, enrollment_id: int) -> tuple[Enrollment, HoldReason]:
    said = tx.execute(
        select(Enrollment.key, Enrollment.claimed_serial).where(Enrollment.id == enrollment_id)
    ).first()
    if said is not None:
        standing.hold(tx, said.key, said.claimed_serial)
    held = tx.get(Enrollment, enrollment_id, with_for_update=True)
    if held is None or held.held_reason is None or held.parent_id is not None:
        raise NotFound("held enrollment", str(enrollment_id))
    return held, held.held_reason


def _serial(text: str) -> str:
    serial = text.strip().upper()
    if not serial.isascii() or not serial.isalnum() or len(serial) > _LONGEST_SERIAL:
        raise InvalidInput("serial", f"{text.strip()[:20]!r} is no serial number")
    return serial


def _end_rival(
    tx: Tx, held: Enrollment, rival: Enrollment | None, now: datetime
) -> tuple[int, ...]:
    if rival is None or rival.id == held.id:
        return ()
    in_force = rival.state in IN_FORCE
    users = list(standing.user_enrollments(tx, [rival.id]))
    for row in (rival, *users):
        row.state, row.ended_at = EnrollmentState.REPLACED, row.ended_at or now
    # They must have left the unique index before the accepted one enters it.
    tx.flush()
    return (rival.id, *(user.id for user in users)) if in_force else ()


def _let_in(tx: Tx, held: Enrollment, device: Device, school_id: int | None) -> None:
    for row in (held, *standing.user_enrollments(tx, [held.id])):
        row.held_reason = None
        row.due_generation = Enrollment.due_generation + 1
    device.school_id = device.school_id or school_id
    if device.serial is None and held.claimed_serial is not None:
        _take_serial(tx, device, held.claimed_serial)


def _take_serial(tx: Tx, device: Device, serial: str) -> None:
    """Give the accepted device its serial number; the old board that had it must be gone."""
    other = tx.scalar(select(Device).where(Device.serial == serial, Device.id != device.id))
    if other is None:
        device.serial = serial
        return
    in_force = tx.scalar(
        select(Enrollment.id).where(Enrollment.device_id == other.id, *_IS_IN_FORCE)
    )
    if in_force is not None:
        raise Conflict(f"another device is enrolled with serial number {serial}; release it first")
    device.school_id = device.school_id or other.school_id
    device.class_group_id = device.class_group_id or other.class_group_id
    other.serial = None
    tx.flush()
    device.serial = serial


def _forget_replaced(found: standing.Known, held: Enrollment) -> None:
    for row in found.enrollments:
        if row.id != held.id and row.state is EnrollmentState.REPLACED:
            tokens.forget(row)
