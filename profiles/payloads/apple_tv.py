"""Apple TVs: the conference room display, who may send to them, and which remotes control them.

Here: payloads for Apple TVs, and the iPad's list of TVs that its remote may control.
Not here: the iPad's list of displays (profiles.payloads.airplay).

source: Apple, "ConferenceRoomDisplay", "AirPlaySecurity" and "TVRemote" payload documentation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum

from profiles.configuration_profile import Payload
from profiles.errors import InvalidPayload
from profiles.payloads.checked_payload import checked_payload
from profiles.payloads.stating import (
    as_typed,
    require_distinct,
    require_some,
    require_text,
    stated,
)

DISPLAY_TYPE = "com.apple.conferenceroomdisplay"
SECURITY_TYPE = "com.apple.airplay.security"
REMOTE_TYPE = "com.apple.tvremote"

_HARDWARE_ADDRESS = re.compile(r"([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}", re.ASCII)


class SenderCheck(Enum):
    """How a sender proves itself to an Apple TV."""

    CODE_ONCE = "PASSCODE_ONCE"
    CODE_EACH_TIME = "PASSCODE_ALWAYS"
    PASSWORD = "PASSWORD"  # noqa: S105


@dataclass(frozen=True, slots=True)
class AirPlaySecurity:
    """Who may send to the Apple TV.

    password: taken literally; exactly when the check asks for one.
    same_network: only from the network that the Apple TV is in.
    raises: InvalidPayload.
    """

    check: SenderCheck
    password: str | None = field(default=None, repr=False)
    same_network: bool = True

    def __post_init__(self) -> None:
        if (self.check is SenderCheck.PASSWORD) != bool(self.password):
            raise InvalidPayload(
                "Password", "goes with SecurityType PASSWORD, and only with it", "give both or none"
            )


@dataclass(frozen=True, slots=True)
class RemoteTarget:
    """An Apple TV that the remote on an iPad may control, by its hardware address."""

    hardware_address: str
    name: str | None = None

    def __post_init__(self) -> None:
        if not _HARDWARE_ADDRESS.fullmatch(self.hardware_address):
            raise InvalidPayload(
                "AllowedTVs.TVDeviceID", "is no hardware address", "write it like 01:23:45:67:89:AB"
            )


def conference_room_payload(
    message: str, identifier: str, display_name: str = "Konferenzraum-Anzeige"
) -> Payload:
    """Write the text that an Apple TV shows beside how to send to it; may hold variables.

    raises: InvalidPayload.
    """
    require_text("Message", message)
    return checked_payload(DISPLAY_TYPE, identifier, display_name, {"Message": message})


def airplay_security_payload(
    security: AirPlaySecurity, identifier: str, display_name: str = "AirPlay-Empfang"
) -> Payload:
    """Write who may send to an Apple TV as a payload.

    raises: InvalidPayload.
    """
    content = {
        "SecurityType": security.check,
        "AccessType": "WIFI_ONLY" if security.same_network else "ANY",
        "Password": as_typed(security.password),
    }
    return checked_payload(SECURITY_TYPE, identifier, display_name, stated(content))


def tv_remote_payload(
    targets: tuple[RemoteTarget, ...], identifier: str, display_name: str = "TV-Fernbedienung"
) -> Payload:
    """Write the Apple TVs that an iPad's remote may control as a payload.

    raises: InvalidPayload when there is none, or one comes twice.
    """
    require_some("AllowedTVs", targets, "give at least one Apple TV")
    require_distinct("AllowedTVs", (target.hardware_address for target in targets))
    entries = [
        {"TVDeviceID": target.hardware_address.upper(), "TVDeviceName": as_typed(target.name)}
        for target in targets
    ]
    return checked_payload(REMOTE_TYPE, identifier, display_name, stated({"AllowedTVs": entries}))
