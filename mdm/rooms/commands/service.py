"""The command queue: what an enrollment is told, in which order, until when.

Here: writing commands into the queue, taking them back, letting them expire, and writing down
what became of them. Alone in writing tables `command`, `command_result` and `stop_switch`.
Not here: the device path (fast_path.py), putting bytes together at the last door
(delivery.py), why a command exists (policies.reconcile), its wire form (profiles.commands).
"""

import plistlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, text, update

from mdm.base.db import Tx, changed_rows
from mdm.base.vault import Vault
from mdm.rooms.audit.service import Actor
from mdm.rooms.commands.models import OPEN, Command, entering
from mdm.rooms.commands.remote import needs_approval
from mdm.rooms.declarations import service as declarations
from mdm.rooms.devices import service as devices
from mdm.rooms.devices.models import Enrollment
from policies.actions import ActionKey, ActionKind, supersedes
from policies.delivery import AWAITING_PROOF, DELIVERABLE, DeliveryState, may_become, sources
from policies.facts import CommandFacts
from policies.proof import is_proven_by_its_answer
from profiles.commands.catalogue import spec_of
from profiles.commands.command import Command as CommandValue
from profiles.commands.danger import danger_of
from profiles.commands.redaction import redacted, secret_fields
from profiles.commands.vocabulary import Danger, Proof
from profiles.commands.wire import to_bytes

LIFETIME = timedelta(days=30)
# A destructive order is about now: a tablet that was away for the summer must not obey it.
GUARDED_LIFETIME = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Approval:
    """Who stands for a destructive command, and until when.

    generation: of the enrollment it is meant for, as it was when somebody agreed.
    """

    by: str
    second_by: str | None
    until: datetime
    generation: int


@dataclass(frozen=True, slots=True)
class Order:
    """A command for one enrollment, before it is a row.

    key: what it does; None for one given by hand, which never replaces another.
    profile_version_id: where the profile's bytes are; they are put in at delivery.
    payload_types: of the profile that a RemoveProfile names; None counts as the worst.
    """

    enrollment_id: int
    command: CommandValue
    key: ActionKey | None
    reason: str
    ordered_by: Actor
    priority: int = 50
    profile_version_id: int | None = None
    payload_types: Collection[str] | None = None
    action_id: int | None = None
    approval: Approval | None = None
    not_before: datetime | None = None
    lifetime: timedelta | None = None
    parameters_shown: dict[str, Any] = field(default_factory=dict)


def enqueue(tx: Tx, vault: Vault, order: Order, uuid: str, now: datetime) -> Command:
    """Put a command into the queue; it replaces older undelivered ones about the same thing.

    returns: the row; the one that already waits when it says exactly the same.
    """
    waiting = _about_the_same(tx, order)
    same = next((row for row in waiting if row.action_key == str(order.key)), None)
    if same is not None:
        return same
    for row in waiting:
        cancel(row, "superseded", now)
    # The older ones must have left the unique index before the new one enters it.
    tx.flush()
    row = _row(vault, order, uuid, now)
    tx.add(row)
    tx.flush()
    return row


def cancel(row: Command, outcome: str, now: datetime) -> bool:
    """Take a command back. One that was already offered may still be answered, and then the
    answer is believed. returns: whether it could be taken back.
    """
    if not may_become(row.state, DeliveryState.CANCELLED):
        return False
    row.state = DeliveryState.CANCELLED
    row.answered_at = now
    row.outcome = outcome
    return True


def cancel_all(tx: Tx, enrollment_ids: Collection[int], outcome: str, now: datetime) -> int:
    """Take back everything that waits for these enrollments; returns how many."""
    result = tx.execute(
        update(Command)
        .where(
            Command.enrollment_id.in_(enrollment_ids),
            Command.state.in_(DELIVERABLE | {DeliveryState.ACCEPTED}),
        )
        .values(**entering(DeliveryState.CANCELLED), answered_at=now, outcome=outcome)
    )
    return changed_rows(result)


