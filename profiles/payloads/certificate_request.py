"""What a device asks of an authority: a subject, and what the key is for.

Here: the parts that SCEP and ACME payloads share. Not here: those payloads
(profiles.payloads.identity), and what the authority makes of the request (enrollment).

source: Apple, "SCEP" and "ACMECertificate" payload documentation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntFlag

from profiles.errors import InvalidPayload

_SHORT_NAMES = frozenset({"C", "L", "ST", "O", "OU", "CN"})
_OBJECT_IDENTIFIER = re.compile(r"[0-2](\.[0-9]+)+", re.ASCII)


class KeyUsage(IntFlag):
    """What the key is for, as the bits of Apple's payloads."""

    SIGNING = 1
    ENCRYPTION = 4


BOTH_USAGES = KeyUsage.SIGNING | KeyUsage.ENCRYPTION


@dataclass(frozen=True, slots=True)
class Subject:
    """A certificate's subject, one attribute per relative name.

    attributes: pairs of C, L, ST, O, OU, CN or a dotted object identifier, and the value.
    """

    attributes: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        if not self.attributes:
            raise InvalidPayload("Subject", "is empty", "give at least a CN")
        for name, value in self.attributes:
            if name not in _SHORT_NAMES and not _OBJECT_IDENTIFIER.fullmatch(name):
                raise InvalidPayload(
                    "Subject", "has an unknown attribute", "use C, L, ST, O, OU, CN or an OID"
                )
            if not value:
                raise InvalidPayload("Subject", "has an empty value", "give it or leave it out")

    def as_arrays(self) -> list[list[list[str]]]:
        """Write it three arrays deep; iPads refuse the two-level form that Macs accept."""
        return [[[name, value]] for name, value in self.attributes]
