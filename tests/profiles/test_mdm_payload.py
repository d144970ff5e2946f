"""The MDM payload, and the identities that a device makes itself."""

from dataclasses import replace
from typing import Any

import pytest

from profiles.errors import InvalidPayload
from profiles.payloads.identity import (
    AcmeIdentity,
    KeyType,
    KeyUsage,
    ScepIdentity,
    Subject,
    acme_payload,
    scep_payload,
)
from profiles.payloads.mdm import (
    ALL_RIGHTS,
    AccessRights,
    MdmSettings,
    ServerCapability,
    mdm_payload,
)

IDENTIFIER = "de.beispielstadt.mdm.teil"
SUBJECT = Subject((("O", "Beispielstadt"), ("CN", "DMPTEST00001"), ("2.5.4.5", "7")))
SCEP = ScepIdentity("https://mdm.beispielstadt.de/scep/1", "einmal-geheim", SUBJECT)
ACME = AcmeIdentity("https://mdm.beispielstadt.de/acme/directory", "einmal-geheim", SUBJECT)
SETTINGS = MdmSettings(
    topic="com.apple.mgmt.External.11111111-2222-3333-4444-555555555555",
    server_url="https://mdm.beispielstadt.de:8443/mdm/connect",
    identity_uuid="11111111-2222-5333-8444-555555555555",
    check_in_url="https://mdm.beispielstadt.de:8443/mdm/checkin",
)

BAD_ADDRESSES = [
    "",
    "mdm.beispielstadt.de",
    "ftp://mdm.beispielstadt.de/",
    "https://",
    "https:///mdm",
    "https://user:secret@mdm.beispielstadt.de/",
    "https://mdm.beispielstadt.de/#part",
    "https://mdm.beispielstadt.de/a b",
    "https://mdm.beispielstadt.de/\n",
    "https://mdm.beispielstadt.de:99999/",
    "https://schülerserver.de/",
    "https://[::1/",
]


def refused(base: Any, **changes: Any) -> InvalidPayload:
    with pytest.raises(InvalidPayload) as error:
        replace(base, **changes)
    assert error.value.next_step
    return error.value


class TestMdm:
    def test_all_that_the_device_needs_is_written(self) -> None:
        payload = mdm_payload(SETTINGS, IDENTIFIER)

        assert payload.type == "com.apple.mdm"
        assert payload.content == {
            "Topic": SETTINGS.topic,
            "ServerURL": SETTINGS.server_url,
            "CheckInURL": SETTINGS.check_in_url,
            "IdentityCertificateUUID": SETTINGS.identity_uuid,
            "AccessRights": 8191,
            "SignMessage": True,
            "CheckOutWhenRemoved": True,
            "ServerCapabilities": [
                "com.apple.mdm.per-user-connections",
                "com.apple.mdm.bootstraptoken",
                "com.apple.mdm.token",
            ],
        }

    def test_rights_are_written_as_a_plain_number(self) -> None:
        content = mdm_payload(SETTINGS, IDENTIFIER).content

        assert type(content["AccessRights"]) is int

    def test_without_a_check_in_address_the_server_address_serves_both(self) -> None:
        payload = mdm_payload(replace(SETTINGS, check_in_url=None), IDENTIFIER)

        assert "CheckInURL" not in payload.content

    def test_all_rights_are_the_thirteen_bits(self) -> None:
        assert sum(AccessRights) == ALL_RIGHTS == 8191

    def test_the_order_of_capabilities_does_not_matter(self) -> None:
        backwards = frozenset(reversed(list(ServerCapability)))

        first = mdm_payload(SETTINGS, IDENTIFIER)
        second = mdm_payload(replace(SETTINGS, capabilities=backwards), IDENTIFIER)

        assert first == second

    @pytest.mark.parametrize("topic", ["", "com.apple.mgmt.", "com.example.mgmt.External.1"])
    def test_a_topic_of_no_mdm_certificate_is_refused(self, topic: str) -> None:
        assert refused(SETTINGS, topic=topic).field == "Topic"

    @pytest.mark.parametrize("url", [*BAD_ADDRESSES, "http://mdm.beispielstadt.de/"])
    def test_an_address_that_is_not_plain_https_is_refused(self, url: str) -> None:
        assert refused(SETTINGS, server_url=url).field == "ServerURL"
        assert refused(SETTINGS, check_in_url=url).field == "CheckInURL"

    @pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000"])
    def test_simulated_devices_on_the_same_machine_need_no_tls(self, host: str) -> None:
        settings = replace(SETTINGS, server_url=f"http://{host}/mdm", check_in_url=None)

        assert mdm_payload(settings, IDENTIFIER).content["ServerURL"] == f"http://{host}/mdm"

    @pytest.mark.parametrize("rights", [0, 8192, 16383, 2, 128])
    def test_impossible_rights_are_refused(self, rights: int) -> None:
        assert refused(SETTINGS, access_rights=AccessRights(rights)).field == "AccessRights"

    def test_the_identity_must_be_a_payloads_uuid(self) -> None:
        settings = replace(SETTINGS, identity_uuid="identity")

        with pytest.raises(InvalidPayload) as error:
            mdm_payload(settings, IDENTIFIER)

        assert error.value.field == "IdentityCertificateUUID"


