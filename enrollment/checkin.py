"""Reading check-in messages: bytes in, one frozen value out.

Here: which keys each message needs, and how long they may be. Liberal: a message is refused only
if it is useless without what it lacks; unknown keys are ignored.
Next: checkin_messages.py (the values), checkin_answers.py (what is answered), lifecycle.py.

source: Apple, device management, check-in protocol.
"""

from collections.abc import Callable, Mapping
from typing import TypeVar

from enrollment.checkin_messages import (
    Authenticate,
    CheckinMessage,
    CheckOut,
    DeclarationsEndpoint,
    DeclarativeManagement,
    EndpointKind,
    GetBootstrapToken,
    GetToken,
    ReturnToService,
    SetBootstrapToken,
    TokenService,
    TokenUpdate,
    UserAuthenticate,
)
from enrollment.errors import MalformedCheckin, UnknownMessageType
from enrollment.identifiers import Channel, channel_of, printable
from profiles import plist
from profiles.declarations.manifest import DeclarationKind
from profiles.errors import MalformedMessage, MalformedPlist

__all__ = [
    "Authenticate",
    "CheckOut",
    "CheckinMessage",
    "DeclarationsEndpoint",
    "DeclarativeManagement",
    "EndpointKind",
    "GetBootstrapToken",
    "GetToken",
    "ReturnToService",
    "SetBootstrapToken",
    "TokenService",
    "TokenUpdate",
    "UserAuthenticate",
    "channel_in",
    "checkin_from",
    "endpoint_from",
    "read_checkin",
]

_T = TypeVar("_T", bound=str | bytes | None)

Message = Mapping[str, plist.PlistValue]

# Real ones have 32 bytes, 36 characters, 1 to 2 kB and a few hundred bytes. None is promised by
# Apple, so there is room; the limits only keep a stranger from filling the database.
_LONGEST_PUSH_TOKEN = 1024
_LONGEST_PUSH_MAGIC = 1024
_LONGEST_SECRET = 64 * 1024
_LONGEST_TEXT = 1024


def read_checkin(body: bytes) -> CheckinMessage:
    """Read what a device says on the check-in channel.

    body: raw XML property list, its signature already verified.
    raises: MalformedCheckin (field "body": no acceptable property list),
        UnknownMessageType.
    """
    try:
        return checkin_from(plist.read_dict(body))
    except MalformedPlist as error:
        raise MalformedCheckin("body", error.reason) from error


def checkin_from(message: Message) -> CheckinMessage:
    """Read a check-in message from a property list that is already values.

    raises: MalformedCheckin, UnknownMessageType.
    """
    try:
        reader = _READERS.get(plist.text(message, "MessageType"))
        if reader is None:
            raise UnknownMessageType
        return reader(message, channel_in(message))
    except MalformedMessage as error:
        raise MalformedCheckin(error.field, error.problem) from error


def channel_in(message: Message) -> Channel:
    """Tell which channel any message speaks on, a command report included.

    raises: MalformedCheckin.
    """
    try:
        return channel_of(
            udid=plist.optional_text(message, "UDID"),
            enrollment_id=plist.optional_text(message, "EnrollmentID"),
            user_id=plist.optional_text(message, "UserID"),
            user_short_name=plist.optional_text(message, "UserShortName"),
            enrollment_user_id=plist.optional_text(message, "EnrollmentUserID"),
        )
    except MalformedMessage as error:
        raise MalformedCheckin(error.field, error.problem) from error


def endpoint_from(text: str) -> DeclarationsEndpoint:
    """Read the address inside a DeclarativeManagement message.

    text: "tokens", "declaration-items", "status" or "declaration/KIND/IDENTIFIER"; an identifier
        may hold further slashes.
    raises: MalformedCheckin.
    """
    if text in (EndpointKind.TOKENS, EndpointKind.DECLARATION_ITEMS, EndpointKind.STATUS):
        return DeclarationsEndpoint(EndpointKind(text))
    head, _, rest = text.partition("/")
    kind, _, identifier = rest.partition("/")
    if head != EndpointKind.DECLARATION or kind not in list(DeclarationKind) or not identifier:
        raise MalformedCheckin("Endpoint", "unknown")
    name = printable("Endpoint", identifier)
    return DeclarationsEndpoint(EndpointKind.DECLARATION, DeclarationKind(kind), name)


