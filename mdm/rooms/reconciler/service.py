"""Reconciling enrollments that are due: claim, plan, write, and remember what was read.

Rows remember: an enrollment is due while `due_generation` is ahead of `done_generation`, or when
it wants to be looked at again. Claimed are the rows by a lease, so that no device waits for a
plan; `done_generation` becomes the generation that was read *before* planning, so a change
during planning leaves the enrollment due.
Not here: what should be done (policies.reconcile), which command does it (orders.py).
"""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from mdm.base.db import Tx
from mdm.base.errors import Conflict
from mdm.base.identifiers import new_reference, new_uuid
from mdm.base.logkeys import ENROLLMENT_ID, KIND, REFERENCE
from mdm.base.settings import Settings
from mdm.base.vault import Vault
from mdm.rooms.commands import service as commands
from mdm.rooms.commands.models import Command
from mdm.rooms.declarations import service as declarations
from mdm.rooms.devices import reports
from mdm.rooms.devices.models import Enrollment
from mdm.rooms.facts.service import FactRows, Facts, load_rows
from mdm.rooms.groups import membership
from mdm.rooms.outbox import service as outbox
from mdm.rooms.reconciler import outcomes
from mdm.rooms.reconciler.orders import order_for
from policies.actions import ActionKey
from policies.backoff import retry_at
from policies.declaring import token_of
from policies.delivery import DELIVERABLE, DeliveryState
from policies.desired import DesiredState
from policies.outcome import outcome_of
from policies.plan import Plan
from policies.reconcile import DEFAULT_PACE, plan
from policies.situation import Pace

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
# Whatever made planning fail was not temporary a moment ago: wait as after a third failure.
_FAILURES = 3


@dataclass(frozen=True, slots=True)
class Due:
    """An enrollment that this worker holds, and the generation it has read."""

    enrollment_id: int
    generation: int


@dataclass(frozen=True, slots=True)
class _Done:
    due: Due
    look_again_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Planning:
    """What one batch is planned with."""

    tx: Tx
    vault: Vault
    rows: FactRows
    written: outcomes.Written
    now: datetime
    pace: Pace


def claim(tx: Tx, now: datetime, limit: int, lease: timedelta = LEASE) -> list[Due]:
    """Take up to `limit` due enrollments for a while; nobody else gets them meanwhile."""
    until = now + lease
    behind = Enrollment.due_generation > Enrollment.done_generation
    due = _claim_where(tx, behind, Enrollment.id, now, until, limit)
    if len(due) < limit:
        # Asked for one after the other, each has an index of its own.
        again = Enrollment.look_again_at <= now
        due += _claim_where(tx, again, Enrollment.look_again_at, now, until, limit - len(due))
    _refresh_groups(tx, due, now)
    return sorted(due, key=lambda one: one.enrollment_id)


def reconcile(
    tx: Tx, vault: Vault, due: Sequence[Due], now: datetime, pace: Pace = DEFAULT_PACE
) -> int:
    """Plan and write for claimed enrollments; returns for how many a push is wanted.

    Each in a savepoint of its own: one that fails is put off and logged, and hinders nobody.
    """
    if not due:
        return 0
    ids = [one.enrollment_id for one in due]
    _note_erased(tx, ids)
    rows, written = load_rows(tx, ids, now), outcomes.load(tx, ids)
    planning = _Planning(tx, vault, rows, written, now, pace)
    attempts = [(one, _attempt(planning, one)) for one in due]
    wanted = _pushes(tx, ids, now)
    outbox.put_all(tx, outbox.PUSH, wanted, now)
    # Enrollments are locked last, in their order, by everybody.
    for one, done in attempts:
        if done is None:
            _let_go(tx, one)
        else:
            _finish(tx, done)
    return len(wanted)


