"""Keys and certificates of a fictional device and its authority, made once per test process."""

from datetime import UTC, datetime
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from profiles.cms import PrivateKey

BODY = b"<plist>" + b"x" * 370 + b"\r\n"
NOT_BEFORE = datetime(2025, 1, 1, tzinfo=UTC)
NOT_AFTER = datetime(2027, 1, 1, tzinfo=UTC)


@cache
def rsa_key(name: str = "ipad", bits: int = 2048) -> rsa.RSAPrivateKey:
    """Make an RSA key; the same name has the same key."""
    return rsa.generate_private_key(65537, bits)


@cache
def ec_key(name: str = "ipad") -> ec.EllipticCurvePrivateKey:
    """Make a P-256 key; the same name has the same key."""
    return ec.generate_private_key(ec.SECP256R1())


def certificate(
    key: PrivateKey,
    subject: str = "ipad",
    *,
    issuer: str | None = None,
    issuer_key: PrivateKey | None = None,
    serial: int = 4711,
    authority: bool = False,
    cert_sign: bool | None = None,
) -> x509.Certificate:
    """Issue a certificate, self-signed unless an issuer is named."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer or subject))
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(NOT_BEFORE)
        .not_valid_after(NOT_AFTER)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    if cert_sign is not None:
        builder = builder.add_extension(_usage(cert_sign), critical=True)
    return builder.sign(issuer_key or key, hashes.SHA256())


@cache
def rsa_certificate() -> x509.Certificate:
    """The device's certificate with an RSA key."""
    return certificate(rsa_key())


@cache
def ec_certificate() -> x509.Certificate:
    """The device's certificate with a P-256 key."""
    return certificate(ec_key())


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _usage(cert_sign: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not cert_sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=cert_sign,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
