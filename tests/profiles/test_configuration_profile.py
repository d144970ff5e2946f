"""Configuration profiles to bytes and back."""

import plistlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from profiles import cms, plist
from profiles.configuration_profile import (
    ConfigurationProfile,
    Payload,
    Scope,
    read_profile,
    to_bytes,
    with_content_uuid,
)
from profiles.errors import BadSignature, InvalidPayload, MalformedMessage, MalformedPlist
from tests.profiles.cms_samples import ec_certificate, ec_key

WLAN = Payload(
    type="com.apple.wifi.managed",
    identifier="de.beispielstadt.wlan.network",
    uuid="0B1C8A11-0000-4000-8000-000000000001",
    display_name="WLAN",
    content={"SSID_STR": "Beispielschule", "HIDDEN_NETWORK": False, "Password": "geheim-geheim"},
)
PROFILE = ConfigurationProfile(
    identifier="de.beispielstadt.wlan",
    uuid="0B1C8A11-0000-4000-8000-000000000000",
    display_name="WLAN der Beispielschule Nord",
    payloads=(WLAN,),
)


def message(**changes: Any) -> dict[str, Any]:
    """Build a profile as another tool writes it; None removes a key."""
    whole: dict[str, Any] = {
        "PayloadType": "Configuration",
        "PayloadVersion": 1,
        "PayloadIdentifier": "de.beispielstadt.wlan",
        "PayloadUUID": "A",
        "PayloadContent": [payload()],
        **changes,
    }
    return {key: value for key, value in whole.items() if value is not None}


def payload(**changes: Any) -> dict[str, Any]:
    """Build a payload as another tool writes it; None removes a key."""
    whole: dict[str, Any] = {
        "PayloadType": "com.apple.wifi.managed",
        "PayloadVersion": 1,
        "PayloadIdentifier": "de.beispielstadt.wlan.network",
        "PayloadUUID": "B",
        "SSID_STR": "Beispielschule",
        **changes,
    }
    return {key: value for key, value in whole.items() if value is not None}


def test_a_profile_written_is_the_profile_read() -> None:
    everything = replace(
        PROFILE,
        organization="Beispielstadt",
        description="Netz der Schule",
        removal_disallowed=True,
        scope=Scope.USER,
        removal_date=datetime(2027, 7, 31, 12, tzinfo=UTC),
        further={"TargetDeviceType": 1},
        payloads=(replace(WLAN, description="Netz", organization="Beispielstadt"),),
    )

    assert read_profile(to_bytes(everything)) == everything


def test_a_profile_has_the_form_that_devices_expect() -> None:
    written = plistlib.loads(to_bytes(PROFILE), fmt=plistlib.FMT_XML)

    assert written == {
        "PayloadType": "Configuration",
        "PayloadVersion": 1,
        "PayloadIdentifier": "de.beispielstadt.wlan",
        "PayloadUUID": "0B1C8A11-0000-4000-8000-000000000000",
        "PayloadDisplayName": "WLAN der Beispielschule Nord",
        "PayloadScope": "System",
        "PayloadRemovalDisallowed": False,
        "PayloadContent": [
            {
                "PayloadType": "com.apple.wifi.managed",
                "PayloadVersion": 1,
                "PayloadIdentifier": "de.beispielstadt.wlan.network",
                "PayloadUUID": "0B1C8A11-0000-4000-8000-000000000001",
                "PayloadDisplayName": "WLAN",
                "SSID_STR": "Beispielschule",
                "HIDDEN_NETWORK": False,
                "Password": "geheim-geheim",
            }
        ],
    }


def test_a_signed_profile_is_read_like_a_plain_one() -> None:
    signed = cms.sign_attached(to_bytes(PROFILE), ec_certificate(), ec_key())

    assert read_profile(signed) == PROFILE


def test_a_signed_profile_that_was_altered_is_refused() -> None:
    signed = cms.sign_attached(to_bytes(PROFILE), ec_certificate(), ec_key())

    with pytest.raises(BadSignature):
        read_profile(signed.replace(b"Beispielschule", b"Fremdenschule!"))


def test_the_content_uuid_follows_from_the_content_alone() -> None:
    first = with_content_uuid(PROFILE)
    second = with_content_uuid(replace(PROFILE, uuid="something else"))

    assert first == second
    assert first.uuid != PROFILE.uuid


@pytest.mark.parametrize(
    "changed",
    [
        replace(PROFILE, payloads=(replace(WLAN, content={**WLAN.content, "SSID_STR": "Neu"}),)),
        replace(PROFILE, payloads=(replace(WLAN, uuid="C"),)),
        replace(PROFILE, display_name="Anders"),
        replace(PROFILE, identifier="de.beispielstadt.anders"),
        replace(PROFILE, removal_disallowed=True),
    ],
)
def test_any_change_gives_another_content_uuid(changed: ConfigurationProfile) -> None:
    assert with_content_uuid(changed).uuid != with_content_uuid(PROFILE).uuid


def test_the_content_uuid_survives_writing_and_reading() -> None:
    delivered = with_content_uuid(PROFILE)

    assert with_content_uuid(read_profile(to_bytes(delivered))) == delivered


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (message(PayloadType=None), "PayloadType"),
        (message(PayloadType="Profile Service"), "PayloadType"),
        (message(PayloadIdentifier=None), "PayloadIdentifier"),
        (message(PayloadUUID=""), "PayloadUUID"),
        (message(PayloadRemovalDisallowed=1), "PayloadRemovalDisallowed"),
        (message(PayloadScope="Galaxy"), "PayloadScope"),
        (message(PayloadContent={}), "PayloadContent"),
        (message(PayloadContent=["x"]), "PayloadContent"),
        (message(PayloadContent=[payload(PayloadType=None)]), "PayloadContent[0].PayloadType"),
        (
            message(PayloadContent=[payload(), payload(PayloadUUID=7)]),
            "PayloadContent[1].PayloadUUID",
        ),
        (
            message(PayloadContent=[payload(PayloadVersion=None)]),
            "PayloadContent[0].PayloadVersion",
        ),
    ],
)
def test_a_missing_or_wrong_key_is_named_with_its_path(body: dict[str, Any], field: str) -> None:
    with pytest.raises(MalformedMessage) as caught:
        read_profile(plist.write(body))

    assert caught.value.field == field


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (message(PayloadContent=[]), "PayloadContent"),
        (message(PayloadContent=None), "PayloadContent"),
        (
            message(PayloadContent=[payload(), payload(PayloadIdentifier="x", PayloadUUID="b")]),
            "PayloadUUID",
        ),
        (message(PayloadContent=[payload(PayloadUUID="A")]), "PayloadUUID"),
        (message(PayloadContent=[payload(), payload(PayloadUUID="C")]), "PayloadIdentifier"),
        (message(EncryptedPayloadContent=b"x", PayloadContent=None), "EncryptedPayloadContent"),
    ],
)
def test_what_a_device_would_refuse_is_refused_with_a_next_step(
    body: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidPayload) as caught:
        read_profile(plist.write(body))

    assert caught.value.field == field
    assert caught.value.next_step


def test_bytes_that_are_no_property_list_are_refused() -> None:
    with pytest.raises(MalformedPlist):
        read_profile(b"no profile")


def test_common_keys_do_not_hide_in_the_content_of_a_payload() -> None:
    with pytest.raises(InvalidPayload, match="PayloadUUID"):
        replace(WLAN, content={"PayloadUUID": "C"})


def test_further_keys_do_not_replace_fields() -> None:
    with pytest.raises(InvalidPayload, match="PayloadContent"):
        replace(PROFILE, further={"PayloadContent": []})
