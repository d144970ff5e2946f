"""Certificate payloads: roots and intermediates to trust, and ready-made identities.

Here: reading a certificate file once, strictly, and writing it as a payload. Other payloads of
the same profile refer to it by its PayloadUUID. Not here: identities that the device makes
itself (profiles.payloads.identity), whether a certificate is still valid (needs a clock).

source: Apple, "Certificates" payload documentation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

from profiles.configuration_profile import Payload
from profiles.errors import InvalidPayload
from profiles.payloads.checked_payload import checked_payload
from profiles.variables import literal

_PEM_MARK = b"-----BEGIN "
_MAX_BYTES = 1024 * 1024


class CertificateRole(Enum):
    """What a certificate is to the iPad; the value is the payload type."""

    ROOT = "com.apple.security.root"
    INTERMEDIATE = "com.apple.security.pkcs1"


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate without private key, known to be readable.

    der: the certificate's DER; make it from a file with `read`.
    """

    der: bytes
    subject: str
    is_self_issued: bool

    @classmethod
    def read(cls, file: bytes) -> Certificate:
        """Read a file that holds exactly one certificate, as DER or PEM.

        raises: InvalidPayload, also when a PEM file holds a private key as well.
        """
        try:
            parsed = _parse(file)
            return cls(
                parsed.public_bytes(Encoding.DER),
                parsed.subject.rfc4514_string(),
                parsed.subject == parsed.issuer,
            )
        # A name is decoded late, and the library complains about some with a TypeError.
        except (ValueError, TypeError, x509.InvalidVersion):
            raise InvalidPayload(
                "PayloadContent", "is not one certificate", "give one certificate as DER or PEM"
            ) from None


@dataclass(frozen=True, slots=True)
class Pkcs12Identity:
    """A certificate with its private key, made elsewhere; prefer keys that the device makes.

    file: PKCS #12; password: opens it, taken literally. Both are secrets.
    raises: InvalidPayload when the password does not open the file, or something is missing.
    """

    file: bytes = field(repr=False)
    password: str = field(repr=False)

    def __post_init__(self) -> None:
        try:
            key, certificate, _ = pkcs12.load_key_and_certificates(
                self.file, self.password.encode() or None
            )
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise InvalidPayload(
                "PayloadContent", "cannot be opened", "check the file and its password"
            ) from None
        if key is None or certificate is None:
            raise InvalidPayload(
                "PayloadContent", "lacks a key or its certificate", "export both together"
            )


def certificate_payload(
    certificate: Certificate, role: CertificateRole, identifier: str, display_name: str = ""
) -> Payload:
    """Write a certificate to trust as a payload.

    display_name: shown in Settings; empty: the certificate's subject.
    raises: InvalidPayload when a root was issued by somebody else.
    """
    if role is CertificateRole.ROOT and not certificate.is_self_issued:
        raise InvalidPayload(
            "PayloadContent", "is no root: somebody else issued it", "install it as intermediate"
        )
    return checked_payload(
        role.value,
        identifier,
        display_name or certificate.subject,
        {"PayloadContent": certificate.der},
    )


def pkcs12_payload(identity: Pkcs12Identity, identifier: str, display_name: str) -> Payload:
    """Write a ready-made identity as a payload; the profile then holds a private key."""
    content: dict[str, object] = {"PayloadContent": identity.file}
    # Without a password the key is absent: an empty one makes the iPad ask.
    if identity.password:
        content["Password"] = literal(identity.password)
    return checked_payload("com.apple.security.pkcs12", identifier, display_name, content)


def _parse(file: bytes) -> x509.Certificate:
    if len(file) > _MAX_BYTES:
        raise ValueError("too long for a certificate")
    if _PEM_MARK not in file:
        return x509.load_der_x509_certificate(file)
    if file.count(_PEM_MARK) != 1:
        raise ValueError("more than one object")
    return x509.load_pem_x509_certificate(file)
