"""Carrying out one command: may it, can it now, is it well-formed, and then the deed.

Here: the order of these questions, and the report. Not here: the deeds (table.py and the files it
names), the connection (mdm.simulator.connection).
source: Apple, "Sending MDM commands to a device".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mdm.simulator.commands.outcome import Outcome
from mdm.simulator.commands.table import HANDLERS, TALKING
from mdm.simulator.errors import DeviceError
from mdm.simulator.exchange import Conversation
from mdm.simulator.ipad import SimulatedIpad
from mdm.simulator.management import Channel
from mdm.simulator.surroundings import Done
from profiles.commands.applicability import applicability
from profiles.commands.catalogue import CATALOGUE
from profiles.commands.command import Command, build
from profiles.commands.error_codes import MDM
from profiles.commands.refusal import Refusal, RefusalKind
from profiles.commands.specification import CommandSpec
from profiles.errors import InvalidCommand, MalformedMessage
from profiles.plist import WritableValue

ACKNOWLEDGED = "Acknowledged"
ERROR = "Error"
FORMAT_ERROR = "CommandFormatError"
NOT_NOW = "NotNow"

# What touches files that stay sealed until the first unlock after a restart.
_NEEDS_FILES = frozenset(
    {
        "CertificateList",
        "InstallApplication",
        "InstallMedia",
        "InstallProfile",
        "InstallProvisioningProfile",
        "RemoveApplication",
        "RemoveMedia",
        "RemoveProfile",
        "RemoveProvisioningProfile",
    }
)
_CODES = {
    RefusalKind.NEEDS_ACCESS_RIGHT: (12007, "not authorised"),
    RefusalKind.NOT_IN_LOST_MODE: (12078, "not valid in lost mode"),
    RefusalKind.NEEDS_SHARED_IPAD: (12070, "not a Shared iPad"),
}
_UNKNOWN = (12021, "unknown request type")


@dataclass(frozen=True, slots=True)
class Report:
    """What the iPad reports. keys: Status, CommandUUID and the answer, without identifiers."""

    status: str
    keys: Mapping[str, WritableValue]
    after: Callable[[], Conversation[None]] | None = None
    is_sent_once: bool = False


def execute(
    ipad: SimulatedIpad, channel: Channel, command_uuid: str, command: Command
) -> Conversation[Report]:
    """Carry out a command and note it."""
    report = yield from _judged(ipad, channel, command_uuid, command)
    if report.status != NOT_NOW:
        ipad.executed[command_uuid] += 1
        ipad.stir()
    ipad.history.append(Done(command_uuid, command.request_type, report.status))
    return report


def _judged(
    ipad: SimulatedIpad, channel: Channel, command_uuid: str, command: Command
) -> Conversation[Report]:
    spec = CATALOGUE.get(command.request_type)
    try:
        if spec is None:
            raise DeviceError(MDM, *_UNKNOWN)
        if _must_wait(ipad, spec):
            return _report(command_uuid, NOT_NOW)
        _require_allowed(ipad, channel, spec)
        build(command.request_type, command.parameters)
        if command.parameters.get("RequestRequiresNetworkTether"):
            raise DeviceError(MDM, 12081, "not on a cable")
        outcome = yield from _obey(ipad, channel, command)
    except (InvalidCommand, MalformedMessage) as error:
        ipad.complaints.append(f"{command.request_type}: {error}")
        return _report(command_uuid, FORMAT_ERROR)
    except DeviceError as error:
        keys = {**error.body, "ErrorChain": error.chain()}
        return _report(command_uuid, ERROR, Outcome(keys))
    return _report(command_uuid, ACKNOWLEDGED, outcome)


def _report(command_uuid: str, status: str, outcome: Outcome | None = None) -> Report:
    outcome = outcome or Outcome()
    keys = {**outcome.body, "Status": status, "CommandUUID": command_uuid}
    return Report(status, keys, outcome.after, outcome.is_sent_once)


def _must_wait(ipad: SimulatedIpad, spec: CommandSpec) -> bool:
    if spec.never_not_now:
        return False
    if ipad.faults.is_busy:
        return True
    if ipad.is_locked_since_boot and spec.request_type in _NEEDS_FILES:
        return True
    return ipad.is_awaiting and not spec.allowed_awaiting_configuration


def _require_allowed(ipad: SimulatedIpad, channel: Channel, spec: CommandSpec) -> None:
    failure = ipad.faults.failure_for(spec.request_type)
    if failure is not None:
        raise failure
    rights = ipad.enrolment.management.access_rights if ipad.enrolment else 0
    facts = ipad.hardware.facts(
        rights,
        is_user=channel.is_user,
        is_lost=ipad.lost_message is not None,
        is_awaiting=ipad.is_awaiting,
    )
    refusal = applicability(spec, facts)
    if refusal is not None:
        raise _refused(spec, refusal)


def _refused(spec: CommandSpec, refusal: Refusal) -> DeviceError:
    if refusal.kind is RefusalKind.NEEDS_SUPERVISION and spec.request_type == "EnableLostMode":
        return DeviceError(MDM, 12066, "lost mode is not available")
    code, english = _CODES.get(refusal.kind, _UNKNOWN)
    return DeviceError(MDM, code, f"{english}: {refusal.kind.value} {refusal.needed}".rstrip())


def _obey(ipad: SimulatedIpad, channel: Channel, command: Command) -> Conversation[Outcome]:
    talking = TALKING.get(command.request_type)
    if talking is not None:
        return (yield from talking(ipad, channel, command.parameters))
    return HANDLERS[command.request_type](ipad, channel, command.parameters)
