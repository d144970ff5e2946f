"""What both ends of an IKEv2 tunnel agree upon: ciphers, hashes, groups.

Here: those worth using; the table of the payload has Apple's whole list.

source: Apple, "SecurityAssociationParameters" payload documentation; RFC 8247.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from profiles.errors import InvalidPayload

# Smaller Diffie-Hellman groups are no longer to be used (RFC 8247 §2.4).
_GROUPS = (14, 15, 16, 17, 18, 19, 20, 21, 31, 32)


class Cipher(Enum):
    """Encryption worth using; Apple's list has older ones."""

    AES_256 = "AES-256"
    AES_128_GCM = "AES-128-GCM"
    AES_256_GCM = "AES-256-GCM"
    CHACHA = "ChaCha20Poly1305"


class Integrity(Enum):
    """Hashes that keep messages whole."""

    SHA_256 = "SHA2-256"
    SHA_384 = "SHA2-384"
    SHA_512 = "SHA2-512"


@dataclass(frozen=True, slots=True)
class SecurityAssociation:
    """What both ends agree upon. group: Diffie-Hellman; lifetime: 10 to 1440 minutes."""

    cipher: Cipher = Cipher.AES_256_GCM
    integrity: Integrity = Integrity.SHA_256
    group: int = 19
    lifetime_min: int = 1440

    def __post_init__(self) -> None:
        if self.group not in _GROUPS:
            raise InvalidPayload("DiffieHellmanGroup", "is weak or unknown", "use 19")


USUAL_ASSOCIATION = SecurityAssociation()


def association_keys(association: SecurityAssociation) -> dict[str, Any]:
    """Write the dictionary of one association."""
    return {
        "EncryptionAlgorithm": association.cipher,
        "IntegrityAlgorithm": association.integrity,
        "DiffieHellmanGroup": association.group,
        "LifeTimeInMinutes": association.lifetime_min,
    }
