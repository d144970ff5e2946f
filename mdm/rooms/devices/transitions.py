"""What lifecycle decided, written down: states, pins, tokens, what ends, and the journal.

Here: the rows of one transition. Not here: the decision (enrollment.lifecycle), the rows of a
device that joins (joining.py), who asks (service.py).
"""

from datetime import datetime
from typing import cast

from enrollment.checkin_messages import Authenticate, CheckinMessage, TokenUpdate
from enrollment.identifiers import Channel
from enrollment.lifecycle import EnrollmentState, Transition
from mdm.base.db import Tx
from mdm.base.vault import Vault
from mdm.rooms.audit import service as audit
from mdm.rooms.audit.service import Actor, Subject
from mdm.rooms.devices import joining, standing, tokens
from mdm.rooms.devices.applied import Applied
from mdm.rooms.devices.joining import Invitation
from mdm.rooms.devices.models import Device, Enrollment
from mdm.rooms.devices.standing import Known, Speaker


def write(
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
    """Write down a transition.

    message: None for a word on the command channel, which says its `channel` instead.
    """
    spoke_on = channel or cast(CheckinMessage, message).channel
    enrollment = _row_of(found, outcome)
    if enrollment is None:
        enrollment = joining.join(tx, outcome, found, cast(Authenticate, message), invitation, now)
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
        # Nothing is planned for it any more, but smart groups must hear that it has gone.
        enrollment.due_generation = Enrollment.due_generation + 1
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
