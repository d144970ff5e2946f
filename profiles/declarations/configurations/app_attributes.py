"""What a managed app is told, and what is tied to it.

Here: parts of a managed app (managed_app.py). The settings themselves stand in assets.

source: Apple, schema "App:Managed".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from profiles.declarations.declaration import require_identifier
from profiles.payloads.stating import require_host, require_text


@dataclass(frozen=True, slots=True)
class AppAttributes:
    """What is tied to the app; the UUIDs are those of VPN, filter and other payloads.

    hideable, lockable: whether people may hide or lock it; iPadOS 18.1. An app that cannot be
        locked cannot be hidden either.
    """

    associated_domains: tuple[str, ...] = ()
    vpn_uuid: str | None = None
    content_filter_uuid: str | None = None
    dns_proxy_uuid: str | None = None
    relay_uuid: str | None = None
    cellular_slice: str | None = None
    hideable: bool | None = None
    lockable: bool | None = None

    def __post_init__(self) -> None:
        for place, domain in enumerate(self.associated_domains):
            require_host(f"Attributes.AssociatedDomains[{place}]", domain)


@dataclass(frozen=True, slots=True)
class AppSettings:
    """What the app is told and given; iPadOS 18.4. Everything is named by identifiers of assets.

    legacy: a property list in the manner of the older managed app configuration; most apps read
        this one. settings: a property list in the newer manner.
    passwords, identities, certificates: the app's own name for it → asset.
    """

    legacy: str | None = None
    settings: str | None = None
    passwords: Mapping[str, str] = field(default_factory=dict)
    identities: Mapping[str, str] = field(default_factory=dict)
    certificates: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for key, asset in (
            ("LegacyAppConfigAssetReference", self.legacy),
            ("AppConfig.DataAssetReference", self.settings),
        ):
            if asset is not None:
                require_identifier(key, asset)


def attribute_keys(attributes: AppAttributes) -> dict[str, object]:
    """Write the attributes; None where there is no opinion."""
    return {
        "AssociatedDomains": attributes.associated_domains,
        "VPNUUID": attributes.vpn_uuid,
        "ContentFilterUUID": attributes.content_filter_uuid,
        "DNSProxyUUID": attributes.dns_proxy_uuid,
        "RelayUUID": attributes.relay_uuid,
        "CellularSliceUUID": attributes.cellular_slice,
        "Hideable": attributes.hideable,
        "Lockable": attributes.lockable,
    }


def settings_keys(settings: AppSettings) -> dict[str, object]:
    """Write the settings in the newer manner.

    raises: InvalidPayload.
    """
    return {
        "DataAssetReference": settings.settings,
        "Passwords": _given("Passwords", settings.passwords),
        "Identities": _given("Identities", settings.identities),
        "Certificates": _given("Certificates", settings.certificates),
    }


def _given(key: str, assets: Mapping[str, str]) -> list[dict[str, str]]:
    for name, asset in assets.items():
        require_text(f"AppConfig.{key}.Identifier", name)
        require_identifier(f"AppConfig.{key}.AssetReference", asset)
    return [{"Identifier": name, "AssetReference": assets[name]} for name in sorted(assets)]
