"""SCEP messages to test with: sensible ones by default, broken ones on request.

Keys are made once per process: they are slow to make and no test minds sharing them.
"""

import functools
from collections.abc import Iterable
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from enrollment.scep_attributes import Attributes
from enrollment.scep_certificates import CertifiedKey, public_key_der
from enrollment.scep_client import (
    APPLE,
    ClientHabits,
    SentRequest,
    build_request,
    self_signed,
)
from enrollment.scep_der import (
    SEQUENCE,
    algorithm,
    element,
    identifier,
    integer,
    set_of,
)
from enrollment.scep_envelopes import seal
from enrollment.scep_messages import write_message
from enrollment.scep_request import ScepRefusal, ScepRequest, read_request
from enrollment.scep_words import CHALLENGE_PASSWORD, Cipher, Digest, MessageType

NOW = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
CHALLENGE = "KLASSE7BGEHEIMNISGEHEIMNIS"
TRANSACTION = "qX+7/abc="
NONCE = bytes(range(16))
REPLY_NONCE = b"reply-nonce-0001"
SEAL_RANDOM = bytes(range(100, 148))

_SHA1_WITH_RSA = "1.2.840.113549.1.1.5"
_SHA256_WITH_RSA = "1.2.840.113549.1.1.11"


@functools.cache
def rsa_key(owner: str, bits: int = 2048, exponent: int = 65537) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=exponent, key_size=bits)


@functools.cache
def ec_key(curve: type[ec.EllipticCurve] = ec.SECP256R1) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(curve())


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@functools.cache
def certified(owner: str, serial: int = 7) -> CertifiedKey:
    """A self-signed certificate of `owner`; "authority" is the one requests are sent to."""
    return self_signed(rsa_key(owner), name(owner), now=NOW, serial=serial)


def authority() -> CertifiedKey:
    return certified("authority", serial=2**127 + 1)


@functools.cache
def issued_to(owner: str) -> x509.Certificate:
    """An identity certificate as our authority would issue it."""
    return (
        x509.CertificateBuilder()
        .subject_name(name("enrollment-1"))
        .issuer_name(authority().certificate.subject)
        .public_key(rsa_key(owner).public_key())
        .serial_number(4711)
        .not_valid_before(NOW)
        .not_valid_after(NOW.replace(year=NOW.year + 1))
        .sign(authority().private_key, SHA256())
    )


def sent(
    habits: ClientHabits = APPLE,
    *,
    owner: str = "tablet",
    challenge: str | None = CHALLENGE,
    receiver: CertifiedKey | None = None,
    transaction_id: str = TRANSACTION,
) -> SentRequest:
    """A request as a client with these habits sends it."""
    signer = certified("throwaway") if habits.throwaway_signer else certified(owner)
    return build_request(
        rsa_key(owner),
        name("claimed by the tablet"),
        challenge,
        (receiver or authority()).certificate,
        signer,
        transaction_id=transaction_id,
        nonce=NONCE,
        seal_random=SEAL_RANDOM,
        habits=habits,
    )


def message_around(
    content: bytes | None,
    *,
    attributes: Attributes | None = None,
    signer: CertifiedKey | None = None,
    digest: Digest = Digest.SHA256,
) -> bytes:
    """A signed message around any content."""
    asked = attributes or Attributes(MessageType.PKCS_REQ, TRANSACTION, NONCE)
    return write_message(content, asked, signer or certified("tablet"), digest)


def message_sealing(
    inside: bytes,
    *,
    cipher: Cipher = Cipher.AES128,
    attributes: Attributes | None = None,
    signer: CertifiedKey | None = None,
) -> bytes:
    """A signed message whose envelope holds these octets."""
    envelope = seal(inside, authority().certificate, cipher, SEAL_RANDOM)
    return message_around(envelope, attributes=attributes, signer=signer)


def certificate_request(
    attributes: Iterable[bytes] = (), *, owner: str = "tablet", digest: Digest = Digest.SHA256
) -> bytes:
    """A certificate request with these encoded attributes, signed by its key."""
    key = rsa_key(owner)
    info = element(
        SEQUENCE,
        integer(0),
        name("claimed by the tablet").public_bytes(),
        public_key_der(key.public_key()),
        bytes([0xA0]) + set_of(attributes)[1:],
    )
    signature = key.sign(info, padding.PKCS1v15(), digest.hash)
    oid = _SHA1_WITH_RSA if digest is Digest.SHA1 else _SHA256_WITH_RSA
    return element(SEQUENCE, info, algorithm(oid), element(0x03, b"\x00", signature))


def challenge_attribute(*values: bytes) -> bytes:
    return element(SEQUENCE, identifier(CHALLENGE_PASSWORD), set_of(values))


def read(
    raw: bytes, *, allow_legacy: bool = False, strict: bool = True
) -> ScepRequest | ScepRefusal:
    """Read a message as the service does; strict about who signs, by default."""
    return read_request(
        raw, [authority()], allow_legacy=allow_legacy, require_signer_is_requester=strict
    )


def accepted(raw: bytes, *, allow_legacy: bool = False, strict: bool = True) -> ScepRequest:
    request = read(raw, allow_legacy=allow_legacy, strict=strict)
    assert isinstance(request, ScepRequest), request
    return request


def refused(raw: bytes, *, allow_legacy: bool = False, strict: bool = True) -> ScepRefusal:
    refusal = read(raw, allow_legacy=allow_legacy, strict=strict)
    assert isinstance(refusal, ScepRefusal), refusal
    return refusal
