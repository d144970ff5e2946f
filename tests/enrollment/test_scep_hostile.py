"""What the SCEP service does with bytes that nobody honest would send."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives.asymmetric import padding
from hypothesis import given, settings
from hypothesis import strategies as st

from enrollment.scep_attributes import Attributes
from enrollment.scep_certificates import der_of
from enrollment.scep_client import APPLE, self_signed
from enrollment.scep_errors import MalformedScep
from enrollment.scep_messages import Form, read_message
from enrollment.scep_reply import failure
from enrollment.scep_request import ScepRefusal, ScepRequest
from enrollment.scep_words import FailInfo, MessageType
from profiles import cms as our_cms
from tests.factories import scep
from tests.factories.scep import NONCE, REPLY_NONCE, TRANSACTION

MESSAGE = scep.sent().message


def changed(change: Callable[[Any], None], message: bytes = MESSAGE) -> bytes:
    """The message after `change` was made to its SignedData, with its old signature."""
    info = cms.ContentInfo.load(message)
    change(info["content"])
    return bytes(info.dump(force=True))


def signer_info(data: Any) -> Any:
    return data["signer_infos"][0]


def flipped(octets: bytes, position: int) -> bytes:
    return octets[:position] + bytes([octets[position] ^ 1]) + octets[position + 1 :]


def replaced(old: bytes, new: bytes) -> bytes:
    assert MESSAGE.count(old) == 1
    assert len(old) == len(new)
    return MESSAGE.replace(old, new)


def test_the_untouched_message_is_accepted_even_after_it_was_encoded_anew() -> None:
    scep.accepted(changed(lambda data: None))


def test_a_tampered_content_is_refused() -> None:
    envelope = read_message(MESSAGE).content or b""
    position = MESSAGE.index(envelope[-40:-4])

    refusal = scep.refused(flipped(MESSAGE, position + 3))

    assert refusal.fail_info is FailInfo.BAD_MESSAGE_CHECK


def test_a_tampered_attribute_is_refused() -> None:
    refusal = scep.refused(replaced(TRANSACTION.encode(), b"qX+7/abd="))

    assert refusal.fail_info is FailInfo.BAD_MESSAGE_CHECK
    assert refusal.conversation.transaction_id == "qX+7/abd="


def test_a_tampered_signature_is_refused() -> None:
    refusal = scep.refused(flipped(MESSAGE, MESSAGE.index(read_message(MESSAGE).signature) + 9))

    assert refusal.fail_info is FailInfo.BAD_MESSAGE_CHECK


def test_a_content_that_was_exchanged_is_refused() -> None:
    foreign = read_message(scep.sent(owner="second tablet").message).content

    def exchange(data: Any) -> None:
        data["encap_content_info"]["content"] = foreign

    assert scep.refused(changed(exchange)).fail_info is FailInfo.BAD_MESSAGE_CHECK


def test_a_certificate_with_the_same_name_and_another_key_is_refused() -> None:
    impostor = self_signed(scep.rsa_key("stranger"), scep.name("tablet"), now=scep.NOW, serial=7)

    def exchange(data: Any) -> None:
        data["certificates"] = cms.ContentInfo.load(scep.message_around(None, signer=impostor))[
            "content"
        ]["certificates"]

    assert scep.refused(changed(exchange)).fail_info is FailInfo.BAD_MESSAGE_CHECK


def test_a_cipher_that_is_not_accepted_is_refused() -> None:
    envelope = cms.ContentInfo.load(read_message(MESSAGE).content)
    method = envelope["content"]["encrypted_content_info"]["content_encryption_algorithm"]
    method["algorithm"] = "aes128_ofb"

    refusal = scep.refused(scep.message_around(envelope.dump(force=True)))

    assert refusal.fail_info is FailInfo.BAD_ALG


def _envelope(inside: bytes, receiver: str = "authority") -> Any:
    recipient = scep.authority() if receiver == "authority" else scep.certified(receiver)
    envelope = our_cms.envelope(inside, recipient.certificate, our_cms.Cipher.AES_128)
    return cms.ContentInfo.load(envelope)


def _with_key(encrypted_key: bytes) -> bytes:
    envelope = _envelope(scep.certificate_request())
    envelope["content"]["recipient_infos"][0].chosen["encrypted_key"] = encrypted_key
    return bytes(envelope.dump(force=True))


def _with_ciphertext(change: Callable[[bytes], bytes]) -> bytes:
    envelope = _envelope(scep.certificate_request())
    inner = envelope["content"]["encrypted_content_info"]
    inner["encrypted_content"] = change(bytes(inner["encrypted_content"]))
    return bytes(envelope.dump(force=True))


def _wrapped(key: bytes) -> bytes:
    return scep.authority().private_key.public_key().encrypt(key, padding.PKCS1v15())


def _to_nobody() -> bytes:
    envelope = _envelope(scep.certificate_request())
    envelope["content"]["recipient_infos"] = []
    return bytes(envelope.dump(force=True))


BAD_ENVELOPES: dict[str, Callable[[], bytes]] = {
    "no envelope": lambda: b"",
    "something else": lambda: scep.message_around(None),
    "for somebody else": lambda: _envelope(b"anything", "stranger").dump(),
    "for nobody": _to_nobody,
    "key altered": lambda: _with_key(flipped(_wrapped(bytes(16)), 200)),
    "key too short": lambda: _with_key(_wrapped(bytes(5))),
    "key of another cipher": lambda: _with_key(_wrapped(bytes(32))),
    "key empty": lambda: _with_key(b""),
    "key too long": lambda: _with_key(bytes(300)),
    "key no number below the modulus": lambda: _with_key(b"\xff" * 256),
    "first block altered": lambda: _with_ciphertext(lambda text: flipped(text, 3)),
    "last block altered": lambda: _with_ciphertext(lambda text: flipped(text, len(text) - 1)),
    "padding altered": lambda: _with_ciphertext(lambda text: flipped(text, len(text) - 17)),
    "cut in a block": lambda: _with_ciphertext(lambda text: text[:-5]),
    "cut at a block": lambda: _with_ciphertext(lambda text: text[:-16]),
    "empty": lambda: _with_ciphertext(lambda text: b""),
    "no request inside": lambda: _envelope(b"anything").dump(),
    "nothing inside": lambda: _envelope(b"").dump(),
    "broken proof": lambda: _envelope(flipped(scep.certificate_request(), -5 % 400)).dump(),
    "broken name": lambda: _envelope(
        scep.certificate_request().replace(b"claimed", b"claimes")
    ).dump(),
}


@pytest.mark.parametrize("kind", BAD_ENVELOPES)
def test_whatever_is_wrong_with_an_envelope_the_answer_is_the_same(kind: str) -> None:
    refusal = scep.refused(scep.message_around(BAD_ENVELOPES[kind]()))

    reply = failure(refusal, refusal.fail_info, scep.authority(), REPLY_NONCE)

    assert refusal.fail_info is FailInfo.BAD_MESSAGE_CHECK
    assert refusal.reason == "no intact request for us in the envelope"
    assert reply == failure(
        scep.refused(scep.message_around(b"")),
        FailInfo.BAD_MESSAGE_CHECK,
        scep.authority(),
        REPLY_NONCE,
    )


@pytest.mark.parametrize(
    "attributes",
    [
        Attributes(MessageType.PKCS_REQ, TRANSACTION, b""),
        Attributes(MessageType.PKCS_REQ, TRANSACTION, bytes(256)),
        Attributes(MessageType.PKCS_REQ, None, NONCE),
        Attributes(MessageType.PKCS_REQ, "x" * 256, NONCE),
        Attributes(MessageType.PKCS_REQ, "line\nbreak", NONCE),
        Attributes(MessageType.PKCS_REQ, "Übertragung", NONCE),
    ],
)
def test_without_transaction_or_nonce_no_reply_can_be_built(attributes: Attributes) -> None:
    with pytest.raises(MalformedScep, match="usable"):
        scep.read(scep.message_around(b"anything", attributes=attributes))


def test_a_transaction_may_have_255_characters() -> None:
    request = scep.accepted(scep.sent(transaction_id="x" * 255).message)

    assert request.transaction_id == "x" * 255


def test_a_signers_certificate_of_an_unknown_version_is_malformed() -> None:
    certificate = der_of(scep.certified("tablet").certificate)
    version = certificate.index(b"\xa0\x03\x02\x01\x02")
    altered = certificate[: version + 4] + b"\x07" + certificate[version + 5 :]

    with pytest.raises(MalformedScep, match="cannot be read"):
        scep.read(MESSAGE.replace(certificate, altered))


def _two_signers(data: Any) -> None:
    data["signer_infos"].append(signer_info(data))


def _no_signer(data: Any) -> None:
    data["signer_infos"] = []


def _no_attributes(data: Any) -> None:
    del signer_info(data)["signed_attrs"]


def _attribute_twice(data: Any) -> None:
    attributes = signer_info(data)["signed_attrs"]
    attributes.append(attributes[0])


def _attribute_without_value(data: Any) -> None:
    for attribute in signer_info(data)["signed_attrs"]:
        if attribute["type"].dotted.endswith("9.5"):
            attribute["values"] = []


def _content_of_another_kind(data: Any) -> None:
    data["encap_content_info"] = {"content_type": "signed_data"}


def _no_certificate(data: Any) -> None:
    data["certificates"] = []


def _md5(data: Any) -> None:
    signer_info(data)["digest_algorithm"] = {"algorithm": "md5"}


def _another_signature_scheme(data: Any) -> None:
    signer_info(data)["signature_algorithm"] = {"algorithm": "rsassa_pss"}


@pytest.mark.parametrize(
    "change",
    [
        _no_certificate,
        _md5,
        _another_signature_scheme,
        _two_signers,
        _no_signer,
        _no_attributes,
        _attribute_twice,
        _attribute_without_value,
        _content_of_another_kind,
    ],
)
def test_a_message_of_another_shape_is_malformed(change: Callable[[Any], None]) -> None:
    with pytest.raises(MalformedScep):
        scep.read(changed(change))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00",
        b"0",
        b"\x30\x80",
        b"GET / HTTP/1.1",
        MESSAGE + b"\x00",
        bytes(1_000_000),
        MESSAGE + bytes(1_000_000),
        b"\x30\x80" * 32_000,
        b"\x24\x80" * 32_000,
        b"\x30\x84\xff\xff\xff\xff",
        b"\x1f" + b"\xff" * 60_000,
        b"\x30\x80" + b"\x05\x00" * 32_000,
    ],
)
def test_nonsense_is_malformed_and_costs_little_time(raw: bytes) -> None:
    started = time.process_time()

    with pytest.raises(MalformedScep):
        scep.read(raw)

    assert time.process_time() - started < 0.5


def test_a_message_cut_short_is_malformed() -> None:
    for length in range(0, len(MESSAGE), 97):
        with pytest.raises(MalformedScep):
            scep.read(MESSAGE[:length])


DER_MESSAGE = scep.sent(replace(APPLE, form=Form.DER)).message
INSIDE = scep.certificate_request([scep.challenge_attribute(b"\x13\x08" + b"GEHEIMES")])


@given(
    message=st.sampled_from([MESSAGE, DER_MESSAGE]),
    changes=st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), min_size=1, max_size=4),
)
@settings(max_examples=250, deadline=None)
def test_altered_octets_never_surprise_us_and_never_change_the_key(
    message: bytes, changes: list[tuple[int, int]]
) -> None:
    altered = _altered(message, changes)

    try:
        outcome = scep.read(altered, allow_legacy=True, strict=False)
    except MalformedScep:
        return

    if isinstance(outcome, ScepRequest):
        assert outcome.public_key == scep.accepted(message).public_key
        assert outcome.challenge == scep.CHALLENGE
        assert outcome.transaction_id == TRANSACTION


@given(
    changes=st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), min_size=1, max_size=4),
)
@settings(max_examples=150, deadline=None)
def test_an_altered_request_in_a_good_envelope_is_refused_like_any_other(
    changes: list[tuple[int, int]],
) -> None:
    altered = _altered(INSIDE, changes)

    outcome = scep.read(scep.message_sealing(altered), strict=False)

    if altered == INSIDE:
        assert isinstance(outcome, ScepRequest)
    else:
        assert isinstance(outcome, ScepRefusal)
        assert outcome.fail_info is FailInfo.BAD_MESSAGE_CHECK


@given(st.binary(max_size=400))
@settings(max_examples=100, deadline=None)
def test_any_content_of_an_envelope_or_of_a_message_is_refused(content: bytes) -> None:
    for message in (scep.message_around(content), scep.message_sealing(content)):
        assert scep.refused(message).fail_info is FailInfo.BAD_MESSAGE_CHECK


def _altered(octets: bytes, changes: list[tuple[int, int]]) -> bytes:
    altered = bytearray(octets)
    for position, value in changes:
        altered[position % len(altered)] = value
    return bytes(altered)
