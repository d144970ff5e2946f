"""One connection on the command channel: report, take a command, carry it out, report again.

Here: the rules of delivery. Not here: carrying out (commands), the sending itself (checkin).
source: Apple, "Sending MDM commands to a device".
"""

from collections.abc import Mapping

from mdm.simulator import checkin
from mdm.simulator.commands.execution import FORMAT_ERROR, NOT_NOW, Report, execute
from mdm.simulator.declarative.conversation import catch_up_all
from mdm.simulator.errors import Unreachable
from mdm.simulator.exchange import Conversation, Response
from mdm.simulator.ipad import SimulatedIpad
from mdm.simulator.management import Channel, Enrolment
from profiles import plist
from profiles.commands.wire import read_command
from profiles.errors import MalformedMessage, MalformedPlist

_IDLE = "Idle"
# No server has that much to say at once; a longer talk is a fault that must not go on for ever.
_MOST_COMMANDS = 1000


def connect(ipad: SimulatedIpad) -> Conversation[int]:
    """Connect on every channel that speaks now, as after a push or by itself.

    Declarations come last: a command for them is answered before they are fetched.

    returns: how many commands were carried out. A loss is no error: the rest follows later.
    """
    carried_out = 0
    ipad.live()
    ipad.ticks_until_retry = None
    try:
        for channel in ipad.channels():
            carried_out += yield from _talk(ipad, channel)
        yield from catch_up_all(ipad)
    except Unreachable:
        ipad.ticks_until_retry = ipad.habits.retry_ticks
    return carried_out


def _talk(ipad: SimulatedIpad, channel: Channel) -> Conversation[int]:
    enrolment = ipad.enrolment
    if enrolment is None or not (yield from _is_token_told(ipad, enrolment, channel)):
        return 0
    channel.comes_back = False
    body, status = _first_word(ipad, channel)
    for carried_out in range(_MOST_COMMANDS):
        response = yield from _say(ipad, channel, body, status)
        if response is None:
            return carried_out
        if response.body:
            report = yield from _carry_out(ipad, channel, response.body)
            if report is None:
                return carried_out
            body, status = (yield from _hand_in(ipad, channel, report)) or (b"", "")
            if not body:
                return carried_out + 1
        elif channel.undelivered:
            body = channel.undelivered[0]
        else:
            channel.comes_back = status == NOT_NOW
            return carried_out
    ipad.complaints.append("the server does not come to an end")
    return _MOST_COMMANDS


def _is_token_told(
    ipad: SimulatedIpad, enrolment: Enrolment, channel: Channel
) -> Conversation[bool]:
    """Send the TokenUpdate that is still owed, if one is."""
    if not channel.owes_token:
        return True
    response = yield from checkin.update_token(ipad, enrolment, channel)
    return response.is_success and ipad.is_enrolled


def _first_word(ipad: SimulatedIpad, channel: Channel) -> tuple[bytes, str]:
    if channel.undelivered:
        return channel.undelivered[0], ""
    return _written(ipad, channel, {"Status": _IDLE}), _IDLE


def _written(
    ipad: SimulatedIpad, channel: Channel, keys: Mapping[str, plist.WritableValue]
) -> bytes:
    return plist.write({**channel.identifiers(ipad.hardware.udid), **keys})


def _say(
    ipad: SimulatedIpad, channel: Channel, body: bytes, status: str
) -> Conversation[Response | None]:
    """Send one report.

    returns: None when the talk is over: refused, or no longer enrolled.
    raises: Unreachable; an answer not yet delivered is then kept.
    """
    if ipad.enrolment is None:
        return None
    url = ipad.enrolment.management.server_url
    response = yield from checkin.put(ipad, ipad.enrolment, url, checkin.COMMAND_TYPE, body)
    if not ipad.is_enrolled:
        return None
    if not response.is_success:
        ipad.ticks_until_retry = ipad.habits.retry_ticks
        return None
    if channel.undelivered and channel.undelivered[0] == body:
        channel.undelivered.popleft()
    return response


def _carry_out(ipad: SimulatedIpad, channel: Channel, body: bytes) -> Conversation[Report | None]:
    """Carry out the command in an answer; None if there is none that could be answered."""
    try:
        command_uuid, command = read_command(body)
    except (MalformedPlist, MalformedMessage) as error:
        ipad.complaints.append(f"unreadable command: {error}")
        return _format_error(body)
    return (yield from execute(ipad, channel, command_uuid, command))


def _format_error(body: bytes) -> Report | None:
    try:
        command_uuid = plist.text(plist.read_dict(body), "CommandUUID")
    except (MalformedPlist, MalformedMessage):
        return None
    return Report(FORMAT_ERROR, {"Status": FORMAT_ERROR, "CommandUUID": command_uuid})


def _hand_in(
    ipad: SimulatedIpad, channel: Channel, report: Report
) -> Conversation[tuple[bytes, str] | None]:
    """Put a report where the next request takes it from.

    returns: None when the report was the last word: it has been sent, and its deed is done.
    """
    body = _written(ipad, channel, report.keys)
    if report.after is None:
        # NotNow is not kept: the server offers the command again by itself.
        if report.status != NOT_NOW:
            channel.undelivered.append(body)
        return body, report.status
    if not report.is_sent_once:
        channel.undelivered.append(body)
    try:
        yield from _say(ipad, channel, body, report.status)
    except Unreachable:
        ipad.complaints.append("the last word did not arrive")
    yield from report.after()
    return None
