"""Exchange and Google accounts; the user's channel of a Shared iPad.

Here: which account, and which of its services are on. Not here: S/MIME, which schools do not use;
it goes through profiles.declarations.checked_declaration.

source: Apple, schema "Account:Exchange", "Account:Google".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from profiles.declarations.checked_declaration import checked_declaration
from profiles.declarations.configurations.account_servers import require_asset
from profiles.declarations.declaration import Declaration, require_identifier
from profiles.errors import InvalidPayload
from profiles.payloads.stating import require_host, stated
from profiles.payloads.web_address import require_https

EXCHANGE = "com.apple.configuration.account.exchange"
GOOGLE = "com.apple.configuration.account.google"


class Service(Enum):
    """A part of an Exchange account."""

    MAIL = "Mail"
    CONTACTS = "Contacts"
    CALENDAR = "Calendar"
    REMINDERS = "Reminders"
    NOTES = "Notes"


@dataclass(frozen=True, slots=True)
class SignIn:
    """Signing in on a web page. Both addresses or none; without them the server is looked up."""

    sign_in_url: str | None = None
    token_request_url: str | None = None

    def __post_init__(self) -> None:
        for key, url in (
            ("OAuth.SignInURL", self.sign_in_url),
            ("OAuth.TokenRequestURL", self.token_request_url),
        ):
            if url is not None:
                require_https(key, url)
        if (self.sign_in_url is None) != (self.token_request_url is None):
            raise InvalidPayload("OAuth.SignInURL", "stands alone", "give both addresses or none")


@dataclass(frozen=True, slots=True)
class ExchangeAccount:
    """One account.

    host: None: looked up by the mail address. person, password, client_identity: identifiers of
        assets. sign_in: None: with user name and password.
    services: which are on. locked: people cannot switch these on or off.
    raises: InvalidPayload.
    """

    person: str | None = None
    host: str | None = None
    password: str | None = None
    client_identity: str | None = None
    visible_name: str | None = None
    sign_in: SignIn | None = None
    services: frozenset[Service] = frozenset(Service)
    locked: frozenset[Service] = frozenset()

    def __post_init__(self) -> None:
        require_asset("UserIdentityAssetReference", self.person)
        require_asset("AuthenticationCredentialsAssetReference", self.password)
        require_asset("AuthenticationIdentityAssetReference", self.client_identity)
        if self.host is not None:
            require_host("HostName", self.host)
        if self.host is None and self.person is None:
            raise InvalidPayload(
                "HostName", "is not to be found", "give it, or whose account it is"
            )
        if self.sign_in and self.sign_in.sign_in_url and self.host is None:
            raise InvalidPayload("HostName", "is missing beside a sign-in address", "give it")
        if not self.services:
            raise InvalidPayload("MailServiceActive", "is off like all others", "keep a service on")


def exchange_account(account: ExchangeAccount, identifier: str) -> Declaration:
    """Write an account of Exchange ActiveSync as a declaration.

    raises: InvalidPayload.
    """
    services = {f"{service.value}ServiceActive": service in account.services for service in Service}
    locks = {f"Lock{service.value}Service": True for service in account.locked}
    payload = {
        "VisibleName": account.visible_name,
        "EnabledProtocolTypes": ["EAS"],
        "UserIdentityAssetReference": account.person,
        "HostName": account.host,
        "AuthenticationCredentialsAssetReference": account.password,
        "AuthenticationIdentityAssetReference": account.client_identity,
        "OAuth": _sign_in(account.sign_in),
        **services,
        **locks,
    }
    return checked_declaration(EXCHANGE, identifier, stated(payload))


def google_account(person: str, identifier: str, visible_name: str | None = None) -> Declaration:
    """Write a Google account. person: identifier of an asset with name and address.

    raises: InvalidPayload.
    """
    require_identifier("UserIdentityAssetReference", person)
    payload = {"UserIdentityAssetReference": person, "VisibleName": visible_name}
    return checked_declaration(GOOGLE, identifier, stated(payload))


def _sign_in(sign_in: SignIn | None) -> dict[str, object]:
    if sign_in is None:
        return {}
    return {
        "Enabled": True,
        "SignInURL": sign_in.sign_in_url,
        "TokenRequestURL": sign_in.token_request_url,
    }
