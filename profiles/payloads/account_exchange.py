"""The Exchange payload: mail, calendars and contacts of one person.

Here: the account. On a Shared iPad all accounts belong on the channel of the person.
An update overrides what people chose. Newer iPads take accounts as declarations, whose passwords
are kept apart: those are to be preferred.

source: Apple, "ExchangeActiveSync" payload documentation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from profiles.configuration_profile import Payload
from profiles.errors import InvalidPayload
from profiles.payloads.checked_payload import checked_payload
from profiles.payloads.stating import as_typed, require_host, require_text, stated
from profiles.payloads.web_address import require_https

PAYLOAD_TYPE = "com.apple.eas.account"


class Service(Enum):
    """What an Exchange account brings; the value is the middle of Apple's keys."""

    MAIL = "Mail"
    CONTACTS = "Contacts"
    CALENDARS = "Calendars"
    REMINDERS = "Reminders"
    NOTES = "Notes"


@dataclass(frozen=True, slots=True)
class ModernSignIn:
    """The person signs in on a page (OAuth), where no password is stored; iPadOS 12.

    sign_in_url, token_url: both or neither; since iPadOS 13.
    """

    sign_in_url: str | None = None
    token_url: str | None = None

    def __post_init__(self) -> None:
        if (self.sign_in_url is None) != (self.token_url is None):
            raise InvalidPayload(
                "OAuthTokenRequestURL", "goes with OAuthSignInURL", "give both or neither"
            )
        for key, url in (
            ("OAuthSignInURL", self.sign_in_url),
            ("OAuthTokenRequestURL", self.token_url),
        ):
            if url is not None:
                require_https(key, url)


@dataclass(frozen=True, slots=True)
class StoredPassword:
    """A password in the profile, taken literally; None: the iPad asks."""

    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class StoredCertificate:
    """A certificate payload of the same profile."""

    identity_uuid: str


@dataclass(frozen=True, slots=True)
class ExchangeAccount:
    """One account; user name and address may hold variables.

    past_days: how much mail to fetch: 0 (all), 1, 3, 7, 14 or 31 days.
    services: what is switched on; locked: people cannot change that; iPadOS 13.
    keep_mail_inside: mail may not be moved to other accounts, nor sent from other apps.
    raises: InvalidPayload.
    """

    host: str
    user_name: str
    email: str
    sign_in: ModernSignIn | StoredPassword | StoredCertificate = ModernSignIn()
    past_days: int = 7
    services: frozenset[Service] = frozenset(Service)
    locked: bool = False
    keep_mail_inside: bool = False
    vpn_uuid: str | None = None

    def __post_init__(self) -> None:
        require_host("Host", self.host)
        require_text("UserName", self.user_name, "the iPad cannot ask when MDM installs it")
        require_text("EmailAddress", self.email)
        if not self.services:
            raise InvalidPayload("EnableMail", "is off like all others", "switch one service on")


def exchange_payload(
    account: ExchangeAccount, identifier: str, display_name: str = "Exchange"
) -> Payload:
    """Write an account as a payload.

    raises: InvalidPayload.
    """
    content = {
        "Host": account.host,
        "UserName": account.user_name,
        "EmailAddress": account.email,
        "SSL": True,
        **_sign_in(account.sign_in),
        "MailNumberOfPastDaysToSync": account.past_days,
        "PreventMove": account.keep_mail_inside,
        "PreventAppSheet": account.keep_mail_inside,
        **{f"Enable{one.value}": one in account.services for one in Service},
        **{f"Enable{one.value}UserOverridable": not account.locked for one in Service},
        "VPNUUID": account.vpn_uuid,
    }
    return checked_payload(PAYLOAD_TYPE, identifier, display_name, stated(content))


def _sign_in(sign_in: ModernSignIn | StoredPassword | StoredCertificate) -> dict[str, Any]:
    match sign_in:
        case ModernSignIn():
            return {
                "OAuth": True,
                "OAuthSignInURL": sign_in.sign_in_url,
                "OAuthTokenRequestURL": sign_in.token_url,
            }
        case StoredPassword():
            return {"OAuth": False, "Password": as_typed(sign_in.password)}
        case StoredCertificate():
            return {"OAuth": False, "PayloadCertificateUUID": sign_in.identity_uuid}
