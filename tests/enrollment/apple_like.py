"""A chain of the same shape as Apple's: an old root, expired links, short keys, SHA-1."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from enrollment.scep_certificates import CertifiedKey
from profiles.cms import SignatureForm, sign_attached
from tests.enrollment.facts import NOW
from tests.enrollment.keys import rsa_key

_Certificate: Any = asn1_x509.Certificate
LONG_AGO = NOW - timedelta(days=7000)


def certified(
    name: str,
    key: rsa.RSAPrivateKey,
    issuer: CertifiedKey | None,
    *,
    ends: datetime,
    is_authority: bool = True,
) -> CertifiedKey:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder(
        issuer_name=issuer.certificate.subject if issuer else subject,
        subject_name=subject,
        public_key=key.public_key(),
        serial_number=1 << 70,
        not_valid_before=LONG_AGO,
        not_valid_after=ends,
    ).add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    signer = issuer.private_key if issuer else key
    return CertifiedKey(_signed_with_sha1(builder.sign(signer, hashes.SHA256()), signer), key)


def _signed_with_sha1(certificate: x509.Certificate, key: rsa.RSAPrivateKey) -> x509.Certificate:
    # By hand, since the library no longer signs certificates so.
    algorithm = {"algorithm": "sha1_rsa"}
    parsed = _Certificate.load(certificate.public_bytes(Encoding.DER))
    parsed["tbs_certificate"]["signature"] = algorithm
    parsed["signature_algorithm"] = algorithm
    signed = parsed["tbs_certificate"].dump()
    parsed["signature_value"] = key.sign(signed, padding.PKCS1v15(), hashes.SHA1())
    return x509.load_der_x509_certificate(parsed.dump())


@cache
def root(number: int = 0) -> CertifiedKey:
    key = rsa_key(2048, 10 + number)
    return certified("Beispiel Root CA", key, None, ends=NOW + timedelta(days=3000))


@cache
def phones() -> CertifiedKey:
    return certified("Beispiel Phone CA", rsa_key(2048, 20), root(), ends=NOW - timedelta(1000))


@cache
def devices() -> CertifiedKey:
    return certified("Beispiel Device CA", rsa_key(1024, 21), phones(), ends=NOW - timedelta(4000))


@cache
def device() -> CertifiedKey:
    key = rsa_key(1024, 22)
    return certified("device-uuid", key, devices(), ends=NOW - timedelta(30), is_authority=False)


def introduction(
    content: bytes,
    signer: CertifiedKey | None = None,
    links: tuple[CertifiedKey, ...] | None = None,
    form: SignatureForm = SignatureForm.APPLE_LEGACY,
) -> bytes:
    who = signer or device()
    chain = (devices(), phones(), root()) if links is None else links
    certificates = [link.certificate for link in chain]
    return sign_attached(content, who.certificate, who.private_key, certificates, form=form)
