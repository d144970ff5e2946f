"""The client's side of SCEP: believing or not believing the reply.

Here: what a careful client checks before it takes a certificate for its own. Not here: building
the request (`scep_client`).

source: RFC 8894 §3.3.2.
"""

from dataclasses import dataclass

from cryptography import x509

from enrollment.scep_attributes import Attributes, read_attributes
from enrollment.scep_certificates import public_key_der, read_certificates_only
from enrollment.scep_client import SentRequest
from enrollment.scep_errors import MalformedScep, ReplyRefused
from enrollment.scep_messages import is_genuine, read_message, signer_of
from enrollment.scep_words import FailInfo, MessageType, PkiStatus
from profiles import cms
from profiles.cms import SignedMessage


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
    try:
        message = read_message(raw)
        attributes = read_attributes(message.attributes)
        sender = signer_of(message)
    except MalformedScep as error:
        raise ReplyRefused("no readable reply") from error
    if sender != ca_certificate:
        raise ReplyRefused("signed by somebody else")
    if not is_genuine(message, raw):
        raise ReplyRefused("signature does not match")
    _check_conversation(attributes, sent)
    if attributes.pki_status == PkiStatus.SUCCESS:
        return IssuedReply(_certificate(message, sent))
    if attributes.pki_status == PkiStatus.FAILURE:
        return ScepFailed(_fail_info(message, attributes))
    raise ReplyRefused("neither success nor failure")


def _check_conversation(attributes: Attributes, sent: SentRequest) -> None:
    if attributes.message_type != MessageType.CERT_REP:
        raise ReplyRefused("not a CertRep")
    if attributes.transaction_id != sent.transaction_id:
        raise ReplyRefused("another transaction")
    if attributes.recipient_nonce != sent.nonce:
        raise ReplyRefused("another nonce")


def _fail_info(message: SignedMessage, attributes: Attributes) -> FailInfo:
    fail_info = next((reason for reason in FailInfo if reason == attributes.fail_info), None)
    if fail_info is None or message.content is not None:
        raise ReplyRefused("failure without a reason, or with content")
    return fail_info


def _certificate(message: SignedMessage, sent: SentRequest) -> x509.Certificate:
    signer = sent.signer
    try:
        content = cms.open_envelope(message.content or b"", signer.certificate, signer.private_key)
        certificates = read_certificates_only(content)
    # A ValueError of its own where a certificate cannot be read. CmsError is one too.
    except ValueError as error:
        raise ReplyRefused("no certificate for us in the envelope") from error
    # The first one, as the simplest clients do; a chain in front of it would mislead them.
    if not certificates or public_key_der(certificates[0].public_key()) != sent.public_key:
        raise ReplyRefused("certificate of another key")
    return certificates[0]
