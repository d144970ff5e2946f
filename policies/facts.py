"""What is known about a device and about the commands it was given: frozen inputs.

Here: values only. Not here: what the device reported about profiles and apps
(policies.reported), how the values are loaded (mdm.rooms.facts).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from policies.actions import ActionKey
from policies.delivery import DeliveryState
from policies.scope import Scope
from profiles.schema.os_version import OsVersion
from profiles.variables import DeviceVariables

NO_VARIABLES = DeviceVariables()


class Management(StrEnum):
    """How a device stands to us. Only an enrolled one is given anything."""

    AWAITED = "awaited"  # expected, or its check-in is not complete
    HELD = "held"  # somebody must accept it first
    ENROLLED = "enrolled"
    UNENROLLED = "unenrolled"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """One device in its current enrollment.

    key: any text that stays the same for the device; it spreads refreshes over the day.
    scopes: every scope the device is in, the city and the device itself included.
    profile_prefix: our profiles' identifiers equal it or continue it after a full stop.
    enrollment_profile: identifier of the profile that enrolled it, which is never removed.
    enrolled_at: first token of this enrollment, None before.
    identity_fingerprint, identity_expires_at: of the pinned certificate, None if unknown.
    released: numbers of the open roll-outs that have reached it.
    variables: what texts may refer to. organization: who manages it, for people to read.
    time_zone: of its clock, as the database of time zones names it.
    """

    key: str
    management: Management
    scopes: frozenset[Scope]
    profile_prefix: str
    enrollment_profile: str
    enrolled_at: datetime | None = None
    supervised: bool = False
    os_version: OsVersion | None = None
    awaiting_configuration: bool = False
    identity_fingerprint: str | None = None
    identity_expires_at: datetime | None = None
    released: frozenset[int] = frozenset()
    variables: DeviceVariables = NO_VARIABLES
    organization: str | None = None
    time_zone: str = "Europe/Berlin"

    def owns_profile(self, identifier: str) -> bool:
        """Whether an identifier is one that we give to profiles."""
        return identifier == self.profile_prefix or identifier.startswith(self.profile_prefix + ".")


@dataclass(frozen=True, slots=True)
class CommandFacts:
    """The latest command of one key within the current enrollment generation.

    reached_at: when its bytes last left for the device. accepted_at: when the device said
    Acknowledged. refused_at: when it last said no, for good (Error) or for now (NotNow).
    left_before: when one of the same key that was given up last left, to which the device never
        said no: it may have been carried out, whatever became of the latest one.
    accepted_before: when the device last agreed to an earlier one of the same key: what it agreed
        to is not undone because it is told once more.
    not_before: earliest delivery, None for at once.
    failures: failed commands of this key in a row, this one included; they still count while the
        same is on its way once more. failed_at: the last one.
    """

    key: ActionKey
    state: DeliveryState
    generation: int = 1
    not_before: datetime | None = None
    reached_at: datetime | None = None
    accepted_at: datetime | None = None
    refused_at: datetime | None = None
    left_before: datetime | None = None
    accepted_before: datetime | None = None
    failures: int = 0
    failed_at: datetime | None = None
