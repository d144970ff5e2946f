"""Single sign-on by an extension: an app that signs in for others, or Apple's Kerberos.

Here: the payload and its three kinds; only by MDM, iPadOS 13. On a Shared iPad it belongs on the
channel of the person. The old Kerberos payload has a table and no builder: it is one per device,
and this one does what it did.

source: Apple, "ExtensibleSingleSignOn" and "ExtensibleSingleSignOnKerberos" documentation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from profiles.configuration_profile import Payload
from profiles.errors import InvalidPayload
from profiles.payloads.checked_payload import checked_payload
from profiles.payloads.kerberos import KERBEROS_EXTENSION, KerberosSignOn, kerberos_keys
from profiles.payloads.stating import (
    foreign,
    require_app,
    require_distinct,
    require_some,
    require_text,
    stated,
)
from profiles.payloads.web_address import require_web

PAYLOAD_TYPE = "com.apple.extensiblesso"


class WhenLocked(Enum):
    """What happens to a sign-in while the screen is locked; iPadOS 15."""

    CANCEL = "Cancel"
    PASS_ON = "DoNotHandle"  # noqa: S105


@dataclass(frozen=True, slots=True)
class RedirectSignOn:
    """An extension that answers for the addresses of a sign-in service.

    urls: beginnings of addresses, without query; no other profile may name the same.
    settings: what the extension wants to be told, as a property list.
    raises: InvalidPayload.
    """

    extension: str
    urls: tuple[str, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    denied_apps: tuple[str, ...] = ()
    when_locked: WhenLocked | None = None

    def __post_init__(self) -> None:
        _require_extension(self.extension, self.denied_apps)
        require_some("URLs", self.urls, "give the addresses of the service")
        require_distinct("URLs", self.urls)
        for place, url in enumerate(self.urls):
            require_web(f"URLs[{place}]", url)
            if "?" in url:
                raise InvalidPayload(f"URLs[{place}]", "has a query", "end before the ?")


@dataclass(frozen=True, slots=True)
class CredentialSignOn:
    """An extension that answers when a server asks who is there.

    hosts: names of servers, or domains that begin with a full stop. realm: for Kerberos kinds.
    raises: InvalidPayload.
    """

    extension: str
    hosts: tuple[str, ...]
    realm: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    denied_apps: tuple[str, ...] = ()
    when_locked: WhenLocked | None = None

    def __post_init__(self) -> None:
        _require_extension(self.extension, self.denied_apps)
        require_some("Hosts", self.hosts, "give the servers")
        require_distinct("Hosts", self.hosts)
        if self.extension == KERBEROS_EXTENSION:
            raise InvalidPayload(
                "ExtensionIdentifier", "is Apple's Kerberos", "use the settings for Kerberos"
            )


def single_sign_on_payload(
    sign_on: RedirectSignOn | CredentialSignOn | KerberosSignOn,
    identifier: str,
    display_name: str = "Einmalanmeldung",
) -> Payload:
    """Write a way of signing in as a payload.

    raises: InvalidPayload.
    """
    return checked_payload(PAYLOAD_TYPE, identifier, display_name, _keys(sign_on))


def _keys(sign_on: RedirectSignOn | CredentialSignOn | KerberosSignOn) -> dict[str, Any]:
    if isinstance(sign_on, KerberosSignOn):
        return kerberos_keys(sign_on)
    asked = (
        {"Type": "Redirect", "URLs": sign_on.urls}
        if isinstance(sign_on, RedirectSignOn)
        else {"Type": "Credential", "Hosts": sign_on.hosts, "Realm": sign_on.realm}
    )
    keys = {
        "ExtensionIdentifier": sign_on.extension,
        **asked,
        "DeniedBundleIdentifiers": sign_on.denied_apps,
        "ScreenLockedBehavior": sign_on.when_locked,
    }
    return stated(keys) | foreign("ExtensionData", sign_on.settings)


def _require_extension(extension: str, denied: tuple[str, ...]) -> None:
    require_text("ExtensionIdentifier", extension)
    require_app("ExtensionIdentifier", extension)
    for place, app in enumerate(denied):
        require_app(f"DeniedBundleIdentifiers[{place}]", app)
