"""Safari: what people may do in it, where new tabs begin, bookmarks and extensions.

On a Shared iPad all three belong on the user's channel.

source: Apple, schema "Safari:Settings", "Safari:Bookmarks", "Safari:Extensions:Settings".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any

from profiles.declarations.checked_declaration import checked_declaration
from profiles.declarations.declaration import Declaration
from profiles.errors import InvalidPayload
from profiles.payloads.stating import require_distinct, require_text, stated
from profiles.payloads.web_address import require_web

SETTINGS = "com.apple.configuration.safari.settings"
BOOKMARKS = "com.apple.configuration.safari.bookmarks"
EXTENSIONS = "com.apple.configuration.safari.extensions.settings"

# In the place of an extension's name: every extension.
EVERY_EXTENSION = "*"

_EXTENSION_KEYS = ("State", "PrivateBrowsing", "AllowedDomains", "DeniedDomains")


class Cookies(Enum):
    """Which cookies are kept."""

    NEVER = "Never"
    CURRENT_WEBSITE = "CurrentWebsite"
    VISITED_WEBSITES = "VisitedWebsites"
    ALWAYS = "Always"


class ExtensionState(Enum):
    """Who decides about an extension."""

    PERSON_DECIDES = "Allowed"
    ON = "AlwaysOn"
    OFF = "AlwaysOff"


@dataclass(frozen=True, slots=True)
class SafariSettings:
    """What people may do; None: no opinion. iPadOS 26; all but `home_page` supervised.

    disable_fraud_warning: False: the warning stays on.
    home_page: address that new tabs open.
    raises: InvalidPayload.
    """

    cookies: Cookies | None = None
    disable_fraud_warning: bool | None = None
    clear_history: bool | None = None
    javascript: bool | None = None
    private_browsing: bool | None = None
    popups: bool | None = None
    summaries: bool | None = None
    home_page: str | None = None

    def __post_init__(self) -> None:
        if all(getattr(self, each.name) is None for each in fields(self)):
            raise InvalidPayload("Payload", "says nothing", "set something")
        if self.home_page is not None:
            require_web("NewTabStartPage.HomepageURL", self.home_page)


@dataclass(frozen=True, slots=True)
class Bookmark:
    """One page."""

    title: str
    url: str

    def __post_init__(self) -> None:
        require_text("Bookmarks.Title", self.title)
        require_web("Bookmarks.URL", self.url)


@dataclass(frozen=True, slots=True)
class ExtensionRules:
    """What an extension may do; None: no opinion.

    domains: like example.org, or *example.org with all below it, or * for every one.
    """

    state: ExtensionState | None = None
    private_browsing: ExtensionState | None = None
    allowed_domains: tuple[str, ...] = ()
    denied_domains: tuple[str, ...] = ()


def safari_settings(settings: SafariSettings, identifier: str) -> Declaration:
    """Write the settings as a declaration.

    raises: InvalidPayload.
    """
    start = {"PageType": "Home", "HomepageURL": settings.home_page}
    payload = {
        "AcceptCookies": settings.cookies,
        "AllowDisablingFraudWarning": settings.disable_fraud_warning,
        "AllowHistoryClearing": settings.clear_history,
        "AllowJavaScript": settings.javascript,
        "AllowPrivateBrowsing": settings.private_browsing,
        "AllowPopups": settings.popups,
        "AllowSummary": settings.summaries,
        "NewTabStartPage": None if settings.home_page is None else start,
    }
    return checked_declaration(SETTINGS, identifier, stated(payload))


def bookmarks(pages: Iterable[Bookmark], title: str, group: str, identifier: str) -> Declaration:
    """Write one folder of bookmarks that people cannot remove; iPadOS 26.

    title: of the folder. group: stable name of it; folders of one group are joined.
    raises: InvalidPayload.
    """
    require_text("ManagedBookmarks.Title", title)
    require_text("ManagedBookmarks.GroupIdentifier", group)
    listed = [{"Title": page.title, "URL": page.url} for page in pages]
    if not listed:
        raise InvalidPayload("ManagedBookmarks.Bookmarks", "is empty", "add a page")
    folder = {"GroupIdentifier": group, "Title": title, "Bookmarks": listed}
    return checked_declaration(BOOKMARKS, identifier, {"ManagedBookmarks": [folder]})


def extensions(rules: Mapping[str, ExtensionRules], identifier: str) -> Declaration:
    """Write which extensions are on; iPadOS 18, supervised.

    rules: "com.example.extension (TEAMID)" or EVERY_EXTENSION → what it may do.
    raises: InvalidPayload.
    """
    if not rules:
        raise InvalidPayload("ManagedExtensions", "is empty", "name an extension")
    for name, rule in rules.items():
        _require_extension(name, rule)
    managed = {
        name: {
            "State": rule.state,
            "PrivateBrowsing": rule.private_browsing,
            "AllowedDomains": rule.allowed_domains,
            "DeniedDomains": rule.denied_domains,
        }
        for name, rule in sorted(rules.items())
    }
    return checked_declaration(EXTENSIONS, identifier, stated({"ManagedExtensions": managed}))


def read_extensions(payload: Mapping[str, Any]) -> dict[str, ExtensionRules]:
    """Read what a declaration says, also what the tables leave open below an extension's name.

    raises: InvalidPayload.
    """
    managed = payload.get("ManagedExtensions", {})
    if not managed:
        raise InvalidPayload("ManagedExtensions", "is empty", "name an extension")
    rules = {name: _read_extension(name, keys) for name, keys in managed.items()}
    for name, rule in rules.items():
        _require_extension(name, rule)
    return rules


def _read_extension(name: str, keys: object) -> ExtensionRules:
    path = f"ManagedExtensions.{name[:80]}"
    if not isinstance(keys, Mapping):
        raise InvalidPayload(path, "is no dictionary", "give its keys")
    for key in keys:
        if key not in _EXTENSION_KEYS:
            hint = f"use {', '.join(_EXTENSION_KEYS)}"
            raise InvalidPayload(f"{path}.{key[:80]}", "is not a known key", hint)
    return ExtensionRules(
        _state(path, keys, "State"),
        _state(path, keys, "PrivateBrowsing"),
        _domains(path, keys, "AllowedDomains"),
        _domains(path, keys, "DeniedDomains"),
    )


def _state(path: str, keys: Mapping[str, Any], key: str) -> ExtensionState | None:
    known = [state.value for state in ExtensionState]
    if key in keys and keys[key] not in known:
        hint = f"use {', '.join(known)}"
        raise InvalidPayload(f"{path}.{key}", "is not one of the choices", hint)
    return ExtensionState(keys[key]) if key in keys else None


def _domains(path: str, keys: Mapping[str, Any], key: str) -> tuple[str, ...]:
    listed = keys.get(key, [])
    if not isinstance(listed, list | tuple) or not all(isinstance(one, str) for one in listed):
        raise InvalidPayload(f"{path}.{key}", "is no list of texts", "name domains")
    return tuple(listed)


def _require_extension(name: str, rule: ExtensionRules) -> None:
    require_text("ManagedExtensions", name)
    if rule == ExtensionRules():
        raise InvalidPayload(f"ManagedExtensions.{name[:80]}", "says nothing", "set something")
    if name == EVERY_EXTENSION and rule.allowed_domains:
        raise InvalidPayload(
            "ManagedExtensions.*.AllowedDomains", "is ignored for all", "name the extension"
        )
    require_distinct("AllowedDomains", rule.allowed_domains)
    require_distinct("DeniedDomains", rule.denied_domains)
