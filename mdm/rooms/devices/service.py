"""Devices and their enrollments: what a check-in changes, written down as lifecycle decided.

Here: judging a message and asking for new plans. This room is alone in writing its tables. What
happens to the queue of commands is said in the outcome, and the door tells the commands room,
for a room never calls upwards.
Not here: the decision (enrollment.lifecycle), loading its facts (standing.py), writing it down
(transitions.py, joining.py), tokens (tokens.py), what devices report (reports.py).
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select, update

from enrollment.checkin_messages import Authenticate, CheckinMessage, TokenUpdate
from enrollment.errors import CertificateRefusal
from enrollment.identifiers import Channel
from enrollment.lifecycle import Refused, advance, contact
from mdm.base.db import Tx
from mdm.base.vault import Vault
from mdm.rooms.devices import joining, standing, transitions
from mdm.rooms.devices.applied import Applied
from mdm.rooms.devices.joining import Invitation
from mdm.rooms.devices.models import Enrollment
from mdm.rooms.devices.standing import Speaker

__all__ = [
    "Applied",
    "Invitation",
    "apply_checkin",
    "apply_contact",
    "mark_all_due",
    "mark_due",
    "serial_in",
]


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
    expected = joining.is_expected(found, invitation)
    certificate = standing.certificate_facts(speaker, expected=expected)
    outcome = advance(facts, message, certificate, now, serial_in_use=found.serial_in_use)
    if isinstance(outcome, Refused):
        return Applied(outcome)
    return transitions.write(tx, vault, outcome, found, message, speaker, invitation, now)


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
    return transitions.write(tx, vault, outcome, found, None, speaker, None, now, channel)


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
