"""Certificates inside messages: who signed, with which key, issued by whom.

Here: fingerprints, keys good enough to trust, and whether one certificate was issued by another.
Not here: pins, revocation and dates of enrolments (they belong to the callers' records).
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TypeAlias

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from profiles.cms_ber import CONTEXT_0, INTEGER, SEQUENCE, Cursor
from profiles.errors import BadSignature

PublicKey: TypeAlias = rsa.RSAPublicKey | ec.EllipticCurvePublicKey

MINIMUM_RSA_BITS = 2048
_MAXIMUM_RSA_BITS = 8192
# A public exponent of thousands of bits makes one verification take seconds.
_MAXIMUM_EXPONENT = 2**33
# Strangers fill the caches too: both numbers together keep them under 20 MB.
_CACHED = 4096
_MAXIMUM_CACHED_BYTES = 4096
_CURVES = ("secp256r1", "secp384r1", "secp521r1")
_PKCS1 = padding.PKCS1v15()


@dataclass(frozen=True, slots=True)
class Signer:
    """The certificate that a message names as its signer; nothing is proven by that alone.

    fingerprint: SHA-256 of certificate_der, 32 bytes, the form in which pins are kept.
    issuer_and_serial: both in DER, one after the other.
    """

    certificate_der: bytes
    fingerprint: bytes
    issuer_and_serial: bytes


def signer(certificate_der: bytes) -> Signer:
    """Look at a certificate without loading its key.

    raises: CmsError.
    """
    if len(certificate_der) > _MAXIMUM_CACHED_BYTES:
        return _read_signer(certificate_der)
    return _cached_signer(certificate_der)


def _read_signer(certificate_der: bytes) -> Signer:
    cursor = Cursor(certificate_der)
    cursor.open(SEQUENCE)
    cursor.open(SEQUENCE)
    if cursor.peek() == CONTEXT_0:
        cursor.skip()
    serial = cursor.take_whole(INTEGER)
    cursor.skip()
    issuer = cursor.take_whole(SEQUENCE)
    return Signer(certificate_der, fingerprint(certificate_der), issuer + serial)


def fingerprint(certificate_der: bytes) -> bytes:
    """Return the SHA-256 of a certificate, 32 bytes."""
    return hashlib.sha256(certificate_der).digest()


def public_key(certificate_der: bytes, minimum_rsa_bits: int = MINIMUM_RSA_BITS) -> PublicKey:
    """Load the key of a certificate, if it is one that we trust signatures of.

    raises: BadSignature: no certificate, a short or odd RSA key, an unknown curve, another kind.
    """
    if len(certificate_der) > _MAXIMUM_CACHED_BYTES:
        return _load_public_key(certificate_der, minimum_rsa_bits)
    return _cached_public_key(certificate_der, minimum_rsa_bits)


def _load_public_key(certificate_der: bytes, minimum_rsa_bits: int) -> PublicKey:
    try:
        key = x509.load_der_x509_certificate(certificate_der).public_key()
    # A version that X.509 does not have is no ValueError of theirs.
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise BadSignature("certificate cannot be read") from error
    if isinstance(key, rsa.RSAPublicKey):
        _check_rsa(key, minimum_rsa_bits)
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _CURVES:
        return key
    raise BadSignature("kind of key not accepted")


# A miss costs 3 us for the signer and 10 to 25 us for the key.
_cached_signer = lru_cache(maxsize=_CACHED)(_read_signer)
_cached_public_key = lru_cache(maxsize=_CACHED)(_load_public_key)


def _check_rsa(key: rsa.RSAPublicKey, minimum_bits: int) -> None:
    if not minimum_bits <= key.key_size <= _MAXIMUM_RSA_BITS:
        raise BadSignature("length of key not accepted")
    exponent = key.public_numbers().e
    if exponent < 3 or exponent % 2 == 0 or exponent >= _MAXIMUM_EXPONENT:
        raise BadSignature("exponent of key not accepted")


def issued_by(certificate: x509.Certificate, *authorities: x509.Certificate) -> bool:
    """Tell whether one of the authorities issued the certificate: by name and by signature.

    Dates are not looked at: see valid_at. An authority must be marked as one, else any device
    could issue certificates to others.
    """
    return any(_issued_by(certificate, authority) for authority in authorities)


def valid_at(certificate: x509.Certificate, instant: datetime) -> bool:
    """Tell whether an instant (aware) lies within the dates of the certificate."""
    return certificate.not_valid_before_utc <= instant <= certificate.not_valid_after_utc


def _issued_by(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        if certificate.issuer != authority.subject or not _may_issue(authority):
            return False
        _verify_issued(certificate, authority)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def _may_issue(authority: x509.Certificate) -> bool:
    extensions = authority.extensions
    try:
        if not extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            return False
    except x509.ExtensionNotFound:
        return False
    try:
        return extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    except x509.ExtensionNotFound:
        return True


def _verify_issued(certificate: x509.Certificate, authority: x509.Certificate) -> None:
    algorithm = certificate.signature_hash_algorithm
    if algorithm is None or algorithm.name not in ("sha1", "sha256", "sha384", "sha512"):
        raise UnsupportedAlgorithm("digest of a certificate")
    key = authority.public_key()
    signed, signature = certificate.tbs_certificate_bytes, certificate.signature
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, signed, _PKCS1, algorithm)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, signed, ec.ECDSA(algorithm))
    else:
        raise UnsupportedAlgorithm("key of an authority")
