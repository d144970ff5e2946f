"""What the journal keeps of change plans: who decided what about which, by numbers only."""

from datetime import datetime

from mdm.base.db import Tx
from mdm.rooms.audit import service as audit
from mdm.rooms.audit.service import Actor, Subject
from mdm.rooms.changes.models import ChangePlan


def act(
    tx: Tx, plan: ChangePlan, name: str, actor: Actor, now: datetime, **details: object
) -> None:
    """Write down that somebody did something with a plan."""
    audit.record(
        tx,
        actor,
        name,
        Subject.of("change_plan", plan.id),
        now,
        school_id=plan.school_id,
        reason=plan.reason,
        details={"devices": plan.device_count, **details},
    )


def approved(tx: Tx, plan: ChangePlan, actor: Actor, now: datetime) -> None:
    """Write down an approval, with all that it was an approval of."""
    act(
        tx,
        plan,
        "change.approve",
        actor,
        now,
        fingerprint=plan.fingerprint,
        operations=plan.operations,
        rollout=plan.rollout_id,
        undoes=plan.undoes_id,
    )
