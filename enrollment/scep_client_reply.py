"""The client's side of SCEP: believing or not believing the reply.

Here: what a careful client checks before it takes a certificate for its own. Not here: building
the request (`scep_client`).

source: RFC 8894 §3.3.2.
"""

from dataclasses import dataclass

from cryptography import x509

from enrollment.scep_attributes import known_fail_info, known_message_type, known_status
from enrollment.scep_certificates import public_key_der, read_certificates_only
from enrollment.scep_client import SentRequest
from enrollment.scep_envelopes import CannotOpen, open_envelope, read_envelope
from enrollment.scep_errors import MalformedScep, ReplyRefused
from enrollment.scep_messages import SignedMessage, is_genuine, read_message
from enrollment.scep_words import FailInfo, MessageType, PkiStatus


@dataclass(frozen=True, slots=True)
class IssuedReply:
    """The certificate asked for."""

    certificate: x509.Certificate


@dataclass(frozen=True, slots=True)
class ScepFailed:
    """The authority refuses."""

    fail_info: FailInfo


def read_reply(
    raw: bytes, sent: SentRequest, ca_certificate: x509.Certificate
) -> IssuedReply | ScepFailed:
    """Read the reply to a request.

    ca_certificate: the answer to GetCACert; nobody else may sign, and the reply must carry it.
    raises: ReplyRefused (not from the authority, not for this request, not understandable).
    """
    message = _message(raw)
    _check_sender(message, ca_certificate)
    _check_conversation(message, sent)
    status = known_status(message.attributes)
    if status is PkiStatus.SUCCESS:
        return IssuedReply(_certificate(message, sent))
    if status is PkiStatus.FAILURE:
        return ScepFailed(_fail_info(message))
    raise ReplyRefused("neither success nor failure")


def _message(raw: bytes) -> SignedMessage:
    try:
        return read_message(raw)
    except MalformedScep as error:
        raise ReplyRefused("no readable reply") from error


def _check_sender(message: SignedMessage, ca_certificate: x509.Certificate) -> None:
    if message.signer != ca_certificate:
        raise ReplyRefused("signed by somebody else")
    if not is_genuine(message):
        raise ReplyRefused("signature does not match")


def _check_conversation(message: SignedMessage, sent: SentRequest) -> None:
    attributes = message.attributes
    if known_message_type(attributes) is not MessageType.CERT_REP:
        raise ReplyRefused("not a CertRep")
    if attributes.transaction_id != sent.transaction_id:
        raise ReplyRefused("another transaction")
    if attributes.recipient_nonce != sent.nonce:
        raise ReplyRefused("another nonce")


def _fail_info(message: SignedMessage) -> FailInfo:
    fail_info = known_fail_info(message.attributes)
    if fail_info is None or message.content is not None:
        raise ReplyRefused("failure without a reason, or with content")
    return fail_info


def _certificate(message: SignedMessage, sent: SentRequest) -> x509.Certificate:
    try:
        envelope = read_envelope(message.content or b"")
        content, _ = open_envelope(envelope, [sent.signer])
        certificates = read_certificates_only(content)
    except (CannotOpen, ValueError, TypeError) as error:
        raise ReplyRefused("no certificate for us in the envelope") from error
    # The first one, as the simplest clients do; a chain in front of it would mislead them.
    if not certificates or public_key_der(certificates[0].public_key()) != sent.public_key:
        raise ReplyRefused("certificate of another key")
    return certificates[0]
