"""Any other command of the catalogue, given to one enrollment by an administrator.

Not here: what has an order of its own, with its budget and its frozen list (service.py).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from enrollment.standing import EnrollmentState
from mdm.base.db import Tx
from mdm.base.errors import Conflict, InvalidInput, NotFound
from mdm.base.identifiers import new_uuid
from mdm.base.vault import Vault
from mdm.rooms.access.service import Act, Viewer, require
from mdm.rooms.audit import service as audit
from mdm.rooms.audit.service import Subject
from mdm.rooms.commands import service as commands
from mdm.rooms.commands import stop
from mdm.rooms.commands.models import Command
from mdm.rooms.commands.remote import remote_of
from mdm.rooms.commands.service import GUARDED_LIFETIME, Approval, Order, shown
from mdm.rooms.devices.models import Device, Enrollment
from mdm.rooms.devices.suitability import command_facts
from mdm.rooms.outbox import service as outbox
from profiles.commands.applicability import applicability
from profiles.commands.command import Command as CommandValue
from profiles.commands.command import build
from profiles.commands.danger import danger_of
from profiles.commands.vocabulary import Danger
from profiles.errors import InvalidCommand, UnknownCommand

_PRIORITY = 40
# They would bypass the library, where profiles are judged and kept.
_OF_THE_LIBRARY = frozenset({"InstallProfile", "RemoveProfile"})


def command(
    tx: Tx,
    viewer: Viewer,
    enrollment_id: int,
    request_type: str,
    parameters: Mapping[str, Any],
    reason: str,
    now: datetime,
    vault: Vault,
) -> Command:
    """Queue one command; a destructive one carries the administrator's own approval.

    raises: NotFound, Forbidden, InvalidInput (unknown command, a parameter, no reason for a
        destructive one), Conflict (the device cannot; or the stop switch is pressed).
    """
    stop.begin_order(tx)
    enrollment, device = _find(tx, viewer, enrollment_id)
    value = _build(request_type, parameters)
    refusal = applicability(value, command_facts(tx, device, enrollment))
    if refusal is not None:
        words = (refusal.kind.value, refusal.needed, refusal.next_step)
        raise Conflict("the device cannot: " + ", ".join(word for word in words if word))
    wanted = Order(
        enrollment_id=enrollment.id,
        command=value,
        key=None,
        reason=reason.strip(),
        ordered_by=viewer.actor,
        priority=_PRIORITY,
        approval=_approval(tx, viewer, enrollment, value, reason, now),
    )
    row = commands.enqueue(tx, vault, wanted, new_uuid(), now)
    if enrollment.push_token is not None:
        outbox.put(tx, outbox.PUSH, str(enrollment.id), now)
    _journal(tx, viewer, device, row, value, reason, now)
    return row


def _find(tx: Tx, viewer: Viewer, enrollment_id: int) -> tuple[Enrollment, Device]:
    enrollment = tx.get(Enrollment, enrollment_id)
    if enrollment is None or enrollment.state is not EnrollmentState.ENROLLED:
        raise NotFound("enrollment", str(enrollment_id))
    if enrollment.held_reason is not None or enrollment.ended_at is not None:
        raise NotFound("enrollment", str(enrollment_id))
    device = tx.get_one(Device, enrollment.device_id)
    require(viewer, Act.ADMINISTER, device.school_id)
    return enrollment, device


def _build(request_type: str, parameters: Mapping[str, Any]) -> CommandValue:
    if remote_of(request_type) is not None or request_type in _OF_THE_LIBRARY:
        raise InvalidInput("command", f"{request_type} is ordered in another place")
    try:
        return build(request_type, parameters)
    except UnknownCommand as error:
        raise InvalidInput("command", "is not in the catalogue") from error
    except InvalidCommand as error:
        raise InvalidInput(error.field, error.problem, error.next_step) from error


def _approval(
    tx: Tx,
    viewer: Viewer,
    enrollment: Enrollment,
    value: CommandValue,
    reason: str,
    now: datetime,
) -> Approval | None:
    if danger_of(value) is not Danger.DESTRUCTIVE:
        return None
    if not reason.strip():
        raise InvalidInput("reason", "say why this destructive command is needed")
    if stop.pressed(tx) is not None:
        raise Conflict("the stop switch is pressed")
    until = now + GUARDED_LIFETIME
    return Approval(viewer.actor.name, None, until, enrollment.generation)


def _journal(
    tx: Tx,
    viewer: Viewer,
    device: Device,
    row: Command,
    value: CommandValue,
    reason: str,
    now: datetime,
) -> None:
    details = {"command": row.uuid, "request_type": row.request_type, "parameters": shown(value)}
    audit.record(
        tx,
        viewer.actor,
        "command.order",
        Subject.of("device", device.id),
        now,
        school_id=device.school_id,
        reason=reason,
        details=details,
    )
