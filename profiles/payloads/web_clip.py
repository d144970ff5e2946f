"""The web clip payload: a web page as an icon on the home screen.

Here: the clip and its picture. A web clip opens Safari, so it vanishes where Safari is forbidden.
On a Shared iPad it belongs on the channel of the person.

source: Apple, "WebClip" payload documentation.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from profiles.configuration_profile import Payload
from profiles.errors import InvalidPayload
from profiles.payloads.checked_payload import checked_payload
from profiles.payloads.stating import require_app, require_text, stated
from profiles.payloads.web_address import require_web

PAYLOAD_TYPE = "com.apple.webClip.managed"

_PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
_WIDTH_AND_HEIGHT = slice(16, 24)
_LARGEST_PIXELS = 400
_MOST_BYTES = 512 * 1024


@dataclass(frozen=True, slots=True)
class WebClip:
    """A page and how it opens.

    url: may hold variables. icon: a square PNG of at most 400 pixels.
    full_screen: like an app, without Safari's bars.
    browser: bundle identifier of the app that opens it; None: Safari; iPadOS 14.
    stay_in_clip: links to other sites do not leave the full screen; iPadOS 14.
    raises: InvalidPayload.
    """

    label: str
    url: str
    icon: bytes | None = field(default=None, repr=False)
    removable: bool = False
    full_screen: bool = False
    stay_in_clip: bool = False
    browser: str | None = None

    def __post_init__(self) -> None:
        require_text("Label", self.label)
        require_web("URL", self.url)
        if self.icon is not None:
            _require_icon(self.icon)
        if self.browser is not None:
            require_app("TargetApplicationBundleIdentifier", self.browser)
        if self.stay_in_clip and not self.full_screen:
            raise InvalidPayload("IgnoreManifestScope", "needs a full screen", "set FullScreen")


def web_clip_payload(clip: WebClip, identifier: str) -> Payload:
    """Write a web clip as a payload.

    raises: InvalidPayload.
    """
    content = {
        "URL": clip.url,
        "Label": clip.label,
        "Icon": clip.icon,
        "Precomposed": None if clip.icon is None else True,
        "IsRemovable": clip.removable,
        "FullScreen": clip.full_screen,
        "IgnoreManifestScope": clip.stay_in_clip or None,
        "TargetApplicationBundleIdentifier": clip.browser,
    }
    return checked_payload(PAYLOAD_TYPE, identifier, f"Webclip {clip.label}", stated(content))


def _require_icon(icon: bytes) -> None:
    if not icon.startswith(_PNG) or len(icon) <= _WIDTH_AND_HEIGHT.stop:
        raise InvalidPayload("Icon", "is no PNG picture", "save it as PNG")
    if len(icon) > _MOST_BYTES:
        raise InvalidPayload("Icon", "is too big", "give at most 512 KiB")
    sides = icon[_WIDTH_AND_HEIGHT]
    width, height = int.from_bytes(sides[:4]), int.from_bytes(sides[4:])
    if width != height or not 0 < width <= _LARGEST_PIXELS:
        raise InvalidPayload(
            "Icon", "is not square, or larger than 400 pixels", "cut it to 400 by 400 or less"
        )
