"""Facts about declarations: what is refused for all devices, and what for some."""

import pytest

from profiles.declarations.checked_declaration import checked_declaration
from profiles.errors import InvalidPayload
from profiles.schema.declaration_hints import unsupported_on
from profiles.schema.declaration_reader import AssetReference, problems_in, references_in
from profiles.schema.declaration_tables import declaration_facts
from profiles.schema.facts import Channel
from profiles.schema.hints import DeviceTraits, HintKind, KeyHint
from profiles.schema.os_version import OsVersion

PASSCODE = "com.apple.configuration.passcode.settings"
UPDATES = "com.apple.configuration.softwareupdate.settings"
APP = "com.apple.configuration.app.managed"
CALCULATOR = "com.apple.configuration.math.settings"
PROPERTIES = "com.apple.management.properties"

NEW_IPAD = DeviceTraits(OsVersion(27), supervised=True)


def kinds(declaration_type: str, payload: dict[str, object], device: DeviceTraits) -> set[HintKind]:
    return {hint.kind for hint in unsupported_on(declaration_type, payload, device)}


def test_a_misspelt_key_is_refused_with_the_nearest_one() -> None:
    problems = problems_in(PASSCODE, {"MinimumLenght": 6})

    assert problems[0].next_step == "did you mean MinimumLength?"


def test_a_number_in_the_place_of_a_text_is_refused() -> None:
    with pytest.raises(InvalidPayload, match="AppStoreID"):
        checked_declaration(APP, "cfg.app", {"AppStoreID": 361309726})


def test_a_type_without_a_table_is_refused() -> None:
    with pytest.raises(InvalidPayload, match="Type"):
        checked_declaration("com.apple.configuration.future", "cfg.future", {})


def test_an_unknown_variable_is_refused() -> None:
    with pytest.raises(InvalidPayload, match="SERIALNUMBER"):
        checked_declaration(PROPERTIES, "mgmt.p", {"serial": "$SERIALNUMBER"})


def test_keys_of_ones_own_are_accepted_where_the_author_chooses_them() -> None:
    assert problems_in(PROPERTIES, {"anything": [1, 2]}) == []


def test_references_are_found_in_lists_and_below_any_key() -> None:
    payload = {
        "ExtensionConfigs": {
            "com.example.a": {"Passwords": [{"Identifier": "x", "AssetReference": "asset.p"}]}
        }
    }

    found = references_in(APP, payload)

    assert found == (
        AssetReference(
            "ExtensionConfigs.com.example.a.Passwords[0].AssetReference",
            "asset.p",
            frozenset({"com.apple.asset.credential.userpassword"}),
        ),
    )


def test_unknown_types_refer_to_nothing_we_know() -> None:
    assert references_in("com.apple.configuration.future", {"AssetReference": "x"}) == ()


def test_a_new_supervised_ipad_obeys() -> None:
    payload: dict[str, object] = {"Deferrals": {"CombinedPeriodInDays": 30}}

    assert unsupported_on(UPDATES, payload, NEW_IPAD) == []


def test_an_older_ipad_knows_nothing_of_a_newer_declaration() -> None:
    hints = unsupported_on(UPDATES, {}, DeviceTraits(OsVersion(17, 7), supervised=True))

    assert hints == [KeyHint("Type", HintKind.NEEDS_NEWER_OS, OsVersion(18))]


def test_a_key_newer_than_the_ipad_is_named() -> None:
    payload: dict[str, object] = {"InstallBehavior": {"Version": 7}}

    hints = unsupported_on(APP, payload, DeviceTraits(OsVersion(18), supervised=True))

    assert hints == [KeyHint("InstallBehavior.Version", HintKind.NEEDS_NEWER_OS, OsVersion(26))]


def test_a_declaration_for_supervised_ipads_needs_supervision() -> None:
    device = DeviceTraits(OsVersion(18), supervised=False)

    assert kinds(CALCULATOR, {}, device) == {HintKind.NEEDS_SUPERVISION}


def test_a_key_for_supervised_ipads_needs_supervision() -> None:
    device = DeviceTraits(OsVersion(18), supervised=False)

    assert kinds(UPDATES, {"Notifications": False}, device) == set()
    assert kinds(UPDATES, {"Deferrals": {}}, device) == {HintKind.NEEDS_SUPERVISION}


def test_a_private_ipad_refuses_what_is_for_the_schools_own() -> None:
    device = DeviceTraits(OsVersion(18), supervised=False, user_enrollment=True)

    assert kinds(UPDATES, {}, device) == {HintKind.NOT_IN_USER_ENROLLMENT}


def test_a_shared_ipad_refuses_what_is_for_the_other_channel() -> None:
    device = DeviceTraits(OsVersion(27), supervised=True, shared_ipad=True)
    person = DeviceTraits(OsVersion(27), True, shared_ipad=True, channel=Channel.USER)

    assert kinds(CALCULATOR, {}, device) == {HintKind.WRONG_CHANNEL}
    assert kinds(CALCULATOR, {}, person) == set()
    assert kinds(PASSCODE, {}, person) == {HintKind.WRONG_CHANNEL}


def test_what_is_not_known_about_a_device_gives_no_hint() -> None:
    assert unsupported_on(CALCULATOR, {}, DeviceTraits()) == []


def test_the_tables_tell_how_values_combine() -> None:
    merging = declaration_facts(UPDATES).merging

    assert merging["Deferrals.CombinedPeriodInDays"].value == "maximum"
    assert merging["RecommendedCadence"].value == "later wins"
