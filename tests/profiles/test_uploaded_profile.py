"""Profiles made elsewhere: what may not come in, with the reason, and what is worth a warning."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from profiles import cms
from profiles.configuration_profile import MAX_BYTES, Payload
from profiles.errors import BadSignature, CmsError, InvalidPayload, ProfileError
from profiles.plist import write
from profiles.uploaded_profile import UploadWarning, WarningKind, read_upload
from tests.factories.authority import signer
from tests.factories.profiles import UUID_1, a_mobileconfig, a_web_clip
from tests.factories.times import NOW

OTHER_UUID = "33333333-3333-4333-8333-333333333333"


def a_payload(payload_type: str, **content: Any) -> Payload:
    return Payload(payload_type, "de.example.other", OTHER_UUID, "", content)


def a_document(*members: dict[str, Any], **keys: Any) -> bytes:
    """A profile as a plain dictionary, for what no value of ours could say."""
    document: dict[str, Any] = {
        "PayloadType": "Configuration",
        "PayloadVersion": 1,
        "PayloadIdentifier": "de.example.profile",
        "PayloadUUID": UUID_1,
        "PayloadContent": list(members),
    }
    return write(document | keys)


def a_member(number: int, **keys: Any) -> dict[str, Any]:
    member: dict[str, Any] = {
        "PayloadType": "com.apple.webClip.managed",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"de.example.clip{number}",
        "PayloadUUID": f"44444444-4444-4444-8444-44444444444{number}",
        "Label": "Plan",
        "URL": "https://plan.example",
    }
    return member | keys


def refused(body: bytes) -> InvalidPayload:
    with pytest.raises(InvalidPayload) as caught:
        read_upload(body, NOW)
    return caught.value


class TestSignatures:
    def test_an_unsigned_profile_has_no_signature(self) -> None:
        assert read_upload(a_mobileconfig(), NOW).signature is None

    def test_who_signed_is_told(self) -> None:
        key = signer()
        body = cms.sign_attached(a_mobileconfig(), key.certificate, key.private_key)

        signature = read_upload(body, NOW).signature

        assert signature is not None
        assert "CN=profiles" in signature.subject
        assert len(signature.fingerprint) == 64

    def test_an_old_certificate_is_a_warning(self) -> None:
        key = signer()
        body = cms.sign_attached(a_mobileconfig(), key.certificate, key.private_key)

        warnings = read_upload(body, NOW + timedelta(days=9999)).warnings

        assert [warning.kind for warning in warnings] == [WarningKind.SIGNER_NOT_VALID]

    def test_a_changed_letter_breaks_the_signature(self) -> None:
        key = signer()
        body = cms.sign_attached(a_mobileconfig(), key.certificate, key.private_key)

        with pytest.raises(BadSignature):
            read_upload(body.replace(b"Stundenplan", b"Stundenplun"), NOW)

    def test_what_is_encrypted_as_a_whole_cannot_be_read(self) -> None:
        body = cms.envelope(a_mobileconfig(), signer().certificate)

        with pytest.raises(CmsError):
            read_upload(body, NOW)

    @pytest.mark.parametrize("inside", ["signed", "encrypted"])
    def test_what_lies_in_a_second_envelope_is_refused_by_its_name(self, inside: str) -> None:
        key = signer()
        plain = a_mobileconfig()
        body = (
            cms.sign_attached(plain, key.certificate, key.private_key)
            if inside == "signed"
            else cms.envelope(plain, key.certificate)
        )

        error = refused(cms.sign_attached(body, key.certificate, key.private_key))

        assert error.problem == "is signed or encrypted once more inside"


class TestEncryption:
    @pytest.mark.parametrize(
        ("body", "field"),
        [
            (a_document(EncryptedPayloadContent=b"\x30\x80"), "EncryptedPayloadContent"),
            (a_document(a_member(0), IsEncrypted=True), "IsEncrypted"),
            (
                a_document(a_member(0), a_member(1, EncryptedPayloadContent=b"\x30")),
                "PayloadContent[1].EncryptedPayloadContent",
            ),
            (
                a_document(a_member(0, Deeper={"List": [{"IsEncrypted": True}]})),
                "PayloadContent[0].Deeper.List[0].IsEncrypted",
            ),
        ],
    )
    def test_encryption_is_refused_at_any_depth(self, body: bytes, field: str) -> None:
        error = refused(body)

        assert (error.field, error.problem) == (field, "readable for one device only")


class TestTwice:
    def test_two_payloads_of_one_identifier_are_both_named(self) -> None:
        again = a_member(1, PayloadIdentifier="de.example.clip0")

        error = refused(a_document(a_member(0), again))

        assert error.field == "PayloadContent[1].PayloadIdentifier"
        assert error.problem == "is the same as PayloadContent[0].PayloadIdentifier"

    def test_a_payload_with_the_profiles_uuid_is_found_whatever_its_letters(self) -> None:
        first = "abcdefab-1111-4111-8111-111111111111"

        error = refused(a_document(a_member(0, PayloadUUID=first.upper()), PayloadUUID=first))

        assert error.field == "PayloadContent[0].PayloadUUID"
        assert error.problem == "is the same as PayloadUUID"


class TestDanger:
    @pytest.mark.parametrize(
        "payload_type",
        [
            "com.apple.mdm",
            "com.apple.declarations",
            "com.apple.profileRemovalPassword",
            "Configuration",
            "Profile Service",
        ],
    )
    def test_a_dangerous_payload_is_refused_with_its_place(self, payload_type: str) -> None:
        error = refused(a_mobileconfig(a_web_clip(), a_payload(payload_type)))

        assert error.field == "PayloadContent[1].PayloadType"

    def test_a_profile_that_enrols_is_refused(self) -> None:
        body = a_document(PayloadType="Profile Service", PayloadContent={"URL": "https://x"})

        assert refused(body).problem == "would enrol the iPad elsewhere"

    def test_a_password_against_removal_is_refused(self) -> None:
        error = refused(a_mobileconfig(further={"HasRemovalPasscode": True}))

        assert error.field == "HasRemovalPasscode"

    @pytest.mark.parametrize("failures", [2, 3])
    def test_a_passcode_that_erases_an_ipad_too_soon_is_refused(self, failures: int) -> None:
        passcode = a_payload("com.apple.mobiledevice.passwordpolicy", maxFailedAttempts=failures)

        error = refused(a_mobileconfig(passcode))

        assert error.field == "PayloadContent[0].maxFailedAttempts"

    def test_a_passcode_that_erases_an_ipad_late_enough_is_let_in(self) -> None:
        passcode = a_payload("com.apple.mobiledevice.passwordpolicy", maxFailedAttempts=4)

        assert read_upload(a_mobileconfig(passcode), NOW).warnings == ()

    def test_one_app_for_good_is_refused(self) -> None:
        lock = a_payload("com.apple.app.lock", App={"Identifier": "de.example.exam"})

        error = refused(a_mobileconfig(lock, removal_disallowed=True))

        assert error.field == "PayloadRemovalDisallowed"
        assert read_upload(a_mobileconfig(lock), NOW).warnings == ()


class TestContent:
    def test_an_unknown_key_of_a_known_type_is_named_with_its_path(self) -> None:
        body = a_mobileconfig(a_web_clip(Lable="Plan"))

        assert refused(body).field == "PayloadContent[0].Lable"

    def test_an_unknown_variable_is_named_with_its_path(self) -> None:
        error = refused(a_mobileconfig(a_web_clip("$SERIALNUMBER")))

        assert error.field == "PayloadContent[0].Label"
        assert "$SERIALNUMBER" in error.problem

    def test_types_without_a_table_and_those_of_an_apple_tv_are_warned_of(self) -> None:
        unknown = a_payload("com.example.unheard", Key=1)

        warnings = read_upload(a_mobileconfig(a_web_clip(), unknown), NOW).warnings

        place = "PayloadContent[1].PayloadType"
        assert warnings == (UploadWarning(WarningKind.UNKNOWN_TYPE, place, "com.example.unheard"),)

    def test_a_word_against_removal_is_a_warning(self) -> None:
        warnings = read_upload(a_mobileconfig(removal_disallowed=True), NOW).warnings

        assert [warning.kind for warning in warnings] == [WarningKind.REMOVAL_DISALLOWED]


class TestFiles:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"bplist00\x01\x02",
            b"-----BEGIN PKCS7-----\nMIIB\n-----END PKCS7-----\n",
            b"\x30\x80rubbish",
            b"<plist version='1.0'><dict>",
            "<plist>ü</plist>".encode("utf-16"),
            a_document(),
            b" " * (MAX_BYTES + 1),
        ],
        ids=lambda body: f"{len(body)} bytes",
    )
    def test_what_is_no_profile_is_refused(self, body: bytes) -> None:
        with pytest.raises(ProfileError):
            read_upload(body, datetime(2026, 9, 1, tzinfo=UTC))