def cancel_action(tx: Tx, action_id: int, outcome: str, now: datetime) -> int:
    """Take back what waits of one order; returns how many."""
    result = tx.execute(
        update(Command)
        .where(Command.action_id == action_id, Command.state.in_(DELIVERABLE))
        .values(**entering(DeliveryState.CANCELLED), answered_at=now, outcome=outcome)
    )
    return changed_rows(result)


def second(tx: Tx, action_id: int, by: Actor) -> None:
    """Let a second person stand for what waits of one order; who was first stays so."""
    tx.execute(
        update(Command)
        .where(
            Command.action_id == action_id,
            Command.state.in_(DELIVERABLE),
            Command.approved_second_by.is_(None),
        )
        .values(approved_second_by=by.name)
    )


def close_queues(tx: Tx, erased: Collection[int], ended: Collection[int], now: datetime) -> None:
    """A device has joined anew or left: what was to erase it, did; all else is taken back, and
    what it was told to have is forgotten.

    erased: enrollments it had before it came back anew. ended: those that are over now.
    """
    if erased:
        settle_all(tx, erased, "EraseDevice", DeliveryState.PROVEN, now)
    if ended:
        cancel_all(tx, ended, "enrollment ended", now)
        declarations.forget_all(tx, ended)


def mark_pushed(tx: Tx, enrollment_ids: Collection[int], now: datetime) -> None:
    """Apple took a push for these enrollments: what they may fetch is on its way."""
    waiting = (
        select(Command.id)
        .where(
            Command.enrollment_id.in_(enrollment_ids),
            Command.state == DeliveryState.QUEUED,
            or_(Command.not_before.is_(None), Command.not_before <= now),
        )
        # In the order in which plans touch them, so that two never wait for each other.
        .order_by(Command.enrollment_id, Command.id)
        .with_for_update()
    )
    ids = tx.scalars(waiting).all()
    tx.execute(update(Command).where(Command.id.in_(ids)).values(state=DeliveryState.PUSHED))


def expire(tx: Tx, now: datetime) -> int:
    """Let overdue commands end. An erase that left and was never answered is unconfirmed:
    it may have happened. Their enrollments become due. returns: how many ended, at most 1,000.
    """
    overdue = tx.scalars(
        select(Command)
        .where(text(OPEN), Command.expires_at <= now)
        .limit(1000)
        .with_for_update(skip_locked=True)
    ).all()
    for row in overdue:
        silent = row.is_guarded and row.state is DeliveryState.REACHED
        row.state = DeliveryState.UNCONFIRMED if silent else DeliveryState.EXPIRED
        row.outcome = "no answer" if silent else "not fetched in time"
        row.answered_at = now
    devices.mark_all_due(tx, {row.enrollment_id for row in overdue})
    return len(overdue)


def settle(row: Command, state: DeliveryState, outcome: str, now: datetime) -> bool:
    """Write down what became of a command, if its state may become that.

    returns: whether it changed.
    """
    if not may_become(row.state, state):
        return False
    row.state = state
    row.outcome = outcome[:300]
    if state is DeliveryState.PROVEN:
        row.proven_at = now
    return True


def settle_all(
    tx: Tx, enrollment_ids: Collection[int], request_type: str, state: DeliveryState, now: datetime
) -> int:
    """Settle every command of one kind of some enrollments that may become `state`.

    Used when one observation speaks for all of them: a device that authenticates anew has
    been erased.
    """
    awaiting = (sources(state) & (AWAITING_PROOF | {DeliveryState.REACHED})) or {state}
    rows = tx.scalars(
        select(Command).where(
            Command.enrollment_id.in_(enrollment_ids),
            Command.request_type == request_type,
            Command.state.in_(awaiting),
        )
    ).all()
    return sum(settle(row, state, "authenticated anew", now) for row in rows)


