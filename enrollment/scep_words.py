"""The closed vocabularies of SCEP: message types, failures, algorithms, identifiers.

Here: enums and object identifiers, each spelled once. Not here: any message; those are in
`scep_attributes`, `scep_messages` and `scep_envelopes`.

source: RFC 8894 §3.2.
"""

from enum import Enum, StrEnum
from typing import NamedTuple

from cryptography.hazmat.primitives import hashes

DATA = "1.2.840.113549.1.7.1"
SIGNED_DATA = "1.2.840.113549.1.7.2"
ENVELOPED_DATA = "1.2.840.113549.1.7.3"
RSA_ENCRYPTION = "1.2.840.113549.1.1.1"
CHALLENGE_PASSWORD = "1.2.840.113549.1.9.7"  # noqa: S105 - an object identifier, not a password


class MessageType(StrEnum):
    """What a message is. The value is text on the wire, never an INTEGER."""

    CERT_REP = "3"
    RENEWAL_REQ = "17"
    UPDATE_REQ = "18"
    PKCS_REQ = "19"
    CERT_POLL = "20"
    GET_CERT = "21"
    GET_CRL = "22"


ENROLLING = frozenset({MessageType.PKCS_REQ, MessageType.RENEWAL_REQ, MessageType.UPDATE_REQ})


class PkiStatus(StrEnum):
    """How a request ended. PENDING is understood and never sent."""

    SUCCESS = "0"
    FAILURE = "2"
    PENDING = "3"


class FailInfo(StrEnum):
    """Why a request failed, in the five words that the protocol has."""

    BAD_ALG = "0"
    BAD_MESSAGE_CHECK = "1"
    BAD_REQUEST = "2"
    BAD_TIME = "3"
    BAD_CERT_ID = "4"


class _DigestFacts(NamedTuple):
    oid: str
    hash: hashes.HashAlgorithm


class Digest(Enum):
    """Digests that messages are signed with. SHA-1 is for old clients, behind a switch."""

    SHA1 = _DigestFacts("1.3.14.3.2.26", hashes.SHA1())  # noqa: S303 - see the class
    SHA256 = _DigestFacts("2.16.840.1.101.3.4.2.1", hashes.SHA256())
    SHA384 = _DigestFacts("2.16.840.1.101.3.4.2.2", hashes.SHA384())
    SHA512 = _DigestFacts("2.16.840.1.101.3.4.2.3", hashes.SHA512())

    @property
    def oid(self) -> str:
        return self.value.oid

    @property
    def hash(self) -> hashes.HashAlgorithm:
        return self.value.hash

    def of(self, content: bytes) -> bytes:
        """The digest of `content`."""
        state = hashes.Hash(self.hash)
        state.update(content)
        return state.finalize()


class _CipherFacts(NamedTuple):
    oid: str
    key_bytes: int
    block_bytes: int


class Cipher(Enum):
    """Ciphers that requests are enveloped with, all in CBC mode.

    DES is for old test clients, behind a switch.
    """

    AES128 = _CipherFacts("2.16.840.1.101.3.4.1.2", 16, 16)
    AES192 = _CipherFacts("2.16.840.1.101.3.4.1.22", 24, 16)
    AES256 = _CipherFacts("2.16.840.1.101.3.4.1.42", 32, 16)
    DES3 = _CipherFacts("1.2.840.113549.3.7", 24, 8)
    DES = _CipherFacts("1.3.14.3.2.7", 8, 8)

    @property
    def oid(self) -> str:
        return self.value.oid

    @property
    def key_bytes(self) -> int:
        return self.value.key_bytes

    @property
    def block_bytes(self) -> int:
        return self.value.block_bytes


DIGESTS = {digest.oid: digest for digest in Digest}
CIPHERS = {cipher.oid: cipher for cipher in Cipher}
