"""The facts by which a guarded command is judged at the last door, and the judgement.

Here: loading them from the row, its queue and its device. Not here: the rules (policies.guards).
"""

from datetime import datetime

from mdm.base.db import Tx
from mdm.base.settings import Settings
from mdm.rooms.commands import erase_budget, stop
from mdm.rooms.commands.erase_budget import Turn
from mdm.rooms.commands.models import Command
from mdm.rooms.commands.remote import remote_of
from mdm.rooms.devices.models import Device, Enrollment
from mdm.rooms.devices.suitability import command_facts
from policies.actions import ActionKey, ActionKind, RemoteKind
from policies.approvals import Approval, DestructiveCommandFacts, EraseUsage, StopSwitch
from policies.guards import BUDGETED, may_deliver
from policies.verdict import ALLOWED, RefusalKind, Refused, Verdict
from profiles.commands.applicability import applicability
from profiles.commands.catalogue import spec_of
from profiles.commands.refusal import Refusal

# What a plan may take away by itself, since somebody wished it to be absent.
_PLANNED_REMOVALS = frozenset({ActionKind.REMOVE_APP, ActionKind.REMOVE_PROFILE})


def judge(
    tx: Tx,
    settings: Settings,
    row: Command,
    enrollment: Enrollment,
    device: Device,
    now: datetime,
) -> Verdict:
    """Judge a guarded command from its own approval, the budget, the device and the stop switch."""
    remote = remote_of(row.request_type)
    pressed = stop.pressed(tx)
    if remote is None and row.approved_by is None and _key_kind(row) in _PLANNED_REMOVALS:
        return _of_a_plan(pressed)
    facts = DestructiveCommandFacts(
        remote=remote,
        device=str(device.id),
        generation=enrollment.generation,
        approval=_approval(row, device),
        usage=_usage(tx, row, remote, now),
        answered=row.answer_status not in (None, "NotNow"),
        stop=pressed,
        refusal=cannot(tx, row.request_type, device, enrollment),
    )
    return may_deliver(facts, now, erase_budget.limits(settings))


def cannot(tx: Tx, request_type: str, device: Device, enrollment: Enrollment) -> Refused | None:
    """Why this device, as it last described itself, does not take such a command; or None."""
    found = applicability(spec_of(request_type), command_facts(tx, device, enrollment))
    return device_cannot(found) if found is not None else None


def device_cannot(found: Refusal) -> Refused:
    """A device's refusal in the words of the guards. `why`: a profiles.commands RefusalKind."""
    values = {"why": found.kind.value, "needed": found.needed, "next_step": found.next_step}
    return Refused(RefusalKind.DEVICE_CANNOT, {k: v for k, v in values.items() if v})


def _usage(tx: Tx, row: Command, remote: RemoteKind | None, now: datetime) -> EraseUsage:
    if remote not in BUDGETED:
        return EraseUsage()
    erase_budget.take_turn(tx, Turn.DELIVERING)
    return erase_budget.delivered(tx, row.approved_by or "", row.id, now)


def _key_kind(row: Command) -> ActionKind | None:
    return ActionKey.parse(row.action_key).kind if row.action_key else None


def _of_a_plan(pressed: StopSwitch | None) -> Verdict:
    if pressed is None:
        return ALLOWED
    return Refused(RefusalKind.STOPPED, {"person": pressed.person, "since": pressed.since})


def _approval(row: Command, device: Device) -> Approval | None:
    """The approval as it travelled with the row: for what it was given, and to which generation."""
    if row.approved_by is None or row.approved_until is None:
        return None
    generation = row.approved_generation
    return Approval(
        remote=_approved_remote(row),
        person=row.approved_by,
        reason=row.reason,
        given_at=row.created_at,
        valid_until=row.approved_until,
        generations={str(device.id): generation} if generation is not None else {},
        second=row.approved_second_by,
    )


def _approved_remote(row: Command) -> RemoteKind | None:
    key = ActionKey.parse(row.action_key) if row.action_key else None
    is_order = key is not None and key.kind is ActionKind.REMOTE
    return RemoteKind(key.subject) if key is not None and is_order else None