def _authenticate(message: Message, channel: Channel) -> Authenticate:
    _device_channel_only(channel)
    return Authenticate(
        channel=channel,
        topic=_text(message, "Topic"),
        serial_number=printable("SerialNumber", plist.optional_text(message, "SerialNumber")),
        os_version=_text(message, "OSVersion"),
        build_version=_text(message, "BuildVersion"),
        product_name=_text(message, "ProductName"),
        device_name=_text(message, "DeviceName"),
        model=_text(message, "Model"),
        model_name=_text(message, "ModelName"),
        imei=_text(message, "IMEI"),
        meid=_text(message, "MEID"),
    )


def _token_update(message: Message, channel: Channel) -> TokenUpdate:
    return TokenUpdate(
        channel=channel,
        token=_capped("Token", plist.data(message, "Token"), _LONGEST_PUSH_TOKEN),
        push_magic=_capped("PushMagic", plist.text(message, "PushMagic"), _LONGEST_PUSH_MAGIC),
        topic=_text(message, "Topic"),
        unlock_token=_secret(message, "UnlockToken"),
        awaiting_configuration=plist.optional_boolean(message, "AwaitingConfiguration"),
        user_short_name=_text(message, "UserShortName"),
        user_long_name=_text(message, "UserLongName"),
    )


def _check_out(message: Message, channel: Channel) -> CheckOut:
    _device_channel_only(channel)
    return CheckOut(channel, topic=_text(message, "Topic"))


def _user_authenticate(message: Message, channel: Channel) -> UserAuthenticate:
    response = plist.optional_text(message, "DigestResponse")
    return UserAuthenticate(channel, _capped("DigestResponse", response, _LONGEST_SECRET))


def _set_bootstrap_token(message: Message, channel: Channel) -> SetBootstrapToken:
    _device_channel_only(channel)
    return SetBootstrapToken(
        channel,
        bootstrap_token=_secret(message, "BootstrapToken"),
        awaiting_configuration=_awaiting(message),
    )


def _get_bootstrap_token(message: Message, channel: Channel) -> GetBootstrapToken:
    _device_channel_only(channel)
    return GetBootstrapToken(channel, awaiting_configuration=_awaiting(message))


def _get_token(message: Message, channel: Channel) -> GetToken:
    service = plist.text(message, "TokenServiceType")
    known = TokenService(service) if service in list(TokenService) else None
    return GetToken(channel, known, plist.optional_dictionary(message, "TokenParameters") or {})


def _declarative_management(message: Message, channel: Channel) -> DeclarativeManagement:
    endpoint = endpoint_from(plist.text(message, "Endpoint"))
    return DeclarativeManagement(channel, endpoint, plist.optional_data(message, "Data"))


def _return_to_service(message: Message, channel: Channel) -> ReturnToService:
    _device_channel_only(channel)
    return ReturnToService(channel)


_READERS: Mapping[str, Callable[[Message, Channel], CheckinMessage]] = {
    "Authenticate": _authenticate,
    "TokenUpdate": _token_update,
    "CheckOut": _check_out,
    "UserAuthenticate": _user_authenticate,
    "SetBootstrapToken": _set_bootstrap_token,
    "GetBootstrapToken": _get_bootstrap_token,
    "GetToken": _get_token,
    "DeclarativeManagement": _declarative_management,
    "ReturnToService": _return_to_service,
}


def _device_channel_only(channel: Channel) -> None:
    if not channel.is_device:
        raise MalformedCheckin("MessageType", "only for a device channel")


def _awaiting(message: Message) -> bool:
    return plist.boolean(message, "AwaitingConfiguration", default=False)


def _text(message: Message, key: str) -> str | None:
    return _capped(key, plist.optional_text(message, key), _LONGEST_TEXT)


def _secret(message: Message, key: str) -> bytes | None:
    return _capped(key, plist.optional_data(message, key), _LONGEST_SECRET) or None


def _capped(field: str, value: _T, longest: int) -> _T:
    if value is not None and len(value) > longest:
        raise MalformedCheckin(field, "too long")
    return value
