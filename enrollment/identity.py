"""Certificates of the embedded authority: its own, the devices', and the server's.

Here: what stands in each. Public keys, serial numbers and instants are handed in.
Not here: how a device asks for one (scep.py), where keys are kept, which enrollment a certificate
belongs to (lifecycle.py).

source: RFC 5280; RFC 8894 §2.1.2 for the authority's key usage.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from enrollment.errors import KeyRefused
from enrollment.scep_certificates import CertifiedKey, is_acceptable_key

__all__ = [
    "AUTHORITY_KEY_BITS",
    "CertifiedKey",
    "IdentityCertificate",
    "IdentitySubject",
    "create_authority",
    "issue",
    "renew_at",
    "tls_certificate",
]

AUTHORITY_KEY_BITS = 3072
AUTHORITY_LIFETIME = timedelta(days=20 * 365)
IDENTITY_LIFETIME = timedelta(days=2 * 365)
# What Apple's systems accept of a server's certificate at most is 398 days.
TLS_LIFETIME = timedelta(days=397)

# An iPad whose battery was empty starts with a clock that is hours behind.
_BACKDATED = timedelta(hours=24)
_SERIAL_BITS = range(64, 160)


@dataclass(frozen=True, slots=True)
class IdentitySubject:
    """Whom a device certificate names, from our records and never from the request.

    common_name: something that stays true, such as an enrollment's identifier.
    """

    common_name: str
    organization: str


@dataclass(frozen=True, slots=True)
class IdentityCertificate:
    """What must be remembered of a device's certificate.

    fingerprint: SHA-256 of its DER, by which it is pinned. public_key_digest: SHA-256 of the
    key's SubjectPublicKeyInfo, by which a repeated request is recognised. Both 32 bytes.
    """

    fingerprint: bytes
    not_before: datetime
    not_after: datetime
    public_key_digest: bytes
    serial_number: int

    @classmethod
    def of(cls, certificate: x509.Certificate) -> "IdentityCertificate":
        key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return cls(
            fingerprint=hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest(),
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
            public_key_digest=hashlib.sha256(key).digest(),
            serial_number=certificate.serial_number,
        )


def renew_at(identity: IdentityCertificate, renew_before: timedelta) -> datetime:
    """Tell when to begin renewing: some time before the end, but never in the first half."""
    half = (identity.not_after - identity.not_before) / 2
    return identity.not_after - min(renew_before, half)


def create_authority(
    name: str,
    private_key: rsa.RSAPrivateKey,
    now: datetime,
    serial_number: int,
    lifetime: timedelta = AUTHORITY_LIFETIME,
) -> x509.Certificate:
    """Make the root that signs device identities and receives SCEP requests.

    RSA, since SCEP clients encrypt to it. raises: KeyRefused (shorter than 3,072 bits).
    """
    if private_key.key_size < AUTHORITY_KEY_BITS:
        raise KeyRefused("authority key is too short")
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    key = private_key.public_key()
    builder = _builder(subject, key, subject, serial_number)
    builder = builder.not_valid_before(now - _BACKDATED).not_valid_after(now + lifetime)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    usage = _key_usage(encipherment=True, authority=True)
    builder = builder.add_extension(usage, critical=True)
    return builder.sign(private_key, hashes.SHA256())


def issue(
    public_key: CertificateIssuerPublicKeyTypes,
    subject: IdentitySubject,
    authority: CertifiedKey,
    now: datetime,
    serial_number: int,
    lifetime: timedelta = IDENTITY_LIFETIME,
) -> x509.Certificate:
    """Make a device's identity: good for signing in as a client and for nothing else.

    raises: KeyRefused (neither RSA from 2,048 bits nor P-256 or P-384).
    """
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, subject.organization),
            x509.NameAttribute(NameOID.COMMON_NAME, subject.common_name),
        ]
    )
    builder = _leaf(public_key, name, authority, now, serial_number, lifetime)
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
    builder = builder.add_extension(purpose, critical=False)
    return builder.sign(authority.private_key, hashes.SHA256())


def tls_certificate(
    public_key: CertificateIssuerPublicKeyTypes,
    hosts: Sequence[str],
    authority: CertifiedKey,
    now: datetime,
    serial_number: int,
) -> x509.Certificate:
    """Make a server's certificate for iPads that trust the embedded authority.

    hosts: names and IP addresses, at least one; the first also stands in the subject.
    raises: KeyRefused, ValueError (no host, or none that a certificate can name).
    """
    if not hosts:
        raise ValueError("a server certificate needs a host")
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0][:64])])
    builder = _leaf(public_key, name, authority, now, serial_number, TLS_LIFETIME)
    alternatives = x509.SubjectAlternativeName([_general_name(host) for host in hosts])
    builder = builder.add_extension(alternatives, critical=False)
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    builder = builder.add_extension(purpose, critical=False)
    return builder.sign(authority.private_key, hashes.SHA256())


def _leaf(
    public_key: CertificateIssuerPublicKeyTypes,
    name: x509.Name,
    authority: CertifiedKey,
    now: datetime,
    serial_number: int,
    lifetime: timedelta,
) -> x509.CertificateBuilder:
    if not is_acceptable_key(public_key):
        raise KeyRefused("key is too weak, too large or of another kind")
    issuer = authority.certificate
    begin = max(now - _BACKDATED, issuer.not_valid_before_utc)
    end = min(begin + lifetime, issuer.not_valid_after_utc)
    builder = _builder(name, public_key, issuer.subject, serial_number)
    builder = builder.not_valid_before(begin).not_valid_after(end)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
    is_rsa = isinstance(public_key, rsa.RSAPublicKey)
    builder = builder.add_extension(_key_usage(encipherment=is_rsa, authority=False), True)
    return builder.add_extension(_authority_identifier(issuer), critical=False)


def _builder(
    subject: x509.Name,
    public_key: CertificateIssuerPublicKeyTypes,
    issuer: x509.Name,
    serial_number: int,
) -> x509.CertificateBuilder:
    if serial_number.bit_length() not in _SERIAL_BITS or serial_number < 0:
        raise ValueError("serial number must be positive, of 64 to 159 bits")
    identifier = x509.SubjectKeyIdentifier.from_public_key(public_key)
    builder = x509.CertificateBuilder(subject_name=subject, issuer_name=issuer)
    builder = builder.public_key(public_key).serial_number(serial_number)
    return builder.add_extension(identifier, critical=False)


def _authority_identifier(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    identifier = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier.value)


def _key_usage(*, encipherment: bool, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_encipherment=encipherment,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)
