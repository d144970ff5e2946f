"""An app that the iPad installs and keeps by itself; iPadOS 17.2.

Here: one app, where it comes from, how it updates. While the declaration is active, commands for
the same app fail; when it goes, the app goes.
Not here: what the app is told and what is tied to it (app_attributes.py), licences, which must be
assigned first, commands for apps (profiles.commands.apps).

source: Apple, schema "App:Managed".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum

from profiles.declarations.checked_declaration import checked_declaration
from profiles.declarations.configurations.app_attributes import (
    AppAttributes,
    AppSettings,
    attribute_keys,
    settings_keys,
)
from profiles.declarations.declaration import Declaration
from profiles.errors import InvalidPayload
from profiles.payloads.stating import require_app, stated
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
        "Attributes": attribute_keys(app.attributes),
        "AppConfig": settings_keys(app.settings),
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
