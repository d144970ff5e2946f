"""The keys the server itself holds, made when they are first needed and sealed at rest.

Here: the embedded device authority, the profile signer, TLS certificates for trials.
Not here: the push certificate (push.py), what stands in a certificate (enrollment.identity).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from sqlalchemy import select

from enrollment.identity import (
    AUTHORITY_KEY_BITS,
    CertifiedKey,
    IdentityCertificate,
    IdentitySubject,
    create_authority,
    issue,
    tls_certificate,
)
from mdm.base.db import Tx, alone
from mdm.base.identifiers import new_serial_number
from mdm.base.vault import Vault
from mdm.rooms.audit import service as audit
from mdm.rooms.audit.service import Actor, Subject
from mdm.rooms.authority.models import KeyPurpose, ServerKey

_LEAF_KEY_BITS = 2048
# A leaf is made anew this long before it ends.
_RENEW_BEFORE = timedelta(days=30)
_SIGNER_LIFETIME = timedelta(days=5 * 365)
_MAKER = Actor.job("authority")


def ensure(tx: Tx, vault: Vault, organization: str, now: datetime) -> None:
    """Make the authority and the profile signer if there are none; called at start."""
    # Every process of a server starts at once, and each would make its own.
    alone(tx, "server_key")
    keys = authorities(tx, vault)
    if not keys:
        _make_authority(tx, vault, organization, now)
        keys = authorities(tx, vault)
    if _current(tx, KeyPurpose.PROFILE_SIGNER, "", now) is None:
        _make_signer(tx, vault, keys[0][1], organization, now)


def authorities(tx: Tx, vault: Vault) -> list[tuple[int, CertifiedKey]]:
    """The device authorities, newest first, with their row numbers. Older generations stay:
    requests encrypted to them are still read.
    """
    rows = tx.scalars(
        select(ServerKey)
        .where(ServerKey.purpose == KeyPurpose.DEVICE_AUTHORITY)
        .order_by(ServerKey.retired_at.is_not(None), ServerKey.id.desc())
    )
    return [(row.id, _open(vault, row)) for row in rows]


def root_certificate(tx: Tx) -> x509.Certificate:
    """The current authority's certificate, as enrolment profiles carry it."""
    row = tx.scalars(
        select(ServerKey).where(
            ServerKey.purpose == KeyPurpose.DEVICE_AUTHORITY, ServerKey.retired_at.is_(None)
        )
    ).one()
    return x509.load_der_x509_certificate(row.certificate)


def signer(tx: Tx, vault: Vault) -> CertifiedKey:
    """The key that signs profiles."""
    row = tx.scalars(
        select(ServerKey).where(
            ServerKey.purpose == KeyPurpose.PROFILE_SIGNER, ServerKey.retired_at.is_(None)
        )
    ).one()
    return _open(vault, row)


def tls(
    tx: Tx, vault: Vault, hosts: Sequence[str], now: datetime
) -> tuple[CertifiedKey, x509.Certificate]:
    """A server certificate for these hosts, signed by the embedded authority, and that root."""
    alone(tx, "server_key")
    name = ",".join(hosts)
    root = authorities(tx, vault)[0][1]
    row = _current(tx, KeyPurpose.TLS, name, now)
    if row is None:
        key = _new_key(_LEAF_KEY_BITS)
        certificate = tls_certificate(key.public_key(), hosts, root, now, new_serial_number())
        row = _store(tx, vault, KeyPurpose.TLS, name, CertifiedKey(certificate, key), now)
    return _open(vault, row), root.certificate


def _make_authority(tx: Tx, vault: Vault, organization: str, now: datetime) -> None:
    key = _new_key(AUTHORITY_KEY_BITS)
    name = f"{organization} device authority"
    certificate = create_authority(name, key, now, new_serial_number())
    _store(tx, vault, KeyPurpose.DEVICE_AUTHORITY, "", CertifiedKey(certificate, key), now)


def _make_signer(
    tx: Tx, vault: Vault, root: CertifiedKey, organization: str, now: datetime
) -> None:
    key = _new_key(_LEAF_KEY_BITS)
    subject = IdentitySubject(f"{organization} profiles", organization)
    certificate = issue(key.public_key(), subject, root, now, new_serial_number(), _SIGNER_LIFETIME)
    _store(tx, vault, KeyPurpose.PROFILE_SIGNER, "", CertifiedKey(certificate, key), now)


def _current(tx: Tx, purpose: KeyPurpose, name: str, now: datetime) -> ServerKey | None:
    """The key in use; one that ends soon is retired and no longer counts."""
    row = tx.scalar(
        select(ServerKey).where(
            ServerKey.purpose == purpose,
            ServerKey.name == name,
            ServerKey.retired_at.is_(None),
        )
    )
    if row is not None and row.not_after - _RENEW_BEFORE <= now:
        row.retired_at = now
        tx.flush()
        return None
    return row


def _new_key(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def _store(
    tx: Tx, vault: Vault, purpose: KeyPurpose, name: str, made: CertifiedKey, now: datetime
) -> ServerKey:
    der = made.certificate.public_bytes(Encoding.DER)
    plain = made.private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    row = ServerKey(
        purpose=purpose,
        name=name,
        certificate=der,
        sealed_key=vault.seal(plain, _context(der)),
        not_after=made.certificate.not_valid_after_utc,
        created_at=now,
    )
    tx.add(row)
    tx.flush()
    fingerprint = IdentityCertificate.of(made.certificate).fingerprint.hex()
    details = {"purpose": purpose.value, "fingerprint": fingerprint}
    subject = Subject.of("server_key", row.id)
    audit.record(tx, _MAKER, "server_key.make", subject, now, details=details)
    return row


def _open(vault: Vault, row: ServerKey) -> CertifiedKey:
    return _opened(vault, row.certificate, row.sealed_key)


# Reading an RSA key costs more than signing with it, and every profile is signed.
@lru_cache(maxsize=8)
def _opened(vault: Vault, certificate: bytes, sealed_key: bytes) -> CertifiedKey:
    key = load_der_private_key(vault.open(sealed_key, _context(certificate)), None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("a stored server key is no RSA key")
    return CertifiedKey(x509.load_der_x509_certificate(certificate), key)


def _context(certificate: bytes) -> str:
    """Bound to its certificate, which is unique and known before the row has a number."""
    fingerprint = IdentityCertificate.of(x509.load_der_x509_certificate(certificate)).fingerprint
    return f"server_key.key:{fingerprint.hex()}"
