"""The cellular payload: how an iPad gets into a carrier's network.

Here: access points. Not here: which apps may use it (profiles.payloads.network_usage), eSIM (a
command).

source: Apple, "Cellular" payload documentation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, IntFlag
from typing import Any

from profiles.configuration_profile import Payload
from profiles.payloads.checked_payload import checked_payload
from profiles.payloads.stating import as_typed, require_some, require_text, stated

PAYLOAD_TYPE = "com.apple.cellular"


class Authentication(Enum):
    """How the network asks for the password."""

    PAP = "PAP"
    CHAP = "CHAP"


class Protocols(IntFlag):
    """The internet protocols of an access point."""

    IPV4 = 1
    IPV6 = 2


@dataclass(frozen=True, slots=True)
class AccessPoint:
    """A way into the carrier's network; password: taken literally."""

    name: str
    authentication: Authentication = Authentication.CHAP
    user_name: str | None = None
    password: str | None = field(default=None, repr=False)
    protocols: Protocols | None = None

    def __post_init__(self) -> None:
        require_text("APNs.Name", self.name)


def cellular_payload(
    data: tuple[AccessPoint, ...],
    identifier: str,
    display_name: str = "Mobilfunk",
    attach: AccessPoint | None = None,
) -> Payload:
    """Write access points as a payload; one such payload per iPad.

    attach: for joining the network, where it is another one.
    raises: InvalidPayload when no access point is given.
    """
    require_some("APNs", (*data, *filter(None, [attach])), "give at least one access point")
    content = {
        "AttachAPN": None if attach is None else _access_point(attach),
        "APNs": [_access_point(point) for point in data],
    }
    return checked_payload(PAYLOAD_TYPE, identifier, display_name, stated(content))


def _access_point(point: AccessPoint) -> dict[str, Any]:
    return {
        "Name": point.name,
        "AuthenticationType": point.authentication,
        "Username": point.user_name,
        "Password": as_typed(point.password),
        "AllowedProtocolMask": None if point.protocols is None else int(point.protocols),
    }
