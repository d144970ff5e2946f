"""Proving signatures: over a body that travelled apart, or over the content in the message.

Here: the arithmetic, after cms_signed has read the structure.
Not here: whether we know the certificate; a good signature by a stranger proves nothing.
source: RFC 5652 §5.4 and §5.6.
"""

import hashlib
import hmac

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from profiles.cms_algorithms import HASHES, Oid
from profiles.cms_ber import OBJECT_IDENTIFIER, OCTET_STRING, encode
from profiles.cms_certificates import MINIMUM_RSA_BITS, public_key
from profiles.cms_signed import MAX_MESSAGE, SignedMessage, read_signed
from profiles.errors import BadSignature

_PKCS1 = padding.PKCS1v15()
_ECDSA = {digest: ec.ECDSA(algorithm) for digest, algorithm in HASHES.items()}
_CONTENT_TYPE_DATA = encode(OBJECT_IDENTIFIER, Oid.DATA)


def verify_detached(
    signed: SignedMessage, body: bytes, *, minimum_rsa_bits: int = MINIMUM_RSA_BITS
) -> None:
    """Prove that the named certificate signed these bytes.

    body: exactly as received, before any decoding.
    raises: BadSignature. The certificate itself is not judged: compare its fingerprint.
    """
    if signed.content:
        raise BadSignature("message brings its own content")
    _verify(signed, body, minimum_rsa_bits)


def verify_attached(
    raw: bytes, *, minimum_rsa_bits: int = MINIMUM_RSA_BITS, max_bytes: int = MAX_MESSAGE
) -> tuple[SignedMessage, bytes]:
    """Read a message and prove the signature over the content it brings along.

    minimum_rsa_bits: 1024 for MachineInfo alone, since Apple's own device certificates are so.
    returns: the message and its content.
    raises: CmsError (cannot be read), BadSignature.
    """
    signed = read_signed(raw, max_bytes=max_bytes)
    if signed.content is None:
        raise BadSignature("message has no content")
    _verify(signed, signed.content, minimum_rsa_bits)
    return signed, signed.content


def _verify(signed: SignedMessage, content: bytes, minimum_rsa_bits: int) -> None:
    covered = content
    if signed.signed_attributes is not None:
        _check_attributes(signed, content)
        covered = signed.signed_attributes
    key = public_key(signed.signer.certificate_der, minimum_rsa_bits)
    try:
        if isinstance(key, rsa.RSAPublicKey) and signed.key_kind == "rsa":
            key.verify(signed.signature, covered, _PKCS1, HASHES[signed.digest])
            return
        if isinstance(key, ec.EllipticCurvePublicKey) and signed.key_kind == "ec":
            key.verify(signed.signature, covered, _ECDSA[signed.digest])
            return
    except (InvalidSignature, UnsupportedAlgorithm, ValueError) as error:
        raise BadSignature("signature does not match") from error
    raise BadSignature("key does not fit the algorithm")


def _check_attributes(signed: SignedMessage, content: bytes) -> None:
    """Hold the attributes against the content; they are signed in its place."""
    attributes = signed.attributes
    if attributes.get(Oid.CONTENT_TYPE) != _CONTENT_TYPE_DATA:
        raise BadSignature("attribute contentType missing or foreign")
    digest = hashlib.new(signed.digest.value, content).digest()
    expected = encode(OCTET_STRING, digest)
    if not hmac.compare_digest(attributes.get(Oid.MESSAGE_DIGEST, b""), expected):
        raise BadSignature("digest does not match")
