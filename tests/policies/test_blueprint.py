"""What a blueprint may say, and that saying it in JSON loses nothing."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.blueprint import (
    AbsentProfileSetting,
    AppSetting,
    DeclarationSetting,
    DeviceNameSetting,
    OsVersionSetting,
    ProfileSetting,
    Setting,
)
from policies.blueprint_difference import ChangedField, difference
from policies.blueprint_json import (
    MOST_SETTINGS,
    digest,
    in_order,
    read_settings,
    write_settings,
)
from policies.errors import InvalidSetting
from policies.wishes import ProfileDelivery

PASSCODE = "com.apple.configuration.passcode.settings"
FRIDAY = datetime(2026, 9, 18, 18)

numbers = st.integers(1, 1000)
passcodes = st.builds(
    DeclarationSetting,
    st.just(PASSCODE),
    st.fixed_dictionaries(
        {}, optional={"MinimumLength": st.integers(0, 16), "RequirePasscode": st.booleans()}
    ),
    st.sampled_from(["default", "younger", "older"]),
)
apps = st.builds(
    AppSetting,
    st.sampled_from(["de.example.plan", "de.example.maths"]),
    st.none() | numbers,
    st.just(True),
    st.booleans(),
)
settings = st.one_of(
    st.builds(ProfileSetting, numbers, st.none() | numbers, st.sampled_from(ProfileDelivery)),
    st.builds(AbsentProfileSetting, st.sampled_from(["org.example.old", "org.example.older"])),
    apps,
    passcodes,
    st.builds(OsVersionSetting, st.sampled_from(["26.1", "26.0.1"]), st.just(FRIDAY)),
    st.builds(DeviceNameSetting, st.sampled_from(["$SERIAL", "${SCHOOL_NUMBER}-$SERIAL"])),
)
blueprints = st.lists(settings, max_size=8, unique_by=lambda one: (one.kind, one.subject))


@given(blueprints)
def test_json_says_everything_a_blueprint_says(said: list[Setting]) -> None:
    travelled = json.loads(json.dumps(write_settings(said)))

    assert read_settings(travelled) == in_order(said)


@given(blueprints, st.randoms(use_true_random=False))
def test_the_order_of_settings_does_not_matter(said: list[Setting], random: Any) -> None:
    shuffled = random.sample(said, len(said))

    assert digest(shuffled) == digest(said)
    assert difference(said, shuffled).is_empty


@given(blueprints, blueprints)
def test_a_difference_is_empty_exactly_for_the_same_digest(
    before: list[Setting], after: list[Setting]
) -> None:
    assert difference(before, after).is_empty == (digest(before) == digest(after))


@given(blueprints, blueprints)
def test_a_difference_leads_from_one_version_to_the_other(
    before: list[Setting], after: list[Setting]
) -> None:
    change = difference(before, after)

    gone = {*change.removed, *(changed.before for changed in change.changed)}
    kept = [setting for setting in before if setting not in gone]
    come = [*change.added, *(changed.after for changed in change.changed)]
    assert in_order([*kept, *come]) == in_order(after)


@given(blueprints, blueprints)
def test_a_difference_backwards_takes_back_what_it_added(
    before: list[Setting], after: list[Setting]
) -> None:
    there, back = difference(before, after), difference(after, before)

    assert (there.added, there.removed) == (back.removed, back.added)


def test_a_changed_field_is_named_with_its_path() -> None:
    before = DeclarationSetting(PASSCODE, {"MinimumLength": 4, "RequirePasscode": True})
    after = DeclarationSetting(PASSCODE, {"MinimumLength": 6})

    (changed,) = difference([before], [after]).changed

    assert changed.fields == (
        ChangedField("payload.MinimumLength", 4, 6),
        ChangedField("payload.RequirePasscode", True, None),
    )


@pytest.mark.parametrize(
    ("setting", "field"),
    [
        ({}, "settings[0].kind"),
        ({"kind": "wallpaper"}, "settings[0].kind"),
        ({"kind": 7}, "settings[0].kind"),
        ("profile", "settings[0]"),
        ({"kind": "profile"}, "settings[0].profile_id"),
        ({"kind": "profile", "profile_id": True}, "settings[0].profile_id"),
        ({"kind": "profile", "profile_id": 0}, "settings[0].profile_id"),
        ({"kind": "profile", "profile_id": 1 << 31}, "settings[0].profile_id"),
        ({"kind": "profile", "profile_id": 1, "delivery": "pigeon"}, "settings[0].delivery"),
        ({"kind": "profile", "profile_id": 1, "versoin": 2}, "settings[0].versoin"),
        ({"kind": "app", "bundle_id": ""}, "settings[0].bundle_id"),
        ({"kind": "app", "bundle_id": "de.example\u0000"}, "settings[0].bundle_id"),
        ({"kind": "app", "bundle_id": "de.a", "required": "yes"}, "settings[0].required"),
        (
            {"kind": "app", "bundle_id": "de.a", "required": False, "absent": True},
            "settings[0].required",
        ),
        ({"kind": "os_version", "version": "26"}, "settings[0].deadline"),
        (
            {"kind": "os_version", "version": "26", "deadline": "2026-09-18T18:00:00"},
            "settings[0].version",
        ),
        (
            {"kind": "os_version", "version": "26.1", "deadline": "next Friday"},
            "settings[0].deadline",
        ),
        (
            {"kind": "os_version", "version": "26.1", "deadline": "2026-09-18T18:00:00Z"},
            "settings[0].deadline",
        ),
        ({"kind": "device_name", "template": "$SERIALNUMBER"}, "settings[0].template"),
        ({"kind": "device_name", "template": "X-$DEVICE_NAME"}, "settings[0].template"),
        (
            {"kind": "declaration", "declaration_type": PASSCODE, "payload": []},
            "settings[0].payload",
        ),
    ],
)
def test_a_fault_is_named_with_its_place(setting: object, field: str) -> None:
    with pytest.raises(InvalidSetting) as caught:
        read_settings([setting])

    assert caught.value.field == field


@pytest.mark.parametrize(
    ("declaration_type", "payload", "field"),
    [
        (PASSCODE, {"MinimumLenght": 6}, "payload.MinimumLenght"),
        (PASSCODE, {"MinimumLength": "6"}, "payload.MinimumLength"),
        (PASSCODE, {"MinimumLength": 99}, "payload.MinimumLength"),
        (PASSCODE, {"MinimumLength": float("nan")}, "payload.MinimumLength"),
        ("com.apple.configuration.unheard.of", {}, "declaration_type"),
        ("com.apple.activation.simple", {"StandardConfigurations": []}, "declaration_type"),
        ("com.apple.configuration.legacy", {"ProfileURL": "https://x.example"}, "declaration_type"),
        (
            "com.apple.configuration.account.ldap",
            {"HostName": "ldap.example", "AuthenticationCredentialsAssetReference": "a.b"},
            "payload.AuthenticationCredentialsAssetReference",
        ),
    ],
)
def test_a_declaration_is_checked_key_by_key(
    declaration_type: str, payload: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidSetting) as caught:
        DeclarationSetting(declaration_type, payload)

    assert caught.value.field == field


def test_a_similar_key_is_proposed_for_an_unknown_one() -> None:
    with pytest.raises(InvalidSetting) as caught:
        DeclarationSetting(PASSCODE, {"MinimumLenght": 6})

    assert "MinimumLength" in caught.value.next_step


def test_two_settings_about_the_same_thing_are_refused_naming_both() -> None:
    name = {"kind": "device_name", "template": "$SERIAL"}

    with pytest.raises(InvalidSetting) as caught:
        read_settings([name, {"kind": "profile", "profile_id": 1}, name])

    assert caught.value.field == "settings[2]"
    assert "settings[0]" in caught.value.problem


def test_a_blueprint_has_a_largest_size() -> None:
    many = [{"kind": "profile", "profile_id": number + 1} for number in range(MOST_SETTINGS + 1)]

    with pytest.raises(InvalidSetting) as caught:
        read_settings(many)

    assert caught.value.field == "settings"


def test_what_is_no_list_is_no_blueprint() -> None:
    with pytest.raises(InvalidSetting):
        read_settings({"kind": "profile", "profile_id": 1})


def test_a_deadline_may_be_a_date_and_time_of_its_own() -> None:
    value = {"kind": "os_version", "version": "26.1", "deadline": FRIDAY}

    assert read_settings([value]) == (OsVersionSetting("26.1", FRIDAY),)
