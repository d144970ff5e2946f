"""The command channel: keep what a device answers, give it the next command.

The common case takes the prepared statements of the fast path. What they cannot place (a
renewed certificate's first word, a device not yet enrolled, a held one, a stranger) is judged
by lifecycle in a transaction of its own; a command that must be judged or put together goes
through the last door (mdm.rooms.commands.delivery).
"""

import logging
import zlib
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from enrollment.checkin import channel_in
from enrollment.identifiers import Channel
from mdm.base.bell import Job
from mdm.base.db import until_settled
from mdm.base.logkeys import COMMAND_UUID, ENROLLMENT_ID
from mdm.base.metrics import DEVICE_ALARMS
from mdm.base.vault import Vault
from mdm.doors.wire.answer import EMPTY, Answer, plist_answer
from mdm.doors.wire.errors import refuse_certificate
from mdm.rooms.commands import delivery
from mdm.rooms.commands import service as commands
from mdm.rooms.commands.fast_path import NextCommand, Step
from mdm.rooms.devices import service as devices
from mdm.rooms.devices import standing
from profiles.commands.results import CommandResult, CommandStatus
from profiles.errors import MalformedMessage
from profiles.plist_envelope import ReportEnvelope

if TYPE_CHECKING:
    from mdm.base.tools import Tools
    from mdm.doors.wire.door import DeviceDoor

log = logging.getLogger(__name__)

IDLE = CommandStatus.IDLE.value
_STATUSES = frozenset(status.value for status in CommandStatus)
# Retries of one request after lifecycle has changed something; each changes what it can.
_ATTEMPTS = 2


class Report(NamedTuple):
    """A report as the channel needs it.

    key: of the channel. uuid: None for Idle. sealed: the answer, when it says more than its
    status. outcome: the first error in a few words.
    """

    status: str
    uuid: str | None
    key: str
    channel: Channel | None
    sealed: bytes | None
    outcome: str


def from_envelope(envelope: ReportEnvelope) -> Report:
    """The report of a body that holds nothing but identifiers and a Status.

    raises: MalformedMessage, MalformedCheckin.
    """
    status = envelope.status
    if status not in _STATUSES:
        raise MalformedMessage("Status", "an unknown value")
    if status != IDLE and envelope.command_uuid is None:
        raise MalformedMessage("CommandUUID", "missing")
    uuid = None if status == IDLE else envelope.command_uuid
    udid = envelope.udid
    if udid is not None and envelope[3:8] == _NO_USER:
        return Report(status, uuid, udid, None, None, "")
    channel = channel_in(_identifiers(envelope))
    return Report(status, uuid, channel.key, channel, None, "")


def from_result(vault: Vault, body: bytes, result: CommandResult) -> Report:
    """The report of a body with content; the body is kept compressed and sealed.

    raises: MalformedCheckin.
    """
    channel = channel_in(_identifiers(result))
    uuid = result.command_uuid
    sealed = None
    if uuid is not None and (result.body or result.error_chain):
        sealed = vault.seal(zlib.compress(body, 1), f"command_result:{uuid}")
    return Report(result.status.value, uuid, channel.key, channel, sealed, _outcome(result))


def handle(door: "DeviceDoor", fingerprint: bytes, report: Report) -> Answer:
    """Answer one report on the command channel."""
    now = door.tools.clock.now()
    for _ in range(_ATTEMPTS):
        step = _step(door, fingerprint, report, now)
        if step.enrollment_id is not None:
            return _go_on(door, report, step, step.enrollment_id, now)
        answer = _place(door, fingerprint, report, now)
        if answer is not None:
            return answer
    return EMPTY


_NO_USER = (None, None, None, None, None)


def _identifiers(source: ReportEnvelope | CommandResult) -> dict[str, str]:
    found = {
        "UDID": source.udid,
        "EnrollmentID": source.enrollment_id,
        "UserID": source.user_id,
        "UserShortName": source.user_short_name,
        "EnrollmentUserID": source.enrollment_user_id,
    }
    return {key: value for key, value in found.items() if value is not None}


def _outcome(result: CommandResult) -> str:
    if not result.error_chain:
        return ""
    first = result.error_chain[0]
    return f"{first.domain} {first.code}: {first.english or first.localized}"[:300]


def _step(door: "DeviceDoor", fingerprint: bytes, report: Report, now: datetime) -> Step:
    if report.uuid is None:
        return door.fast.idle(fingerprint, report.key, now)
    return door.fast.answer(
        fingerprint, report.key, now, report.uuid, report.status, report.sealed, report.outcome
    )


def _go_on(
    door: "DeviceDoor", report: Report, step: Step, enrollment_id: int, now: datetime
) -> Answer:
    door.last_seen.visit(enrollment_id, now, idle=report.uuid is None)
    if report.uuid is not None:
        _after_answer(door, report, step, enrollment_id)
    if step.next is None:
        return EMPTY
    if step.next.body is not None:
        return plist_answer(step.next.body)
    return _last_door(door, enrollment_id, step.next, report, now)


def _after_answer(door: "DeviceDoor", report: Report, step: Step, enrollment_id: int) -> None:
    if step.answered is None:
        _note_stray(door, report, enrollment_id)
    elif report.sealed is not None:
        door.tools.bell.ring(Job.READ_RESULTS)
    elif step.answered in ("accepted", "failed"):
        door.tools.bell.ring(Job.RECONCILE)


def _note_stray(door: "DeviceDoor", report: Report, enrollment_id: int) -> None:
    """A report for a command we do not wait for: mostly a repetition, which is normal. One for
    another device's command is not, and a person should hear of it.
    """
    fields = {COMMAND_UUID: str(report.uuid)[:64], ENROLLMENT_ID: enrollment_id}
    with door.tools.database.reading() as tx:
        is_foreign = commands.is_of_another_device(tx, str(report.uuid), enrollment_id)
    if is_foreign:
        DEVICE_ALARMS.labels(kind="foreign_command").inc()
        log.warning("foreign_command_answered", extra=fields)
    else:
        log.info("stray_answer", extra=fields)


def _last_door(
    door: "DeviceDoor",
    enrollment_id: int,
    found: NextCommand,
    report: Report,
    now: datetime,
) -> Answer:
    """Judge and put together; a command that may not leave gives way to the one behind it."""
    tools = door.tools
    after_not_now = report.status == CommandStatus.NOT_NOW.value
    with tools.database.transaction() as tx:
        body = delivery.next_body(
            tx, tools.vault, tools.settings, enrollment_id, now, after_not_now, report.uuid
        )
    return plist_answer(body) if body is not None else EMPTY


def _place(door: "DeviceDoor", fingerprint: bytes, report: Report, now: datetime) -> Answer | None:
    """Judge what the fast path could not place.

    returns: None when something changed and the request may be tried again.
    """
    channel = report.channel or channel_in({"UDID": report.key})
    applied = until_settled(lambda: _judge(door.tools, channel, fingerprint, now))
    if applied.refused is not None:
        return refuse_certificate(applied.refused, fingerprint)
    if applied.enrollment is None or not applied.is_in_good_standing:
        # Held, or still joining: there is nothing for it yet, and nothing wrong with it.
        return EMPTY
    return None


def _judge(tools: "Tools", channel: Channel, fingerprint: bytes, now: datetime) -> devices.Applied:
    with tools.database.transaction() as tx:
        standing.hold(tx, channel.device_key)
        speaker = standing.speaker(tx, fingerprint)
        applied = devices.apply_contact(tx, tools.vault, channel, speaker, now)
        commands.close_queues(tx, (), applied.cancel_queues_of, now)
    return applied
