"""The outer layer of every SCEP message: CMS SignedData with one signer and signed attributes.

Here: writing it for both sides, and reading it as SCEP wants it. Not here: the structure and the
proof (`profiles.cms`), what the attributes say (`scep_attributes`), what is decided
(`scep_request`).

source: RFC 8894 §3, RFC 5652 §5.
"""

from enum import StrEnum

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from enrollment.scep_attributes import Attributes, encode_attributes
from enrollment.scep_certificates import CertifiedKey, der_of
from enrollment.scep_errors import MalformedScep
from profiles import cms
from profiles.cms import Digest, SignedMessage
from profiles.cms_algorithms import DIGEST_OIDS, HASHES, Oid
from profiles.cms_ber import (
    CONSTRUCTED_OCTET_STRING,
    CONTEXT_0,
    INTEGER,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SEQUENCE,
    SET,
    encode,
    encode_indefinite,
)
from profiles.cms_certificates import signer
from profiles.errors import BadSignature, CmsError

MAX_MESSAGE_BYTES = 64 * 1024

_NULL = b"\x05\x00"
_VERSION_1 = encode(INTEGER, b"\x01")
_DATA = encode(OBJECT_IDENTIFIER, Oid.DATA)
# The plain identifier of the key's kind: every client knows it, whatever the digest.
_RSA_ENCRYPTION = bytes.fromhex("2a864886f70d010101")
_OID_OF_DIGEST = {digest: oid for oid, digest in DIGEST_OIDS.items()}
# Devices send octet strings in pieces; any size of a piece would do.
_PIECE = 1000


class Form(StrEnum):
    """How the outer layers of a message are encoded."""

    DER = "der"
    BER_INDEFINITE = "ber_indefinite"


def read_message(raw: bytes) -> SignedMessage:
    """Read the outer layer, DER or BER. Nothing in it is proven yet.

    raw: at most `MAX_MESSAGE_BYTES`.
    raises: MalformedScep (also for an unknown digest, and without the signer's certificate).
    """
    try:
        return cms.read_signed(raw, max_bytes=MAX_MESSAGE_BYTES)
    except CmsError as error:
        raise MalformedScep(error.reason) from error


def is_genuine(message: SignedMessage, raw: bytes) -> bool:
    """Tell whether the signer has signed these attributes and this content.

    raw: what `message` was read from.
    Anybody can make such a signature with a certificate of his own: it proves possession of a
    key, nothing more.
    """
    try:
        if message.content is None:
            cms.verify_detached(message, b"")
        else:
            cms.verify_attached(raw, max_bytes=MAX_MESSAGE_BYTES)
    except BadSignature:
        return False
    return message.signed_attributes is not None


def signer_of(message: SignedMessage) -> x509.Certificate:
    """The certificate that the message names as its signer. raises: MalformedScep."""
    try:
        certificate = x509.load_der_x509_certificate(message.signer.certificate_der)
        # Reads the key, so that one of an unknown kind is found here and not half-way.
        certificate.public_key()
    except (ValueError, TypeError, x509.InvalidVersion, UnsupportedAlgorithm) as error:
        raise MalformedScep("signer's certificate cannot be read") from error
    return certificate


def write_message(
    content: bytes | None,
    attributes: Attributes,
    sender: CertifiedKey,
    digest: Digest,
    *,
    form: Form = Form.DER,
    fail_text: str | None = None,
) -> bytes:
    """Sign a message; the sender's certificate travels with it.

    content: `None` leaves it truly out, as FAILURE must: clients try to decrypt an empty one.
    """
    signed = _attribute_set(content or b"", encode_attributes(attributes, fail_text), digest)
    signature = sender.private_key.sign(encode(SET, signed), padding.PKCS1v15(), HASHES[digest])
    layer = encode if form is Form.DER else encode_indefinite
    return layer(
        SEQUENCE,
        encode(OBJECT_IDENTIFIER, Oid.SIGNED_DATA),
        layer(
            CONTEXT_0,
            layer(
                SEQUENCE,
                _VERSION_1,
                encode(SET, _digest_algorithm(digest)),
                layer(SEQUENCE, _DATA, _content(content, form)),
                layer(CONTEXT_0, der_of(sender.certificate)),
                encode(SET, _signer_info(sender, digest, signed, signature)),
            ),
        ),
    )


def pieces(octets: bytes) -> list[bytes]:
    """Cut octets into the octet strings that a constructed one consists of."""
    return [encode(OCTET_STRING, octets[at : at + _PIECE]) for at in range(0, len(octets), _PIECE)]


def _content(content: bytes | None, form: Form) -> bytes:
    if content is None:
        return b""
    if form is Form.DER:
        return encode(CONTEXT_0, encode(OCTET_STRING, content))
    constructed = encode_indefinite(CONSTRUCTED_OCTET_STRING, *pieces(content))
    return encode_indefinite(CONTEXT_0, constructed)


def _attribute_set(content: bytes, further: dict[bytes, bytes], digest: Digest) -> bytes:
    """Write the attributes, sorted by encoding: verifiers sort them before they compare."""
    state = hashes.Hash(HASHES[digest])
    state.update(content)
    values = {
        **further,
        Oid.CONTENT_TYPE: _DATA,
        Oid.MESSAGE_DIGEST: encode(OCTET_STRING, state.finalize()),
    }
    return b"".join(
        sorted(
            encode(SEQUENCE, encode(OBJECT_IDENTIFIER, oid), encode(SET, value))
            for oid, value in values.items()
        )
    )


def _digest_algorithm(digest: Digest) -> bytes:
    return encode(SEQUENCE, encode(OBJECT_IDENTIFIER, _OID_OF_DIGEST[digest]), _NULL)


def _signer_info(sender: CertifiedKey, digest: Digest, signed: bytes, signature: bytes) -> bytes:
    return encode(
        SEQUENCE,
        _VERSION_1,
        encode(SEQUENCE, signer(der_of(sender.certificate)).issuer_and_serial),
        _digest_algorithm(digest),
        encode(CONTEXT_0, signed),
        encode(SEQUENCE, encode(OBJECT_IDENTIFIER, _RSA_ENCRYPTION), _NULL),
        encode(OCTET_STRING, signature),
    )
