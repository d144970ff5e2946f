"""The web content filter payload: Apple's own filter, or that of an app.

Here: the payload, and Apple's filter. Next: filters of apps (profiles.payloads.web_filter_app).
Several filters act together: a page must pass every one.

source: Apple, "WebContentFilter" payload documentation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from profiles.configuration_profile import Payload
from profiles.errors import InvalidPayload
from profiles.payloads.checked_payload import checked_payload
from profiles.payloads.stating import require_text, stated
from profiles.payloads.web_address import require_web
from profiles.payloads.web_filter_app import AppFilter, app_filter_keys
from profiles.variables import literal

PAYLOAD_TYPE = "com.apple.webcontent-filter"

# More than these make Safari slow; Apple advises about 500.
_MOST_DENIED = 500
_SITE = re.compile(r"(https?://)?[a-z0-9-]+(\.[a-z0-9-]+)+(:[0-9]{1,5})?(/\S*)?", re.ASCII | re.I)


@dataclass(frozen=True, slots=True)
class Site:
    """A page that stays open when all others are shut; shown as a bookmark."""

    url: str
    title: str

    def __post_init__(self) -> None:
        require_web("AllowListBookmarks.URL", self.url)
        require_text("AllowListBookmarks.Title", self.title)


@dataclass(frozen=True, slots=True)
class BuiltInFilter:
    """Apple's filter, on supervised iPads.

    block_adult: Apple's list of adult pages.
    permitted: exceptions from that list. denied: at most 500. Both are taken literally.
        An address matches by its beginning: example.org/a also means example.org/apple,
        and a stroke at the end stops that.
    only: if not empty, nothing but these.
    hide_denied: keep the list from being read on the iPad; iPadOS 18.
    raises: InvalidPayload.
    """

    block_adult: bool = False
    permitted: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    only: tuple[Site, ...] = ()
    hide_denied: bool | None = None

    def __post_init__(self) -> None:
        if not (self.block_adult or self.denied or self.only):
            raise InvalidPayload("FilterType", "filters nothing", "block a page or allow only some")
        if self.permitted and not self.block_adult:
            raise InvalidPayload(
                "PermittedURLs", "are exceptions from nothing", "switch AutoFilterEnabled on"
            )
        if len(self.denied) > _MOST_DENIED:
            raise InvalidPayload("DenyListURLs", "are too many", "give at most 500")
        _require_sites("PermittedURLs", self.permitted)
        _require_sites("DenyListURLs", self.denied)


def web_filter_payload(
    web_filter: BuiltInFilter | AppFilter, identifier: str, display_name: str = "Webfilter"
) -> Payload:
    """Write a filter as a payload.

    raises: InvalidPayload.
    """
    match web_filter:
        case BuiltInFilter():
            content = _built_in(web_filter)
        case AppFilter():
            content = app_filter_keys(web_filter)
    return checked_payload(PAYLOAD_TYPE, identifier, display_name, content)


def _built_in(web_filter: BuiltInFilter) -> dict[str, Any]:
    return stated(
        {
            "FilterType": "BuiltIn",
            "AutoFilterEnabled": web_filter.block_adult,
            "PermittedURLs": [literal(site) for site in web_filter.permitted],
            "DenyListURLs": [literal(site) for site in web_filter.denied],
            "AllowListBookmarks": [{"URL": s.url, "Title": s.title} for s in web_filter.only],
            "HideDenyListURLs": web_filter.hide_denied,
        }
    )


def _require_sites(field_name: str, sites: tuple[str, ...]) -> None:
    for place, site in enumerate(sites):
        if not _SITE.fullmatch(site):
            raise InvalidPayload(
                f"{field_name}[{place}]", "is no web address", "write it like example.org/path"
            )
