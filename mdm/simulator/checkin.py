"""Check-in messages as an iPad sends them, and what it makes of the answers.

Here: writing, signing, obeying status codes. Not here: when (installation, connection, users).
source: Apple, device management, check-in protocol.
"""

import json
from collections.abc import Mapping

from mdm.simulator.exchange import Conversation, Request, Response, send
from mdm.simulator.ipad import SimulatedIpad
from mdm.simulator.management import Channel, Enrolment
from profiles import cms, plist
from profiles.errors import MalformedPlist
from profiles.plist import WritableValue
from profiles.schema.os_version import OsVersion

CHECKIN_TYPE = "application/x-apple-aspen-mdm-checkin"
COMMAND_TYPE = "application/x-apple-aspen-mdm; charset=UTF-8"

_RIGHT_TO_ASK = 16
_UNRECOGNIZED = "com.apple.unrecognized.device"
_UNDERSTANDS_403 = OsVersion(17)


def put(
    ipad: SimulatedIpad, enrolment: Enrolment, url: str, content_type: str, body: bytes
) -> Conversation[Response]:
    """Send a signed body and obey what the status asks for.

    An answer of 401, or of 403 with Apple's words for an unrecognised device, ends the enrolment
    if it is the one in force.
    raises: Unreachable.
    """
    headers = {"Content-Type": content_type, "User-Agent": "MDM/1.0"}
    if enrolment.management.signs_messages:
        headers["Mdm-Signature"] = _signature(ipad, enrolment, body)
    response = yield from send(Request("PUT", url, headers, body))
    if is_release(response, ipad.hardware.version) and ipad.enrolment is enrolment:
        ipad.leave_management()
    return response


def is_release(response: Response, version: OsVersion) -> bool:
    """Tell whether an answer makes a device of this version remove its enrolment."""
    if response.status == 401:
        return True
    if response.status != 403 or version < _UNDERSTANDS_403:
        return False
    return _words(response).get("code") == _UNRECOGNIZED


def _words(response: Response) -> Mapping[str, object]:
    try:
        if response.content_type == "application/json":
            words = json.loads(response.body)
        else:
            words = plist.read_dict(response.body)
    except (ValueError, MalformedPlist):
        return {}
    return words if isinstance(words, dict) else {}


def _signature(ipad: SimulatedIpad, enrolment: Enrolment, body: bytes) -> str:
    identity = enrolment.identity
    form = ipad.habits.signature_form
    raw = cms.sign_detached(body, identity.certificate, identity.private_key, form)
    return cms.encode_signature_header(raw)


def check_in(
    ipad: SimulatedIpad,
    enrolment: Enrolment,
    channel: Channel,
    message_type: str,
    keys: Mapping[str, WritableValue],
) -> Conversation[Response]:
    """Send one check-in message. raises: Unreachable."""
    identifiers = channel.identifiers(ipad.hardware.udid)
    body = plist.write({"MessageType": message_type, **identifiers, **keys})
    url = enrolment.management.check_in_url
    return (yield from put(ipad, enrolment, url, CHECKIN_TYPE, body))


def authenticate(ipad: SimulatedIpad, enrolment: Enrolment) -> Conversation[Response]:
    """Ask to join, or to join again with another certificate. raises: Unreachable."""
    keys: dict[str, WritableValue] = {
        "Topic": enrolment.management.topic,
        "DeviceName": ipad.settings.device_name,
        "Model": ipad.hardware.model,
        "ModelName": "iPad",
    }
    if enrolment.management.access_rights & _RIGHT_TO_ASK:
        keys |= {
            "OSVersion": ipad.hardware.os_version,
            "BuildVersion": ipad.hardware.build_version,
            "ProductName": ipad.hardware.product_name,
            "SerialNumber": ipad.hardware.serial_number,
        }
    return (yield from check_in(ipad, enrolment, enrolment.channel, "Authenticate", keys))


def update_token(
    ipad: SimulatedIpad, enrolment: Enrolment, channel: Channel
) -> Conversation[Response]:
    """Tell how the channel is woken; owed until a 2xx confirms it. raises: Unreachable."""
    keys: dict[str, WritableValue] = {
        "Topic": enrolment.management.topic,
        "Token": channel.token,
        "PushMagic": channel.magic,
    }
    if not channel.is_user:
        keys["UnlockToken"] = ipad.unlock_token
    if channel.is_awaiting:
        keys["AwaitingConfiguration"] = True
    channel.owes_token = True
    response = yield from check_in(ipad, enrolment, channel, "TokenUpdate", keys)
    channel.owes_token = not response.is_success
    return response


def check_out(ipad: SimulatedIpad, enrolment: Enrolment) -> Conversation[Response]:
    """Say farewell; the answer does not matter. raises: Unreachable."""
    keys: dict[str, WritableValue] = {"Topic": enrolment.management.topic}
    return (yield from check_in(ipad, enrolment, enrolment.channel, "CheckOut", keys))
