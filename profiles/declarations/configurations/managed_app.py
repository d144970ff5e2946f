"""An app that the iPad installs and keeps by itself; iPadOS 17.2.

Here: one app, what it is told, how it updates. While the declaration is active, commands for the
same app fail; when it goes, the app goes.
Not here: licences (they must be assigned first), commands for apps (profiles.commands.apps).

source: Apple, schema "App:Managed".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from profiles.declarations.checked_declaration import checked_declaration
from profiles.declarations.declaration import Declaration, require_identifier
from profiles.errors import InvalidPayload
from profiles.payloads.stating import require_app, require_host, require_text, stated
from profiles.payloads.web_address import require_https

TYPE = "com.apple.configuration.app.managed"

_STORE_ID = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)


class License(Enum):
    """To whom the licence of the app is assigned."""

    DEVICE = "Device"
    USER = "User"


class ByItself(Enum):
    """When the device does something with apps by itself."""

    ALWAYS = "AlwaysOn"
    NEVER = "AlwaysOff"
    AS_THE_STORE_IS_SET = "StoreSettings"


@dataclass(frozen=True, slots=True)
class StoreApp:
    """An app of the App Store. adam_id: its number there, as a text."""

    adam_id: str
    license: License = License.DEVICE

    def __post_init__(self) -> None:
        if not _STORE_ID.fullmatch(self.adam_id):
            raise InvalidPayload("AppStoreID", "is no number of the store", "give its digits")


@dataclass(frozen=True, slots=True)
class StoreBundle:
    """An app of the App Store, named by its bundle identifier."""

    bundle_id: str
    license: License = License.DEVICE

    def __post_init__(self) -> None:
        require_app("BundleID", self.bundle_id)


@dataclass(frozen=True, slots=True)
class OwnApp:
    """An app of the organisation. manifest_url: https, of the app's manifest."""

    manifest_url: str

    def __post_init__(self) -> None:
        require_https("ManifestURL", self.manifest_url)


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


@dataclass(frozen=True, slots=True)
class ManagedApp:
    """One app.

    required: installed at once and not removable; else people may fetch it from a catalogue.
    version: number of the store's version to stay at; updates then stop; iPadOS 26.
    updates, over_cellular: iPadOS 26; None: as the store is set.
    raises: InvalidPayload.
    """

    source: StoreApp | StoreBundle | OwnApp
    required: bool = True
    version: int | None = None
    updates: ByItself | None = None
    over_cellular: ByItself | None = None
    include_in_backup: bool | None = None
    attributes: AppAttributes = field(default_factory=AppAttributes)
    settings: AppSettings = field(default_factory=AppSettings)

    def __post_init__(self) -> None:
        if self.version is None:
            return
        if isinstance(self.source, OwnApp):
            raise InvalidPayload(
                "InstallBehavior.Version", "is for apps of the store", "leave it out"
            )
        if self.updates is ByItself.ALWAYS:
            raise InvalidPayload(
                "UpdateBehavior.AutomaticAppUpdates",
                "contradicts the fixed version",
                "keep one of the two",
            )


def managed_app(app: ManagedApp, identifier: str) -> Declaration:
    """Write an app as a declaration.

    raises: InvalidPayload.
    """
    payload = {
        **_source(app.source),
        "InstallBehavior": {
            "Install": "Required" if app.required else "Optional",
            "License": _license(app.source),
            "Version": app.version,
            "AllowDownloadsOverCellular": app.over_cellular,
        },
        "UpdateBehavior": {"AutomaticAppUpdates": app.updates},
        "IncludeInBackup": app.include_in_backup,
        "Attributes": _attributes(app.attributes),
        "AppConfig": _settings(app.settings),
        "LegacyAppConfigAssetReference": app.settings.legacy,
    }
    return checked_declaration(TYPE, identifier, stated(payload))


def _source(source: StoreApp | StoreBundle | OwnApp) -> dict[str, str]:
    match source:
        case StoreApp():
            return {"AppStoreID": source.adam_id}
        case StoreBundle():
            return {"BundleID": source.bundle_id}
        case OwnApp():
            return {"ManifestURL": source.manifest_url}


def _license(source: StoreApp | StoreBundle | OwnApp) -> dict[str, object]:
    return {} if isinstance(source, OwnApp) else {"Assignment": source.license}


def _attributes(attributes: AppAttributes) -> dict[str, object]:
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


def _settings(settings: AppSettings) -> dict[str, object]:
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
