"""Management declarations: who manages, what the server can, and facts for predicates.

They need no activation and never become active.

source: Apple, schema "Management".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from profiles.declarations.checked_declaration import checked_declaration
from profiles.declarations.declaration import Declaration
from profiles.errors import InvalidPayload
from profiles.payloads.stating import require_text, stated
from profiles.payloads.web_address import require_web

ORGANIZATION_INFO = "com.apple.management.organization-info"
SERVER_CAPABILITIES = "com.apple.management.server-capabilities"
PROPERTIES = "com.apple.management.properties"

_PROTOCOL = "1.0.0"
# So that a predicate can name it: @property(grade).
_PROPERTY = re.compile(r"[A-Za-z][A-Za-z0-9_-]*", re.ASCII)

PropertyValue = bool | int | float | str


@dataclass(frozen=True, slots=True)
class Organization:
    """Who manages the iPad, as people read it in the settings.

    raises: InvalidPayload.
    """

    name: str
    email: str | None = None
    url: str | None = None

    def __post_init__(self) -> None:
        require_text("Name", self.name)
        if self.email is not None and "@" not in self.email:
            raise InvalidPayload("Email", "is no mail address", "write it like it@example.org")
        if self.url is not None:
            require_web("URL", self.url)


def organization_info(organization: Organization, identifier: str) -> Declaration:
    """Tell who manages.

    raises: InvalidPayload.
    """
    payload = {"Name": organization.name, "Email": organization.email, "URL": organization.url}
    return checked_declaration(ORGANIZATION_INFO, identifier, stated(payload))


def server_capabilities(identifier: str) -> Declaration:
    """Tell that this server speaks version 1.0.0 of the protocol, without optional features."""
    payload = {"Version": _PROTOCOL, "SupportedFeatures": {}}
    return checked_declaration(SERVER_CAPABILITIES, identifier, payload)


def properties(
    values: Mapping[str, PropertyValue | tuple[PropertyValue, ...]], identifier: str
) -> Declaration:
    """Give the device facts that predicates ask for as @property(name); iPadOS 16.

    values: name → one value or several; texts may hold variables. With them one activation
        serves many iPads that differ in a property only.
    raises: InvalidPayload.
    """
    for name in values:
        if not _PROPERTY.fullmatch(name):
            raise InvalidPayload(
                name[:40], "is no name of a property", "use letters, digits, - and _"
            )
    if not values:
        raise InvalidPayload("Payload", "is empty", "give a property, or leave it out")
    payload = {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}
    return checked_declaration(PROPERTIES, identifier, payload)
