"""The font payload: one font for all apps. On a Shared iPad it belongs on the person's channel.

Two fonts with the same PostScript name leave it open which one is shown.

source: Apple, "Font" payload documentation.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from profiles.configuration_profile import Payload
from profiles.errors import InvalidPayload
from profiles.payloads.checked_payload import checked_payload
from profiles.payloads.stating import require_text
from profiles.variables import literal

PAYLOAD_TYPE = "com.apple.font"

_BEGINNINGS = (b"\x00\x01\x00\x00", b"OTTO", b"true")
_COLLECTION = b"ttcf"
# Each iPad fetches it with the profile, so a big one is fetched 100,000 times.
_MOST_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Font:
    """One TrueType or OpenType font.

    name: shown to people who install by hand. file: the bytes of a .ttf or .otf.
    raises: InvalidPayload, also for a collection of fonts.
    """

    name: str
    file: bytes = field(repr=False)

    def __post_init__(self) -> None:
        require_text("Name", self.name)
        if self.file.startswith(_COLLECTION):
            raise InvalidPayload("Font", "is a collection", "give each font of it as one file")
        if not self.file.startswith(_BEGINNINGS):
            raise InvalidPayload("Font", "is no font", "give a .ttf or .otf file")
        if len(self.file) > _MOST_BYTES:
            raise InvalidPayload("Font", "is too big", "give at most 4 MiB")


def font_payload(font: Font, identifier: str) -> Payload:
    """Write a font as a payload.

    raises: InvalidPayload.
    """
    content = {"Name": literal(font.name), "Font": font.file}
    return checked_payload(PAYLOAD_TYPE, identifier, f"Schrift {font.name}", content)
