"""Apple's Kerberos extension: sign in once at the school's domain controller.

Here: its settings. Not here: the payload they stand in (profiles.payloads.single_sign_on).

source: Apple, "ExtensibleSingleSignOnKerberos" payload documentation.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from profiles.errors import InvalidPayload
from profiles.payloads.stating import require_app, require_some, require_uuid, stated

KERBEROS_EXTENSION = "com.apple.AppSSOKerberos.KerberosExtension"


class CredentialUse(Enum):
    """When other apps use the extension's ticket; iPadOS 14."""

    ALWAYS = "always"
    WHEN_NOT_SPECIFIED = "whenNotSpecified"
    KERBEROS_DEFAULT = "kerberosDefault"


@dataclass(frozen=True, slots=True)
class KerberosSignOn:
    """One realm.

    realm: in capitals. hosts: servers, or domains that begin with a full stop.
    principal: may hold variables; None: the iPad asks.
    certificate_uuid: an identity payload of the same profile, in place of a password.
    apps: who may use the ticket; empty: every app. managed_apps: these as well; iPadOS 14.
    domain_controllers: asked first, like kdc.example.org; iPadOS 15.
    raises: InvalidPayload.
    """

    realm: str
    hosts: tuple[str, ...]
    principal: str | None = None
    certificate_uuid: str | None = None
    site_code: str | None = None
    discover_site: bool = True
    is_default_realm: bool = False
    remember_password: bool = True
    require_presence: bool = False
    require_tls: bool | None = None
    apps: tuple[str, ...] = ()
    managed_apps: bool | None = None
    domain_controllers: tuple[str, ...] = ()
    user_name_label: str | None = None
    help_text: str | None = None
    use: CredentialUse | None = None

    def __post_init__(self) -> None:
        if not self.realm or self.realm != self.realm.upper():
            raise InvalidPayload("Realm", "is not in capitals", "write it like SCHULE.EXAMPLE.ORG")
        require_some("Hosts", self.hosts, "give the servers of the realm")
        if self.certificate_uuid is not None:
            require_uuid("ExtensionData.certificateUUID", self.certificate_uuid)
        for place, app in enumerate(self.apps):
            require_app(f"ExtensionData.credentialBundleIdACL[{place}]", app)


def kerberos_keys(sign_on: KerberosSignOn) -> dict[str, Any]:
    """Write the keys of the payload."""
    return stated(
        {
            "ExtensionIdentifier": KERBEROS_EXTENSION,
            "TeamIdentifier": "apple",
            "Type": "Credential",
            "Realm": sign_on.realm,
            "Hosts": sign_on.hosts,
            "ExtensionData": {
                "principalName": sign_on.principal,
                "certificateUUID": sign_on.certificate_uuid,
                "siteCode": sign_on.site_code,
                "useSiteAutoDiscovery": sign_on.discover_site,
                "isDefaultRealm": sign_on.is_default_realm,
                "allowAutomaticLogin": sign_on.remember_password,
                "requireUserPresence": sign_on.require_presence,
                "requireTLSForLDAP": sign_on.require_tls,
                "credentialBundleIdACL": sign_on.apps,
                "includeManagedAppsInBundleIdACL": sign_on.managed_apps,
                "preferredKDCs": sign_on.domain_controllers,
                "customUsernameLabel": sign_on.user_name_label,
                "helpText": sign_on.help_text,
                "credentialUseMode": sign_on.use,
            },
        }
    )
