"""The Wi-Fi payload: one network, and how an iPad is let in.

Here: the network. Next: the ways in (profiles.payloads.wifi_access) and how the RADIUS server
proves itself (profiles.payloads.server_trust). Not here: which school has which network; the
certificate payloads that this one refers to (profiles.payloads.certificates,
profiles.payloads.identity), which must stand in the same profile.

source: Apple, "WiFi" payload documentation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from profiles.configuration_profile import Payload
from profiles.errors import InvalidPayload
from profiles.payloads.checked_payload import checked_payload
from profiles.payloads.server_trust import ServerTrust, TlsRange, TlsVersion
from profiles.payloads.wifi_access import (
    Access,
    EapTls,
    Encryption,
    Peap,
    Personal,
    access_keys,
)
from profiles.variables import literal

__all__ = [
    "PAYLOAD_TYPE",
    "Access",
    "EapTls",
    "Encryption",
    "Peap",
    "Personal",
    "ServerTrust",
    "TlsRange",
    "TlsVersion",
    "WifiNetwork",
    "wifi_payload",
]

PAYLOAD_TYPE = "com.apple.wifi.managed"

_SSID_MAX_BYTES = 32
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class WifiNetwork:
    """One network.

    ssid: 1 to 32 bytes in UTF-8, taken literally.
    bypass_captive_portal: do not look for a sign-in page.
    fixed_mac_address: show the hardware address, for networks that admit by address.
    """

    ssid: str
    access: Access
    auto_join: bool = True
    hidden: bool = False
    bypass_captive_portal: bool = False
    fixed_mac_address: bool = False

    def __post_init__(self) -> None:
        size = len(self.ssid.encode("utf-8", "surrogatepass"))
        if not 1 <= size <= _SSID_MAX_BYTES or _CONTROL.search(self.ssid):
            raise InvalidPayload(
                "SSID_STR",
                "is no name of a network",
                "give 1 to 32 bytes (an umlaut takes two) without control characters",
            )


def wifi_payload(network: WifiNetwork, identifier: str) -> Payload:
    """Write a network as a payload; the same network gives the same PayloadUUID.

    identifier: PayloadIdentifier, unique in its profile.
    raises: InvalidPayload.
    """
    content = {
        "SSID_STR": literal(network.ssid),
        "HIDDEN_NETWORK": network.hidden,
        "AutoJoin": network.auto_join,
        "CaptiveBypass": network.bypass_captive_portal,
        "DisableAssociationMACRandomization": network.fixed_mac_address,
        "ProxyType": "None",
        "EncryptionType": network.access.encryption.value,
        **access_keys(network.access),
    }
    return checked_payload(PAYLOAD_TYPE, identifier, f"WLAN {network.ssid}", content)
