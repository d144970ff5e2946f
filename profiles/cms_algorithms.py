"""The digests and signature algorithms that messages may use, and their object identifiers.

Not here: the ciphers of envelopes (cms_envelope).
"""

from collections.abc import Mapping
from enum import Enum

from cryptography.hazmat.primitives import hashes


class Digest(Enum):
    """The digests that we accept; MD5 and everything older is refused."""

    SHA1 = "sha1"
    SHA256 = "sha256"
    SHA384 = "sha384"
    SHA512 = "sha512"


class Oid:
    """Object identifiers as the bytes that stand in messages."""

    DATA = bytes.fromhex("2a864886f70d010701")
    SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
    CONTENT_TYPE = bytes.fromhex("2a864886f70d010903")
    MESSAGE_DIGEST = bytes.fromhex("2a864886f70d010904")


DIGEST_OIDS: Mapping[bytes, Digest] = {
    bytes.fromhex("2b0e03021a"): Digest.SHA1,
    bytes.fromhex("608648016503040201"): Digest.SHA256,
    bytes.fromhex("608648016503040202"): Digest.SHA384,
    bytes.fromhex("608648016503040203"): Digest.SHA512,
}

# What a signature algorithm says about key and digest; None leaves the digest to its own field.
SIGNATURE_OIDS: Mapping[bytes, tuple[str, Digest | None]] = {
    bytes.fromhex("2a864886f70d010101"): ("rsa", None),
    bytes.fromhex("2a864886f70d010105"): ("rsa", Digest.SHA1),
    bytes.fromhex("2a864886f70d01010b"): ("rsa", Digest.SHA256),
    bytes.fromhex("2a864886f70d01010c"): ("rsa", Digest.SHA384),
    bytes.fromhex("2a864886f70d01010d"): ("rsa", Digest.SHA512),
    bytes.fromhex("2a8648ce3d0201"): ("ec", None),
    bytes.fromhex("2a8648ce3d0401"): ("ec", Digest.SHA1),
    bytes.fromhex("2a8648ce3d040302"): ("ec", Digest.SHA256),
    bytes.fromhex("2a8648ce3d040303"): ("ec", Digest.SHA384),
    bytes.fromhex("2a8648ce3d040304"): ("ec", Digest.SHA512),
}

HASHES: Mapping[Digest, hashes.HashAlgorithm] = {
    Digest.SHA1: hashes.SHA1(),  # noqa: S303  Devices sign with it; the pin carries the trust.
    Digest.SHA256: hashes.SHA256(),
    Digest.SHA384: hashes.SHA384(),
    Digest.SHA512: hashes.SHA512(),
}
