"""What the SCEP service answers, read with an independent reader."""

from dataclasses import replace
from typing import Any

import pytest
from asn1crypto import cms, core

from enrollment.scep_certificates import der_of
from enrollment.scep_client import APPLE, MDMB, SCEPCLIENT, ClientHabits, SentRequest
from enrollment.scep_client_reply import IssuedReply, ScepFailed, read_reply
from enrollment.scep_reply import failure, success
from enrollment.scep_request import ScepRequest
from enrollment.scep_words import FailInfo
from profiles import cms as our_cms
from profiles.cms import Cipher, Digest
from tests.factories import scep
from tests.factories.scep import NONCE, REPLY_NONCE, TRANSACTION

SCEP = "2.16.840.1.113733.1.9"
MODERN_3DES = replace(APPLE, cipher=Cipher.TRIPLE_DES)


def asked(sent: SentRequest) -> ScepRequest:
    return scep.accepted(sent.message, allow_legacy=True, strict=False)


def succeeded(habits: ClientHabits = APPLE) -> bytes:
    request = asked(scep.sent(habits))
    return success(request, scep.issued_to("tablet"), scep.authority(), REPLY_NONCE)


def failed(fail_info: FailInfo = FailInfo.BAD_REQUEST, text: str | None = None) -> bytes:
    return failure(asked(scep.sent()), fail_info, scep.authority(), REPLY_NONCE, text)


def signed_data(reply: bytes) -> Any:
    return cms.ContentInfo.load(reply, strict=True)["content"]


def attributes(reply: bytes) -> dict[str, Any]:
    """Identifier → the one value of each signed attribute."""
    found = signed_data(reply)["signer_infos"][0]["signed_attrs"]
    assert all(len(attribute["values"]) == 1 for attribute in found)
    return {attribute["type"].dotted: attribute["values"][0] for attribute in found}


def value(reply: bytes, suffix: int) -> core.Asn1Value:
    """An attribute of SCEP's own, as the universal type that it is written in."""
    return core.load(attributes(reply)[f"{SCEP}.{suffix}"].dump())


def inner_data(reply: bytes) -> Any:
    content = bytes(signed_data(reply)["encap_content_info"]["content"])
    return cms.ContentInfo.load(content, strict=True)["content"]


def opened(reply: bytes, owner: str) -> bytes:
    content = bytes(signed_data(reply)["encap_content_info"]["content"])
    key = scep.certified(owner)
    return our_cms.open_envelope(content, key.certificate, key.private_key)


@pytest.mark.parametrize("habits", [APPLE, SCEPCLIENT, MDMB, MODERN_3DES])
def test_every_kind_of_client_finds_its_certificate(habits: ClientHabits) -> None:
    sent = scep.sent(habits)
    reply = success(asked(sent), scep.issued_to("tablet"), scep.authority(), REPLY_NONCE)

    read = read_reply(reply, sent, scep.authority().certificate)

    assert read == IssuedReply(scep.issued_to("tablet"))


def test_a_success_says_so_in_printable_text() -> None:
    reply = succeeded()

    for suffix, text in ((2, "3"), (3, "0"), (7, TRANSACTION)):
        assert isinstance(value(reply, suffix), core.PrintableString)
        assert value(reply, suffix).native == text
    assert f"{SCEP}.4" not in attributes(reply)


def test_a_reply_repeats_the_clients_nonce_and_brings_its_own() -> None:
    for reply in (succeeded(), failed()):
        assert value(reply, 6).native == NONCE
        assert value(reply, 5).native == REPLY_NONCE


def test_the_reply_is_encrypted_to_whoever_signed_the_request() -> None:
    reply = succeeded(MDMB)

    (recipient,) = inner_data(reply)["recipient_infos"]

    named = recipient.chosen["rid"].chosen
    assert named["issuer"].native == {"common_name": "throwaway"}
    assert named["serial_number"].native == 7
    assert opened(reply, "throwaway")


def test_the_certificate_travels_alone() -> None:
    degenerate = cms.ContentInfo.load(opened(succeeded(), "tablet"), strict=True)

    data = degenerate["content"]

    assert degenerate["content_type"].native == "signed_data"
    assert [c.chosen.dump() for c in data["certificates"]] == [der_of(scep.issued_to("tablet"))]
    assert len(data["signer_infos"]) == 0
    assert isinstance(data["encap_content_info"]["content"], core.Void)


