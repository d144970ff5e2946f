"""Answering a SCEP request: CertRep, with a certificate or with a reason.

Here: SUCCESS and FAILURE. There is no PENDING: we decide at once, and some clients would ask for
ever. Not here: the decision, and the HTTP answer around the reply (always status 200).

source: RFC 8894 §3.3.2.
"""

from cryptography import x509

from enrollment.scep_attributes import Attributes
from enrollment.scep_certificates import CertifiedKey
from enrollment.scep_messages import write_message
from enrollment.scep_request import Conversation, ScepRefusal, ScepRequest
from enrollment.scep_words import FailInfo, MessageType, PkiStatus
from profiles import cms
from profiles.cms import Cipher

NONCE_BYTES = 16

# Clients of the single-DES kind can read AES-128, and nobody's library reads AES-192 everywhere.
_ANSWERED_WITH = {
    Cipher.AES_128: Cipher.AES_128,
    Cipher.AES_192: Cipher.AES_256,
    Cipher.AES_256: Cipher.AES_256,
    Cipher.TRIPLE_DES: Cipher.TRIPLE_DES,
    Cipher.DES: Cipher.AES_128,
}


def success(
    request: ScepRequest,
    issued: x509.Certificate,
    authority: CertifiedKey,
    nonce: bytes,
) -> bytes:
    """Hand over a certificate, encrypted to whoever signed the request.

    issued: travels alone; clients take the first certificate of the set for their own.
    authority: should be the request's `recipient`.
    nonce: `NONCE_BYTES` fresh random octets.
    raises: ValueError (a nonce of another length).
    """
    # The signer, not the requested key: the two differ in a renewal and in some clients.
    cipher = _ANSWERED_WITH[request.cipher]
    envelope = cms.envelope(cms.certificates_only([issued]), request.signer, cipher)
    attributes = _attributes(request.conversation, nonce, PkiStatus.SUCCESS)
    return write_message(envelope, attributes, authority, request.conversation.digest)


def failure(
    answered: ScepRequest | ScepRefusal,
    fail_info: FailInfo,
    authority: CertifiedKey,
    nonce: bytes,
    text: str | None = None,
) -> bytes:
    """Refuse a request.

    nonce: `NONCE_BYTES` fresh random octets.
    text: what a person may read in a client's log; the same for all causes that an attacker
        must not tell apart.
    """
    attributes = _attributes(answered.conversation, nonce, PkiStatus.FAILURE, fail_info)
    digest = answered.conversation.digest
    return write_message(None, attributes, authority, digest, fail_text=text)


def _attributes(
    conversation: Conversation,
    nonce: bytes,
    status: PkiStatus,
    fail_info: FailInfo | None = None,
) -> Attributes:
    if len(nonce) != NONCE_BYTES:
        raise ValueError("a nonce has exactly 16 octets")
    return Attributes(
        message_type=MessageType.CERT_REP,
        transaction_id=conversation.transaction_id,
        sender_nonce=nonce,
        recipient_nonce=conversation.sender_nonce,
        pki_status=status,
        fail_info=fail_info,
    )
