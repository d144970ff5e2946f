"""Certificates and keys as SCEP uses them.

Here: a certificate with its key, the rules for keys, reading a set of certificates. Not here:
writing such a set and issuers (`profiles.cms`), issuing (`identity`).

source: RFC 8894 §3.4, RFC 5652 §10.2.4.
"""

from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from profiles.cms_algorithms import Oid
from profiles.cms_ber import CONTEXT_0, INTEGER, OBJECT_IDENTIFIER, SEQUENCE, SET, Cursor
from profiles.errors import CmsError

_RSA_BITS = range(2048, 8192 + 1)
_EXPONENTS = range(65537, 2**33)
_CURVES = (ec.SECP256R1, ec.SECP384R1)


@dataclass(frozen=True, slots=True)
class CertifiedKey:
    """A certificate with its RSA key: an authority of ours, or whoever signs a request."""

    certificate: x509.Certificate
    private_key: rsa.RSAPrivateKey = field(repr=False)


def der_of(certificate: x509.Certificate) -> bytes:
    """The certificate's own encoding."""
    return certificate.public_bytes(Encoding.DER)


def public_key_der(key: PublicKeyTypes) -> bytes:
    """The key as SubjectPublicKeyInfo: equal octets are equal keys."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def is_acceptable_key(key: PublicKeyTypes) -> bool:
    """Tell whether a key is strong enough to be certified, and small enough to be worked with.

    RSA of 2048 to 8192 bits, or an elliptic key on P-256 or P-384.
    """
    if isinstance(key, ec.EllipticCurvePublicKey):
        return isinstance(key.curve, _CURVES)
    return can_receive(key)


def can_receive(key: PublicKeyTypes) -> bool:
    """Tell whether a reply can be encrypted to a key: only to RSA keys of a good size."""
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size not in _RSA_BITS:
        return False
    return key.public_numbers().e in _EXPONENTS


def read_certificates_only(encoded: bytes) -> list[x509.Certificate]:
    """Read a SignedData that holds nothing but certificates, in the order found.

    raises: CmsError (not such a structure), ValueError (not a certificate).
    """
    cursor = Cursor(encoded)
    cursor.open(SEQUENCE)
    if cursor.take(OBJECT_IDENTIFIER) != Oid.SIGNED_DATA:
        raise CmsError("not SignedData")
    cursor.open(CONTEXT_0)
    cursor.open(SEQUENCE)
    cursor.take(INTEGER)
    cursor.take(SET)
    cursor.skip()
    found = []
    cursor.open(CONTEXT_0)
    while cursor.peek() != -1:
        found.append(cursor.take_whole(SEQUENCE))
    return [x509.load_der_x509_certificate(der) for der in found]