def is_of_another_device(tx: Tx, uuid: str, enrollment_id: int) -> bool:
    """Whether a command was given to another device than the one of this enrollment.

    A device may answer late for an earlier enrollment of its own.
    """
    mine = select(Enrollment.device_id).where(Enrollment.id == enrollment_id).scalar_subquery()
    theirs = (
        select(Command.id)
        .join(Enrollment, Enrollment.id == Command.enrollment_id)
        .where(Command.uuid == uuid, Enrollment.device_id != mine)
    )
    return tx.scalar(theirs) is not None


def _about_the_same(tx: Tx, order: Order) -> list[Command]:
    if order.key is None:
        return []
    rows = tx.scalars(
        select(Command).where(
            Command.enrollment_id == order.enrollment_id,
            Command.state.in_(DELIVERABLE),
            Command.action_key.is_not(None),
        )
    )
    key = order.key
    return [row for row in rows if supersedes(key, ActionKey.parse(row.action_key or ""))]


def _row(vault: Vault, order: Order, uuid: str, now: datetime) -> Command:
    guarded = _is_guarded(order)
    by_answer = _is_proven_by_its_answer(order)
    lifetime = order.lifetime or (GUARDED_LIFETIME if guarded else LIFETIME)
    row = Command(
        uuid=uuid,
        enrollment_id=order.enrollment_id,
        request_type=order.command.request_type,
        priority=order.priority,
        state=DeliveryState.QUEUED,
        acknowledged_state=DeliveryState.PROVEN if by_answer else DeliveryState.ACCEPTED,
        action_key=str(order.key) if order.key is not None else None,
        parameters=order.parameters_shown,
        profile_version_id=order.profile_version_id,
        action_id=order.action_id,
        is_guarded=guarded,
        reason=order.reason[:300],
        ordered_by=order.ordered_by.name,
        not_before=order.not_before,
        expires_at=now + lifetime,
        created_at=now,
    )
    _put_approval(row, order.approval)
    _put_body(row, vault, order)
    return row


def _is_guarded(order: Order) -> bool:
    """Whether the last door judges it: what destroys, and whatever a person must stand for."""
    danger = danger_of(order.command, payload_types=order.payload_types)
    return danger is Danger.DESTRUCTIVE or needs_approval(order.command.request_type)


def _is_proven_by_its_answer(order: Order) -> bool:
    if order.key is not None:
        return is_proven_by_its_answer(CommandFacts(order.key, DeliveryState.QUEUED))
    # The results of a Settings command are read first: its own status tells nothing.
    return spec_of(order.command.request_type).proof is Proof.BY_ANSWER


def _put_approval(row: Command, approval: Approval | None) -> None:
    if approval is None:
        return
    row.approved_by = approval.by
    row.approved_second_by = approval.second_by
    row.approved_until = approval.until
    row.approved_generation = approval.generation
    row.expires_at = min(row.expires_at, approval.until)


def _put_body(row: Command, vault: Vault, order: Order) -> None:
    """Keep the wire form only when it holds no secret and nothing to be filled in."""
    if _is_put_together_at_delivery(order):
        return
    if not row.parameters:
        row.parameters = shown(order.command)
    if secret_fields(order.command):
        plain = plistlib.dumps(dict(order.command.parameters))
        row.sealed_parameters = vault.seal(plain, f"command.parameters:{row.uuid}")
        return
    row.body = to_bytes(order.command, row.uuid)


def _is_put_together_at_delivery(order: Order) -> bool:
    """A profile's content is sealed, a renewal carries a challenge that soon expires, and the
    tokens of declarations must be the newest.
    """
    renews = order.key is not None and order.key.kind is ActionKind.RENEW_IDENTITY
    declares = order.command.request_type == "DeclarativeManagement"
    return order.profile_version_id is not None or renews or declares


def shown(command: CommandValue) -> dict[str, Any]:
    """The parameters of a command as JSON for people: secrets redacted, data as its size."""
    return {key: _plain(value) for key, value in redacted(command).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return value
