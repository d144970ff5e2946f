"""Encrypted DNS, and DNS through an app.

Here: both payloads. A filter in DNS can cut an iPad off from its own management: the server's
name and Apple's must resolve. Installed by MDM, encrypted DNS applies only to networks that MDM
gave, not to others and not to cellular ones; the proxy of an app applies everywhere.

source: Apple, "DNSSettings" and "DNSProxy" payload documentation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from profiles.configuration_profile import Payload
from profiles.payloads.checked_payload import checked_payload
from profiles.payloads.on_demand import OnDemandRule, rule_keys
from profiles.payloads.stating import (
    foreign,
    require_addresses,
    require_app,
    require_host,
    require_uuid,
    stated,
)
from profiles.payloads.web_address import require_https

SETTINGS_TYPE = "com.apple.dnsSettings.managed"
PROXY_TYPE = "com.apple.dnsProxy.managed"


@dataclass(frozen=True, slots=True)
class DnsOverHttps:
    """A server asked by HTTPS.

    url: may hold a variable; addresses: of the server, so that it need not be looked up.
    """

    url: str
    addresses: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require_https("DNSSettings.ServerURL", self.url)
        require_addresses("DNSSettings.ServerAddresses", self.addresses)


@dataclass(frozen=True, slots=True)
class DnsOverTls:
    """A server asked by TLS, known by the name in its certificate."""

    server_name: str
    addresses: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require_host("DNSSettings.ServerName", self.server_name)
        require_addresses("DNSSettings.ServerAddresses", self.addresses)


@dataclass(frozen=True, slots=True)
class DnsSettings:
    """Encrypted DNS; iPadOS 14.

    only_domains: ask the server for these alone; empty: for everything.
    rules: when to use it; empty: always.
    locked: nobody may switch it off, on supervised iPads.
    fall_back: None: as the iPad does; since iPadOS 26.
    identity_uuid: certificate shown to the server; since iPadOS 16.
    """

    server: DnsOverHttps | DnsOverTls
    only_domains: tuple[str, ...] = ()
    rules: tuple[OnDemandRule, ...] = ()
    locked: bool = False
    fall_back: bool | None = None
    identity_uuid: str | None = None


@dataclass(frozen=True, slots=True)
class DnsProxy:
    """An app that answers for DNS; only by MDM, one per iPad, supervised before iPadOS 15.

    settings: what the app wants to be told, as a property list.
    app_uuid: for single apps on privately owned iPads; iPadOS 16.
    raises: InvalidPayload.
    """

    bundle_id: str
    provider_bundle_id: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    app_uuid: str | None = None

    def __post_init__(self) -> None:
        require_app("AppBundleIdentifier", self.bundle_id)
        if self.provider_bundle_id is not None:
            require_app("ProviderBundleIdentifier", self.provider_bundle_id)
        if self.app_uuid is not None:
            require_uuid("DNSProxyUUID", self.app_uuid)


def dns_settings_payload(
    settings: DnsSettings, identifier: str, display_name: str = "Verschlüsseltes DNS"
) -> Payload:
    """Write encrypted DNS as a payload.

    raises: InvalidPayload, also for rules that only VPN knows.
    """
    server = _server(settings.server)
    content = stated(
        {
            "DNSSettings": {
                **server,
                "SupplementalMatchDomains": settings.only_domains,
                "AllowFailover": settings.fall_back,
            },
            "OnDemandRules": rule_keys(settings.rules),
            "ProhibitDisablement": settings.locked or None,
            "PayloadCertificateUUID": settings.identity_uuid,
        }
    )
    return checked_payload(SETTINGS_TYPE, identifier, display_name, content)


def dns_proxy_payload(proxy: DnsProxy, identifier: str, display_name: str = "DNS-Proxy") -> Payload:
    """Write the proxy as a payload.

    raises: InvalidPayload.
    """
    keys = stated(
        {
            "AppBundleIdentifier": proxy.bundle_id,
            "ProviderBundleIdentifier": proxy.provider_bundle_id,
            "DNSProxyUUID": proxy.app_uuid,
        }
    )
    content = keys | foreign("ProviderConfiguration", proxy.settings)
    return checked_payload(PROXY_TYPE, identifier, display_name, content)


def _server(server: DnsOverHttps | DnsOverTls) -> dict[str, Any]:
    match server:
        case DnsOverHttps():
            named = {"DNSProtocol": "HTTPS", "ServerURL": server.url}
        case DnsOverTls():
            named = {"DNSProtocol": "TLS", "ServerName": server.server_name}
    return {**named, "ServerAddresses": server.addresses}
