"""The profile that enrols, and what a renewal must not change."""

from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from enrollment.enrollment_profile import EnrollmentProfileSettings, build, renewal
from enrollment.errors import InvalidEnrollmentProfile
from profiles import plist
from profiles.configuration_profile import to_bytes
from profiles.payloads.mdm import AccessRights, ServerCapability
from tests.enrollment.keys import authority
from tests.enrollment.messages import TOPIC

ROOT = authority().certificate.public_bytes(Encoding.DER)
SETTINGS = EnrollmentProfileSettings(
    identifier="de.beispielstadt.klassensatz.enrol",
    display_name="Beispielschule Nord",
    organization="Beispielstadt",
    topic=TOPIC,
    server_url="https://mdm.beispielstadt.example/mdm/connect",
    check_in_url="https://mdm.beispielstadt.example/mdm/checkin",
    scep_url="https://mdm.beispielstadt.example/scep",
    challenge="one-time-challenge-0001",
    common_name="link-1",
    roots=(ROOT,),
)
RENEWED = replace(SETTINGS, challenge="one-time-challenge-0002")


def payloads_of(settings: EnrollmentProfileSettings) -> dict[str, dict[str, Any]]:
    written: dict[str, Any] = plist.read_dict(to_bytes(build(settings)))
    return {payload["PayloadType"]: payload for payload in written["PayloadContent"]}


def test_a_profile_holds_trust_identity_and_management_and_nothing_else() -> None:
    assert list(payloads_of(SETTINGS)) == [
        "com.apple.security.root",
        "com.apple.security.scep",
        "com.apple.mdm",
    ]


def test_without_private_roots_nothing_is_to_be_trusted() -> None:
    assert list(payloads_of(replace(SETTINGS, roots=()))) == [
        "com.apple.security.scep",
        "com.apple.mdm",
    ]


def test_the_device_signs_its_messages_and_says_goodbye() -> None:
    management = payloads_of(SETTINGS)["com.apple.mdm"]

    assert management["SignMessage"] is True
    assert management["CheckOutWhenRemoved"] is True
    assert management["AccessRights"] == 8191
    assert management["Topic"] == TOPIC
    assert management["ServerURL"] == SETTINGS.server_url
    assert management["CheckInURL"] == SETTINGS.check_in_url
    assert set(management["ServerCapabilities"]) == {
        "com.apple.mdm.per-user-connections",
        "com.apple.mdm.bootstraptoken",
        "com.apple.mdm.token",
    }


def test_management_uses_the_identity_of_the_same_profile() -> None:
    payloads = payloads_of(SETTINGS)

    identity = payloads["com.apple.security.scep"]["PayloadUUID"]
    assert payloads["com.apple.mdm"]["IdentityCertificateUUID"] == identity


def test_the_identity_is_a_2048_bit_key_that_stays_on_the_device() -> None:
    request = payloads_of(SETTINGS)["com.apple.security.scep"]["PayloadContent"]

    assert request["Keysize"] == 2048
    assert request["KeyIsExtractable"] is False
    assert request["Challenge"] == "one-time-challenge-0001"
    assert request["Subject"] == [[["O", "Beispielstadt"]], [["CN", "link-1"]]]


def test_the_only_secret_is_the_one_time_challenge() -> None:
    body = to_bytes(build(SETTINGS))

    assert b"Password" not in body
    assert b"PRIVATE" not in body
    assert body.count(SETTINGS.challenge.encode()) == 1
    assert SETTINGS.challenge not in repr(SETTINGS)


def test_the_same_settings_give_the_same_bytes() -> None:
    assert to_bytes(build(SETTINGS)) == to_bytes(build(SETTINGS))


def test_a_renewal_keeps_the_identifiers_and_changes_what_the_device_must_make_anew() -> None:
    first, second = build(SETTINGS), renewal(SETTINGS, RENEWED)

    assert second.identifier == first.identifier
    assert [p.identifier for p in second.payloads] == [p.identifier for p in first.payloads]
    assert second.uuid != first.uuid
    changed = [a.uuid != b.uuid for a, b in zip(first.payloads, second.payloads, strict=True)]
    assert changed == [False, True, True]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"identifier": "de.beispielstadt.other"}, "identifier"),
        ({"topic": "com.apple.mgmt.External.other"}, "topic"),
        ({"server_url": "https://other.example/mdm"}, "server_url"),
        ({"check_in_url": "https://other.example/mdm"}, "check_in_url"),
        ({"capabilities": frozenset({ServerCapability.GET_TOKEN})}, "capabilities"),
        ({"challenge": SETTINGS.challenge}, "challenge"),
    ],
)
def test_a_renewal_that_the_device_would_refuse_is_not_made(
    change: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidEnrollmentProfile) as refusal:
        renewal(SETTINGS, replace(RENEWED, **change))

    assert refusal.value.field == field


def test_a_renewal_may_take_rights_away_and_never_add_any() -> None:
    fewer = AccessRights(8191) & ~AccessRights.ERASE

    assert renewal(SETTINGS, replace(RENEWED, access_rights=fewer))
    with pytest.raises(InvalidEnrollmentProfile):
        renewal(replace(SETTINGS, access_rights=fewer), RENEWED)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"challenge": ""}, "challenge"),
        ({"challenge": "short"}, "challenge"),
        ({"challenge": "with-a-variable-$SERIAL"}, "challenge"),
        ({"challenge": "mit-umlaut-äöüäöüäöü"}, "challenge"),
        ({"topic": "com.example"}, "Topic"),
        ({"server_url": "http://mdm.beispielstadt.example/mdm"}, "ServerURL"),
        ({"scep_url": "https://mdm.beispielstadt.example/scep?a=b"}, "URL"),
        ({"scep_url": "http://mdm.beispielstadt.example/scep"}, "CAFingerprint"),
        ({"roots": (b"no certificate",)}, "PayloadContent"),
        ({"identifier": "mit leerzeichen"}, "PayloadIdentifier"),
        ({"common_name": ""}, "Subject"),
    ],
)
def test_a_profile_that_could_never_work_is_not_made(change: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidEnrollmentProfile) as refusal:
        build(replace(SETTINGS, **change))

    assert refusal.value.field == field
