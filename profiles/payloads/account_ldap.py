"""The LDAP payload: a directory in which people look up addresses.

source: Apple, "LDAP" payload documentation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from profiles.configuration_profile import Payload
from profiles.errors import InvalidPayload
from profiles.payloads.checked_payload import checked_payload
from profiles.payloads.stating import as_typed, require_host, require_text, stated

PAYLOAD_TYPE = "com.apple.ldap.account"


class Depth(Enum):
    """How deep to search below a base."""

    BASE = "LDAPSearchSettingScopeBase"
    ONE_LEVEL = "LDAPSearchSettingScopeOneLevel"
    SUBTREE = "LDAPSearchSettingScopeSubtree"


@dataclass(frozen=True, slots=True)
class SearchBase:
    """Where to search, like ou=people,dc=example,dc=org."""

    base: str
    depth: Depth = Depth.SUBTREE
    description: str | None = None

    def __post_init__(self) -> None:
        require_text("LDAPSearchSettings.LDAPSearchSettingSearchBase", self.base)


@dataclass(frozen=True, slots=True)
class LdapDirectory:
    """One directory; the user name may hold variables, the password is taken literally.

    raises: InvalidPayload.
    """

    host: str
    searches: tuple[SearchBase, ...] = ()
    user_name: str | None = None
    password: str | None = field(default=None, repr=False)
    description: str | None = None
    use_tls: bool = True
    vpn_uuid: str | None = None

    def __post_init__(self) -> None:
        require_host("LDAPAccountHostName", self.host)
        if self.password is not None and self.user_name is None:
            raise InvalidPayload("LDAPAccountPassword", "has no user name", "give both")
        if self.password is not None and not self.use_tls:
            raise InvalidPayload(
                "LDAPAccountUseSSL", "is off, and a password would be readable", "set it"
            )


def ldap_payload(
    directory: LdapDirectory, identifier: str, display_name: str = "LDAP-Verzeichnis"
) -> Payload:
    """Write a directory as a payload.

    raises: InvalidPayload.
    """
    content = {
        "LDAPAccountDescription": directory.description,
        "LDAPAccountHostName": directory.host,
        "LDAPAccountUserName": directory.user_name,
        "LDAPAccountPassword": as_typed(directory.password),
        "LDAPAccountUseSSL": directory.use_tls,
        "LDAPSearchSettings": [
            {
                "LDAPSearchSettingSearchBase": search.base,
                "LDAPSearchSettingScope": search.depth,
                "LDAPSearchSettingDescription": search.description,
            }
            for search in directory.searches
        ],
        "VPNUUID": directory.vpn_uuid,
    }
    return checked_payload(PAYLOAD_TYPE, identifier, display_name, stated(content))
