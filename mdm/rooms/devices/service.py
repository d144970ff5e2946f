"""Devices and their enrollments: what a check-in changes, written down as lifecycle decided.

Here: the rows. Alone in writing the tables of this room. What happens to the queue of commands
is said in the outcome, and the door tells the commands room, for a room never calls upwards.
Not here: the decision (enrollment.lifecycle), loading its facts (standing.py), tokens
(tokens.py), what devices report (reports.py).
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from sqlalchemy import select, update

from enrollment.checkin_messages import Authenticate, CheckinMessage, TokenUpdate
from enrollment.errors import CertificateRefusal
from enrollment.identifiers import Channel
from enrollment.lifecycle import (
    EnrollmentState,
    Refused,
    Transition,
    advance,
    contact,
)
from mdm.base.db import Tx
from mdm.base.vault import Vault
from mdm.rooms.audit import service as audit
from mdm.rooms.audit.service import Actor, Subject
from mdm.rooms.devices import standing, tokens
from mdm.rooms.devices.models import Device, Enrollment
from mdm.rooms.devices.standing import Known, Speaker


@dataclass(frozen=True, slots=True)
class Invitation:
    """Where the link behind a certificate leads: a school, perhaps a class."""

    link_id: int
    school_id: int
    class_group_id: int | None


@dataclass(frozen=True, slots=True)
class Applied:
    """What a message led to.

    enrollment: of the channel that spoke; None if it was refused or needs none (a guest).
    cancel_queues_of: enrollments whose waiting commands must be taken back, with all channels.
    erased: earlier enrollments of a device that has come back anew: what was to erase it, did.
    """

    outcome: Transition | Refused
    enrollment: Enrollment | None = None
    device: Device | None = None
    cancel_queues_of: tuple[int, ...] = ()
    erased: tuple[int, ...] = field(default=())

    @property
    def is_in_good_standing(self) -> bool:
        """Whether the channel may be given commands."""
        row = self.enrollment
        return (
            row is not None
            and row.state is EnrollmentState.ENROLLED
            and row.held_reason is None
            and row.ended_at is None
        )

    @property
    def wants_plan(self) -> bool:
        """Whether something changed that a plan depends on."""
        outcome = self.outcome
        return isinstance(outcome, Transition) and (outcome.store_tokens or outcome.revive)

    @property
    def refused(self) -> Refused | None:
        return self.outcome if isinstance(self.outcome, Refused) else None


def apply_checkin(
    tx: Tx,
    vault: Vault,
    message: CheckinMessage,
    speaker: Speaker | None,
    invitation: Invitation | None,
    now: datetime,
) -> Applied:
    """Let a check-in message take effect, or refuse it.

    speaker: who signed; None means a certificate we never issued.
    invitation: the link its certificate came from, if there was one.
    """
    if speaker is None:
        return Applied(Refused(CertificateRefusal.NOT_ISSUED_BY_US))
    found = standing.known(tx, message.channel, serial_in(message))
    with_tokens = isinstance(message, TokenUpdate)
    current = found.in_question(speaker.row.fingerprint)
    facts = standing.enrollment_facts(tx, found, current, message.channel, with_tokens=with_tokens)
    expected = _is_expected(found, invitation)
    certificate = standing.certificate_facts(speaker, expected=expected)
    outcome = advance(facts, message, certificate, now, serial_in_use=found.serial_in_use)
    if isinstance(outcome, Refused):
        return Applied(outcome)
    return _write(tx, vault, outcome, found, message, speaker, invitation, now)


def serial_in(message: CheckinMessage) -> str | None:
    """The serial number a message claims; only an Authenticate does."""
    return message.serial_number if isinstance(message, Authenticate) else None


def apply_contact(
    tx: Tx, vault: Vault, channel: Channel, speaker: Speaker | None, now: datetime
) -> Applied:
    """Judge a word on the command channel that the fast path could not place."""
    if speaker is None:
        return Applied(Refused(CertificateRefusal.NOT_ISSUED_BY_US))
    found = standing.known(tx, channel, None)
    current = found.in_question(speaker.row.fingerprint)
    facts = standing.enrollment_facts(tx, found, current, channel, with_tokens=False)
    certificate = standing.certificate_facts(speaker, expected=True)
    outcome = contact(facts, channel, certificate, now)
    if isinstance(outcome, Refused):
        return Applied(outcome)
    return _write(tx, vault, outcome, found, None, speaker, None, now, channel)


def mark_due(tx: Tx, enrollment_id: int) -> None:
    """Ask for a new plan: something that matters to this enrollment has changed."""
    mark_all_due(tx, (enrollment_id,))


def mark_all_due(tx: Tx, enrollment_ids: Collection[int]) -> None:
    """Ask for a new plan for each of these enrollments."""
    if not enrollment_ids:
        return
    # Locked in one order by everybody, so that two who mark the same ones never block each other.
    rows = select(Enrollment.id).where(Enrollment.id.in_(enrollment_ids)).order_by(Enrollment.id)
    tx.execute(
        update(Enrollment)
        .where(Enrollment.id.in_(tx.scalars(rows.with_for_update(key_share=True)).all()))
        .values(due_generation=Enrollment.due_generation + 1)
    )


def _write(
    tx: Tx,
    vault: Vault,
    outcome: Transition,
    found: Known,
    message: CheckinMessage | None,
    speaker: Speaker,
    invitation: Invitation | None,
    now: datetime,
    channel: Channel | None = None,
) -> Applied:
    spoke_on = channel or cast(CheckinMessage, message).channel
    enrollment = _row_of(found, outcome)
    if enrollment is None:
        enrollment = _join(tx, outcome, found, cast(Authenticate, message), invitation, now)
    _pin(tx, outcome, found, enrollment, speaker, now)
    enrollment.state = outcome.state
    touched = _end_others(tx, outcome, found, enrollment, now)
    if outcome.revive:
        enrollment.ended_at = None
        enrollment.due_generation = Enrollment.due_generation + 1
    if outcome.forget_tokens:
        tokens.forget(enrollment)
    if outcome.forget_replaced:
        _forget_replaced(found, enrollment)
    if outcome.state is EnrollmentState.CHECKED_OUT:
        enrollment.ended_at = enrollment.ended_at or now
    mine: Enrollment | None = enrollment
    if outcome.store_tokens:
        update_ = cast(TokenUpdate, message)
        mine = tokens.store(tx, vault, enrollment, update_, first=outcome.first_token, now=now)
    elif not spoke_on.is_device:
        mine = tokens.user_channel(tx, enrollment, spoke_on)
    device = cast(Device, found.device)
    _record(tx, outcome, device, enrollment, now)
    erased = tuple(row.id for row in found.enrollments if row.id != enrollment.id)
    came_back = outcome.new_generation and not outcome.is_held
    return Applied(outcome, mine, device, touched, erased if came_back else ())


def _row_of(found: Known, outcome: Transition) -> Enrollment | None:
    if outcome.enrollment_id is None:
        return None
    return next(row for row in found.enrollments if str(row.id) == outcome.enrollment_id)


def _join(
    tx: Tx,
    outcome: Transition,
    found: Known,
    message: Authenticate,
    invitation: Invitation | None,
    now: datetime,
) -> Enrollment:
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


def _is_expected(found: Known, invitation: Invitation | None) -> bool:
    """Whether a school has said that it is going to enrol this very iPad."""
    device = found.device or found.serial_device
    if device is None or invitation is None or device.retired_at is not None:
        return False
    return device.is_expected and device.school_id == invitation.school_id


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


def _pin(
    tx: Tx,
    outcome: Transition,
    found: Known,
    enrollment: Enrollment,
    speaker: Speaker,
    now: datetime,
) -> None:
    row = speaker.row
    if outcome.pin is not None:
        row.enrollment_id = enrollment.id
        row.pinned_at = now
    if outcome.unpin_others:
        for pin in found.pins.get(enrollment.id, ()):
            if pin.id != row.id:
                pin.unpinned_at = now


def _end_others(
    tx: Tx, outcome: Transition, found: Known, enrollment: Enrollment, now: datetime
) -> tuple[int, ...]:
    """End what this message ends; returns the enrollments whose queues must be cancelled."""
    ended = enrollment
    if outcome.replaces is not None:
        ended = next(row for row in found.enrollments if str(row.id) == outcome.replaces)
        ended.state = EnrollmentState.REPLACED
        ended.ended_at = ended.ended_at or now
        # A revived enrollment enters the unique index again, so the other must leave it first.
        tx.flush()
    if not (outcome.cancel_queue or outcome.end_user_channels):
        return ()
    users = standing.user_enrollments(tx, [ended.id])
    if outcome.end_user_channels:
        for user in users:
            user.state, user.ended_at = EnrollmentState.REPLACED, now
    return (ended.id, *(user.id for user in users)) if outcome.cancel_queue else ()


def _forget_replaced(found: Known, enrollment: Enrollment) -> None:
    for row in found.enrollments:
        if row.id != enrollment.id and row.state is EnrollmentState.REPLACED:
            tokens.forget(row)


def _record(
    tx: Tx, outcome: Transition, device: Device, enrollment: Enrollment, now: datetime
) -> None:
    if not outcome.notes:
        return
    details: dict[str, object] = {
        "enrollment": enrollment.id,
        "generation": enrollment.generation,
        "notes": [note.value for note in outcome.notes],
    }
    if outcome.hold_reason is not None:
        details["held"] = outcome.hold_reason.value
    audit.record(
        tx,
        Actor.device(device.id),
        f"device.{outcome.notes[0].value}",
        Subject.of("device", device.id),
        now,
        school_id=device.school_id,
        details=details,
    )