def reconcile_next(tx: Tx, vault: Vault, settings: Settings, now: datetime, limit: int) -> int:
    """Claim and reconcile in one transaction; returns how many enrollments were taken.

    Workers claim in a transaction of its own, so that a device never waits for a plan.
    """
    due = claim(tx, now, limit, timedelta(seconds=settings.lease_seconds))
    reconcile(tx, vault, due, now, pace_of(settings))
    return len(due)


def pace_of(settings: Settings) -> Pace:
    """How patient this house's plans are."""
    return Pace.looking_first_after(timedelta(seconds=settings.proof_seconds))


def plan_for(facts: Facts, now: datetime, pace: Pace = DEFAULT_PACE) -> Plan:
    """The plan for one device; preview and execution both come from here."""
    return _plan_for(facts, facts.desired(now), now, pace)


def _plan_for(facts: Facts, desired: DesiredState, now: datetime, pace: Pace) -> Plan:
    return plan(desired, facts.reported, facts.commands, facts.device, now, pace)


def _refresh_groups(tx: Tx, due: Sequence[Due], now: datetime) -> None:
    """Whatever made them due may have changed the smart groups they are in.

    In the transaction that claims, which holds their rows anyway: a plan locks none.
    """
    if not due:
        return
    ids = [one.enrollment_id for one in due]
    devices = tx.scalars(select(Enrollment.device_id).where(Enrollment.id.in_(ids))).all()
    membership.refresh(tx, set(devices), now)


def _claim_where(
    tx: Tx, condition: ColumnElement[bool], order: Any, now: datetime, until: datetime, limit: int
) -> list[Due]:
    free = or_(Enrollment.due_claimed_until.is_(None), Enrollment.due_claimed_until < now)
    ids = (
        select(Enrollment.id)
        .where(condition, free)
        .order_by(order)
        .limit(limit)
        .with_for_update(key_share=True, skip_locked=True)
    )
    claimed = (
        update(Enrollment)
        .where(Enrollment.id.in_(ids))
        .values(due_claimed_until=until)
        .returning(Enrollment.id, Enrollment.due_generation)
        .execution_options(synchronize_session=False)
    )
    return [Due(*row) for row in tx.execute(claimed)]


def _attempt(planning: _Planning, due: Due) -> _Done | None:
    """Reconcile one enrollment.

    returns: None when somebody else was first; it stays due and is free again at once.
    """
    try:
        with planning.tx.begin_nested():
            facts = planning.rows.facts(due.enrollment_id)
            return _Done(due, _write(planning, facts))
    except (IntegrityError, Conflict):
        return None
    except OperationalError:
        # The database has failed, not this enrollment: the whole batch is tried again.
        raise
    # Whatever is wrong with one device must not stop the plans of the others.
    except Exception as error:  # noqa: BLE001
        return _Done(due, _put_off(due, error, planning.now))


def _write(planning: _Planning, facts: Facts) -> datetime | None:
    if not facts.is_device_channel:
        # Nothing is planned for the users of a Shared iPad yet.
        return None
    tx, vault, now = planning.tx, planning.vault, planning.now
    desired = facts.desired(now)
    planned = _plan_for(facts, desired, now, planning.pace)
    _declare(planning, facts, planned)
    _withdraw(tx, facts, planned.withdrawals, now)
    for step in planned.ready:
        commands.enqueue(tx, vault, order_for(step, facts), new_uuid(), now)
    wished = desired if planned.held is None else None
    outcome = outcome_of(planned)
    outcomes.note(tx, planning.written, facts.enrollment_id, wished, outcome, now)
    return planned.look_again_at


def _declare(planning: _Planning, facts: Facts, planned: Plan) -> None:
    """Let the channel have the whole set that was planned, if it is another one.

    Before the command is queued, which names its token.
    """
    wanted, issued = planned.declarations, facts.reported.declared.issued
    # A plan never empties a channel: without a set it says nothing about the one before.
    if not wanted or (issued and token_of(wanted) == token_of(issued.values())):
        return
    declarations.replace(planning.tx, planning.vault, facts.enrollment_id, wanted, planning.now)


