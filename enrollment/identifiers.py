"""Who is talking: one opaque key per channel, from the identifiers in a message.

Here: devices, users of a Shared iPad, users of a Mac, personal enrolments.
Not here: what they say (checkin.py) and whether their certificate may say it (lifecycle.py).
"""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from enrollment.errors import MalformedCheckin

EnrollmentKey = NewType("EnrollmentKey", str)

#: Every Shared iPad user has this UserID. It is a constant and identifies nobody.
SHARED_IPAD_USER_ID = "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"

_LONGEST = 255
_SEPARATOR = ":"
# Control, format (right-to-left marks among them), surrogate, private and unassigned characters,
# line and paragraph separators: nothing that a page or a log line would not show.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class ChannelKind(StrEnum):
    """Whose voice a channel is."""

    DEVICE = "device"
    USER_ENROLLMENT = "user_enrollment"
    SHARED_IPAD_USER = "shared_ipad_user"
    SHARED_IPAD_GUEST = "shared_ipad_guest"
    MAC_USER = "mac_user"
    USER_ENROLLMENT_USER = "user_enrollment_user"


@dataclass(frozen=True, slots=True)
class Channel:
    """One voice: a device, or one user on it.

    key: of this channel. device_key: of the device channel it belongs to, whose certificate
        signs for it; equal to `key` on a device channel.
    """

    kind: ChannelKind
    key: EnrollmentKey
    device_key: EnrollmentKey

    @property
    def is_device(self) -> bool:
        return self.key == self.device_key


def channel_of(
    *,
    udid: str | None = None,
    enrollment_id: str | None = None,
    user_id: str | None = None,
    user_short_name: str | None = None,
    enrollment_user_id: str | None = None,
) -> Channel:
    """Tell which channel a message speaks on.

    Identifiers are compared exactly as sent, since devices differ in case and form.
    returns: kind SHARED_IPAD_GUEST for a Shared iPad user without a name; nothing is kept for it.
    raises: MalformedCheckin (no identifier, contradicting ones, or unprintable ones).
    source: Apple, device management schema, check-in messages.
    """
    printable("UDID", udid)
    printable("EnrollmentID", enrollment_id)
    printable("UserID", user_id)
    printable("UserShortName", user_short_name)
    printable("EnrollmentUserID", enrollment_user_id)
    if udid is not None and enrollment_id is not None:
        raise MalformedCheckin("EnrollmentID", "beside a UDID")
    if udid is not None:
        return _channel_of_device(udid, user_id, user_short_name, enrollment_user_id)
    if enrollment_id is not None:
        return _channel_of_user_enrollment(enrollment_id, user_id, enrollment_user_id)
    raise MalformedCheckin("UDID", "missing, and no EnrollmentID")


def printable(field: str, value: str | None) -> str | None:
    """Return an identifier that a page and a log line can show, or None for None.

    raises: MalformedCheckin (longer than 255 characters, or with control, right-to-left or
        unassigned characters).
    """
    if value is None:
        return None
    if len(value) > _LONGEST:
        raise MalformedCheckin(field, "too long")
    if any(unicodedata.category(character) in _INVISIBLE for character in value):
        raise MalformedCheckin(field, "holds unprintable characters")
    return value


def _channel_of_device(
    udid: str, user_id: str | None, user_short_name: str | None, enrollment_user_id: str | None
) -> Channel:
    device = _device_key("UDID", udid)
    if enrollment_user_id is not None:
        raise MalformedCheckin("EnrollmentUserID", "beside a UDID")
    if user_id is None:
        return Channel(ChannelKind.DEVICE, device, device)
    if user_id != SHARED_IPAD_USER_ID:
        return _user(ChannelKind.MAC_USER, device, _filled("UserID", user_id))
    if not user_short_name:
        return _user(ChannelKind.SHARED_IPAD_GUEST, device, "")
    return _user(ChannelKind.SHARED_IPAD_USER, device, user_short_name)


def _channel_of_user_enrollment(
    enrollment_id: str, user_id: str | None, enrollment_user_id: str | None
) -> Channel:
    device = _device_key("EnrollmentID", enrollment_id)
    if user_id is not None:
        raise MalformedCheckin("UserID", "beside an EnrollmentID")
    if enrollment_user_id is None:
        return Channel(ChannelKind.USER_ENROLLMENT, device, device)
    name = _filled("EnrollmentUserID", enrollment_user_id)
    return _user(ChannelKind.USER_ENROLLMENT_USER, device, name)


def _user(kind: ChannelKind, device: EnrollmentKey, name: str) -> Channel:
    return Channel(kind, EnrollmentKey(f"{device}{_SEPARATOR}{name}"), device)


def _device_key(field: str, value: str) -> EnrollmentKey:
    # A device that calls itself "A:b" would otherwise share its key with user b of device A.
    if _SEPARATOR in value:
        raise MalformedCheckin(field, "holds a colon")
    return EnrollmentKey(_filled(field, value))


def _filled(field: str, value: str) -> str:
    if not value.strip():
        raise MalformedCheckin(field, "empty")
    return value
