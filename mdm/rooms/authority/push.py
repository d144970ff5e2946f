"""The push certificate: the request for one, the one in use, those before it.

Here: rows, with the key sealed. Whether a certificate may replace another is judged by the
caller (mdm.apple.push_certificate), since rooms do not know Apple's rules for it.
"""

from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from sqlalchemy import select, update

from mdm.base.db import Tx
from mdm.base.errors import HouseError, NotFound
from mdm.base.vault import Vault
from mdm.rooms.audit import service as audit
from mdm.rooms.audit.service import Actor, Subject
from mdm.rooms.authority.models import PushCertificate


class NoPushCertificate(HouseError):
    """Without a push certificate no iPad can be enrolled or woken."""

    def __init__(self) -> None:
        super().__init__(
            "there is no push certificate yet: `mdm push-certificate request`, then `import`"
        )


@dataclass(frozen=True, slots=True)
class PushIdentity:
    """What the push client signs in with."""

    id: int
    topic: str
    certificate_pem: bytes
    key_pem: bytes = field(repr=False)
    not_after: datetime
    apple_account: str


def store_request(
    tx: Tx,
    vault: Vault,
    key: rsa.RSAPrivateKey,
    request: bytes,
    actor: Actor,
    now: datetime,
) -> int:
    """Keep the key of a certificate that Apple has still to issue; returns its number."""
    row = PushCertificate(sealed_key=b"", request=request, created_at=now)
    tx.add(row)
    tx.flush()
    row.sealed_key = _seal(vault, row.id, key)
    audit.record(tx, actor, "push_certificate.request", _subject(row.id), now)
    return row.id


def open_request(tx: Tx, vault: Vault) -> tuple[int, rsa.RSAPrivateKey]:
    """The newest request that has no certificate yet, with its key. raises: NotFound."""
    row = tx.scalar(
        select(PushCertificate)
        .where(PushCertificate.imported_at.is_(None))
        .order_by(PushCertificate.id.desc())
        .limit(1)
    )
    if row is None:
        raise NotFound("push certificate request")
    return row.id, _open_key(vault, row)


def store_certificate(
    tx: Tx,
    request_id: int,
    certificate: x509.Certificate,
    topic: str,
    apple_account: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Put a judged certificate into use; the one before it is kept and no longer used."""
    tx.execute(
        update(PushCertificate)
        .where(PushCertificate.imported_at.is_not(None), PushCertificate.replaced_at.is_(None))
        .values(replaced_at=now)
    )
    row = tx.get_one(PushCertificate, request_id)
    row.certificate = certificate.public_bytes(Encoding.DER)
    row.topic = topic
    row.apple_account = apple_account
    row.not_after = certificate.not_valid_after_utc
    row.imported_at = now
    details = {"topic": topic, "not_after": row.not_after.isoformat()}
    audit.record(tx, actor, "push_certificate.import", _subject(row.id), now, details=details)


def current(tx: Tx, vault: Vault) -> PushIdentity | None:
    """The certificate in use; None before the first import."""
    row = _current_row(tx)
    if row is None or row.certificate is None or row.topic is None or row.not_after is None:
        return None
    certificate = x509.load_der_x509_certificate(row.certificate)
    key = _open_key(vault, row)
    return PushIdentity(
        row.id,
        row.topic,
        certificate.public_bytes(Encoding.PEM),
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        row.not_after,
        row.apple_account,
    )


def current_topic(tx: Tx) -> str:
    """The topic iPads enrol with. raises: NoPushCertificate."""
    row = _current_row(tx)
    if row is None or row.topic is None:
        raise NoPushCertificate
    return row.topic


def _current_row(tx: Tx) -> PushCertificate | None:
    return tx.scalar(
        select(PushCertificate)
        .where(PushCertificate.imported_at.is_not(None), PushCertificate.replaced_at.is_(None))
        .order_by(PushCertificate.id.desc())
        .limit(1)
    )


def _seal(vault: Vault, number: int, key: rsa.RSAPrivateKey) -> bytes:
    plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return vault.seal(plain, f"push_certificate.key:{number}")


def _open_key(vault: Vault, row: PushCertificate) -> rsa.RSAPrivateKey:
    plain = vault.open(row.sealed_key, f"push_certificate.key:{row.id}")
    # Sealed by ourselves after it was made; to test its primes anew takes 50 ms.
    key = load_der_private_key(plain, None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("a stored push key is no RSA key")
    return key


def _subject(number: int) -> Subject:
    return Subject.of("push_certificate", number)
