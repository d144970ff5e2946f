"""Reading what a client asks of the SCEP service, in the order that RFC 8894 wants.

Here: from raw octets to a request that may be authorised, or to the reason why not. Not here:
authorising it (`scep_challenge`, `scep_renewal`), issuing (`identity`), answering (`scep_reply`).

source: RFC 8894 §3.2 and §3.3.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography import x509

from enrollment.scep_attributes import Attributes, read_attributes
from enrollment.scep_certificates import (
    CertifiedKey,
    can_receive,
    is_acceptable_key,
    public_key_der,
)
from enrollment.scep_csr import CertificateRequest, DoubtfulChallenge, UnusableRequest, read_csr
from enrollment.scep_envelopes import CannotOpen, open_envelope, read_cipher
from enrollment.scep_errors import MalformedScep
from enrollment.scep_messages import is_genuine, read_message, signer_of
from enrollment.scep_words import ENROLLING, FailInfo, MessageType
from profiles.cms import Cipher, Digest, SignedMessage

_MOST_CHARACTERS = 255
_MOST_NONCE_BYTES = 255


@dataclass(frozen=True, slots=True)
class Conversation:
    """What a reply of any kind must repeat.

    digest: what the reply is to be signed with.
    """

    transaction_id: str
    sender_nonce: bytes
    digest: Digest


@dataclass(frozen=True, slots=True)
class ScepRequest:
    """A well-made request for a certificate. Nothing in it is authorised yet.

    signer: the certificate that signed the message and can read the reply; of the client's own
        making in a PKCSReq, the expiring identity in a RenewalReq.
    recipient: which of our certificates it was sent to.
    public_key: SubjectPublicKeyInfo (DER) to certify; `public_key_digest` is its SHA-256.
    claimed_subject: for logs only.
    """

    conversation: Conversation
    message_type: MessageType
    signer: x509.Certificate
    recipient: x509.Certificate
    public_key: bytes
    public_key_digest: bytes
    challenge: str | None = field(repr=False)
    claimed_subject: str
    cipher: Cipher

    @property
    def transaction_id(self) -> str:
        return self.conversation.transaction_id


@dataclass(frozen=True, slots=True)
class ScepRefusal:
    """A request that is answered with a signed FAILURE.

    reason: a few constant words for logs; the client sees `fail_info` alone.
    """

    conversation: Conversation
    fail_info: FailInfo
    reason: str


@dataclass(frozen=True, slots=True)
class _Rules:
    authorities: Sequence[CertifiedKey]
    allow_legacy: bool
    require_signer_is_requester: bool


class _Refused(Exception):
    def __init__(self, fail_info: FailInfo, reason: str) -> None:
        self.fail_info = fail_info
        self.reason = reason


# One answer for whatever goes wrong between the envelope and the proof inside it: whoever alters
# another's envelope bit by bit must learn nothing from what we say.
_NOT_INTACT = (FailInfo.BAD_MESSAGE_CHECK, "no intact request for us in the envelope")


def read_request(
    raw: bytes,
    authorities: Sequence[CertifiedKey],
    *,
    allow_legacy: bool,
    require_signer_is_requester: bool,
) -> ScepRequest | ScepRefusal:
    """Read and check a PKIOperation.

    authorities: who may receive requests; the reply is signed by the one in `recipient`.
    allow_legacy: accept SHA-1 and DES, for old clients only.
    require_signer_is_requester: a PKCSReq must be signed with the key it asks to certify. Real
        devices do so; some test clients use a throw-away key.
    raises: MalformedScep (no reply can be built, since transaction or nonce are unknown).
    """
    message = read_message(raw)
    attributes = read_attributes(message.attributes)
    signer = signer_of(message)
    conversation = _conversation(attributes, message.digest, allow_legacy)
    rules = _Rules(authorities, allow_legacy, require_signer_is_requester)
    try:
        _check_sender(message, raw, signer, rules)
        return _read(message.content or b"", attributes, conversation, signer, rules)
    except _Refused as refused:
        return ScepRefusal(conversation, refused.fail_info, refused.reason)


def _conversation(attributes: Attributes, digest: Digest, allow_legacy: bool) -> Conversation:
    transaction_id = attributes.transaction_id or ""
    if not 0 < len(transaction_id) <= _MOST_CHARACTERS:
        raise MalformedScep("no usable transactionID")
    if not (transaction_id.isascii() and transaction_id.isprintable()):
        raise MalformedScep("no usable transactionID")
    if not 0 < len(attributes.sender_nonce) <= _MOST_NONCE_BYTES:
        raise MalformedScep("no usable senderNonce")
    answered_with = digest if _is_accepted(digest, allow_legacy) else Digest.SHA256
    return Conversation(transaction_id, attributes.sender_nonce, answered_with)


def _is_accepted(digest: Digest, allow_legacy: bool) -> bool:
    return allow_legacy or digest is not Digest.SHA1


def _check_sender(
    message: SignedMessage, raw: bytes, signer: x509.Certificate, rules: _Rules
) -> None:
    if not _is_accepted(message.digest, rules.allow_legacy):
        raise _Refused(FailInfo.BAD_ALG, "digest not accepted")
    # Before the signature, since checking one of a huge key would cost us time.
    if not can_receive(signer.public_key()):
        raise _Refused(FailInfo.BAD_ALG, "signer's key cannot receive a reply")
    if not is_genuine(message, raw):
        raise _Refused(FailInfo.BAD_MESSAGE_CHECK, "signature does not match")


def _read(
    envelope: bytes,
    attributes: Attributes,
    conversation: Conversation,
    signer: x509.Certificate,
    rules: _Rules,
) -> ScepRequest:
    message_type = _enrolling_type(attributes)
    cipher = _accepted_cipher(envelope, rules)
    request, recipient = _opened(envelope, rules)
    public_key = _accepted_key(request, message_type, signer, rules)
    return ScepRequest(
        conversation=conversation,
        message_type=message_type,
        signer=signer,
        recipient=recipient.certificate,
        public_key=public_key,
        public_key_digest=hashlib.sha256(public_key).digest(),
        challenge=request.challenge,
        claimed_subject=request.claimed_subject,
        cipher=cipher,
    )


def _enrolling_type(attributes: Attributes) -> MessageType:
    found = next((kind for kind in ENROLLING if kind == attributes.message_type), None)
    if found is None:
        raise _Refused(FailInfo.BAD_REQUEST, "no request for a certificate")
    return found


def _accepted_cipher(envelope: bytes, rules: _Rules) -> Cipher:
    try:
        cipher = read_cipher(envelope)
    except CannotOpen as error:
        raise _Refused(*_NOT_INTACT) from error
    if cipher is None or (cipher is Cipher.DES and not rules.allow_legacy):
        raise _Refused(FailInfo.BAD_ALG, "cipher not accepted")
    return cipher


def _opened(envelope: bytes, rules: _Rules) -> tuple[CertificateRequest, CertifiedKey]:
    allow_legacy = rules.allow_legacy
    try:
        content, recipient = open_envelope(envelope, rules.authorities, allow_legacy=allow_legacy)
        return read_csr(content, allow_legacy=allow_legacy), recipient
    except (CannotOpen, UnusableRequest) as error:
        raise _Refused(*_NOT_INTACT) from error
    except DoubtfulChallenge as error:
        raise _Refused(FailInfo.BAD_REQUEST, "challenge is not one text") from error


def _accepted_key(
    request: CertificateRequest,
    message_type: MessageType,
    signer: x509.Certificate,
    rules: _Rules,
) -> bytes:
    if not is_acceptable_key(request.public_key):
        raise _Refused(FailInfo.BAD_ALG, "requested key too weak or of another kind")
    public_key = public_key_der(request.public_key)
    must_match = rules.require_signer_is_requester and message_type is MessageType.PKCS_REQ
    if must_match and public_key != public_key_der(signer.public_key()):
        raise _Refused(FailInfo.BAD_REQUEST, "signed with another key than the requested one")
    return public_key
