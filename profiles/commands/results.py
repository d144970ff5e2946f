"""What a device reports on the command channel.

Here: Status, identifiers, errors, and the rest of the answer as it came.
Not here: what the rest means (answers/), whose channel it is (enrollment.identifiers).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType

from profiles import plist
from profiles.commands.error_chain import ErrorChain, read_error_chain
from profiles.errors import MalformedMessage


class CommandStatus(Enum):
    """Apple's words for how it went. ACKNOWLEDGED may only mean: accepted, and begun."""

    IDLE = "Idle"
    ACKNOWLEDGED = "Acknowledged"
    ERROR = "Error"
    COMMAND_FORMAT_ERROR = "CommandFormatError"
    NOT_NOW = "NotNow"

    @property
    def is_final(self) -> bool:
        """Whether the device is through with the command it names."""
        return self not in (CommandStatus.IDLE, CommandStatus.NOT_NOW)


_STATUSES = {status.value: status for status in CommandStatus}
_ENVELOPE_KEYS = frozenset(
    {
        "Status",
        "CommandUUID",
        "UDID",
        "EnrollmentID",
        "EnrollmentUserID",
        "UserID",
        "UserShortName",
        "UserLongName",
        "RequestType",
        "ErrorChain",
    }
)


@dataclass(frozen=True, slots=True)
class CommandResult:
    """One report.

    command_uuid: None only for IDLE. request_type: rarely echoed; look it up by the UUID.
    body: the answer's own keys, without those that have a field here.
    """

    status: CommandStatus
    command_uuid: str | None
    udid: str | None = None
    enrollment_id: str | None = None
    enrollment_user_id: str | None = None
    user_id: str | None = None
    user_short_name: str | None = None
    user_long_name: str | None = None
    request_type: str | None = None
    error_chain: ErrorChain = ()
    body: Mapping[str, plist.PlistValue] = field(
        default_factory=lambda: MappingProxyType({}), repr=False
    )


def read_result(body: bytes) -> CommandResult:
    """Read what a device reports on the command channel.

    body: raw XML property list, already verified.
    raises: MalformedPlist; MalformedMessage (a Status we do not know, no CommandUUID although
        the report is about a command, an identifier of the wrong kind).
    source: Apple, "Sending MDM commands to a device".
    """
    envelope = plist.read_report_envelope(body)
    if envelope is None:
        return result_from(plist.read_dict(body))
    status = _status(envelope.status)
    uuid = _uuid(status, envelope.command_uuid)
    return CommandResult(status, uuid, *envelope[2:])


def result_from(report: Mapping[str, plist.PlistValue]) -> CommandResult:
    """Read a report that is already a dictionary.

    raises: MalformedMessage, as `read_result`.
    """
    status = _status(plist.text(report, "Status"))
    return CommandResult(
        status=status,
        command_uuid=_uuid(status, plist.optional_text(report, "CommandUUID")),
        udid=plist.optional_text(report, "UDID"),
        enrollment_id=plist.optional_text(report, "EnrollmentID"),
        enrollment_user_id=plist.optional_text(report, "EnrollmentUserID"),
        user_id=plist.optional_text(report, "UserID"),
        user_short_name=plist.optional_text(report, "UserShortName"),
        user_long_name=plist.optional_text(report, "UserLongName"),
        request_type=_echo(report),
        error_chain=read_error_chain(report.get("ErrorChain")),
        body=MappingProxyType({k: v for k, v in report.items() if k not in _ENVELOPE_KEYS}),
    )


def _status(text: str) -> CommandStatus:
    status = _STATUSES.get(text)
    if status is None:
        raise MalformedMessage("Status", "an unknown value")
    return status


def _uuid(status: CommandStatus, uuid: str | None) -> str | None:
    if status is CommandStatus.IDLE:
        return None
    if uuid is None:
        raise MalformedMessage("CommandUUID", "missing")
    return uuid


def _echo(report: Mapping[str, plist.PlistValue]) -> str | None:
    # Nobody depends on the echo, so a strange one must not cost the result.
    value = report.get("RequestType")
    return value if isinstance(value, str) and value else None
