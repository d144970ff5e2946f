"""What a device does not obey of a blueprint is told, key by key."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from policies.blueprint import DeclarationSetting, DeviceNameSetting, ProfileSetting, SettingKind
from policies.unknown_keys import PayloadKeys, unknown_keys
from profiles.schema.hints import DeviceTraits, HintKind, unsupported_on
from profiles.schema.os_version import OsVersion
from profiles.schema.skeleton import skeleton

RESTRICTIONS = "com.apple.applicationaccess"
SAFARI = "com.apple.configuration.safari.settings"
PASSCODE = "com.apple.configuration.passcode.settings"
NAMES = ["allowCamera", "allowAirDrop", "allowRapidSecurityResponseInstallation", "unheardOf"]


def test_settings_that_every_ipad_obeys_give_no_hint() -> None:
    device = DeviceTraits(OsVersion(16), supervised=False)

    assert unknown_keys([DeviceNameSetting("$SERIAL")], {}, device) == []


def test_a_hint_names_the_setting_the_payload_and_the_key() -> None:
    payload = PayloadKeys(RESTRICTIONS, {"allowAirDrop": None})
    device = DeviceTraits(OsVersion(26), supervised=False)

    (found,) = unknown_keys([ProfileSetting(3, 2)], {(3, 2): [payload]}, device)

    assert (found.kind, found.subject, found.part) == (SettingKind.PROFILE, "3", RESTRICTIONS)
    assert (found.hint.field, found.hint.kind) == ("allowAirDrop", HintKind.NEEDS_SUPERVISION)


def test_a_declaration_is_told_as_a_whole_where_none_are_understood() -> None:
    setting = DeclarationSetting(SAFARI, {})

    (found,) = unknown_keys([setting], {}, DeviceTraits(OsVersion(14)))

    assert (found.part, found.hint.field) == (SAFARI, "Type")


def test_a_declaration_that_comes_as_a_profile_gives_no_hint() -> None:
    setting = DeclarationSetting(PASSCODE, {"MinimumLength": 6})

    assert unknown_keys([setting], {}, DeviceTraits(OsVersion(14))) == []


def test_a_payload_without_a_table_gives_no_hint() -> None:
    unheard = [PayloadKeys("com.example.unheard", {"Key": None})]
    payloads: dict[tuple[int, int | None], list[PayloadKeys]] = {(1, None): unheard}

    assert unknown_keys([ProfileSetting(1)], payloads, DeviceTraits(OsVersion(14))) == []


@given(
    st.dictionaries(st.sampled_from(NAMES), st.booleans() | st.lists(st.text())),
    st.sampled_from([OsVersion(13), OsVersion(16), OsVersion(26)]),
    st.booleans(),
)
def test_a_skeleton_says_what_its_payload_says(
    content: dict[str, object], version: OsVersion, supervised: bool
) -> None:
    device = DeviceTraits(version, supervised)

    told = unsupported_on(RESTRICTIONS, skeleton(content), device)

    assert told == unsupported_on(RESTRICTIONS, content, device)
