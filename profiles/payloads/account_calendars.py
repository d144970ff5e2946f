"""Calendars and address books: CalDAV, CardDAV and subscribed calendars.

Here: the three payloads. A user name must be in a CalDAV or CardDAV account, since an iPad cannot
ask for it when MDM installs the account.

source: Apple, "CalDAV", "CardDAV" and "SubscribedCalendars" payload documentation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from profiles.configuration_profile import Payload
from profiles.errors import InvalidPayload
from profiles.payloads.checked_payload import checked_payload
from profiles.payloads.stating import as_typed, require_host, require_text, stated
from profiles.payloads.web_address import require_web

SUBSCRIBED_TYPE = "com.apple.subscribedcalendar.account"


class DavKind(Enum):
    """Calendars or contacts; the value is the beginning of Apple's keys."""

    CALENDARS = "CalDAV"
    CONTACTS = "CardDAV"

    @property
    def payload_type(self) -> str:
        """The type of the payload."""
        return f"com.apple.{self.value.lower()}.account"


@dataclass(frozen=True, slots=True)
class DavAccount:
    """One account; the user name may hold variables, the password is taken literally.

    password: None: the iPad asks. principal: path of the person on the server.
    port: None: the usual one.
    raises: InvalidPayload.
    """

    kind: DavKind
    host: str
    user_name: str
    password: str | None = field(default=None, repr=False)
    principal: str | None = None
    port: int | None = None
    description: str | None = None
    use_tls: bool = True
    vpn_uuid: str | None = None

    def __post_init__(self) -> None:
        require_host(f"{self.kind.value}HostName", self.host)
        require_text(f"{self.kind.value}Username", self.user_name, "the iPad cannot ask for it")
        if self.password is not None and not self.use_tls:
            raise InvalidPayload(
                f"{self.kind.value}UseSSL", "is off, and a password would be readable", "set it"
            )


@dataclass(frozen=True, slots=True)
class SubscribedCalendar:
    """A calendar that can only be read; url: may hold variables.

    raises: InvalidPayload.
    """

    url: str
    description: str | None = None
    user_name: str | None = None
    password: str | None = field(default=None, repr=False)
    vpn_uuid: str | None = None

    def __post_init__(self) -> None:
        scheme = require_web("SubCalAccountHostName", self.url)
        if self.password is not None and scheme != "https":
            raise InvalidPayload(
                "SubCalAccountHostName", "is not https, and has a password", "begin with https://"
            )


def dav_payload(account: DavAccount, identifier: str, display_name: str = "") -> Payload:
    """Write a CalDAV or CardDAV account as a payload.

    raises: InvalidPayload.
    """
    prefix = account.kind.value
    content = {
        f"{prefix}AccountDescription": account.description,
        f"{prefix}HostName": account.host,
        f"{prefix}Username": account.user_name,
        f"{prefix}Password": as_typed(account.password),
        f"{prefix}PrincipalURL": account.principal,
        f"{prefix}Port": account.port,
        f"{prefix}UseSSL": account.use_tls,
        "VPNUUID": account.vpn_uuid,
    }
    name = display_name or prefix
    return checked_payload(account.kind.payload_type, identifier, name, stated(content))


def subscribed_calendar_payload(
    calendar: SubscribedCalendar, identifier: str, display_name: str = "Kalender-Abo"
) -> Payload:
    """Write a calendar to subscribe to as a payload.

    raises: InvalidPayload.
    """
    content = {
        "SubCalAccountDescription": calendar.description,
        "SubCalAccountHostName": calendar.url,
        "SubCalAccountUsername": calendar.user_name,
        "SubCalAccountPassword": as_typed(calendar.password),
        "SubCalAccountUseSSL": calendar.url.startswith("https:"),
        "VPNUUID": calendar.vpn_uuid,
    }
    return checked_payload(SUBSCRIBED_TYPE, identifier, display_name, stated(content))
