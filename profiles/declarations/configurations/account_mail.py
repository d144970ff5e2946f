"""A mail account; the user's channel of a Shared iPad.

Here: two servers and whose account it is. Address and passwords stand in assets
(profiles.declarations.assets), so that one declaration serves many people.

source: Apple, schema "Account:Mail".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from profiles.declarations.checked_declaration import checked_declaration
from profiles.declarations.configurations.account_servers import require_asset, require_port
from profiles.declarations.declaration import Declaration
from profiles.errors import InvalidPayload
from profiles.payloads.stating import require_host, stated

TYPE = "com.apple.configuration.account.mail"


class Fetching(Enum):
    """How mail is fetched."""

    IMAP = "IMAP"
    POP = "POP"


class Authentication(Enum):
    """How a server asks for the password."""

    NONE = "None"
    PASSWORD = "Password"  # noqa: S105
    CRAM_MD5 = "CRAMMD5"
    NTLM = "NTLM"
    HTTP_MD5 = "HTTPMD5"


@dataclass(frozen=True, slots=True)
class MailServer:
    """One direction of an account.

    password: identifier of an asset with user name and password; needed exactly when the server
        asks for one.
    raises: InvalidPayload.
    """

    host: str
    password: str | None = None
    authentication: Authentication = Authentication.PASSWORD
    port: int | None = None

    def __post_init__(self) -> None:
        require_host("HostName", self.host)
        require_port("Port", self.port)
        require_asset("AuthenticationCredentialsAssetReference", self.password)
        if (self.authentication is Authentication.NONE) != (self.password is None):
            raise InvalidPayload(
                "AuthenticationCredentialsAssetReference",
                "does not fit AuthenticationMethod",
                "name an asset, or choose None without one",
            )


@dataclass(frozen=True, slots=True)
class MailAccount:
    """One account. person: identifier of an asset with name and address."""

    incoming: MailServer
    outgoing: MailServer
    person: str | None = None
    visible_name: str | None = None
    fetching: Fetching = Fetching.IMAP
    imap_path_prefix: str | None = None

    def __post_init__(self) -> None:
        require_asset("UserIdentityAssetReference", self.person)
        if self.imap_path_prefix is not None and self.fetching is Fetching.POP:
            raise InvalidPayload("IncomingServer.IMAPPathPrefix", "is for IMAP", "leave it out")


def mail_account(account: MailAccount, identifier: str) -> Declaration:
    """Write an account as a declaration.

    raises: InvalidPayload.
    """
    incoming = {
        **_server(account.incoming),
        "ServerType": account.fetching,
        "IMAPPathPrefix": account.imap_path_prefix,
    }
    payload = {
        "VisibleName": account.visible_name,
        "UserIdentityAssetReference": account.person,
        "IncomingServer": incoming,
        "OutgoingServer": _server(account.outgoing),
    }
    return checked_declaration(TYPE, identifier, stated(payload))


def _server(server: MailServer) -> dict[str, object]:
    return {
        "HostName": server.host,
        "Port": server.port,
        "AuthenticationMethod": server.authentication,
        "AuthenticationCredentialsAssetReference": server.password,
    }
