"""The facts by which a guarded command is judged at the last door, and the judgement.

Here: loading them from the row, its order and the queue. Not here: the rules (policies.guards).
"""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from mdm.base.db import Tx
from mdm.base.settings import Settings
from mdm.rooms.commands.models import Command, StopSwitch
from mdm.rooms.devices.models import Enrollment
from policies.actions import ActionKey, ActionKind, RemoteKind
from policies.approvals import Approval, DestructiveCommandFacts, EraseBudget, EraseUsage
from policies.approvals import StopSwitch as Stop
from policies.guards import may_deliver
from policies.verdict import ALLOWED, RefusalKind, Refused, Verdict

_HOUR = timedelta(hours=1)


def judge(
    tx: Tx, settings: Settings, row: Command, enrollment: Enrollment, now: datetime
) -> Verdict:
    """Judge a guarded command from its own approval, the quota and the stop switch.

    A guarded command that is no order of a person (a removal that the planner made) leaves
    while nothing is stopped.
    """
    remote = _remote(row)
    stop = stop_switch(tx)
    if remote is None:
        return _without_order(row, stop)
    facts = DestructiveCommandFacts(
        remote=remote,
        device=str(enrollment.device_id),
        generation=enrollment.generation,
        approval=_approval(row, remote, enrollment),
        usage=erase_usage(tx, row.approved_by or "", now, except_for=row.id),
        answered=row.answer_status not in (None, "NotNow"),
        stop=stop,
    )
    budget = EraseBudget(settings.erase_quota_person, settings.erase_quota_city)
    return may_deliver(facts, now, budget)


def stop_switch(tx: Tx) -> Stop | None:
    """The stop that is in force; None when nothing is stopped."""
    row = tx.scalar(
        select(StopSwitch)
        .where(StopSwitch.released_at.is_(None))
        .order_by(StopSwitch.id.desc())
        .limit(1)
    )
    return Stop(row.set_by, row.set_at) if row is not None else None


def erase_usage(tx: Tx, person: str, now: datetime, except_for: int) -> EraseUsage:
    """Erases that left within the last hour without a second person.

    except_for: the command being judged; offering it again is no second erase.
    """
    mine = Command.approved_by == person
    counts = tx.execute(
        select(func.count(), func.count().filter(mine)).where(
            Command.request_type == "EraseDevice",
            Command.reached_at > now - _HOUR,
            Command.approved_second_by.is_(None),
            Command.id != except_for,
        )
    ).one()
    return EraseUsage(by_person=counts[1], by_city=counts[0])


def _remote(row: Command) -> RemoteKind | None:
    key = ActionKey.parse(row.action_key) if row.action_key else None
    if key is None or key.kind is not ActionKind.REMOTE:
        return None
    return RemoteKind(key.subject)


def _approval(row: Command, remote: RemoteKind, enrollment: Enrollment) -> Approval | None:
    if row.approved_by is None or row.approved_until is None:
        return None
    return Approval(
        remote=remote,
        person=row.approved_by,
        reason=row.reason,
        given_at=row.created_at,
        valid_until=row.approved_until,
        # The row belongs to one enrollment, so its generation is the one approved.
        generations={str(enrollment.device_id): enrollment.generation},
        second=row.approved_second_by,
    )


def _without_order(row: Command, stop: Stop | None) -> Verdict:
    if stop is not None:
        return Refused(RefusalKind.STOPPED, {"person": stop.person, "since": stop.since})
    if row.approved_by is None and row.action_key is None:
        return Refused(RefusalKind.NO_APPROVAL)
    return ALLOWED
