"""A client believes its authority, and nobody else."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from enrollment.scep_attributes import Attributes
from enrollment.scep_certificates import CertifiedKey, der_of
from enrollment.scep_client import APPLE, MDMB, SCEPCLIENT
from enrollment.scep_client_reply import read_reply
from enrollment.scep_errors import ReplyRefused
from enrollment.scep_messages import Form, write_message
from enrollment.scep_reply import success
from enrollment.scep_words import FailInfo, MessageType, PkiStatus
from profiles import cms
from profiles.cms import Digest
from tests.factories import scep
from tests.factories.scep import NONCE, REPLY_NONCE, TRANSACTION

SENT = scep.sent()
GOOD = Attributes(
    message_type=MessageType.CERT_REP,
    transaction_id=TRANSACTION,
    sender_nonce=REPLY_NONCE,
    recipient_nonce=NONCE,
    pki_status=PkiStatus.FAILURE,
    fail_info=FailInfo.BAD_REQUEST,
)


def reply_with(
    attributes: Attributes, content: bytes | None = None, sender: CertifiedKey | None = None
) -> bytes:
    return write_message(content, attributes, sender or scep.authority(), Digest.SHA256)


def reply_holding(inside: bytes, receiver: str = "tablet") -> bytes:
    content = cms.envelope(inside, scep.certified(receiver).certificate)
    return reply_with(replace(GOOD, pki_status=PkiStatus.SUCCESS, fail_info=None), content)


def test_the_habits_are_those_of_the_clients_we_know() -> None:
    assert (APPLE.form, APPLE.digest) == (Form.BER_INDEFINITE, Digest.SHA256)
    assert (SCEPCLIENT.form, SCEPCLIENT.digest) == (Form.DER, Digest.SHA1)
    assert MDMB.throwaway_signer
    assert MDMB.message_in_query


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        (replace(GOOD, message_type="19"), "not a CertRep"),
        (replace(GOOD, transaction_id="another"), "another transaction"),
        (replace(GOOD, transaction_id=None), "another transaction"),
        (replace(GOOD, recipient_nonce=b"another"), "another nonce"),
        (replace(GOOD, recipient_nonce=b""), "another nonce"),
        (replace(GOOD, pki_status=PkiStatus.PENDING), "neither"),
        (replace(GOOD, pki_status="7"), "neither"),
        (replace(GOOD, pki_status=None), "neither"),
        (replace(GOOD, fail_info=None), "without a reason"),
        (replace(GOOD, fail_info="9"), "without a reason"),
    ],
)
def test_a_reply_to_something_else_is_not_believed(attributes: Attributes, reason: str) -> None:
    with pytest.raises(ReplyRefused, match=reason):
        read_reply(reply_with(attributes), SENT, scep.authority().certificate)


def test_a_failure_with_content_is_not_believed() -> None:
    with pytest.raises(ReplyRefused, match="with content"):
        read_reply(reply_with(GOOD, b""), SENT, scep.authority().certificate)


def test_a_reply_by_somebody_else_is_not_believed() -> None:
    reply = reply_with(GOOD, sender=scep.certified("stranger"))

    with pytest.raises(ReplyRefused, match="somebody else"):
        read_reply(reply, SENT, scep.authority().certificate)


def test_a_reply_with_a_borrowed_certificate_is_not_believed() -> None:
    impostor = CertifiedKey(scep.authority().certificate, scep.rsa_key("stranger"))

    with pytest.raises(ReplyRefused, match="signature"):
        read_reply(reply_with(GOOD, sender=impostor), SENT, scep.authority().certificate)


@pytest.mark.parametrize("raw", [b"", b"<html>", bytes(100_000)])
def test_what_is_no_reply_is_not_believed(raw: bytes) -> None:
    with pytest.raises(ReplyRefused, match="no readable reply"):
        read_reply(raw, SENT, scep.authority().certificate)


BAD_CONTENTS: dict[str, Callable[[], bytes]] = {
    "no certificates": lambda: cms.certificates_only([]),
    "no set of certificates": lambda: b"anything",
    "somebody else's certificate": lambda: cms.certificates_only([scep.issued_to("stranger")]),
    "the authority first": lambda: _the_authority_first(),
}


def _the_authority_first() -> bytes:
    authority, leaf = scep.authority().certificate, scep.issued_to("tablet")
    both, wanted = der_of(leaf) + der_of(authority), der_of(authority) + der_of(leaf)
    return cms.certificates_only([authority, leaf]).replace(both, wanted)


@pytest.mark.parametrize("kind", BAD_CONTENTS)
def test_a_reply_without_our_certificate_in_front_is_not_believed(kind: str) -> None:
    with pytest.raises(ReplyRefused, match="certificate"):
        read_reply(reply_holding(BAD_CONTENTS[kind]()), SENT, scep.authority().certificate)


def test_a_certificate_encrypted_to_another_key_is_not_believed() -> None:
    reply = reply_holding(cms.certificates_only([scep.issued_to("tablet")]), "stranger")

    with pytest.raises(ReplyRefused, match="in the envelope"):
        read_reply(reply, SENT, scep.authority().certificate)


def test_a_success_without_content_is_not_believed() -> None:
    attributes = replace(GOOD, pki_status=PkiStatus.SUCCESS, fail_info=None)

    with pytest.raises(ReplyRefused, match="in the envelope"):
        read_reply(reply_with(attributes), SENT, scep.authority().certificate)


def test_an_altered_reply_is_not_believed() -> None:
    request = scep.accepted(SENT.message)
    reply = success(request, scep.issued_to("tablet"), scep.authority(), REPLY_NONCE)

    for position in range(0, len(reply), 61):
        altered = reply[:position] + bytes([reply[position] ^ 0x40]) + reply[position + 1 :]
        try:
            read = read_reply(altered, SENT, scep.authority().certificate)
        except ReplyRefused:
            continue
        assert read == read_reply(reply, SENT, scep.authority().certificate)
