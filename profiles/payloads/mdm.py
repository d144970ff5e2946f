"""The MDM payload: puts an iPad under this server's management.

Here: the payload and its rules. Not here: the profile around it, and the identity it refers to
(enrollment.enrollment_profile). Topic and addresses must never change in an update, and no right
may be added: an iPad refuses such a profile.

source: Apple, "MDM" payload documentation.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntFlag

from profiles.configuration_profile import Payload
from profiles.errors import InvalidPayload
from profiles.payloads.checked_payload import checked_payload
from profiles.payloads.web_address import require_https

PAYLOAD_TYPE = "com.apple.mdm"
TOPIC_PREFIX = "com.apple.mgmt."


class AccessRights(IntFlag):
    """What the server may ask of the device, as the bits of Apple's payload."""

    INSPECT_PROFILES = 1
    INSTALL_PROFILES = 2
    LOCK_AND_CLEAR_PASSCODE = 4
    ERASE = 8
    DEVICE_INFORMATION = 16
    NETWORK_INFORMATION = 32
    INSPECT_PROVISIONING_PROFILES = 64
    INSTALL_PROVISIONING_PROFILES = 128
    INSPECT_APPS = 256
    RESTRICTION_QUERIES = 512
    SECURITY_QUERIES = 1024
    SETTINGS = 2048
    MANAGE_APPS = 4096


ALL_RIGHTS = AccessRights(8191)

# A right to install is refused without the right to look.
_LOOK_BEFORE_INSTALL = (
    (AccessRights.INSTALL_PROFILES, AccessRights.INSPECT_PROFILES),
    (
        AccessRights.INSTALL_PROVISIONING_PROFILES,
        AccessRights.INSPECT_PROVISIONING_PROFILES,
    ),
)


class ServerCapability(Enum):
    """What the server understands beyond the basic protocol."""

    PER_USER_CONNECTIONS = "com.apple.mdm.per-user-connections"
    BOOTSTRAP_TOKEN = "com.apple.mdm.bootstraptoken"  # noqa: S105
    GET_TOKEN = "com.apple.mdm.token"  # noqa: S105


@dataclass(frozen=True, slots=True)
class MdmSettings:
    """How an iPad reaches its server.

    topic: user identifier in the subject of the push certificate.
    identity_uuid: PayloadUUID of the identity payload in the same profile.
    check_in_url: None: the server URL serves both.
    capabilities: per-user connections can never be added or removed later, so they are in
        from the start; written in the order of the enum.
    raises: InvalidPayload.
    """

    topic: str
    server_url: str
    identity_uuid: str
    check_in_url: str | None = None
    access_rights: AccessRights = ALL_RIGHTS
    capabilities: frozenset[ServerCapability] = frozenset(ServerCapability)
    sign_message: bool = True
    check_out_when_removed: bool = True

    def __post_init__(self) -> None:
        if not self.topic.startswith(TOPIC_PREFIX) or self.topic == TOPIC_PREFIX:
            raise InvalidPayload(
                "Topic",
                f"does not begin with {TOPIC_PREFIX}",
                "take it from the subject of the push certificate",
            )
        require_https("ServerURL", self.server_url)
        if self.check_in_url is not None:
            require_https("CheckInURL", self.check_in_url)
        _require_possible(self.access_rights)


def mdm_payload(settings: MdmSettings, identifier: str, display_name: str = "MDM") -> Payload:
    """Write the MDM payload; the same settings give the same PayloadUUID."""
    content: dict[str, object] = {
        "Topic": settings.topic,
        "ServerURL": settings.server_url,
        "IdentityCertificateUUID": settings.identity_uuid,
        "AccessRights": int(settings.access_rights),
        "SignMessage": settings.sign_message,
        "CheckOutWhenRemoved": settings.check_out_when_removed,
        "ServerCapabilities": [
            capability.value
            for capability in ServerCapability
            if capability in settings.capabilities
        ],
    }
    if settings.check_in_url is not None:
        content["CheckInURL"] = settings.check_in_url
    return checked_payload(PAYLOAD_TYPE, identifier, display_name, content)


def _require_possible(rights: AccessRights) -> None:
    if not 1 <= rights <= ALL_RIGHTS:
        raise InvalidPayload("AccessRights", "are none or unknown ones", "use bits of 1 to 8191")
    for install, inspect in _LOOK_BEFORE_INSTALL:
        if install in rights and inspect not in rights:
            raise InvalidPayload(
                "AccessRights",
                "let the server install what it may not inspect",
                f"add {int(inspect)}",
            )
