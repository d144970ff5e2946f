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
from enrollment.scep_messages import write_message
from enrollment.scep_request import ScepRefusal, ScepRequest, read_request
from enrollment.scep_words import MessageType
from profiles import cms
from profiles.cms import Cipher, Digest
from profiles.cms_algorithms import HASHES
from profiles.cms_ber import (
    CONTEXT_0,
    INTEGER,
    OBJECT_IDENTIFIER,
    SEQUENCE,
    SET,
    encode,
)

NOW = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
CHALLENGE = "KLASSE7BGEHEIMNISGEHEIMNIS"
TRANSACTION = "qX+7/abc="
NONCE = bytes(range(16))
REPLY_NONCE = b"reply-nonce-0001"

_SHA1_WITH_RSA = bytes.fromhex("2a864886f70d010105")
_SHA256_WITH_RSA = bytes.fromhex("2a864886f70d01010b")
_CHALLENGE_PASSWORD = bytes.fromhex("2a864886f70d010907")


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
    cipher: Cipher = Cipher.AES_128,
    attributes: Attributes | None = None,
    signer: CertifiedKey | None = None,
) -> bytes:
    """A signed message whose envelope holds these octets."""
    envelope = cms.envelope(inside, authority().certificate, cipher)
    return message_around(envelope, attributes=attributes, signer=signer)


def certificate_request(
    attributes: Iterable[bytes] = (), *, owner: str = "tablet", digest: Digest = Digest.SHA256
) -> bytes:
    """A certificate request with these encoded attributes, signed by its key."""
    key = rsa_key(owner)
    info = encode(
        SEQUENCE,
        encode(INTEGER, b"\0"),
        name("claimed by the tablet").public_bytes(),
        public_key_der(key.public_key()),
        encode(CONTEXT_0, *sorted(attributes)),
    )
    signature = key.sign(info, padding.PKCS1v15(), HASHES[digest])
    oid = _SHA1_WITH_RSA if digest is Digest.SHA1 else _SHA256_WITH_RSA
    algorithm = encode(SEQUENCE, encode(OBJECT_IDENTIFIER, oid), b"\x05\0")
    return encode(SEQUENCE, info, algorithm, encode(0x03, b"\0", signature))


def challenge_attribute(*values: bytes) -> bytes:
    kind = encode(OBJECT_IDENTIFIER, _CHALLENGE_PASSWORD)
    return encode(SEQUENCE, kind, encode(SET, *sorted(values)))


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
