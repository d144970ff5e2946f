"""A web content filter that an app brings along.

Here: its settings. Not here: the payload around them and Apple's own filter
(profiles.payloads.web_filter), the app, which must be installed as well.

source: Apple, "WebContentFilter" payload documentation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from profiles.errors import InvalidPayload
from profiles.payloads.stating import (
    as_typed,
    foreign,
    require_app,
    require_text,
    require_uuid,
    stated,
)


@dataclass(frozen=True, slots=True)
class AppFilter:
    """The filter of an app.

    name: shown in Settings. vendor: what the app wants to be told, as a property list.
    password: taken literally.
    app_filter_uuid: filter only apps that have this UUID as an attribute; iPadOS 16, and the
        only kind that an unsupervised iPad takes.
    raises: InvalidPayload.
    """

    name: str
    bundle_id: str
    filter_browsers: bool = True
    filter_sockets: bool = True
    server: str | None = None
    user_name: str | None = None
    password: str | None = field(default=None, repr=False)
    identity_uuid: str | None = None
    organization: str | None = None
    vendor: Mapping[str, Any] = field(default_factory=dict)
    app_filter_uuid: str | None = None

    def __post_init__(self) -> None:
        require_text("UserDefinedName", self.name)
        require_app("PluginBundleID", self.bundle_id)
        if not (self.filter_browsers or self.filter_sockets):
            raise InvalidPayload(
                "FilterSockets", "is off like FilterBrowsers", "switch one of the two on"
            )
        if self.app_filter_uuid is not None:
            require_uuid("ContentFilterUUID", self.app_filter_uuid)


def app_filter_keys(web_filter: AppFilter) -> dict[str, Any]:
    """Write the keys of the payload."""
    keys = stated(
        {
            "FilterType": "Plugin",
            "UserDefinedName": web_filter.name,
            "PluginBundleID": web_filter.bundle_id,
            "FilterBrowsers": web_filter.filter_browsers,
            "FilterSockets": web_filter.filter_sockets,
            "ServerAddress": web_filter.server,
            "UserName": web_filter.user_name,
            "Password": as_typed(web_filter.password),
            "PayloadCertificateUUID": web_filter.identity_uuid,
            "Organization": web_filter.organization,
            "ContentFilterUUID": web_filter.app_filter_uuid,
        }
    )
    return keys | foreign("VendorConfig", web_filter.vendor)
