"""What the SCEP service accepts, from which clients."""

from dataclasses import replace

import pytest
from asn1crypto import cms, core
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from enrollment.scep_attributes import Attributes
from enrollment.scep_certificates import CertifiedKey, der_of, public_key_der
from enrollment.scep_client import APPLE, MDMB, SCEPCLIENT, ClientHabits, build_request
from enrollment.scep_request import ScepRequest, read_request
from enrollment.scep_words import FailInfo, MessageType
from profiles import cms as our_cms
from profiles.cms import Cipher, Digest
from profiles.cms_ber import OBJECT_IDENTIFIER, SEQUENCE, SET, encode
from tests.factories import scep
from tests.factories.scep import CHALLENGE, NONCE, TRANSACTION


def test_an_apple_device_is_understood() -> None:
    message = scep.sent(APPLE).message

    request = scep.accepted(message)

    assert message[1] == 0x80, "indefinite length"
    assert b"\x24\x80" in message, "an octet string in pieces"
    assert request.message_type is MessageType.PKCS_REQ
    assert request.transaction_id == TRANSACTION
    assert request.conversation.sender_nonce == NONCE
    assert request.challenge == CHALLENGE
    assert request.public_key == public_key_der(scep.rsa_key("tablet").public_key())
    assert request.recipient == scep.authority().certificate
    assert request.signer == scep.certified("tablet").certificate
    assert (request.cipher, request.conversation.digest) == (Cipher.AES_128, Digest.SHA256)


def test_an_old_client_with_des_and_sha1_is_understood_where_allowed() -> None:
    request = scep.accepted(scep.sent(SCEPCLIENT).message, allow_legacy=True)

    assert (request.cipher, request.conversation.digest) == (Cipher.DES, Digest.SHA1)


@pytest.mark.parametrize("habits", [replace(APPLE, cipher=Cipher.DES), SCEPCLIENT])
def test_an_old_client_is_refused_where_not_allowed(habits: ClientHabits) -> None:
    refusal = scep.refused(scep.sent(habits).message, allow_legacy=False)

    assert refusal.fail_info is FailInfo.BAD_ALG
    assert refusal.conversation.digest is Digest.SHA256


def test_a_throwaway_signer_is_understood_where_signers_are_not_compared() -> None:
    request = scep.accepted(scep.sent(MDMB).message, allow_legacy=True, strict=False)

    assert request.signer == scep.certified("throwaway").certificate
    assert request.public_key == public_key_der(scep.rsa_key("tablet").public_key())


def test_a_throwaway_signer_is_refused_where_signers_are_compared() -> None:
    refusal = scep.refused(scep.sent(MDMB).message, allow_legacy=True, strict=True)

    assert refusal.fail_info is FailInfo.BAD_REQUEST


@pytest.mark.parametrize(
    "cipher", [Cipher.AES_128, Cipher.AES_192, Cipher.AES_256, Cipher.TRIPLE_DES]
)
@pytest.mark.parametrize("digest", [Digest.SHA256, Digest.SHA384, Digest.SHA512])
def test_modern_algorithms_are_understood_in_every_pair(cipher: Cipher, digest: Digest) -> None:
    request = scep.accepted(scep.sent(replace(APPLE, cipher=cipher, digest=digest)).message)

    assert (request.cipher, request.conversation.digest) == (cipher, digest)


@pytest.mark.parametrize(
    "value",
    [
        core.PrintableString(CHALLENGE),
        core.UTF8String(CHALLENGE),
        core.IA5String(CHALLENGE),
        core.TeletexString(CHALLENGE),
        core.BMPString(CHALLENGE),
        core.UniversalString(CHALLENGE),
        core.VisibleString(CHALLENGE),
    ],
)
def test_a_challenge_is_read_from_any_type_of_string(value: core.AbstractString) -> None:
    inside = scep.certificate_request([scep.challenge_attribute(value.dump())])

    assert scep.accepted(scep.message_sealing(inside)).challenge == CHALLENGE


