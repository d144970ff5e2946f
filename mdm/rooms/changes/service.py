"""Change plans: every change is drafted, shown, approved, and only then done.

Here: drafting, looking again, approving, discarding, and drafting what undoes a plan. Alone in
writing tables `change_plan` and `change_ring`, together with advancing.py, which takes approved
plans through their rings. Not here: what a change does (looking_ahead.py), doing it
(enacting.py), reading plans for pages (queries.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from mdm.base.db import Tx
from mdm.base.errors import Conflict, InvalidInput, NotFound
from mdm.base.locks import alone_with_decisions
from mdm.base.vault import Vault
from mdm.rooms.access.service import Viewer
from mdm.rooms.assignments import rollouts
from mdm.rooms.changes import advancing, journal
from mdm.rooms.changes.binding import fingerprint_of, training_schools
from mdm.rooms.changes.concerned import require_change, require_plan, schools_concerned
from mdm.rooms.changes.enacting import enact
from mdm.rooms.changes.looking_ahead import Ahead, look_ahead
from mdm.rooms.changes.models import ChangePlan, ChangeRing, ChangeState
from mdm.rooms.changes.stored import compressed, gate_of, operations_of, ring_name, rings_of
from policies.operations import AT_ONCE, Operation, read_operations, write_operations
from policies.rings import Gate, RingKind, Rings, RingSpec, assign_rings, usual_rings
from policies.undo import NoWayBack, reverse
from policies.value_json import write_value

_LONGEST_TITLE = 200
_LONGEST_REASON = 300
_UNDOABLE = (ChangeState.ROLLING_OUT, ChangeState.STOPPED, ChangeState.DONE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to change.

    operations: at least one, carried out in this order. rings: empty for everybody at once;
        None for the usual ones.
    """

    title: str
    operations: tuple[Operation, ...]
    reason: str = ""
    rings: tuple[RingSpec, ...] | None = None
    gate: Gate = Gate()  # noqa: RUF009 (a frozen value)


@dataclass(frozen=True, slots=True)
class Approved:
    """The plan is under way, or done already when it touches no device."""

    plan_id: int


@dataclass(frozen=True, slots=True)
class PreviewMoved:
    """Inputs, rings or gate have moved since the preview that was approved; nothing was done.

    fingerprint: of the new preview, which is stored and wants to be looked at. A value and no
    error, because an error would take the new preview back with everything else.
    """

    plan_id: int
    fingerprint: str


Approval: TypeAlias = Approved | PreviewMoved


def draft(tx: Tx, vault: Vault, viewer: Viewer, wanted: Wanted, now: datetime) -> ChangePlan:
    """Draft a change and preview it; nothing else is done.

    raises: InvalidInput (no title, no operation, or one that cannot be carried out), NotFound,
        Conflict, Forbidden (a school, or the city, that is not his to change).
    """
    return _draft(tx, vault, viewer, wanted, now, undoes_id=None)


def look_again(tx: Tx, vault: Vault, viewer: Viewer, plan_id: int, now: datetime) -> ChangePlan:
    """Preview a draft anew. raises: NotFound, Conflict (no draft any more), as draft()."""
    plan = _locked_draft(tx, plan_id)
    _remember(tx, plan, _ahead(tx, vault, viewer, operations_of(plan), now))
    return plan


def approve(
    tx: Tx, vault: Vault, viewer: Viewer, plan_id: int, fingerprint: str, now: datetime
) -> Approval:
    """Do what a draft says, if its preview still holds; the first ring gets it at once.

    fingerprint: of the plan as the person has seen it: preview, rings and gate.
    raises: NotFound, Forbidden, Conflict (somebody else was first, or it cannot be done any more).
    """
    # Approvals come one after the other: each is judged against what the one before has left.
    alone_with_decisions(tx)
    plan = _locked_draft(tx, plan_id)
    operations = operations_of(plan)
    ahead = _ahead(tx, vault, viewer, operations, now)
    if fingerprint != fingerprint_of(tx, plan, ahead.preview.fingerprint):
        _remember(tx, plan, ahead)
        return PreviewMoved(plan.id, plan.fingerprint)
    rings = _rings(tx, plan, operations, ahead)
    rollout = rollouts.open_rollout(tx, rings.by_device, now)
    undoing = reverse(enact(tx, vault, operations, rollout.id, viewer.actor, now))
    plan.reverse = None if isinstance(undoing, NoWayBack) else write_operations(undoing)
    plan.state, plan.rollout_id = ChangeState.ROLLING_OUT, rollout.id
    plan.approved_by, plan.approved_at = viewer.actor.name, now
    _mark_undone(tx, plan, now)
    _write_rings(tx, plan, rings)
    journal.approved(tx, plan, viewer.actor, now)
    advancing.begin(tx, plan, now)
    return Approved(plan.id)


