"""Under whose management an iPad stands, and the channels on which it hears of it.

Here: values and bookkeeping of an enrolment. Not here: how it comes about (installation), what is
said on a channel (checkin, connection).
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Self

from enrollment.scep_certificates import CertifiedKey
from mdm.simulator.declarative.client import DeclarativeClient
from mdm.simulator.errors import DeviceError
from mdm.simulator.payload_rules import content_of
from profiles import plist
from profiles.commands.error_codes import MDM
from profiles.configuration_profile import ConfigurationProfile
from profiles.errors import MalformedMessage
from profiles.payloads.mdm import ALL_RIGHTS, PAYLOAD_TYPE, TOPIC_PREFIX, ServerCapability

# Says that people of this iPad have no identity of their own in management; all share it.
SHARED_USER_ID = "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"


@dataclass(frozen=True, slots=True)
class Management:
    """What the MDM payload says.

    profile_identifier: of the profile around it. identity_uuid: of the identity's payload.
    """

    profile_identifier: str
    identity_uuid: str
    topic: str
    server_url: str
    check_in_url: str
    access_rights: int
    signs_messages: bool
    checks_out: bool
    per_user_connections: bool

    @classmethod
    def of(cls, profile: ConfigurationProfile) -> Self | None:
        """Read the MDM payload of a profile; None if it has none.

        raises: DeviceError.
        """
        payloads = [payload for payload in profile.payloads if payload.type == PAYLOAD_TYPE]
        if not payloads:
            return None
        if len(payloads) > 1:
            raise DeviceError(MDM, 12001, "more than one MDM payload")
        try:
            return cls._read(profile.identifier, content_of(payloads[0]))
        except MalformedMessage as error:
            raise DeviceError(MDM, 12011, f"{error.field} {error.problem}") from error

    @classmethod
    def _read(cls, identifier: str, content: plist.PlistDict) -> Self:
        server_url = plist.text(content, "ServerURL")
        management = cls(
            profile_identifier=identifier,
            identity_uuid=plist.text(content, "IdentityCertificateUUID"),
            topic=plist.text(content, "Topic"),
            server_url=server_url,
            check_in_url=plist.optional_text(content, "CheckInURL") or server_url,
            access_rights=plist.optional_integer(content, "AccessRights") or 0,
            signs_messages=plist.boolean(content, "SignMessage", default=False),
            checks_out=plist.boolean(content, "CheckOutWhenRemoved", default=False),
            per_user_connections=ServerCapability.PER_USER_CONNECTIONS.value
            in plist.texts(content, "ServerCapabilities"),
        )
        management._check()
        return management

    def _check(self) -> None:
        if not 1 <= self.access_rights <= ALL_RIGHTS:
            raise DeviceError(MDM, 12000, "invalid access rights")
        if not self.topic.startswith(TOPIC_PREFIX):
            raise DeviceError(MDM, 12022, "invalid topic")
        for url in (self.server_url, self.check_in_url):
            if not url.startswith("https://"):
                raise DeviceError(MDM, 12030, "address is not https")

    def check_replacement(self, new: Self) -> None:
        """Refuse what an iPad refuses in a profile that takes the place of this one.

        raises: DeviceError 12012 (an address, the topic or per-user connections changed),
            12009 (a right was added).
        """
        for name in ("topic", "server_url", "check_in_url", "per_user_connections"):
            if getattr(self, name) != getattr(new, name):
                raise DeviceError(MDM, 12012, f"replacement differs in {name}")
        if new.access_rights & ~self.access_rights:
            raise DeviceError(MDM, 12009, "replacement asks for more rights")


@dataclass(slots=True)
class Channel:
    """One conversation partner of the server: the device, or a person signed in on it.

    user_name: None on the device channel.
    undelivered: answers that no 2xx has confirmed yet, oldest first.
    comes_back: the last word was NotNow, so the iPad connects by itself once it can.
    owes_token: the server has not confirmed the newest TokenUpdate.
    is_declined: the server does not want to manage this person.
    declarative: its declarations; None before the first command for them.
    """

    token: bytes = field(repr=False)
    magic: str = field(repr=False)
    user_name: str | None = None
    undelivered: deque[bytes] = field(default_factory=deque, repr=False)
    comes_back: bool = False
    owes_token: bool = True
    is_declined: bool = False
    is_awaiting: bool = False
    declarative: DeclarativeClient | None = None

    @property
    def is_user(self) -> bool:
        """Whether a person's."""
        return self.user_name is not None

    def identifiers(self, udid: str) -> dict[str, plist.WritableValue]:
        """Write who is talking."""
        if self.user_name is None:
            return {"UDID": udid}
        return {
            "UDID": udid,
            "UserID": SHARED_USER_ID,
            "UserShortName": self.user_name,
            "UserLongName": self.user_name.partition("@")[0],
        }


@dataclass(slots=True)
class Enrolment:
    """An enrolment in force: management, identity, and the device's own channel."""

    management: Management
    identity: CertifiedKey = field(repr=False)
    channel: Channel
