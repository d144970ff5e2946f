"""What somebody may wish for a device: profiles, apps, a name, each with its reason.

Here: the values. Not here: how wishes are settled (policies.desired, policies.conflicts), who
decided them for whom (policies.assignment).
"""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, for whom, and since when."""

    key: ReasonKey
    scope: Scope
    since: datetime


@dataclass(frozen=True, slots=True)
class WantedProfile:
    identifier: str
    uuid: str
    kind: ProfileKind
    version: int
    profile_id: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class WantedApp:
    identifier: str
    store_id: int | None
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


Wish: TypeAlias = WantedProfile | WantedApp | AbsentProfile | AbsentApp | WantedName
