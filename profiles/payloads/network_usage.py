"""The network usage payload: which managed apps may use cellular data; only by MDM.

Here: rules for apps, and for SIM cards. Not here: access points (profiles.payloads.cellular).

source: Apple, "NetworkUsageRules" payload documentation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from profiles.configuration_profile import Payload
from profiles.errors import InvalidPayload
from profiles.payloads.checked_payload import checked_payload
from profiles.payloads.stating import require_some, stated

PAYLOAD_TYPE = "com.apple.networkusagerules"

# A full identifier, or everything that begins so.
_APP_PATTERN = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(\.\*)?", re.ASCII)
_ICCID = re.compile(r"[0-9]{18,22}", re.ASCII)


@dataclass(frozen=True, slots=True)
class AppUsage:
    """Which managed apps may use cellular data.

    apps: identifiers, also with .* at the end; empty: all managed apps.
    """

    apps: tuple[str, ...] = ()
    allow_cellular: bool = True
    allow_roaming: bool = True

    def __post_init__(self) -> None:
        for place, app in enumerate(self.apps):
            if not _APP_PATTERN.fullmatch(app):
                raise InvalidPayload(
                    f"ApplicationRules.AppIdentifierMatches[{place}]",
                    "is no app's identifier",
                    "write it like com.example.app or com.example.*",
                )


class WifiAssist(Enum):
    """When to leave a bad wireless network for the cellular one."""

    DEFAULT = 2
    EAGER = 3


@dataclass(frozen=True, slots=True)
class SimUsage:
    """What holds for SIM cards, known by the number printed on them; iPadOS 13."""

    iccids: tuple[str, ...]
    wifi_assist: WifiAssist

    def __post_init__(self) -> None:
        require_some("SIMRules.ICCIDs", self.iccids, "give at least one number")
        for place, iccid in enumerate(self.iccids):
            if not _ICCID.fullmatch(iccid):
                raise InvalidPayload(
                    f"SIMRules.ICCIDs[{place}]", "is no SIM card's number", "give 18 to 22 digits"
                )


def network_usage_payload(
    apps: tuple[AppUsage, ...],
    identifier: str,
    display_name: str = "Mobile Daten",
    sims: tuple[SimUsage, ...] = (),
) -> Payload:
    """Write rules for apps and SIM cards as a payload.

    raises: InvalidPayload when there is no rule at all.
    """
    require_some("ApplicationRules", (*apps, *sims), "give at least one rule")
    content = {
        "ApplicationRules": [
            {
                "AppIdentifierMatches": rule.apps,
                "AllowCellularData": rule.allow_cellular,
                "AllowRoamingCellularData": rule.allow_roaming,
            }
            for rule in apps
        ],
        "SIMRules": [{"ICCIDs": s.iccids, "WiFiAssistPolicy": s.wifi_assist} for s in sims],
    }
    return checked_payload(PAYLOAD_TYPE, identifier, display_name, stated(content))