@pytest.mark.parametrize(
    ("requested", "answered"),
    [
        (Cipher.AES_128, "2.16.840.1.101.3.4.1.2"),
        (Cipher.AES_192, "2.16.840.1.101.3.4.1.42"),
        (Cipher.AES_256, "2.16.840.1.101.3.4.1.42"),
        (Cipher.TRIPLE_DES, "1.2.840.113549.3.7"),
        (Cipher.DES, "2.16.840.1.101.3.4.1.2"),
    ],
)
def test_the_cipher_of_the_reply_suits_the_request(requested: Cipher, answered: str) -> None:
    reply = succeeded(replace(APPLE, cipher=requested))

    inner = inner_data(reply)["encrypted_content_info"]

    assert inner["content_encryption_algorithm"]["algorithm"].dotted == answered


@pytest.mark.parametrize("digest", list(Digest))
def test_the_reply_is_signed_with_the_digest_of_the_request(digest: Digest) -> None:
    reply = succeeded(replace(APPLE, digest=digest))

    (signer_info,) = signed_data(reply)["signer_infos"]

    assert signer_info["digest_algorithm"]["algorithm"].native == digest.value
    assert signer_info["signature_algorithm"]["algorithm"].dotted == "1.2.840.113549.1.1.1"


def test_a_refused_old_digest_is_not_mirrored() -> None:
    refusal = scep.refused(scep.sent(SCEPCLIENT).message)

    reply = failure(refusal, refusal.fail_info, scep.authority(), REPLY_NONCE)

    (signer_info,) = signed_data(reply)["signer_infos"]
    assert signer_info["digest_algorithm"]["algorithm"].native == "sha256"


@pytest.mark.parametrize("fail_info", list(FailInfo))
def test_a_failure_names_one_of_five_reasons(fail_info: FailInfo) -> None:
    reply = failed(fail_info)

    assert value(reply, 3).native == "2"
    assert isinstance(value(reply, 4), core.PrintableString)
    assert value(reply, 4).native == fail_info.value
    assert read_reply(reply, scep.sent(), scep.authority().certificate) == ScepFailed(fail_info)


def test_a_failure_has_no_content_at_all() -> None:
    encapsulated = signed_data(failed())["encap_content_info"]

    assert encapsulated["content_type"].native == "data"
    assert isinstance(encapsulated["content"], core.Void)
    digest = attributes(failed())["1.2.840.113549.1.9.4"].native
    assert digest.hex().startswith("e3b0c44298fc1c14"), "SHA-256 of nothing"


def test_a_failure_may_tell_a_person_why() -> None:
    reply = failed(text="Anfrage abgelehnt: bitte Gerät neu einschreiben")

    text = core.load(attributes(reply)["1.3.6.1.5.5.7.24.1"].dump())

    assert isinstance(text, core.UTF8String)
    assert text.native == "Anfrage abgelehnt: bitte Gerät neu einschreiben"


@pytest.mark.parametrize("reply", [succeeded(), failed(), failed(text="abgelehnt")])
def test_attributes_are_sorted_and_say_what_the_content_is(reply: bytes) -> None:
    found = signed_data(reply)["signer_infos"][0]["signed_attrs"]

    encodings = [attribute.dump() for attribute in found]

    assert encodings == sorted(encodings)
    assert attributes(reply)["1.2.840.113549.1.9.3"].native == "data"


@pytest.mark.parametrize("reply", [succeeded(), failed()])
def test_the_authoritys_certificate_comes_along_and_is_named_as_signer(reply: bytes) -> None:
    data = signed_data(reply)
    authority = scep.authority().certificate

    (carried,) = data["certificates"]

    named = data["signer_infos"][0]["sid"].chosen
    assert carried.chosen.dump() == der_of(authority)
    assert named["serial_number"].native == authority.serial_number
    assert named["issuer"].dump() == carried.chosen.issuer.dump()


def test_a_transaction_in_unprintable_characters_comes_back_as_the_client_wrote_it() -> None:
    request = asked(scep.sent(transaction_id="a_b*c@d"))

    reply = success(request, scep.issued_to("tablet"), scep.authority(), REPLY_NONCE)

    assert isinstance(value(reply, 7), core.UTF8String)
    assert value(reply, 7).native == "a_b*c@d"


def test_a_nonce_of_another_length_is_refused() -> None:
    request = asked(scep.sent())

    with pytest.raises(ValueError, match="16"):
        failure(request, FailInfo.BAD_ALG, scep.authority(), b"short")
