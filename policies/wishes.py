"""What somebody may wish for a device, each with its reason.

Here: the values. Not here: how wishes are settled (policies.desired, policies.conflicts), who
decided them for whom (policies.assignment).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from policies.scope import Scope


class ProfileKind(StrEnum):
    """What a profile is mainly for, in the order in which profiles are installed."""

    WIFI = "wifi"
    CERTIFICATE = "certificate"
    RESTRICTIONS = "restrictions"
    OTHER = "other"


class ProfileDelivery(StrEnum):
    """How a profile shall reach the device; a device without declarations gets a command."""

    COMMAND = "command"
    DECLARATION = "declaration"


class ReasonKey(StrEnum):
    """Why something is wished or done; a door turns the key into a sentence."""

    ASSIGNED = "assigned"
    NO_LONGER_ASSIGNED = "no_longer_assigned"
    FIRST_INVENTORY = "first_inventory"
    STALE_INVENTORY = "stale_inventory"
    PROOF = "proof"
    IDENTITY_EXPIRES = "identity_expires"
    SETUP_COMPLETE = "setup_complete"
    SETUP_TIME_LIMIT = "setup_time_limit"
    DECLARATIONS_CHANGED = "declarations_changed"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, for whom, and since when."""

    key: ReasonKey
    scope: Scope
    since: datetime


@dataclass(frozen=True, slots=True)
class ProfileContent:
    """What a profile says, as far as it can disagree with another one. Holds no secrets.

    networks: SSIDs. restrictions: (key, value as JSON writes it), sorted.
    payload_types: of all its payloads.
    """

    networks: tuple[str, ...] = ()
    restrictions: tuple[tuple[str, str], ...] = ()
    payload_types: frozenset[str] = frozenset()


NO_CONTENT = ProfileContent()


@dataclass(frozen=True, slots=True)
class WantedProfile:
    identifier: str
    uuid: str
    kind: ProfileKind
    version: int
    profile_id: int
    reason: Reason
    delivery: ProfileDelivery = ProfileDelivery.COMMAND
    content: ProfileContent = NO_CONTENT


@dataclass(frozen=True, slots=True)
class WantedApp:
    """required: kept on the device, else only offered where the device can do so."""

    identifier: str
    store_id: int | None
    reason: Reason
    required: bool = True


@dataclass(frozen=True, slots=True)
class WantedDeclaration:
    """A configuration of declarative management.

    identifier: the same for all versions of one setting. content: the payload as canonical JSON
        (profiles.declarations.json_form); may hold variables.
    """

    identifier: str
    declaration_type: str
    content: bytes = field(repr=False)
    reason: Reason


@dataclass(frozen=True, slots=True)
class WantedOsVersion:
    """version: exact, such as 26.0.1. deadline: on the clock of the device, without time zone."""

    version: str
    deadline: datetime
    reason: Reason


@dataclass(frozen=True, slots=True)
class AbsentProfile:
    identifier: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class AbsentApp:
    identifier: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class WantedName:
    name: str
    reason: Reason


Wish: TypeAlias = (
    WantedProfile
    | WantedApp
    | AbsentProfile
    | AbsentApp
    | WantedName
    | WantedDeclaration
    | WantedOsVersion
)
