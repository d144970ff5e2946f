"""The VPN payloads: a tunnel for the whole iPad, for single apps, or always.

Here: what is around a tunnel. Next: IKEv2 (profiles.payloads.vpn_ikev2), tunnels of an app and
always-on (profiles.payloads.vpn_kinds), rules for connecting (profiles.payloads.on_demand).
Switches of these payloads are the numbers 0 and 1, never true and false.

source: Apple, "VPN" and "AppLayerVPN" payload documentation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from profiles.configuration_profile import Payload
from profiles.errors import InvalidPayload
from profiles.payloads.checked_payload import checked_payload
from profiles.payloads.on_demand import OnDemandRule, rule_keys
from profiles.payloads.stating import foreign, require_text, require_uuid, stated, switch
from profiles.payloads.vpn_ikev2 import Ikev2, ikev2_keys
from profiles.payloads.vpn_kinds import AlwaysOn, AppTunnel, always_on_keys, app_tunnel_keys

DEVICE_TYPE = "com.apple.vpn.managed"
APP_TYPE = "com.apple.vpn.managed.applayer"


@dataclass(frozen=True, slots=True)
class OnDemand:
    """When to connect without being asked.

    rules: the first that fits decides. locked: nobody may switch it off; iPadOS 14.
    """

    rules: tuple[OnDemandRule, ...]
    locked: bool = False

    def __post_init__(self) -> None:
        if not self.rules:
            raise InvalidPayload("OnDemandRules", "is empty", "give a rule that connects")


@dataclass(frozen=True, slots=True)
class Vpn:
    """A tunnel for everything. name: shown in Settings.

    all_traffic: nothing beside the tunnel; iPadOS 14.
    raises: InvalidPayload.
    """

    name: str
    tunnel: Ikev2 | AppTunnel | AlwaysOn
    on_demand: OnDemand | None = None
    all_traffic: bool | None = None

    def __post_init__(self) -> None:
        require_text("UserDefinedName", self.name)
        if isinstance(self.tunnel, AlwaysOn) and (self.on_demand or self.all_traffic is not None):
            raise InvalidPayload(
                "AlwaysOn", "is always on and takes all traffic", "leave out rules and all traffic"
            )


@dataclass(frozen=True, slots=True)
class PerAppVpn:
    """A tunnel for single apps, which are bound to it by their attribute VPNUUID.

    vpn_uuid: chosen once and kept; it names the tunnel, not the payload.
    match_apps: connect when such an app wants the network.
    safari_domains, associated_domains, smb_domains: go through the tunnel as well.
    raises: InvalidPayload.
    """

    name: str
    tunnel: Ikev2 | AppTunnel
    vpn_uuid: str
    match_apps: bool = True
    safari_domains: tuple[str, ...] = ()
    associated_domains: tuple[str, ...] = ()
    excluded_domains: tuple[str, ...] = ()
    smb_domains: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require_text("UserDefinedName", self.name)
        require_uuid("VPNUUID", self.vpn_uuid)


def vpn_payload(vpn: Vpn, identifier: str) -> Payload:
    """Write a tunnel for everything as a payload.

    raises: InvalidPayload.
    """
    connecting = {
        **_on_demand(vpn.on_demand),
        "IncludeAllNetworks": switch(vpn.all_traffic),
    }
    content = {"UserDefinedName": vpn.name, **_tunnel(vpn.tunnel, stated(connecting))}
    return checked_payload(DEVICE_TYPE, identifier, f"VPN {vpn.name}", content)


def per_app_vpn_payload(vpn: PerAppVpn, identifier: str) -> Payload:
    """Write a tunnel for single apps as a payload.

    raises: InvalidPayload.
    """
    bound = {
        "UserDefinedName": vpn.name,
        "VPNUUID": vpn.vpn_uuid,
        "OnDemandMatchAppEnabled": vpn.match_apps,
        "SafariDomains": vpn.safari_domains,
        "AssociatedDomains": vpn.associated_domains,
        "ExcludedDomains": vpn.excluded_domains,
        "SMBDomains": vpn.smb_domains,
    }
    content = stated(bound) | _tunnel(vpn.tunnel, {})
    return checked_payload(APP_TYPE, identifier, f"VPN {vpn.name}", content)


def _on_demand(on_demand: OnDemand | None) -> dict[str, Any]:
    if on_demand is None:
        return {}
    return {
        "OnDemandEnabled": 1,
        "OnDemandUserOverrideDisabled": switch(on_demand.locked),
        "OnDemandRules": rule_keys(on_demand.rules),
    }


def _tunnel(tunnel: Ikev2 | AppTunnel | AlwaysOn, connecting: dict[str, Any]) -> dict[str, Any]:
    match tunnel:
        case Ikev2():
            return {"VPNType": "IKEv2", "IKEv2": ikev2_keys(tunnel) | connecting}
        case AppTunnel():
            return {
                "VPNType": "VPN",
                "VPNSubType": tunnel.bundle_id,
                "VPN": app_tunnel_keys(tunnel) | connecting,
                **foreign("VendorConfig", tunnel.vendor),
            }
        case AlwaysOn():
            return {"VPNType": "AlwaysOn", "AlwaysOn": always_on_keys(tunnel)}