class TestScep:
    def test_all_keys_live_inside_payload_content(self) -> None:
        payload = scep_payload(
            replace(SCEP, ca_name="Schulen", ca_fingerprint=b"f" * 32), IDENTIFIER
        )

        assert payload.type == "com.apple.security.scep"
        assert payload.content == {
            "PayloadContent": {
                "URL": "https://mdm.beispielstadt.de/scep/1",
                "Subject": [
                    [["O", "Beispielstadt"]],
                    [["CN", "DMPTEST00001"]],
                    [["2.5.4.5", "7"]],
                ],
                "Challenge": "einmal-geheim",
                "Keysize": 2048,
                "Key Type": "RSA",
                "Key Usage": 5,
                "Retries": 3,
                "RetryDelay": 10,
                "KeyIsExtractable": False,
                "Name": "Schulen",
                "CAFingerprint": b"f" * 32,
            }
        }

    def test_a_new_challenge_makes_the_device_create_a_new_key(self) -> None:
        first = scep_payload(SCEP, IDENTIFIER)
        second = scep_payload(replace(SCEP, challenge="ein-anderes"), IDENTIFIER)

        assert first.uuid != second.uuid

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"challenge": ""}, "Challenge"),
            ({"key_size": 1024}, "Keysize"),
            ({"key_size": 3072}, "Keysize"),
            ({"url": "https://mdm.beispielstadt.de/scep?school=1"}, "URL"),
            ({"url": "http://mdm.beispielstadt.de/scep"}, "CAFingerprint"),
            ({"ca_fingerprint": b"short"}, "CAFingerprint"),
            *(({"url": url}, "URL") for url in BAD_ADDRESSES),
        ],
    )
    def test_what_an_ipad_would_refuse_is_refused(
        self, changes: dict[str, Any], field: str
    ) -> None:
        assert refused(SCEP, **changes).field == field

    def test_http_is_accepted_with_the_authoritys_fingerprint(self) -> None:
        plain = replace(SCEP, url="http://mdm.beispielstadt.de/scep", ca_fingerprint=b"f" * 20)

        assert scep_payload(plain, IDENTIFIER).content

    @pytest.mark.parametrize(("field", "number"), [("retries", -1), ("retry_delay_s", -1)])
    def test_negative_numbers_are_refused(self, field: str, number: int) -> None:
        changes: dict[str, Any] = {field: number}

        with pytest.raises(InvalidPayload):
            scep_payload(replace(SCEP, **changes), IDENTIFIER)

    def test_no_challenge_is_shown_in_a_log(self) -> None:
        assert "geheim" not in repr(SCEP)


class TestSubjects:
    @pytest.mark.parametrize(
        "attributes",
        [
            (),
            (("CN", ""),),
            (("cn", "x"),),
            (("SERIALNUMBER", "x"),),
            (("3.5", "x"),),
            (("2.", "x"),),
        ],
    )
    def test_a_subject_that_cannot_be_written_is_refused(
        self, attributes: tuple[tuple[str, str], ...]
    ) -> None:
        with pytest.raises(InvalidPayload) as error:
            Subject(attributes)

        assert error.value.field == "Subject"


class TestAcme:
    def test_an_attested_key_of_the_secure_enclave_is_the_usual_one(self) -> None:
        payload = acme_payload(ACME, IDENTIFIER)

        assert payload.type == "com.apple.security.acme"
        assert payload.content == {
            "DirectoryURL": "https://mdm.beispielstadt.de/acme/directory",
            "ClientIdentifier": "einmal-geheim",
            "KeyType": "ECSECPrimeRandom",
            "KeySize": 384,
            "HardwareBound": True,
            "Attest": True,
            "Subject": SUBJECT.as_arrays(),
            "UsageFlags": 5,
            "ExtendedKeyUsage": ["1.3.6.1.5.5.7.3.2"],
        }

    def test_an_rsa_key_can_be_asked_for(self) -> None:
        identity = replace(
            ACME,
            key_type=KeyType.RSA,
            key_size=2048,
            hardware_bound=False,
            attest=False,
            key_usage=KeyUsage.SIGNING,
        )

        assert acme_payload(identity, IDENTIFIER).content["UsageFlags"] == 1

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"client_identifier": ""}, "ClientIdentifier"),
            ({"directory_url": "http://mdm.beispielstadt.de/acme"}, "DirectoryURL"),
            ({"hardware_bound": False}, "Attest"),
            ({"key_size": 521}, "KeySize"),
            ({"key_size": 2048}, "KeySize"),
            ({"key_type": KeyType.RSA, "key_size": 2048}, "KeySize"),
            (
                {
                    "key_type": KeyType.RSA,
                    "key_size": 2047,
                    "hardware_bound": False,
                    "attest": False,
                },
                "KeySize",
            ),
            *(({"directory_url": url}, "DirectoryURL") for url in BAD_ADDRESSES),
        ],
    )
    def test_what_an_ipad_would_refuse_is_refused(
        self, changes: dict[str, Any], field: str
    ) -> None:
        assert refused(ACME, **changes).field == field

    def test_a_usage_beyond_the_object_identifiers_is_refused(self) -> None:
        with pytest.raises(InvalidPayload) as error:
            acme_payload(replace(ACME, extended_key_usage=("clientAuth",)), IDENTIFIER)

        assert error.value.field == "ExtendedKeyUsage[0]"
