"""The password with which somebody may remove the profile it stands in; supervised.

Profiles that MDM installs cannot be removed by hand anyway: this is for those given otherwise.

source: Apple, "ProfileRemovalPassword" payload documentation.
"""

from __future__ import annotations

from profiles.configuration_profile import Payload
from profiles.errors import InvalidPayload
from profiles.payloads.checked_payload import checked_payload
from profiles.variables import literal

PAYLOAD_TYPE = "com.apple.profileRemovalPassword"


def removal_password_payload(
    password: str, identifier: str, display_name: str = "Entfernen mit Passwort"
) -> Payload:
    """Write the password as a payload; taken literally.

    raises: InvalidPayload for an empty one, with which everybody could remove the profile.
    """
    if not password:
        raise InvalidPayload("RemovalPassword", "is empty", "give a password")
    content = {"RemovalPassword": literal(password)}
    return checked_payload(PAYLOAD_TYPE, identifier, display_name, content)