def _withdraw(tx: Tx, facts: Facts, keys: Collection[ActionKey], now: datetime) -> None:
    """Take back what the plan does not want any more.

    raises: Conflict when the device was given one of them, or answered it, after the facts were
        read. The plan counts on what it takes back: a new WLAN that never left is no reason to
        keep the old one, but one that left a moment ago is.
    """
    if not keys:
        return
    rows = tx.scalars(
        select(Command)
        .where(
            Command.enrollment_id == facts.enrollment_id,
            Command.action_key.in_([str(key) for key in keys]),
            Command.state.in_(DELIVERABLE),
        )
        .order_by(Command.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    if {row.action_key: row.reached_at for row in rows} != _as_read(facts, keys):
        raise Conflict(f"command of enrollment {facts.enrollment_id}")
    for row in rows:
        commands.cancel(row, "no longer wanted", now)
    # They must have left the unique index before others enter it.
    tx.flush()


def _as_read(facts: Facts, keys: Collection[ActionKey]) -> dict[str | None, datetime | None]:
    """When each command that can be taken back had left, as the plan knew it."""
    return {
        str(command.key): command.reached_at
        for command in facts.commands
        if command.key in keys and command.state in DELIVERABLE
    }


def _put_off(due: Due, error: Exception, now: datetime) -> datetime:
    fields = {ENROLLMENT_ID: due.enrollment_id, REFERENCE: new_reference()}
    log.error("plan_failed", extra={**fields, KIND: type(error).__name__}, exc_info=error)
    return retry_at(now, _FAILURES, str(due.enrollment_id))


def _note_erased(tx: Tx, ids: Sequence[int]) -> None:
    """Whoever has agreed to erase itself may come back with any invitation."""
    agreed = tx.scalars(
        select(Command.enrollment_id).where(
            Command.enrollment_id.in_(ids),
            Command.state == DeliveryState.ACCEPTED,
            Command.request_type == "EraseDevice",
        )
    ).all()
    if agreed:
        reports.expect_returns(tx, agreed)


def _pushes(tx: Tx, ids: Sequence[int], now: datetime) -> dict[str, datetime]:
    """Who has something to fetch that no push speaks of yet, and from when on."""
    untold = or_(
        Command.state == DeliveryState.QUEUED,
        and_(
            Command.state == DeliveryState.PUSHED,
            Enrollment.token_updated_at > Enrollment.last_pushed_at,
        ),
    )
    query = (
        select(Command.enrollment_id, func.min(func.coalesce(Command.not_before, now)))
        .join(Enrollment, Enrollment.id == Command.enrollment_id)
        .where(
            Command.enrollment_id.in_(ids),
            Command.state.in_([DeliveryState.QUEUED, DeliveryState.PUSHED]),
            untold,
            Command.expires_at > now,
            Enrollment.push_token.is_not(None),
        )
        .group_by(Command.enrollment_id)
    )
    return {str(number): max(earliest, now) for number, earliest in tx.execute(query)}


def _finish(tx: Tx, done: _Done) -> None:
    """Write down what was read; until then no row of a device is locked."""
    generation = done.due.generation
    tx.execute(
        update(Enrollment)
        .where(Enrollment.id == done.due.enrollment_id)
        .values(
            done_generation=case(
                (Enrollment.done_generation < generation, generation),
                else_=Enrollment.done_generation,
            ),
            due_claimed_until=None,
            look_again_at=done.look_again_at,
        )
        .execution_options(synchronize_session=False)
    )


def _let_go(tx: Tx, due: Due) -> None:
    """Somebody else was first: it stays due, and is free again at once."""
    tx.execute(
        update(Enrollment)
        .where(Enrollment.id == due.enrollment_id)
        .values(due_claimed_until=None)
        .execution_options(synchronize_session=False)
    )
