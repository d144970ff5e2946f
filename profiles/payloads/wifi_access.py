"""The ways into a wireless network: a passphrase, the device's certificate, or a password.

Here: what each way needs, and its keys. Not here: the network (profiles.payloads.wifi), how the
server proves itself (profiles.payloads.server_trust).

source: Apple, "WiFi" and "EAPClientConfiguration" payload documentation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from profiles.errors import InvalidPayload
from profiles.payloads.server_trust import USUAL_TLS, ServerTrust, TlsRange, TlsVersion
from profiles.variables import literal

_PASSPHRASE = re.compile(r"[\x20-\x7e]{8,63}|[0-9A-Fa-f]{64}")
_KEY_DIGITS = 64
_EAP_TLS = 13
_EAP_PEAP = 25


class Encryption(Enum):
    """Which networks an iPad may join; before iPadOS 16 the two mean the same."""

    WPA2_OR_WPA3 = "WPA2"
    WPA3_ONLY = "WPA3"


@dataclass(frozen=True, slots=True)
class Personal:
    """One passphrase for everybody.

    passphrase: 8 to 63 printable ASCII characters, or 64 hexadecimal digits; taken literally.
        64 digits are the key itself, which WPA3 does not know.
    """

    passphrase: str = field(repr=False)
    encryption: Encryption = Encryption.WPA2_OR_WPA3

    def __post_init__(self) -> None:
        if not _PASSPHRASE.fullmatch(self.passphrase):
            raise InvalidPayload(
                "Password",
                "is no WPA passphrase",
                "give 8 to 63 characters without umlauts, or 64 hexadecimal digits",
            )
        if self.encryption is Encryption.WPA3_ONLY and len(self.passphrase) == _KEY_DIGITS:
            raise InvalidPayload(
                "Password", "is a key, and WPA3 wants a passphrase", "give 8 to 63 characters"
            )


@dataclass(frozen=True, slots=True)
class EapTls:
    """The device's own certificate.

    identity_uuid: PayloadUUID of the SCEP, ACME or PKCS #12 payload in the same profile.
    user_name: the identity told to the server; None: taken from the certificate.
    """

    identity_uuid: str
    trust: ServerTrust
    user_name: str | None = None
    tls: TlsRange = USUAL_TLS
    encryption: Encryption = Encryption.WPA2_OR_WPA3


@dataclass(frozen=True, slots=True)
class Peap:
    """A name and a password inside a TLS tunnel.

    user_name: may hold variables; password: taken literally.
    outer_identity: what is visible outside the tunnel; needed with TLS 1.3 alone.
    """

    user_name: str
    password: str = field(repr=False)
    trust: ServerTrust
    outer_identity: str | None = None
    tls: TlsRange = USUAL_TLS
    encryption: Encryption = Encryption.WPA2_OR_WPA3

    def __post_init__(self) -> None:
        for key, value in (("UserName", self.user_name), ("UserPassword", self.password)):
            if not value:
                raise InvalidPayload(
                    f"EAPClientConfiguration.{key}", "is empty", "the iPad cannot ask for it"
                )
        if self.tls.minimum is TlsVersion.TLS_1_3 and not self.outer_identity:
            raise InvalidPayload(
                "EAPClientConfiguration.OuterIdentity",
                "is missing, and TLS 1.3 alone needs it",
                "give a name such as anonymous",
            )


Access = Personal | EapTls | Peap


def access_keys(access: Access) -> Mapping[str, Any]:
    """Write the keys of the Wi-Fi payload that let the iPad in."""
    match access:
        case Personal():
            return {"Password": literal(access.passphrase)}
        case EapTls():
            return {
                "PayloadCertificateUUID": access.identity_uuid,
                "EAPClientConfiguration": _eap_tls(access),
            }
        case Peap():
            return {"EAPClientConfiguration": _peap(access)}


def _eap_tls(access: EapTls) -> dict[str, Any]:
    user = {} if access.user_name is None else {"UserName": access.user_name}
    return {"AcceptEAPTypes": [_EAP_TLS], **user, **access.trust.keys(), **access.tls.keys()}


def _peap(access: Peap) -> dict[str, Any]:
    outer = {} if access.outer_identity is None else {"OuterIdentity": access.outer_identity}
    return {
        "AcceptEAPTypes": [_EAP_PEAP],
        "UserName": access.user_name,
        "UserPassword": literal(access.password),
        "OneTimeUserPassword": False,
        **outer,
        **access.trust.keys(),
        **access.tls.keys(),
    }
