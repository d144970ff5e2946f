"""Remote actions: one order by a person for a frozen list of devices.

Here: judging an order, keeping it, queueing its commands; seconding and cancelling it; the stop
switch. Alone in writing tables `action` and `action_device`. Not here: the rules
(policies.guards), the second judgement where the bytes leave (mdm.rooms.commands.delivery),
commands outside the list (by_hand.py).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from mdm.base.db import Tx
from mdm.base.errors import Conflict, Forbidden, InvalidInput, NotFound
from mdm.base.identifiers import new_uuid
from mdm.base.settings import Settings
from mdm.base.vault import Vault
from mdm.rooms.access.service import Act, Viewer
from mdm.rooms.actions import journal, usage
from mdm.rooms.actions.catalogue import ORDERABLE, command_of
from mdm.rooms.actions.models import Action, ActionDevice
from mdm.rooms.actions.targets import Candidate, candidates
from mdm.rooms.audit import service as audit
from mdm.rooms.audit.service import Subject
from mdm.rooms.commands import erase_budget, stop
from mdm.rooms.commands import service as commands
from mdm.rooms.commands.service import Approval, Order
from mdm.rooms.devices.models import Enrollment
from mdm.rooms.outbox import service as outbox
from policies.actions import RemoteAction, RemoteKind
from policies.approvals import ActionRequest
from policies.guards import may_order, may_second
from policies.verdict import ALLOWED, RefusalKind, Refused, Verdict

_PRIORITY = 10
_LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class OrderOutcome:
    """What came of an order.

    action_id: None when nothing was kept. queued: devices. refused: device and why it cannot.
    needs_second: kept, but nothing leaves before a second person agrees.
    refusal: why the order as a whole was refused or is held; None when it was not.
    """

    action_id: int | None
    queued: tuple[int, ...] = ()
    refused: tuple[tuple[int, Refused], ...] = ()
    needs_second: bool = False
    refusal: Refused | None = None


def order(
    tx: Tx,
    viewer: Viewer,
    kind: RemoteKind,
    device_ids: Sequence[int],
    parameters: Mapping[str, Any],
    reason: str,
    now: datetime,
    settings: Settings,
    vault: Vault,
) -> OrderOutcome:
    """Order something for one or many devices; those that cannot are refused one by one.

    raises: NotFound, Forbidden, InvalidInput (a parameter).
    """
    command = command_of(kind, parameters)
    stop.begin_order(tx)
    found = candidates(tx, viewer, ORDERABLE[kind].act, command, device_ids)
    refused = journal.refused(found)
    able = [one for one in found if one.refusal is None]
    if found and not able:
        journal.refusal(tx, viewer, kind, found, refused[0][1], reason, now)
        return OrderOutcome(None, refused=refused, refusal=refused[0][1])
    request = ActionRequest(
        remote=kind,
        person=viewer.actor.name,
        reason=reason.strip()[:_LONGEST_REASON],
        targets=tuple(one.target for one in able),
        valid_until=now + ORDERABLE[kind].valid_for,
    )
    verdict = _judge(tx, settings, request, now)
    if isinstance(verdict, Refused) and not verdict.is_held:
        journal.refusal(tx, viewer, kind, found, verdict, reason, now)
        return OrderOutcome(None, refused=refused, refusal=verdict)
    action = _keep(tx, request, parameters, found, held=verdict != ALLOWED, now=now)
    journal.act(tx, viewer, "action.order", action, found, now)
    if isinstance(verdict, Refused):
        return OrderOutcome(action.id, refused=refused, needs_second=True, refusal=verdict)
    return OrderOutcome(action.id, _queue(tx, vault, viewer, action, able, now), refused)


def second(
    tx: Tx, viewer: Viewer, action_id: int, now: datetime, settings: Settings, vault: Vault
) -> OrderOutcome:
    """Agree to somebody else's order. What was held is queued now, for the frozen list only.

    raises: NotFound, Forbidden, Conflict (it was cancelled or stopped).
    """
    stop.begin_order(tx)
    action = _open_action(tx, action_id)
    frozen = _frozen(tx, action)
    command = command_of(action.kind, action.parameters)
    act = ORDERABLE[action.kind].act
    found = [
        _as_frozen(one, frozen[one.device.id])
        for one in candidates(tx, viewer, act, command, list(frozen))
    ]
    able = [one for one in found if one.refusal is None]
    request = ActionRequest(
        remote=action.kind,
        person=action.ordered_by,
        reason=action.reason,
        targets=tuple(one.target for one in able),
        valid_until=action.valid_until,
        second=viewer.actor.name,
    )
    verdict = _judge_second(tx, settings, viewer, action, request, now)
    refused = journal.refused(found)
    if isinstance(verdict, Refused):
        return OrderOutcome(action.id, (), refused, action.needs_second, verdict)
    was_held = action.needs_second
    action.approved_second_by = viewer.actor.name
    action.needs_second = False
    journal.act(tx, viewer, "action.second", action, found, now)
    if was_held:
        return OrderOutcome(action.id, _queue(tx, vault, viewer, action, able, now), refused)
    # Queued before, and perhaps held at the last door by a budget that was used up meanwhile.
    commands.second(tx, action.id, viewer.actor)
    _wake(tx, [one.enrollment for one in able], now)
    return OrderOutcome(action.id, tuple(one.device.id for one in able), refused)


def cancel(tx: Tx, viewer: Viewer, action_id: int, now: datetime) -> int:
    """Take an order back; returns how many commands had not been answered yet.

    What has left may still be carried out, and its answer is believed.
    raises: NotFound, Forbidden, Conflict (it was cancelled or stopped before).
    """
    action = _open_action(tx, action_id)
    command = command_of(action.kind, action.parameters)
    found = candidates(tx, viewer, ORDERABLE[action.kind].act, command, list(_frozen(tx, action)))
    action.stopped_at, action.stopped_by = now, viewer.actor.name
    journal.act(tx, viewer, "action.cancel", action, found, now)
    return commands.cancel_action(tx, action.id, "cancelled", now)


def stop_all(tx: Tx, viewer: Viewer, reason: str, now: datetime) -> int:
    """Press the stop switch: nothing that needs an approval leaves, anywhere in the city.

    returns: how many waiting commands were taken back; they stay so when it is released.
    raises: Forbidden, InvalidInput (no reason).
    """
    if not viewer.may(Act.ERASE):
        raise Forbidden("stop")
    if not reason.strip():
        raise InvalidInput("reason", "say why everything is to stop")
    stopped = stop.press(tx, viewer.actor, reason.strip(), now)
    tx.execute(
        update(Action)
        .where(Action.stopped_at.is_(None), Action.valid_until > now)
        .values(stopped_at=now, stopped_by=viewer.actor.name)
    )
    details = {"taken_back": stopped}
    audit.record(tx, viewer.actor, "stop.press", _HOUSE, now, reason=reason, details=details)
    return stopped


def release_stop(tx: Tx, viewer: Viewer, now: datetime) -> bool:
    """Release the stop switch; returns whether it was pressed. raises: Forbidden."""
    if not viewer.may(Act.ADMINISTER):
        raise Forbidden("release stop")
    released = stop.release(tx, viewer.actor, now)
    if released:
        audit.record(tx, viewer.actor, "stop.release", _HOUSE, now)
    return released


_HOUSE = Subject.of("house", "stop_switch")


def _judge(tx: Tx, settings: Settings, request: ActionRequest, now: datetime) -> Verdict:
    used = usage.ordered(tx, request.remote, request.person, now)
    return may_order(request, used, stop.pressed(tx), now, erase_budget.limits(settings))


def _judge_second(
    tx: Tx,
    settings: Settings,
    viewer: Viewer,
    action: Action,
    request: ActionRequest,
    now: datetime,
) -> Verdict:
    verdict = may_second(action.ordered_by, action.approved_second_by, viewer.actor.name)
    return _judge(tx, settings, request, now) if verdict == ALLOWED else verdict


def _keep(
    tx: Tx,
    request: ActionRequest,
    parameters: Mapping[str, Any],
    found: Iterable[Candidate],
    *,
    held: bool,
    now: datetime,
) -> Action:
    action = Action(
        kind=request.remote,
        parameters=dict(parameters),
        reason=request.reason,
        ordered_by=request.person,
        needs_second=held,
        valid_until=request.valid_until,
        created_at=now,
    )
    tx.add(action)
    tx.flush()
    tx.add_all(
        ActionDevice(
            action_id=action.id,
            device_id=one.device.id,
            enrollment_id=one.enrollment.id if one.enrollment is not None else None,
            refused_kind=journal.word(one.refusal),
        )
        for one in found
    )
    tx.flush()
    return action


def _queue(
    tx: Tx,
    vault: Vault,
    viewer: Viewer,
    action: Action,
    able: Sequence[Candidate],
    now: datetime,
) -> tuple[int, ...]:
    command = command_of(action.kind, action.parameters)
    key = RemoteAction(action.kind, str(action.id)).key
    enrollments = [one.enrollment for one in able if one.enrollment is not None]
    for enrollment in enrollments:
        approval = Approval(
            action.ordered_by, action.approved_second_by, action.valid_until, enrollment.generation
        )
        wanted = Order(
            enrollment_id=enrollment.id,
            command=command,
            key=key,
            reason=action.reason,
            ordered_by=viewer.actor,
            priority=_PRIORITY,
            action_id=action.id,
            approval=approval,
            lifetime=action.valid_until - now,
        )
        commands.enqueue(tx, vault, wanted, new_uuid(), now)
    _wake(tx, enrollments, now)
    return tuple(one.device.id for one in able)


def _wake(tx: Tx, enrollments: Iterable[Enrollment | None], now: datetime) -> None:
    wanted = {str(row.id): now for row in enrollments if row is not None and row.push_token}
    outbox.put_all(tx, outbox.PUSH, wanted, now)


def _open_action(tx: Tx, action_id: int) -> Action:
    """Find an order, locked: two who agree at once are asked one after the other."""
    action = tx.get(Action, action_id, with_for_update=True)
    if action is None:
        raise NotFound("action", str(action_id))
    if action.stopped_at is not None:
        raise Conflict("the order was taken back")
    return action


def _frozen(tx: Tx, action: Action) -> dict[int, int | None]:
    """The devices that could when it was ordered, each with its enrollment of that time."""
    rows = tx.execute(
        select(ActionDevice.device_id, ActionDevice.enrollment_id)
        .where(ActionDevice.action_id == action.id, ActionDevice.refused_kind.is_(None))
        .order_by(ActionDevice.device_id)
    )
    return {row.device_id: row.enrollment_id for row in rows}


def _as_frozen(one: Candidate, enrollment_id: int | None) -> Candidate:
    """A device that has enrolled anew since is not the one somebody asked for."""
    if one.enrollment is None or one.enrollment.id == enrollment_id:
        return one
    return Candidate(one.device, one.enrollment, Refused(RefusalKind.OTHER_GENERATION))
