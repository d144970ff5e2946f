"""How an iPad knows that it talks to the school's RADIUS server, and over which TLS.

Here: these parts of EAPClientConfiguration and their rules. Not here: who the iPad is
(profiles.payloads.wifi_access), the certificates referred to (profiles.payloads.certificates).

source: Apple, "EAPClientConfiguration" payload documentation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from profiles.errors import InvalidPayload


class TlsVersion(Enum):
    """Versions of TLS inside EAP, oldest first."""

    TLS_1_0 = "1.0"
    TLS_1_1 = "1.1"
    TLS_1_2 = "1.2"
    TLS_1_3 = "1.3"


@dataclass(frozen=True, slots=True)
class ServerTrust:
    """By what an iPad knows the school's RADIUS server; at least one of the two, best both.

    server_names: names in the server's certificate; `*` may stand for a label.
    anchor_uuids: PayloadUUID of certificate payloads in the same profile.
    raises: InvalidPayload when neither is given: an iPad managed by commands cannot ask its
        user, and would silently never join.
    """

    server_names: tuple[str, ...] = ()
    anchor_uuids: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.server_names and not self.anchor_uuids:
            raise InvalidPayload(
                "EAPClientConfiguration",
                "nothing tells the iPad which server to trust",
                "give the server's name, or the certificate of its authority",
            )
        if any(not _names_a_server(name) for name in self.server_names):
            raise InvalidPayload(
                "EAPClientConfiguration.TLSTrustedServerNames",
                "a name is empty, holds blanks or fits every server",
                "write the name as in the server's certificate",
            )

    def keys(self) -> dict[str, list[str]]:
        """Write the keys of EAPClientConfiguration; an empty list of names would fit nobody."""
        known_by = {
            "PayloadCertificateAnchorUUID": list(self.anchor_uuids),
            "TLSTrustedServerNames": list(self.server_names),
        }
        return {key: entries for key, entries in known_by.items() if entries}


@dataclass(frozen=True, slots=True)
class TlsRange:
    """The TLS versions accepted inside EAP. Both ends at 1.2 is what RADIUS servers know."""

    minimum: TlsVersion = TlsVersion.TLS_1_2
    maximum: TlsVersion = TlsVersion.TLS_1_2

    def __post_init__(self) -> None:
        if self.minimum.value > self.maximum.value:
            raise InvalidPayload(
                "EAPClientConfiguration.TLSMinimumVersion",
                "is newer than TLSMaximumVersion",
                "raise the maximum or lower the minimum",
            )

    def keys(self) -> dict[str, str]:
        """Write the keys of EAPClientConfiguration."""
        return {
            "TLSMinimumVersion": self.minimum.value,
            "TLSMaximumVersion": self.maximum.value,
        }


USUAL_TLS = TlsRange()


def _names_a_server(name: str) -> bool:
    return bool(name.strip("*.")) and name.isprintable() and not re.search(r"\s", name)
