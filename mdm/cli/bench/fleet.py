"""The devices of a run: each with an identity certificate of its own, a few keys between them.

A signature costs the server the same whichever key made it, and keys take long to make.
"""

import hashlib
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from enrollment.identity import CertifiedKey, IdentitySubject, issue
from mdm.base.identifiers import new_serial_number

# Commands that wait for each device: one is fetched by its Idle, the others by the
# acknowledgement of the one before, and the last acknowledgement finds nothing more.
COMMANDS_EACH = 4
KEYS = 32


@dataclass(frozen=True, slots=True)
class BenchDevice:
    """One device. number: counts from 1. command_uuids: in the order they are handed out."""

    number: int
    udid: str
    certificate: x509.Certificate
    key: rsa.RSAPrivateKey
    command_uuids: tuple[str, ...]


def make_keys(count: int = KEYS) -> list[rsa.RSAPrivateKey]:
    """Make device keys of the size iPads use."""
    return [rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(count)]


def make_fleet(
    count: int, authority: CertifiedKey, keys: Sequence[rsa.RSAPrivateKey], now: datetime
) -> Iterator[BenchDevice]:
    """Make `count` devices, their certificates issued as SCEP would."""
    for number in range(1, count + 1):
        udid = udid_of(number)
        key = keys[number % len(keys)]
        subject = IdentitySubject(udid, "Klassensatz")
        certificate = issue(key.public_key(), subject, authority, now, new_serial_number())
        uuids = tuple(command_uuid(number, place) for place in range(COMMANDS_EACH))
        yield BenchDevice(number, udid, certificate, key, uuids)


def udid_of(number: int) -> str:
    """A UDID in the form of current iPads, 25 characters; neighbours are not alike."""
    return f"00008103-{_digest(f'device {number}').hex()[:16].upper()}"


def command_uuid(number: int, place: int) -> str:
    """The UUID of a device's command; the same in every run."""
    drawn = _digest(f"command {number} {place}")[:16]
    return str(uuid.UUID(bytes=drawn, version=4)).upper()


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
