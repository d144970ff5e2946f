"""Settling commands by what was observed later; policies.proof judges.

Here: which commands an observation may speak for, and writing down the judgement.
Not here: where observations come from (inventories.py, and the jobs for silent ones).
"""

from datetime import datetime, timedelta

from sqlalchemy import func, select, text

from mdm.base.db import Tx
from mdm.rooms.commands import command_facts, service
from mdm.rooms.commands.models import AWAITING, Command
from mdm.rooms.commands.remote import REQUEST_TYPE, remote_of
from mdm.rooms.devices import service as devices
from mdm.rooms.devices.models import Enrollment, IdentityCertificate
from policies.actions import ActionKey, ActionKind, RemoteKind
from policies.delivery import DeliveryState
from policies.evidence import Contradicted, Evidence, IdentitySeen, Judgement, Proven, Reconnected
from policies.proof import prove

# A device that has agreed and shows nothing for so long has forgotten it.
PATIENCE = timedelta(days=14)
# Longer than any order of a person is valid: whoever looks sees it, then it is over.
UNCONFIRMED_FOR = timedelta(days=7)
NEVER_KNOWN = "left once, never answered, given up"
_BATCH = 500
_AWAITING = f"command.{AWAITING}"
_DOWN = (REQUEST_TYPE[RemoteKind.RESTART], REQUEST_TYPE[RemoteKind.SHUT_DOWN])


def prove_with(tx: Tx, enrollment_id: int, evidence: Evidence, now: datetime) -> int:
    """Let an observation settle what it can; returns how many commands it settled."""
    found = command_facts.rows(tx, [enrollment_id], now).get(enrollment_id, [])
    judged = {row.id: prove(command_facts.facts(row), evidence) for row in found}
    telling = {number: j for number, j in judged.items() if isinstance(j, Proven | Contradicted)}
    if not telling:
        return 0
    rows = tx.scalars(select(Command).where(Command.id.in_(telling)).order_by(Command.id)).all()
    return sum(_settle(row, telling[row.id]) for row in rows)


def prove_reconnected(tx: Tx) -> int:
    """Settle restarts: the device has come back by itself. returns: how many, at most 500."""
    found = tx.execute(
        select(Command, Enrollment.generation, Enrollment.last_idle_at)
        .join(Enrollment, Enrollment.id == Command.enrollment_id)
        .where(
            text(_AWAITING),
            Command.state == DeliveryState.ACCEPTED,
            Command.request_type.in_(_DOWN),
            Enrollment.last_idle_at > Command.answered_at,
        )
        .limit(_BATCH)
        .with_for_update(skip_locked=True, of=Command)
    ).all()
    return sum(
        _settle(row, _by_connection(row, generation, idle_at))
        for row, generation, idle_at in found
        if idle_at is not None
    )


def prove_identities(tx: Tx) -> int:
    """Settle renewals: the device has spoken with its new certificate. returns: how many."""
    found = tx.execute(
        select(Command, Enrollment.generation, IdentityCertificate)
        .join(Enrollment, Enrollment.id == Command.enrollment_id)
        .join(IdentityCertificate, IdentityCertificate.enrollment_id == Enrollment.id)
        .where(
            text(_AWAITING),
            Command.state == DeliveryState.ACCEPTED,
            Command.action_key.startswith(f"{ActionKind.RENEW_IDENTITY}\n"),
            # The device joins with it while it obeys, before it can say that it has.
            IdentityCertificate.pinned_at >= func.coalesce(Command.reached_at, Command.answered_at),
            IdentityCertificate.unpinned_at.is_(None),
        )
        .limit(_BATCH)
        .with_for_update(skip_locked=True, of=Command)
    ).all()
    settled = [
        row.enrollment_id
        for row, generation, certificate in found
        if _settle(row, _by_identity(row, generation, certificate))
    ]
    devices.mark_all_due(tx, settled)
    return len(settled)


def give_up_unproven(tx: Tx, now: datetime) -> int:
    """End what was accepted and never seen, so that it may be offered again.

    returns: how many, at most 500. Their enrollments become due.
    """
    rows = tx.scalars(
        select(Command)
        .where(
            text(_AWAITING),
            Command.state == DeliveryState.ACCEPTED,
            Command.answered_at < now - PATIENCE,
        )
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        service.settle(row, DeliveryState.EXPIRED, "accepted, but never seen", now)
    devices.mark_all_due(tx, {row.enrollment_id for row in rows})
    return len(rows)


def give_up_unconfirmed(tx: Tx, now: datetime) -> int:
    """End what left once and was never answered; nobody will learn any more whether it was done.

    Not an erase, which the device's next Authenticate proves however late it comes. An answer
    that comes after all is still believed.
    returns: how many, at most 500. Their enrollments become due.
    """
    rows = tx.scalars(
        select(Command)
        .where(
            Command.state == DeliveryState.UNCONFIRMED,
            Command.request_type != REQUEST_TYPE[RemoteKind.ERASE],
            func.coalesce(Command.reached_at, Command.created_at) < now - UNCONFIRMED_FOR,
        )
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        service.settle(row, DeliveryState.EXPIRED, NEVER_KNOWN, now)
    devices.mark_all_due(tx, {row.enrollment_id for row in rows})
    return len(rows)


def _settle(row: Command, judgement: Judgement) -> bool:
    match judgement:
        case Proven():
            return service.settle(row, DeliveryState.PROVEN, "", judgement.observed_at)
        case Contradicted():
            reason = judgement.reason.value
            return service.settle(row, DeliveryState.FAILED, reason, judgement.observed_at)
        case _:
            return False


def _by_connection(row: Command, generation: int, idle_at: datetime) -> Judgement:
    known = command_facts.facts(_as_row(row, _remote_key(row), generation))
    return prove(known, Reconnected(idle_at))


def _by_identity(row: Command, generation: int, certificate: IdentityCertificate) -> Judgement:
    seen = IdentitySeen(
        certificate.pinned_at or certificate.issued_at, certificate.fingerprint.hex()
    )
    return prove(command_facts.facts(_as_row(row, row.action_key or "", generation)), seen)


def _remote_key(row: Command) -> str:
    """The key of a restart; one that was queued by hand has none of its own."""
    kind = remote_of(row.request_type) or RemoteKind.RESTART
    return row.action_key or str(ActionKey(ActionKind.REMOTE, kind, row.uuid))


def _as_row(row: Command, key: str, generation: int) -> command_facts.CommandRow:
    return command_facts.CommandRow(
        row.id,
        row.enrollment_id,
        generation,
        key,
        row.state,
        row.not_before,
        row.created_at,
        row.reached_at,
        row.answered_at,
        row.answer_status,
        row.refused_at,
    )