@pytest.mark.parametrize("challenge", [None, ""])
def test_a_request_without_a_challenge_is_read_and_says_so(challenge: str | None) -> None:
    assert scep.accepted(scep.sent(challenge=challenge).message).challenge is None


@pytest.mark.parametrize(
    "attributes",
    [
        [scep.challenge_attribute(core.Integer(7).dump())],
        [scep.challenge_attribute(core.UTF8String("a").dump(), core.UTF8String("b").dump())],
        [
            scep.challenge_attribute(core.UTF8String("a").dump()),
            scep.challenge_attribute(core.UTF8String("b").dump()),
        ],
        [scep.challenge_attribute(core.OctetString(b"a").dump())],
        [scep.challenge_attribute(encode(0x0C, b"\xff\xfe"))],
    ],
)
def test_a_challenge_that_is_not_one_text_is_refused(attributes: list[bytes]) -> None:
    inside = scep.certificate_request(attributes)

    refusal = scep.refused(scep.message_sealing(inside))

    assert refusal.fail_info is FailInfo.BAD_REQUEST


def test_a_challenge_without_a_value_is_none() -> None:
    inside = scep.certificate_request([scep.challenge_attribute()])

    assert scep.accepted(scep.message_sealing(inside)).challenge is None


def test_other_attributes_of_a_request_do_not_disturb() -> None:
    extension_request = encode(OBJECT_IDENTIFIER, bytes.fromhex("2a864886f70d01090e"))
    foreign = encode(SEQUENCE, extension_request, encode(SET))
    challenge = scep.challenge_attribute(core.UTF8String(CHALLENGE).dump())

    inside = scep.certificate_request([foreign, challenge])

    assert scep.accepted(scep.message_sealing(inside)).challenge == CHALLENGE


def test_no_challenge_shows_when_a_request_is_printed() -> None:
    assert CHALLENGE not in repr(scep.accepted(scep.sent().message))


def test_a_proof_with_sha1_counts_where_old_clients_are_allowed() -> None:
    message = scep.message_sealing(scep.certificate_request(digest=Digest.SHA1))

    assert scep.accepted(message, allow_legacy=True).challenge is None
    assert scep.refused(message).fail_info is FailInfo.BAD_MESSAGE_CHECK


@pytest.mark.parametrize("message_type", [MessageType.RENEWAL_REQ, MessageType.UPDATE_REQ])
def test_a_renewal_is_signed_by_the_identity_it_replaces(message_type: MessageType) -> None:
    identity = CertifiedKey(scep.issued_to("tablet"), scep.rsa_key("tablet"))
    inside = scep.certificate_request(owner="new key of the tablet")
    attributes = Attributes(message_type, TRANSACTION, NONCE)

    request = scep.accepted(scep.message_sealing(inside, attributes=attributes, signer=identity))

    assert request.message_type is message_type
    assert request.signer == scep.issued_to("tablet")


@pytest.mark.parametrize("curve", [ec.SECP256R1, ec.SECP384R1])
def test_an_elliptic_key_is_certified_if_the_signer_can_receive_the_reply(
    curve: type[ec.EllipticCurve],
) -> None:
    message = _asking_for_elliptic(curve)

    request = scep.accepted(message)

    assert request.public_key == public_key_der(scep.ec_key(curve).public_key())


def test_an_elliptic_key_on_a_curve_of_another_kind_is_refused() -> None:
    assert scep.refused(_asking_for_elliptic(ec.SECP521R1)).fail_info is FailInfo.BAD_ALG


def test_an_elliptic_signer_is_refused_since_nobody_can_encrypt_to_it() -> None:
    key = scep.ec_key()
    template = scep.certified("tablet").certificate
    certificate = _certificate_for(key, template)

    message = scep.message_around(b"", signer=CertifiedKey(certificate, scep.rsa_key("tablet")))

    assert scep.refused(message).fail_info is FailInfo.BAD_ALG


