"""Certificates as SCEP carries them: who issued them, and the set that holds only certificates.

Here: names of certificates inside CMS, the degenerate SignedData, the rules for keys. Not here:
issuing (`identity`).

source: RFC 8894 §2.3 and §3.4, RFC 5652 §10.2.4.
"""

from dataclasses import dataclass, field
from typing import Any

from asn1crypto import cms
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from enrollment.scep_der import SEQUENCE, SET, element, identifier, integer
from enrollment.scep_words import DATA, SIGNED_DATA

_Certificate: Any = asn1_x509.Certificate
_ContentInfo: Any = cms.ContentInfo
_EXPLICIT_0 = 0xA0
_RSA_BITS = range(2048, 8192 + 1)
_SMALLEST_EXPONENT = 65537
_CURVES = (ec.SECP256R1, ec.SECP384R1)


@dataclass(frozen=True, slots=True)
class CertifiedKey:
    """A certificate with its RSA key: an authority of ours, or whoever signs a request."""

    certificate: x509.Certificate
    private_key: rsa.RSAPrivateKey = field(repr=False)


def certificates_only(*certificates: x509.Certificate) -> bytes:
    """Write the degenerate SignedData, in the order given.

    The order is kept on purpose: old clients take the first certificate as their own.
    """
    data = element(
        SEQUENCE,
        integer(1),
        element(SET),
        element(SEQUENCE, identifier(DATA)),
        element(_EXPLICIT_0, *(der_of(certificate) for certificate in certificates)),
        element(SET),
    )
    return element(SEQUENCE, identifier(SIGNED_DATA), element(_EXPLICIT_0, data))


def read_certificates_only(encoded: bytes) -> list[x509.Certificate]:
    """Read the degenerate SignedData, in the order found.

    raises: ValueError, TypeError (not such a structure).
    """
    info = _ContentInfo.load(encoded, strict=True)
    return [load_certificate(c.chosen.dump()) for c in info["content"]["certificates"]]


def der_of(certificate: x509.Certificate) -> bytes:
    """The certificate's own encoding."""
    return certificate.public_bytes(Encoding.DER)


def load_certificate(der: bytes) -> x509.Certificate:
    """Read one certificate. raises: ValueError."""
    return x509.load_der_x509_certificate(der)


def issuer_and_serial(certificate: x509.Certificate) -> tuple[bytes, int]:
    """How CMS names a certificate: the issuer's encoding as it stands in it, and the serial."""
    parsed = _Certificate.load(der_of(certificate))
    return bytes(parsed.issuer.dump()), int(parsed.serial_number)


def certificate_identifier(certificate: x509.Certificate) -> bytes:
    """Write IssuerAndSerialNumber."""
    issuer, serial = issuer_and_serial(certificate)
    return element(SEQUENCE, issuer, integer(serial))


def public_key_der(key: PublicKeyTypes) -> bytes:
    """The key as SubjectPublicKeyInfo: equal bytes are equal keys."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def is_acceptable_key(key: PublicKeyTypes) -> bool:
    """Tell whether a key is strong enough, and small enough to be worked with.

    RSA of 2048 to 8192 bits, or an elliptic key on P-256 or P-384.
    """
    if isinstance(key, rsa.RSAPublicKey):
        return is_acceptable_rsa(key)
    return isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, _CURVES)


def is_acceptable_rsa(key: PublicKeyTypes) -> bool:
    """Tell whether a key can receive a reply: only RSA keys can be encrypted to."""
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size not in _RSA_BITS:
        return False
    return key.public_numbers().e >= _SMALLEST_EXPONENT
