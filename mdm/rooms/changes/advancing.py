"""Approved plans on their way through the rings: released, counted, stopped, finished.

Here: one step at a time, as policies.rings says. Not here: approving (service.py), who is in
which ring and since when (mdm.rooms.assignments.rollouts), the numbers it goes by (counting.py).
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import assert_never

from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from mdm.base.db import Tx
from mdm.base.errors import Conflict, InvalidInput, NotFound
from mdm.base.identifiers import new_reference
from mdm.base.logkeys import CHANGE_ID, KIND, REFERENCE
from mdm.rooms.access.service import Viewer
from mdm.rooms.assignments import rollouts
from mdm.rooms.audit.service import Actor
from mdm.rooms.changes import journal
from mdm.rooms.changes.concerned import require_plan
from mdm.rooms.changes.counting import count
from mdm.rooms.changes.models import ChangePlan, ChangeRing, ChangeState
from mdm.rooms.changes.stored import gate_of
from policies.rings import Finish, Release, RingProgress, Stop, StopUnproven, Wait, next_step

log = logging.getLogger(__name__)

JOB = Actor.job("changes")
_LONGEST_REASON = 300


def begin(tx: Tx, plan: ChangePlan, now: datetime) -> None:
    """Release the first ring of a plan that was just approved; one without rings is done."""
    _step(tx, plan, now)


def advance(tx: Tx, now: datetime) -> int:
    """Take every plan under way one step further, if it is time.

    returns: how many made a step. One that another worker holds is left to that one; one that
        fails is logged, and hinders no other.
    """
    plans = tx.scalars(
        select(ChangePlan)
        .where(ChangePlan.state == ChangeState.ROLLING_OUT)
        .order_by(ChangePlan.id)
        .with_for_update(skip_locked=True)
    ).all()
    return sum(_attempt(tx, plan.id, now) for plan in plans)


def stop(tx: Tx, viewer: Viewer, plan_id: int, reason: str, now: datetime) -> None:
    """Stop a plan under way: what is released stays, nothing new is released.

    raises: NotFound, Forbidden, Conflict (it is not under way), InvalidInput (no reason).
    """
    plan = _locked(tx, viewer, plan_id, ChangeState.ROLLING_OUT, "is not under way")
    if not reason.strip():
        raise InvalidInput("reason", "say why it is to stop")
    _stop(tx, plan, reason.strip(), viewer.actor, now)


def resume(tx: Tx, viewer: Viewer, plan_id: int, now: datetime) -> None:
    """Let a stopped plan go on; failures so far are let pass, new ones count again.

    If it stopped because nothing in a ring can prove it, the next ring follows without a proof,
    unless an iPad has become able to prove it meanwhile.
    raises: NotFound, Forbidden, Conflict (it is not stopped).
    """
    plan = _locked(tx, viewer, plan_id, ChangeState.STOPPED, "is not stopped")
    for ring in _counted(tx, plan):
        ring.forgiven = ring.failed
        if plan.stopped_because == _unproven(ring) and not _progress(ring).counted:
            # The gate waits for this ring no more.
            ring.finished_at = now
    plan.state, plan.stopped_because = ChangeState.ROLLING_OUT, ""
    journal.act(tx, plan, "change.resume", viewer.actor, now)


def _locked(tx: Tx, viewer: Viewer, plan_id: int, state: ChangeState, problem: str) -> ChangePlan:
    plan = tx.get(ChangePlan, plan_id, with_for_update=True, populate_existing=True)
    if plan is None:
        raise NotFound("change plan", str(plan_id))
    require_plan(viewer, plan)
    if plan.state is not state:
        raise Conflict(f"the change {problem}")
    return plan


def _attempt(tx: Tx, plan_id: int, now: datetime) -> bool:
    try:
        with tx.begin_nested():
            return _step(tx, tx.get_one(ChangePlan, plan_id), now)
    except OperationalError:
        # The database has failed, not this plan.
        raise
    # Whatever is wrong with one plan must not stop the others.
    except Exception as error:
        fields = {CHANGE_ID: plan_id, REFERENCE: new_reference(), KIND: type(error).__name__}
        log.error("change_failed", extra=fields, exc_info=error)
        return False


def _step(tx: Tx, plan: ChangePlan, now: datetime) -> bool:
    """Do what comes next; returns whether anything did."""
    rings = _counted(tx, plan)
    step = next_step([_progress(ring) for ring in rings], gate_of(plan), now)
    match step:
        case Wait():
            return False
        case Release():
            _release(tx, plan, rings[step.ring], now)
            if step.is_last:
                rollouts.release_everybody(tx, _rollout(plan), now)
        case Stop():
            because = f"ring {step.ring + 1}: {step.failed} of {step.devices} iPads failed"
            _stop(tx, plan, because, JOB, now)
        case StopUnproven():
            _stop(tx, plan, _unproven(rings[step.ring]), JOB, now)
        case Finish():
            _finish(tx, plan, rings, now)
        case _:
            assert_never(step)
    return True


def _progress(ring: ChangeRing) -> RingProgress:
    """Failures that a person let pass are out of the count, as if the ring was smaller."""
    forgiven = min(ring.forgiven, ring.failed)
    return RingProgress(
        ring.number,
        ring.device_count - forgiven,
        ring.released_at,
        ring.proven,
        ring.failed - forgiven,
        ring.set_aside,
        is_let_pass=ring.finished_at is not None,
    )


def _unproven(ring: ChangeRing) -> str:
    return f"ring {ring.number + 1}: none of {ring.device_count} iPads can prove it"


def _counted(tx: Tx, plan: ChangePlan) -> Sequence[ChangeRing]:
    """The rings of a plan, with what their devices have come to."""
    rings = tx.scalars(
        select(ChangeRing).where(ChangeRing.change_id == plan.id).order_by(ChangeRing.number)
    ).all()
    counts = count(tx, plan)
    for ring in rings:
        ring.proven = counts.proven.get(ring.number, 0)
        ring.failed = counts.failed.get(ring.number, 0)
        ring.set_aside = counts.set_aside.get(ring.number, 0)
    return rings


def _release(tx: Tx, plan: ChangePlan, ring: ChangeRing, now: datetime) -> None:
    rollouts.release_ring(tx, _rollout(plan), ring.number, now)
    ring.released_at = now
    plan.current_ring = ring.number
    journal.act(tx, plan, "change.release", JOB, now, ring=ring.number, count=ring.device_count)


def _stop(tx: Tx, plan: ChangePlan, because: str, actor: Actor, now: datetime) -> None:
    plan.state, plan.stopped_because = ChangeState.STOPPED, because[:_LONGEST_REASON]
    journal.act(tx, plan, "change.stop", actor, now, because=plan.stopped_because)


def _finish(tx: Tx, plan: ChangePlan, rings: Iterable[ChangeRing], now: datetime) -> None:
    rollouts.close_rollout(tx, _rollout(plan), now)
    if plan.undoes_id is not None:
        # What was under way when it was undone reaches nobody any more.
        rollouts.close_rollout(tx, _rollout(tx.get_one(ChangePlan, plan.undoes_id)), now)
    for ring in rings:
        ring.finished_at = ring.finished_at or now
    plan.state, plan.finished_at = ChangeState.DONE, now
    journal.act(tx, plan, "change.done", JOB, now)


def _rollout(plan: ChangePlan) -> int:
    if plan.rollout_id is None:
        raise Conflict("the change was never approved")
    return plan.rollout_id
