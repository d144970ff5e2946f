"""What devices say when they join, stay and leave, as values.

Here: one class per MessageType. Everything a message may lack is None when it is absent.
Next: checkin.py reads them from bytes, checkin_answers.py writes the answers, lifecycle.py
judges them.

source: Apple, device management, check-in protocol.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from enrollment.identifiers import Channel
from profiles.declarations.manifest import DeclarationKind


@dataclass(frozen=True, slots=True)
class Authenticate:
    """A device asks to join, or joins again with another certificate.

    It is not enrolled by that; other parts of the profile may still fail.
    topic: compare it with the push certificate's. build_version: such as 22B83.
    product_name: such as iPad13,18. Absent values are common: the device only tells what the
    access rights allow.
    """

    channel: Channel
    topic: str | None = None
    serial_number: str | None = None
    os_version: str | None = None
    build_version: str | None = None
    product_name: str | None = None
    device_name: str | None = None
    model: str | None = None
    model_name: str | None = None
    imei: str | None = None
    meid: str | None = None


@dataclass(frozen=True, slots=True)
class TokenUpdate:
    """How to wake a channel; the first one completes an enrollment.

    token: opaque bytes of any length. unlock_token: None leaves a stored one valid.
    awaiting_configuration: None in a later message means unchanged, in the first one False.
    """

    channel: Channel
    token: bytes = field(repr=False)
    push_magic: str = field(repr=False)
    topic: str | None = None
    unlock_token: bytes | None = field(default=None, repr=False)
    awaiting_configuration: bool | None = None
    user_short_name: str | None = None
    user_long_name: str | None = None

    @property
    def token_digest(self) -> str:
        """A digest of token and magic together, by which a replay can be recognised."""
        magic = hashlib.sha256(self.push_magic.encode()).digest()
        return hashlib.sha256(magic + self.token).hexdigest()


@dataclass(frozen=True, slots=True)
class CheckOut:
    """The enrollment profile was removed. Sent once at best."""

    channel: Channel
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class UserAuthenticate:
    """A Mac asks whether one of its users should be managed. An iPad never does."""

    channel: Channel
    digest_response: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class SetBootstrapToken:
    """A device hands over its bootstrap token. bootstrap_token: None deletes a stored one."""

    channel: Channel
    bootstrap_token: bytes | None = field(default=None, repr=False)
    awaiting_configuration: bool = False


@dataclass(frozen=True, slots=True)
class GetBootstrapToken:
    """A device asks for the bootstrap token it once handed over."""

    channel: Channel
    awaiting_configuration: bool = False


class TokenService(StrEnum):
    """What a device may ask a token for. Watches are not managed here."""

    MANAGED_APPLE_ACCOUNT = "com.apple.maid"


@dataclass(frozen=True, slots=True)
class GetToken:
    """A device asks for a token for one of Apple's services.

    service: None for a service that we do not serve; the request then fails.
    parameters: as sent.
    """

    channel: Channel
    service: TokenService | None
    parameters: Mapping[str, object] = field(default_factory=dict, repr=False)


class EndpointKind(StrEnum):
    """What a device wants to know, or to tell, about its declarations."""

    TOKENS = "tokens"
    DECLARATION_ITEMS = "declaration-items"
    STATUS = "status"
    DECLARATION = "declaration"


@dataclass(frozen=True, slots=True)
class DeclarationsEndpoint:
    """The address inside a DeclarativeManagement message.

    declaration, identifier: set for kind DECLARATION only.
    """

    kind: EndpointKind
    declaration: DeclarationKind | None = None
    identifier: str | None = None


@dataclass(frozen=True, slots=True)
class DeclarativeManagement:
    """A device asks for declarations or reports on them. data: JSON bytes as sent, unread."""

    channel: Channel
    endpoint: DeclarationsEndpoint
    data: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ReturnToService:
    """A device is about to be erased for its next user and asks how to come back."""

    channel: Channel


CheckinMessage: TypeAlias = (
    Authenticate
    | TokenUpdate
    | CheckOut
    | UserAuthenticate
    | SetBootstrapToken
    | GetBootstrapToken
    | GetToken
    | DeclarativeManagement
    | ReturnToService
)
