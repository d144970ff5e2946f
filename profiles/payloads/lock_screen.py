"""The lock screen payload: whose iPad it is, for whoever finds it.

Here: two texts at the bottom of the lock and login screen; not only for Shared iPads, whatever
its type is called. Not here: the message of a lost iPad (a command).

source: Apple, "LockScreenMessage" payload documentation.
"""

from __future__ import annotations

from dataclasses import dataclass

from profiles.configuration_profile import Payload
from profiles.errors import InvalidPayload
from profiles.payloads.checked_payload import checked_payload
from profiles.payloads.stating import stated

PAYLOAD_TYPE = "com.apple.shareddeviceconfiguration"

# Longer texts run into the clock of small iPads.
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class LockScreenTexts:
    """Two texts that may hold variables; at least one of them.

    footnote: like the school and a telephone number. asset_tag: like an inventory number.
    raises: InvalidPayload.
    """

    footnote: str | None = None
    asset_tag: str | None = None

    def __post_init__(self) -> None:
        if not (self.footnote or self.asset_tag):
            raise InvalidPayload("LockScreenFootnote", "says nothing", "give a text")
        texts = {"LockScreenFootnote": self.footnote, "AssetTagInformation": self.asset_tag}
        for field, text in texts.items():
            if text is not None and len(text) > _LONGEST:
                raise InvalidPayload(field, "is too long", "give at most 200 characters")


def lock_screen_payload(
    texts: LockScreenTexts, identifier: str, display_name: str = "Sperrbildschirm"
) -> Payload:
    """Write the texts as a payload; supervised, one per iPad.

    raises: InvalidPayload.
    """
    content = {
        "LockScreenFootnote": texts.footnote or None,
        "AssetTagInformation": texts.asset_tag or None,
    }
    return checked_payload(PAYLOAD_TYPE, identifier, display_name, stated(content))
