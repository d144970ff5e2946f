"""Identities that the device makes itself: the SCEP and the ACME payload.

Here: the rules between keys. Not here: subject and usage (profiles.payloads.certificate_request),
the challenge and the servers that answer (enrollment). Other payloads of the same profile refer to
the certificate by the PayloadUUID. A new challenge is new content, so it gives a new PayloadUUID,
and the device makes a new key.

source: Apple, "SCEP" and "ACMECertificate" payload documentation; RFC 8894; RFC 8555.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from profiles.configuration_profile import Payload
from profiles.errors import InvalidPayload
from profiles.payloads.certificate_request import BOTH_USAGES, KeyUsage, Subject
from profiles.payloads.checked_payload import checked_payload
from profiles.payloads.web_address import require_https, require_web
from profiles.variables import literal

__all__ = [
    "BOTH_USAGES",
    "CLIENT_AUTHENTICATION",
    "AcmeIdentity",
    "KeyType",
    "KeyUsage",
    "ScepIdentity",
    "Subject",
    "acme_payload",
    "scep_payload",
]

CLIENT_AUTHENTICATION = "1.3.6.1.5.5.7.3.2"

_SCEP_KEY_SIZES = (2048, 4096)
_DIGEST_SIZES = (16, 20, 32)
_CURVES = (192, 256, 384, 521)
_ENCLAVE_CURVES = (256, 384)


class KeyType(Enum):
    """The kinds of keys that an ACME payload may ask for."""

    RSA = "RSA"
    ELLIPTIC = "ECSECPrimeRandom"


@dataclass(frozen=True, slots=True)
class ScepIdentity:
    """An RSA key made on the device, its certificate fetched by SCEP.

    url: without a query, since clients append their own.
    challenge: the one-time secret of this device, taken literally.
    ca_fingerprint: digest of the authority's DER certificate, 16, 20 or 32 bytes; needed
        when the address is http.
    ca_name: sent as the message of GetCACert; None: not sent.
    retry_delay_s: between questions while the request is pending.
    """

    url: str
    challenge: str = field(repr=False)
    subject: Subject
    ca_fingerprint: bytes | None = None
    ca_name: str | None = None
    key_size: int = 2048
    key_usage: KeyUsage = BOTH_USAGES
    retries: int = 3
    retry_delay_s: int = 10

    def __post_init__(self) -> None:
        scheme = require_web("URL", self.url)
        if "?" in self.url:
            raise InvalidPayload("URL", "has a query", "put what it says into the path")
        if not self.challenge:
            raise InvalidPayload("Challenge", "is empty", "give the device a one-time challenge")
        if self.key_size not in _SCEP_KEY_SIZES:
            raise InvalidPayload("Keysize", "is too weak or unknown", "use 2048 or 4096")
        self._check_fingerprint(scheme)

    def _check_fingerprint(self, scheme: str) -> None:
        if self.ca_fingerprint is None:
            if scheme == "http":
                raise InvalidPayload(
                    "CAFingerprint",
                    "is missing, and the address is not https",
                    "use https, or give the fingerprint of the authority",
                )
        elif len(self.ca_fingerprint) not in _DIGEST_SIZES:
            raise InvalidPayload("CAFingerprint", "has no digest's length", "use SHA-256")


@dataclass(frozen=True, slots=True)
class AcmeIdentity:
    """A key made on the device, its certificate fetched by ACME; iPadOS 16 and later.

    client_identifier: one-time and random, or the serial number; taken literally.
    attest: let Apple vouch for the device; older chips than A11 ignore it.
    """

    directory_url: str
    client_identifier: str = field(repr=False)
    subject: Subject
    key_type: KeyType = KeyType.ELLIPTIC
    key_size: int = 384
    hardware_bound: bool = True
    attest: bool = True
    key_usage: KeyUsage = BOTH_USAGES
    extended_key_usage: tuple[str, ...] = (CLIENT_AUTHENTICATION,)

    def __post_init__(self) -> None:
        require_https("DirectoryURL", self.directory_url)
        if not self.client_identifier:
            raise InvalidPayload("ClientIdentifier", "is empty", "give a one-time identifier")
        if self.attest and not self.hardware_bound:
            raise InvalidPayload("Attest", "needs a hardware-bound key", "set HardwareBound")
        if not self._is_possible_key():
            raise InvalidPayload(
                "KeySize",
                "does not go with the type of key",
                "use 256 or 384 for hardware-bound elliptic keys, 2048 to 4096 for RSA",
            )

    def _is_possible_key(self) -> bool:
        if self.key_type is KeyType.RSA:
            in_range = 2048 <= self.key_size <= 4096 and self.key_size % 8 == 0
            return in_range and not self.hardware_bound
        return self.key_size in (_ENCLAVE_CURVES if self.hardware_bound else _CURVES)


def scep_payload(
    identity: ScepIdentity, identifier: str, display_name: str = "Geräteausweis"
) -> Payload:
    """Write the SCEP payload; its keys live one level deeper than those of other payloads."""
    request: dict[str, object] = {
        "URL": identity.url,
        "Subject": identity.subject.as_arrays(),
        "Challenge": literal(identity.challenge),
        "Keysize": identity.key_size,
        "Key Type": "RSA",
        "Key Usage": int(identity.key_usage),
        "Retries": identity.retries,
        "RetryDelay": identity.retry_delay_s,
        "KeyIsExtractable": False,
    }
    if identity.ca_name is not None:
        request["Name"] = identity.ca_name
    if identity.ca_fingerprint is not None:
        request["CAFingerprint"] = identity.ca_fingerprint
    return checked_payload(
        "com.apple.security.scep", identifier, display_name, {"PayloadContent": request}
    )


def acme_payload(
    identity: AcmeIdentity, identifier: str, display_name: str = "Geräteausweis"
) -> Payload:
    """Write the ACME payload."""
    content = {
        "DirectoryURL": identity.directory_url,
        "ClientIdentifier": literal(identity.client_identifier),
        "KeyType": identity.key_type.value,
        "KeySize": identity.key_size,
        "HardwareBound": identity.hardware_bound,
        "Attest": identity.attest,
        "Subject": identity.subject.as_arrays(),
        "UsageFlags": int(identity.key_usage),
        "ExtendedKeyUsage": list(identity.extended_key_usage),
    }
    return checked_payload("com.apple.security.acme", identifier, display_name, content)
