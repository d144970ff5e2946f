"""Tunnels that an app makes, and the one that is always on.

Here: their own keys. Not here: the payload around them (profiles.payloads.vpn), IKEv2 itself
(profiles.payloads.vpn_ikev2).

source: Apple, "VPN.VPN" and "VPN.AlwaysOn" payload documentation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from profiles.errors import InvalidPayload
from profiles.payloads.stating import (
    as_typed,
    require_app,
    require_host,
    stated,
    switch,
)
from profiles.payloads.vpn_ikev2 import Ikev2, ikev2_keys


class ProviderType(Enum):
    """What an app carries: packets, or single connections."""

    PACKET_TUNNEL = "packet-tunnel"
    APP_PROXY = "app-proxy"


@dataclass(frozen=True, slots=True)
class AppTunnel:
    """A tunnel made by an app, which must be installed as well.

    user_name: may hold variables; password: taken literally.
    identity_uuid: a certificate payload of the same profile; with a password both are asked for.
    vendor: what the app wants to be told, as a property list.
    raises: InvalidPayload.
    """

    bundle_id: str
    server: str
    user_name: str | None = None
    password: str | None = field(default=None, repr=False)
    identity_uuid: str | None = None
    provider: ProviderType = ProviderType.PACKET_TUNNEL
    provider_bundle_id: str | None = None
    vendor: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        require_app("VPNSubType", self.bundle_id)
        require_host("VPN.RemoteAddress", self.server)
        if self.provider_bundle_id is not None:
            require_app("VPN.ProviderBundleIdentifier", self.provider_bundle_id)


class Service(Enum):
    """What may be excepted from a tunnel that is always on."""

    VOICE_MAIL = "VoiceMail"
    AIRPRINT = "AirPrint"
    CELLULAR_SERVICES = "CellularServices"
    DEVICE_COMMUNICATION = "DeviceCommunication"


@dataclass(frozen=True, slots=True)
class AlwaysOn:
    """All traffic in IKEv2, on supervised iPads. Without its server an iPad has no network at all.

    wifi, cellular: the tunnel of each kind of network; often the same one.
    beside: services that go around the tunnel; dropped: services that get no network.
    apps_beside: apps that go around the tunnel; iPadOS 13.6.
    switchable: people may switch it off.
    captive_login: sign-in pages of foreign networks go around it.
    raises: InvalidPayload.
    """

    wifi: Ikev2
    cellular: Ikev2
    beside: frozenset[Service] = frozenset()
    dropped: frozenset[Service] = frozenset()
    apps_beside: tuple[str, ...] = ()
    switchable: bool = False
    captive_login: bool = False

    def __post_init__(self) -> None:
        if self.beside & self.dropped:
            raise InvalidPayload(
                "AlwaysOn.ServiceExceptions", "say two things of a service", "keep one of them"
            )
        for app in self.apps_beside:
            require_app("AlwaysOn.ApplicationExceptions.BundleIdentifier", app)


def app_tunnel_keys(tunnel: AppTunnel) -> dict[str, Any]:
    """Write the dictionary of a tunnel made by an app."""
    return stated(
        {
            "RemoteAddress": tunnel.server,
            "AuthName": tunnel.user_name,
            "AuthPassword": as_typed(tunnel.password),
            "AuthenticationMethod": _method(tunnel),
            "PayloadCertificateUUID": tunnel.identity_uuid,
            "ProviderType": tunnel.provider,
            "ProviderBundleIdentifier": tunnel.provider_bundle_id,
        }
    )


def always_on_keys(tunnel: AlwaysOn) -> dict[str, Any]:
    """Write the dictionary of a tunnel that is always on; equal tunnels are written once."""
    exceptions = [
        {"ServiceName": service, "Action": "Allow" if service in tunnel.beside else "Drop"}
        for service in Service
        if service in tunnel.beside | tunnel.dropped
    ]
    return stated(
        {
            "UIToggleEnabled": switch(tunnel.switchable),
            "AllowCaptiveWebSheet": switch(tunnel.captive_login),
            "TunnelConfigurations": _tunnels(tunnel),
            "ServiceExceptions": exceptions,
            "ApplicationExceptions": [{"BundleIdentifier": app} for app in tunnel.apps_beside],
        }
    )


def _tunnels(tunnel: AlwaysOn) -> list[dict[str, Any]]:
    if tunnel.wifi == tunnel.cellular:
        return [_one(tunnel.wifi, "WiFi", "Cellular")]
    return [_one(tunnel.wifi, "WiFi"), _one(tunnel.cellular, "Cellular")]


def _one(tunnel: Ikev2, *interfaces: str) -> dict[str, Any]:
    return {"ProtocolType": "IKEv2", "Interfaces": list(interfaces), **ikev2_keys(tunnel)}


def _method(tunnel: AppTunnel) -> str:
    if tunnel.identity_uuid is None:
        return "Password"
    return "Certificate" if tunnel.password is None else "Password+Certificate"