def discard(tx: Tx, viewer: Viewer, plan_id: int, now: datetime) -> None:
    """Give a draft up. raises: NotFound, Forbidden, Conflict (no draft any more)."""
    plan = _locked_draft(tx, plan_id)
    require_plan(viewer, plan)
    plan.state, plan.finished_at = ChangeState.DISCARDED, now
    journal.act(tx, plan, "change.discard", viewer.actor, now)


def undo(tx: Tx, vault: Vault, viewer: Viewer, plan_id: int, now: datetime) -> ChangePlan:
    """Draft the plan that takes another one back, whole or as far as it has come.

    While it is only a draft, the other one goes on; stop it first if it should not.
    raises: NotFound, Forbidden, Conflict (it was not done, has no way back, or what it did has
        been changed since).
    """
    plan = locked(tx, plan_id)
    require_plan(viewer, plan)
    if plan.state not in _UNDOABLE:
        raise Conflict("only what was approved can be undone")
    if plan.reverse is None:
        raise Conflict("there is no way back from this change")
    wanted = Wanted(
        title=plan.title,
        operations=read_operations(plan.reverse),
        reason=plan.reason,
        rings=rings_of(plan),
        gate=gate_of(plan),
    )
    return _draft(tx, vault, viewer, wanted, now, undoes_id=plan.id)


def locked(tx: Tx, plan_id: int) -> ChangePlan:
    """Find a plan, locked: whoever else decides about it waits. raises: NotFound."""
    plan = tx.get(ChangePlan, plan_id, with_for_update=True, populate_existing=True)
    if plan is None:
        raise NotFound("change plan", str(plan_id))
    return plan


def _locked_draft(tx: Tx, plan_id: int) -> ChangePlan:
    plan = locked(tx, plan_id)
    if plan.state is not ChangeState.DRAFTED:
        raise Conflict("somebody has already decided about this change")
    return plan


def _draft(
    tx: Tx, vault: Vault, viewer: Viewer, wanted: Wanted, now: datetime, undoes_id: int | None
) -> ChangePlan:
    title = " ".join(wanted.title.split())
    if not title or len(title) > _LONGEST_TITLE:
        raise InvalidInput("title", f"a title of 1 to {_LONGEST_TITLE} characters is needed")
    if not wanted.operations:
        raise InvalidInput("operations", "say what is to change")
    ahead = _ahead(tx, vault, viewer, wanted.operations, now)
    plan = ChangePlan(
        title=title,
        reason=wanted.reason.strip()[:_LONGEST_REASON],
        operations=write_operations(wanted.operations),
        rings=write_value(_ring_specs(tx, wanted, ahead)),
        gate=write_value(wanted.gate),
        state=ChangeState.DRAFTED,
        undoes_id=undoes_id,
        created_by=viewer.actor.name,
        created_at=now,
    )
    _remember(tx, plan, ahead)
    tx.add(plan)
    tx.flush()
    journal.act(tx, plan, "change.draft", viewer.actor, now)
    return plan


def _ahead(
    tx: Tx, vault: Vault, viewer: Viewer, operations: Sequence[Operation], now: datetime
) -> Ahead:
    schools = schools_concerned(tx, vault, operations)
    require_change(viewer, schools)
    return look_ahead(tx, vault, operations, schools, viewer.actor, now)


def _remember(tx: Tx, plan: ChangePlan, ahead: Ahead) -> None:
    schools = ahead.schools
    plan.schools = None if schools is None else sorted(schools)
    plan.school_id = next(iter(schools)) if schools is not None and len(schools) == 1 else None
    plan.fingerprint = fingerprint_of(tx, plan, ahead.preview.fingerprint)
    plan.compressed_preview = compressed(ahead.preview)
    plan.device_count = ahead.preview.device_count


def _rings(tx: Tx, plan: ChangePlan, operations: Sequence[Operation], ahead: Ahead) -> Rings:
    """What is so at once for everybody cannot come in rings."""
    at_once = all(isinstance(operation, AT_ONCE) for operation in operations)
    specs = (RingSpec(RingKind.ALL),) if at_once else rings_of(plan)
    return assign_rings(ahead.touched, specs, training_schools(tx))


def _ring_specs(tx: Tx, wanted: Wanted, ahead: Ahead) -> tuple[RingSpec, ...]:
    if wanted.rings is not None:
        return wanted.rings
    return usual_rings(ahead.touched, training_schools(tx))


def _write_rings(tx: Tx, plan: ChangePlan, rings: Rings) -> None:
    tx.add_all(
        ChangeRing(change_id=plan.id, number=number, name=ring_name(spec), device_count=size)
        for number, (spec, size) in enumerate(zip(rings.specs, rings.sizes, strict=True))
    )
    tx.flush()


def _mark_undone(tx: Tx, plan: ChangePlan, now: datetime) -> None:
    """The plan that this one takes back goes no further from here."""
    if plan.undoes_id is None:
        return
    undone = locked(tx, plan.undoes_id)
    if undone.state not in _UNDOABLE:
        raise Conflict("this change has been undone meanwhile")
    undone.state, undone.finished_at = ChangeState.UNDONE, now
