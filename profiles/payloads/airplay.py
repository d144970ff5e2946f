"""AirPlay: to which displays an iPad may send, and their passwords.

Here: the payload of the iPad. Not here: the Apple TV's own (profiles.payloads.apple_tv), sending
now (a command).

source: Apple, "AirPlay" payload documentation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from profiles.configuration_profile import Payload
from profiles.errors import InvalidPayload
from profiles.payloads.checked_payload import checked_payload
from profiles.payloads.stating import as_typed, require_distinct, require_text, stated
from profiles.variables import literal

PAYLOAD_TYPE = "com.apple.airplay"

_DEVICE_ID = re.compile(r"([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class AirPlayTarget:
    """A display that may be used; iPads before 18 know it by device_id, later ones by name.

    device_id: hardware address with colons.
    """

    name: str
    device_id: str | None = None

    def __post_init__(self) -> None:
        require_text("AllowList.DeviceName", self.name)
        if self.device_id is not None and not _DEVICE_ID.fullmatch(self.device_id):
            raise InvalidPayload(
                "AllowList.DeviceID", "is no hardware address", "write it like 01:23:45:67:89:AB"
            )


@dataclass(frozen=True, slots=True)
class AirPlayPassword:
    """The password of one display, taken literally."""

    name: str
    password: str = field(repr=False)

    def __post_init__(self) -> None:
        require_text("Passwords.DeviceName", self.name)
        if not self.password:
            raise InvalidPayload("Passwords.Password", "is empty", "leave the entry out")


@dataclass(frozen=True, slots=True)
class AirPlay:
    """Displays and passwords, names taken literally.

    only: on supervised iPads no other display appears; empty: all do. Lists of several profiles
        add up.
    raises: InvalidPayload.
    """

    only: tuple[AirPlayTarget, ...] = ()
    passwords: tuple[AirPlayPassword, ...] = ()

    def __post_init__(self) -> None:
        if not self.only and not self.passwords:
            raise InvalidPayload("AllowList", "says nothing, like Passwords", "give one of them")
        require_distinct("AllowList", (target.name for target in self.only))
        require_distinct("Passwords", (entry.name for entry in self.passwords))


def airplay_payload(airplay: AirPlay, identifier: str, display_name: str = "AirPlay") -> Payload:
    """Write displays and passwords as a payload.

    raises: InvalidPayload.
    """
    content = {
        "AllowList": [_target(target) for target in airplay.only],
        "Passwords": [
            {"DeviceName": literal(entry.name), "Password": as_typed(entry.password)}
            for entry in airplay.passwords
        ],
    }
    return checked_payload(PAYLOAD_TYPE, identifier, display_name, stated(content))


def _target(target: AirPlayTarget) -> dict[str, Any]:
    device_id = None if target.device_id is None else target.device_id.upper()
    return {"DeviceName": literal(target.name), "DeviceID": device_id}
