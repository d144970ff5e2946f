"""The mail payload: one IMAP or POP account.

source: Apple, "Mail" payload documentation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from profiles.configuration_profile import Payload
from profiles.errors import InvalidPayload
from profiles.payloads.checked_payload import checked_payload
from profiles.payloads.stating import as_typed, require_host, require_text, stated

PAYLOAD_TYPE = "com.apple.mail.managed"


class Fetching(Enum):
    """How mail is fetched."""

    IMAP = "EmailTypeIMAP"
    POP = "EmailTypePOP"


class Authentication(Enum):
    """How a server asks for the password."""

    NONE = "EmailAuthNone"
    PASSWORD = "EmailAuthPassword"  # noqa: S105
    CRAM_MD5 = "EmailAuthCRAMMD5"
    NTLM = "EmailAuthNTLM"
    HTTP_MD5 = "EmailAuthHTTPMD5"


@dataclass(frozen=True, slots=True)
class MailServer:
    """One direction of an account.

    user_name: may hold variables. password: taken literally; None: the iPad asks.
    port: None: the usual one.
    """

    host: str
    user_name: str | None = None
    password: str | None = field(default=None, repr=False)
    authentication: Authentication = Authentication.PASSWORD
    port: int | None = None
    use_tls: bool = True

    def __post_init__(self) -> None:
        require_host("MailServerHostName", self.host)
        if self.authentication is Authentication.NONE and (self.user_name or self.password):
            raise InvalidPayload(
                "MailServerAuthentication", "is none, though a name is given", "choose how to ask"
            )
        if self.password is not None and not self.use_tls:
            raise InvalidPayload(
                "MailServerUseSSL", "is off, and a password would be readable", "set it"
            )


@dataclass(frozen=True, slots=True)
class MailAccount:
    """One account; address and name may hold variables.

    same_password: the outgoing server takes the password of the incoming one.
    keep_mail_inside: mail may not be moved to other accounts, nor sent from other apps.
    raises: InvalidPayload.
    """

    email: str
    incoming: MailServer
    outgoing: MailServer
    name: str | None = None
    description: str | None = None
    fetching: Fetching = Fetching.IMAP
    same_password: bool = False
    keep_mail_inside: bool = False
    vpn_uuid: str | None = None

    def __post_init__(self) -> None:
        require_text("EmailAddress", self.email)
        if self.same_password and self.outgoing.password is not None:
            raise InvalidPayload(
                "OutgoingPasswordSameAsIncomingPassword",
                "is set beside an outgoing password",
                "give one of the two",
            )


def mail_payload(account: MailAccount, identifier: str, display_name: str = "E-Mail") -> Payload:
    """Write an account as a payload.

    raises: InvalidPayload.
    """
    content = {
        "EmailAccountType": account.fetching,
        "EmailAddress": account.email,
        "EmailAccountName": account.name,
        "EmailAccountDescription": account.description,
        **_server("Incoming", account.incoming),
        **_server("Outgoing", account.outgoing),
        "OutgoingPasswordSameAsIncomingPassword": account.same_password,
        "PreventMove": account.keep_mail_inside,
        "PreventAppSheet": account.keep_mail_inside,
        "VPNUUID": account.vpn_uuid,
    }
    return checked_payload(PAYLOAD_TYPE, identifier, display_name, stated(content))


def _server(direction: str, server: MailServer) -> dict[str, Any]:
    return {
        f"{direction}MailServerHostName": server.host,
        f"{direction}MailServerAuthentication": server.authentication,
        f"{direction}MailServerUsername": server.user_name,
        f"{direction}Password": as_typed(server.password),
        f"{direction}MailServerPortNumber": server.port,
        f"{direction}MailServerUseSSL": server.use_tls,
    }
