"""The home screen payload: where icons are, page by page, and in the dock.

Here: icons and folders. Not here: hiding apps (a restriction), the web clips themselves
(profiles.payloads.web_clip). The layout is locked; apps that it does not name follow after the
last page, and those not installed yet appear in their place later.

source: Apple, "HomeScreenLayout" payload documentation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from profiles.configuration_profile import Payload
from profiles.payloads.checked_payload import checked_payload
from profiles.payloads.stating import require_app, require_distinct, require_some, require_text
from profiles.payloads.web_address import require_web

PAYLOAD_TYPE = "com.apple.homescreenlayout"


@dataclass(frozen=True, slots=True)
class AppIcon:
    """An app."""

    bundle_id: str

    def __post_init__(self) -> None:
        require_app("BundleID", self.bundle_id)


@dataclass(frozen=True, slots=True)
class WebClipIcon:
    """A web clip. url: exactly as in the web clip's own payload."""

    url: str

    def __post_init__(self) -> None:
        require_web("URL", self.url)


Icon = AppIcon | WebClipIcon


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder with pages of its own; folders hold no folders."""

    name: str
    pages: tuple[tuple[Icon, ...], ...]

    def __post_init__(self) -> None:
        require_text("DisplayName", self.name)
        require_some("Pages", [icon for page in self.pages for icon in page], "put an icon in")


Place = AppIcon | WebClipIcon | Folder


@dataclass(frozen=True, slots=True)
class HomeScreen:
    """All pages, and the dock; an empty dock is an empty dock, not "as it was".

    raises: InvalidPayload, also for an icon that comes twice: an iPad shows only one.
    """

    pages: tuple[tuple[Place, ...], ...]
    dock: tuple[Place, ...] = ()

    def __post_init__(self) -> None:
        require_some("Pages", self.pages, "give at least one page")
        for number, page in enumerate(self.pages):
            require_some(f"Pages[{number}]", page, "put an icon in, or take the page out")
        icons = [icon for page in (self.dock, *self.pages) for icon in _icons(page)]
        require_distinct("BundleID", (i.bundle_id for i in icons if isinstance(i, AppIcon)))
        require_distinct("URL", (icon.url for icon in icons if isinstance(icon, WebClipIcon)))


def home_screen_payload(
    screen: HomeScreen, identifier: str, display_name: str = "Home-Bildschirm"
) -> Payload:
    """Write the layout as a payload."""
    content = {
        "Dock": [_place(place) for place in screen.dock],
        "Pages": [[_place(place) for place in page] for page in screen.pages],
    }
    return checked_payload(PAYLOAD_TYPE, identifier, display_name, content)


def _icons(page: tuple[Place, ...]) -> Iterator[Icon]:
    for place in page:
        if isinstance(place, Folder):
            yield from (icon for inner in place.pages for icon in inner)
        else:
            yield place


def _place(place: Place) -> dict[str, Any]:
    match place:
        case AppIcon():
            return {"Type": "Application", "BundleID": place.bundle_id}
        case WebClipIcon():
            return {"Type": "WebClip", "URL": place.url}
        case Folder():
            pages = [[_place(icon) for icon in page] for page in place.pages if page]
            return {"Type": "Folder", "DisplayName": place.name, "Pages": pages}
