"""Accounts that are no more than a server and a password: calendars, contacts, directories.

Each belongs to the user's channel of a Shared iPad. Passwords stand in assets; without one the
iPad asks.

source: Apple, schema "Account:CalDAV", "Account:CardDAV", "Account:LDAP",
"Account:Subscribed Calendar".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from profiles.declarations.checked_declaration import checked_declaration
from profiles.declarations.declaration import Declaration, require_identifier
from profiles.errors import InvalidPayload
from profiles.payloads.stating import require_host, require_text, stated
from profiles.payloads.web_address import require_web

CALDAV = "com.apple.configuration.account.caldav"
CARDDAV = "com.apple.configuration.account.carddav"
LDAP = "com.apple.configuration.account.ldap"
SUBSCRIBED_CALENDAR = "com.apple.configuration.account.subscribed-calendar"

_HIGHEST_PORT = 65535


class SearchScope(Enum):
    """How deep a directory is searched."""

    BASE = "Base"
    ONE_LEVEL = "OneLevel"
    SUBTREE = "Subtree"


@dataclass(frozen=True, slots=True)
class AccountServer:
    """Where an account lives.

    password: identifier of an asset with user name and password; None: the iPad asks.
    visible_name: None: the iPad finds one. port: None: the usual one.
    raises: InvalidPayload.
    """

    host: str
    password: str | None = None
    visible_name: str | None = None
    port: int | None = None

    def __post_init__(self) -> None:
        require_host("HostName", self.host)
        require_port("Port", self.port)
        require_asset("AuthenticationCredentialsAssetReference", self.password)


@dataclass(frozen=True, slots=True)
class Search:
    """One place in a directory, such as ou=people,dc=example,dc=org."""

    base: str
    description: str | None = None
    scope: SearchScope = SearchScope.SUBTREE

    def __post_init__(self) -> None:
        require_text("SearchSettings.SearchBase", self.base)


def calendar_account(
    server: AccountServer, identifier: str, path: str | None = None
) -> Declaration:
    """Write a CalDAV account. path: of the calendars on the server; None: it is looked up."""
    return checked_declaration(CALDAV, identifier, stated({**_keys(server), "Path": path}))


def contacts_account(
    server: AccountServer, identifier: str, path: str | None = None
) -> Declaration:
    """Write a CardDAV account. path: of the address books; None: it is looked up."""
    return checked_declaration(CARDDAV, identifier, stated({**_keys(server), "Path": path}))


def directory_account(
    server: AccountServer, identifier: str, searches: tuple[Search, ...] = ()
) -> Declaration:
    """Write an LDAP account. raises: InvalidPayload."""
    found = [
        {
            "VisibleDescription": search.description,
            "SearchBase": search.base,
            "Scope": search.scope,
        }
        for search in searches
    ]
    return checked_declaration(LDAP, identifier, stated({**_keys(server), "SearchSettings": found}))


def subscribed_calendar(
    calendar_url: str,
    identifier: str,
    visible_name: str | None = None,
    password: str | None = None,
) -> Declaration:
    """Write a calendar that is only read, such as that of the holidays.

    password: identifier of an asset. raises: InvalidPayload.
    """
    require_web("CalendarURL", calendar_url)
    require_asset("AuthenticationCredentialsAssetReference", password)
    payload = {
        "CalendarURL": calendar_url,
        "VisibleName": visible_name,
        "AuthenticationCredentialsAssetReference": password,
    }
    return checked_declaration(SUBSCRIBED_CALENDAR, identifier, stated(payload))


def require_asset(key: str, identifier: str | None) -> None:
    """Refuse what cannot name an asset; None is fine.

    raises: InvalidPayload.
    """
    if identifier is not None:
        require_identifier(key, identifier)


def require_port(key: str, port: int | None) -> None:
    """Refuse what is no port; None is fine.

    raises: InvalidPayload.
    """
    if port is not None and not 0 < port <= _HIGHEST_PORT:
        raise InvalidPayload(key, "is no port", "give 1 to 65535, or leave it out")


def _keys(server: AccountServer) -> dict[str, object]:
    return {
        "VisibleName": server.visible_name,
        "HostName": server.host,
        "Port": server.port,
        "AuthenticationCredentialsAssetReference": server.password,
    }
