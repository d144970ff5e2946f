"""Managed apps as declarations."""

from collections.abc import Callable

import pytest

from profiles.declarations.configurations.app_attributes import AppAttributes, AppSettings
from profiles.declarations.configurations.managed_app import (
    ByItself,
    License,
    ManagedApp,
    OwnApp,
    StoreApp,
    StoreBundle,
    managed_app,
)
from profiles.errors import InvalidPayload

PAGES = StoreApp("361309726")


def test_a_store_app_is_installed_with_a_license_of_the_device() -> None:
    assert managed_app(ManagedApp(PAGES), "cfg.pages").payload == {
        "AppStoreID": "361309726",
        "InstallBehavior": {"Install": "Required", "License": {"Assignment": "Device"}},
    }


def test_an_optional_app_may_have_a_license_of_the_person() -> None:
    app = ManagedApp(StoreBundle("com.apple.Pages", License.USER), required=False)

    assert managed_app(app, "cfg.pages").payload == {
        "BundleID": "com.apple.Pages",
        "InstallBehavior": {"Install": "Optional", "License": {"Assignment": "User"}},
    }


def test_an_own_app_has_no_license() -> None:
    app = ManagedApp(OwnApp("https://mdm.beispielstadt.example/app.plist"))

    assert managed_app(app, "cfg.own").payload == {
        "ManifestURL": "https://mdm.beispielstadt.example/app.plist",
        "InstallBehavior": {"Install": "Required"},
    }


def test_updates_and_attributes_are_written() -> None:
    app = ManagedApp(
        PAGES,
        updates=ByItself.NEVER,
        over_cellular=ByItself.NEVER,
        include_in_backup=False,
        attributes=AppAttributes(vpn_uuid="V", hideable=False, associated_domains=("a.example",)),
    )

    payload = managed_app(app, "cfg.pages").payload

    assert payload["UpdateBehavior"] == {"AutomaticAppUpdates": "AlwaysOff"}
    assert payload["IncludeInBackup"] is False
    assert payload["Attributes"] == {
        "AssociatedDomains": ["a.example"],
        "VPNUUID": "V",
        "Hideable": False,
    }


def test_settings_name_assets() -> None:
    settings = AppSettings(legacy="asset.plist", passwords={"main": "asset.password"})

    payload = managed_app(ManagedApp(PAGES, settings=settings), "cfg.pages").payload

    assert payload["LegacyAppConfigAssetReference"] == "asset.plist"
    assert payload["AppConfig"] == {
        "Passwords": [{"Identifier": "main", "AssetReference": "asset.password"}]
    }


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: StoreApp("pages"), "AppStoreID"),
        (lambda: StoreApp(""), "AppStoreID"),
        (lambda: StoreBundle("Pages"), "BundleID"),
        (lambda: OwnApp("http://mdm.beispielstadt.example/app.plist"), "ManifestURL"),
        (
            lambda: AppAttributes(associated_domains=("https://x",)),
            "Attributes.AssociatedDomains[0]",
        ),
        (lambda: AppSettings(legacy="a/b"), "LegacyAppConfigAssetReference"),
        (
            lambda: ManagedApp(PAGES, version=7, updates=ByItself.ALWAYS),
            "UpdateBehavior.AutomaticAppUpdates",
        ),
        (
            lambda: ManagedApp(OwnApp("https://x.example/a.plist"), version=7),
            "InstallBehavior.Version",
        ),
    ],
)
def test_what_no_device_could_install_is_refused(make: Callable[[], object], field: str) -> None:
    with pytest.raises(InvalidPayload) as refusal:
        make()

    assert refusal.value.field == field
    assert refusal.value.next_step
