"""The client's side of SCEP: asking for a certificate as real clients do.

Here: building a request, and the habits of the clients that we know, for simulated iPads and for
tests. Not here: the reply (`scep_client_reply`), HTTP, and what the server makes of it
(`scep_request`).

source: RFC 8894 §2.3 and §3.3.1; the habits follow what those clients were seen to send.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from enrollment.scep_attributes import Attributes
from enrollment.scep_certificates import CertifiedKey, public_key_der
from enrollment.scep_csr import CHALLENGE_PASSWORD
from enrollment.scep_messages import Form, pieces, write_message
from enrollment.scep_words import MessageType
from profiles import cms
from profiles.cms import Cipher, Digest
from profiles.cms_ber import (
    CONSTRUCTED,
    CONTEXT_0,
    INTEGER,
    OBJECT_IDENTIFIER,
    SEQUENCE,
    SET,
    Cursor,
    encode_indefinite,
)

_SELF_SIGNED_LIFE = timedelta(days=7)
_ENCRYPTED_CONTENT = 0x80
_CLOCK_DIFFERENCE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class ClientHabits:
    """How a kind of client writes its messages.

    throwaway_signer: signs with a key made for the occasion instead of the key to be certified.
    message_in_query: a POST repeats the message in the query, where servers must ignore it.
    """

    cipher: Cipher
    digest: Digest
    form: Form
    throwaway_signer: bool = False
    message_in_query: bool = False


APPLE = ClientHabits(Cipher.AES_128, Digest.SHA256, Form.BER_INDEFINITE)
SCEPCLIENT = ClientHabits(Cipher.DES, Digest.SHA1, Form.DER)
MDMB = ClientHabits(Cipher.DES, Digest.SHA1, Form.DER, throwaway_signer=True, message_in_query=True)


@dataclass(frozen=True, slots=True)
class SentRequest:
    """A request as it leaves, and what is needed to understand the reply.

    public_key: SubjectPublicKeyInfo (DER) of the key to be certified.
    """

    message: bytes
    signer: CertifiedKey
    public_key: bytes
    transaction_id: str
    nonce: bytes


def self_signed(
    key: rsa.RSAPrivateKey, subject: x509.Name, *, now: datetime, serial: int
) -> CertifiedKey:
    """Make the certificate that a client without any signs its first request with.

    serial: positive; tells this certificate apart from other self-signed ones.
    """
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(now - _CLOCK_DIFFERENCE)
        .not_valid_after(now + _SELF_SIGNED_LIFE)
    )
    return CertifiedKey(builder.sign(key, SHA256()), key)


def build_request(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
    subject: x509.Name,
    challenge: str | None,
    ca_certificate: x509.Certificate,
    signer: CertifiedKey,
    *,
    transaction_id: str,
    nonce: bytes,
    habits: ClientHabits = APPLE,
    message_type: MessageType = MessageType.PKCS_REQ,
) -> SentRequest:
    """Build a PKIOperation.

    key: the key to be certified.
    ca_certificate: the answer to GetCACert; receives the request.
    signer: `self_signed` of the same key, of a throw-away key, or the identity to be renewed.
    nonce: 16 fresh random octets.
    """
    request = _certificate_request(key, subject, challenge)
    envelope = cms.envelope(request, ca_certificate, habits.cipher, allow_legacy=True)
    if habits.form is Form.BER_INDEFINITE:
        envelope = in_pieces(envelope)
    attributes = Attributes(message_type, transaction_id, nonce)
    message = write_message(envelope, attributes, signer, habits.digest, form=habits.form)
    return SentRequest(message, signer, public_key_der(key.public_key()), transaction_id, nonce)


def in_pieces(envelope: bytes) -> bytes:
    """Write an envelope as devices do: indefinite lengths, the content in pieces.

    envelope: DER, as `profiles.cms.envelope` makes it.
    """
    cursor = Cursor(envelope)
    cursor.open(SEQUENCE)
    kind = cursor.take_whole(OBJECT_IDENTIFIER)
    cursor.open(CONTEXT_0)
    cursor.open(SEQUENCE)
    version, recipients = cursor.take_whole(INTEGER), cursor.take_whole(SET)
    cursor.open(SEQUENCE)
    inner = cursor.take_whole(OBJECT_IDENTIFIER) + cursor.take_whole(SEQUENCE)
    encrypted = cursor.take_implicit_octets(_ENCRYPTED_CONTENT)
    content = encode_indefinite(_ENCRYPTED_CONTENT | CONSTRUCTED, *pieces(encrypted))
    data = encode_indefinite(
        SEQUENCE, version, recipients, encode_indefinite(SEQUENCE, inner, content)
    )
    return encode_indefinite(SEQUENCE, kind, encode_indefinite(CONTEXT_0, data))


def _certificate_request(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, subject: x509.Name, challenge: str | None
) -> bytes:
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    if challenge is not None:
        builder = builder.add_attribute(CHALLENGE_PASSWORD, challenge.encode())
    # SHA-256 even where the message is signed with SHA-1, as the clients themselves do.
    return builder.sign(key, SHA256()).public_bytes(Encoding.DER)