@pytest.mark.parametrize(("bits", "exponent"), [(1024, 65537), (2047, 65537), (2048, 3)])
def test_a_weak_key_is_refused(bits: int, exponent: int) -> None:
    weak = scep.rsa_key("weak", bits, exponent)
    sent = build_request(
        weak,
        scep.name("tablet"),
        CHALLENGE,
        scep.authority().certificate,
        scep.certified("throwaway"),
        transaction_id=TRANSACTION,
        nonce=NONCE,
    )

    assert scep.refused(sent.message, strict=False).fail_info is FailInfo.BAD_ALG


def test_a_weak_signer_is_refused() -> None:
    weak = scep.rsa_key("weak", 1024)
    certificate = _certificate_for(weak, scep.certified("tablet").certificate)

    refusal = scep.refused(scep.message_around(b"", signer=CertifiedKey(certificate, weak)))

    assert refusal.fail_info is FailInfo.BAD_ALG


@pytest.mark.parametrize("message_type", ["3", "20", "21", "22", "99", "PKCSReq", ""])
def test_whatever_asks_for_no_certificate_is_refused(message_type: str) -> None:
    attributes = Attributes(message_type, TRANSACTION, NONCE)

    refusal = scep.refused(scep.message_around(b"anything", attributes=attributes))

    assert refusal.fail_info is FailInfo.BAD_REQUEST


def test_a_request_to_several_recipients_is_opened_by_the_one_it_knows() -> None:
    message = scep.message_around(_sealed_for_two(scep.certified("stranger"), scep.authority()))

    assert scep.accepted(message).recipient == scep.authority().certificate


def test_a_request_to_the_former_authority_is_still_opened() -> None:
    former = scep.certified("former authority")
    message = scep.sent(receiver=former).message

    request = read_request(
        message,
        [scep.authority(), former],
        allow_legacy=False,
        require_signer_is_requester=True,
    )

    assert isinstance(request, ScepRequest)
    assert request.recipient == former.certificate


def test_a_transaction_in_other_characters_is_kept_as_it_is() -> None:
    request = scep.accepted(scep.sent(transaction_id="a_b*c@d").message)

    assert request.transaction_id == "a_b*c@d"


def test_the_signer_is_found_among_other_certificates() -> None:
    info = cms.ContentInfo.load(scep.sent(replace(APPLE, cipher=Cipher.AES_256)).message)
    others = [
        cms.CertificateChoices.load(der_of(scep.certified(owner).certificate))
        for owner in ("stranger", "second tablet")
    ]
    carried = info["content"]["certificates"]
    info["content"]["certificates"] = [others[0], carried[0], others[1]]

    request = scep.accepted(info.dump(force=True))

    assert request.signer == scep.certified("tablet").certificate


def _asking_for_elliptic(curve: type[ec.EllipticCurve]) -> bytes:
    return build_request(
        scep.ec_key(curve),
        scep.name("tablet"),
        CHALLENGE,
        scep.authority().certificate,
        scep.certified("tablet"),
        transaction_id=TRANSACTION,
        nonce=NONCE,
        message_type=MessageType.RENEWAL_REQ,
    ).message


def _certificate_for(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, template: x509.Certificate
) -> x509.Certificate:
    builder = x509.CertificateBuilder(
        template.issuer, template.subject, key.public_key(), template.serial_number
    )
    dates = builder.not_valid_before(scep.NOW).not_valid_after(template.not_valid_after_utc)
    return dates.sign(key, SHA256())


def _sealed_for_two(first: CertifiedKey, second: CertifiedKey) -> bytes:
    foreign, ours = (
        cms.ContentInfo.load(our_cms.envelope(scep.certificate_request(), recipient.certificate))
        for recipient in (first, second)
    )
    recipients = [envelope["content"]["recipient_infos"][0] for envelope in (foreign, ours)]
    ours["content"]["recipient_infos"] = recipients
    return bytes(ours.dump(force=True))
