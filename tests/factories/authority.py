"""The server's own keys as rows; made once per process, for they are slow to make."""

from datetime import datetime, timedelta
from functools import cache

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from enrollment.identity import CertifiedKey, IdentitySubject, create_authority, issue
from mdm.base.db import Tx
from mdm.base.vault import Vault
from mdm.rooms.authority.models import KeyPurpose, ServerKey
from profiles import cms
from tests.factories.times import NOW

SERIAL = 1 << 100


@cache
def authority() -> CertifiedKey:
    """A device authority."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    return CertifiedKey(create_authority("Beispielstadt", key, NOW, SERIAL), key)


@cache
def signer() -> CertifiedKey:
    """A profile signer of that authority."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = IdentitySubject("profiles", "Beispielstadt")
    lifetime = timedelta(days=1000)
    certificate = issue(key.public_key(), subject, authority(), NOW, SERIAL + 1, lifetime)
    return CertifiedKey(certificate, key)


def server_keys(tx: Tx, vault: Vault, now: datetime = NOW) -> CertifiedKey:
    """Put authority and signer where the server looks for them; returns the authority."""
    _store(tx, vault, KeyPurpose.DEVICE_AUTHORITY, authority(), now)
    _store(tx, vault, KeyPurpose.PROFILE_SIGNER, signer(), now)
    return authority()


def _store(tx: Tx, vault: Vault, purpose: KeyPurpose, made: CertifiedKey, now: datetime) -> None:
    der = made.certificate.public_bytes(Encoding.DER)
    plain = made.private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    context = f"server_key.key:{cms.fingerprint(der).hex()}"
    tx.add(
        ServerKey(
            purpose=purpose,
            certificate=der,
            sealed_key=vault.seal(plain, context),
            not_after=made.certificate.not_valid_after_utc,
            created_at=now,
        )
    )
    tx.flush()
