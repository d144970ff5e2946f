"""Certificates for the stand-in of the push service: a private authority and what it issues.

The push certificate has the form of Apple's: its UID is the topic.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate with its private key, both in PEM form; the key is not encrypted."""

    certificate_pem: bytes
    key_pem: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class StandInCertificates:
    """All that a stand-in and one client of it need.

    authority_pem: whom client and stand-in trust. server: for 127.0.0.1, ::1 and localhost.
    push: the client's push certificate, whose UID is `topic`.
    """

    authority_pem: bytes
    server: Identity
    push: Identity
    topic: str


class StandInAuthority:
    """Issues certificates in Apple's place. `now` is when the authority begins, for ten years."""

    def __init__(self, now: datetime) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name((NameOID.COMMON_NAME, "Stand-in Push Authority"))
        builder = _builder(self._name, self._name, self._key, now, timedelta(days=3650))
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        builder = builder.add_extension(_key_usage(signs_certificates=True), True)
        self.certificate = builder.sign(self._key, hashes.SHA256())
        self.certificate_pem = self.certificate.public_bytes(Encoding.PEM)

    def issue_server(self, now: datetime, life: timedelta = timedelta(days=365)) -> Identity:
        """Issue the identity of the stand-in on this machine."""
        names = x509.SubjectAlternativeName(
            [
                x509.DNSName("localhost"),
                x509.IPAddress(ip_address("127.0.0.1")),
                x509.IPAddress(ip_address("::1")),
            ]
        )
        subject = _name((NameOID.COMMON_NAME, "localhost"))
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(subject, self._name, key, now, life)
        return self._sign(builder.add_extension(names, False), key, ExtendedKeyUsageOID.SERVER_AUTH)

    def issue_push(
        self,
        topic: str,
        now: datetime,
        life: timedelta = timedelta(days=365),
        key: _Key | None = None,
    ) -> Identity:
        """Issue a push certificate, as the portal does; a new RSA key is made without `key`."""
        key = key or rsa.generate_private_key(65537, 2048)
        subject = _name(
            (NameOID.USER_ID, topic),
            (NameOID.COMMON_NAME, f"APSP:{topic.rpartition('.')[2]}"),
            (NameOID.COUNTRY_NAME, "DE"),
        )
        builder = _builder(subject, self._name, key, now, life)
        return self._sign(builder, key, ExtendedKeyUsageOID.CLIENT_AUTH)

    def _sign(
        self, builder: x509.CertificateBuilder, key: _Key, use: x509.ObjectIdentifier
    ) -> Identity:
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        builder = builder.add_extension(_key_usage(signs_certificates=False), True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([use]), False)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        certificate = builder.add_extension(issuer, False).sign(self._key, hashes.SHA256())
        key_pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return Identity(certificate.public_bytes(Encoding.PEM), key_pem)


def make_stand_in_certificates(now: datetime, identifier: str) -> StandInCertificates:
    """Make an authority, a server identity and a push identity at once.

    identifier: the last part of the topic, in Apple's case a UUID.
    """
    authority = StandInAuthority(now)
    topic = f"com.apple.mgmt.External.{identifier}"
    return StandInCertificates(
        authority.certificate_pem,
        authority.issue_server(now),
        authority.issue_push(topic, now),
        topic,
    )


def _name(*parts: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: _Key, now: datetime, life: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
