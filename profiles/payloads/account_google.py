"""The Google payload: a Google account; the person signs in and no password is stored.

source: Apple, "GoogleAccount" payload documentation.
"""

from __future__ import annotations

from dataclasses import dataclass

from profiles.configuration_profile import Payload
from profiles.errors import InvalidPayload
from profiles.payloads.checked_payload import checked_payload
from profiles.payloads.stating import stated

PAYLOAD_TYPE = "com.apple.google-oauth"


@dataclass(frozen=True, slots=True)
class GoogleAccount:
    """One account; address and name may hold variables. description: shown in Settings.

    raises: InvalidPayload.
    """

    email: str
    name: str | None = None
    description: str | None = None
    vpn_uuid: str | None = None

    def __post_init__(self) -> None:
        if "@" not in self.email.strip("@"):
            raise InvalidPayload("EmailAddress", "is no mail address", "write it with an @")


def google_payload(
    account: GoogleAccount, identifier: str, display_name: str = "Google"
) -> Payload:
    """Write an account as a payload.

    raises: InvalidPayload.
    """
    content = {
        "EmailAddress": account.email,
        "AccountName": account.name,
        "AccountDescription": account.description,
        "VPNUUID": account.vpn_uuid,
    }
    return checked_payload(PAYLOAD_TYPE, identifier, display_name, stated(content))
