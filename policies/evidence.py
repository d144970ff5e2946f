"""Observations that may prove a command, and what they can tell.

Here: values. Not here: the judgement (policies.proof), the bytes (profiles.commands).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from policies.reported import ReportedApp


@dataclass(frozen=True, slots=True)
class ProfileListSeen:
    """uuids: by identifier. complete: everything was listed."""

    observed_at: datetime
    uuids: Mapping[str, str]
    complete: bool = True


@dataclass(frozen=True, slots=True)
class AppListSeen:
    """apps: by bundle identifier, out of both lists. complete: every installed app was listed."""

    observed_at: datetime
    apps: Mapping[str, ReportedApp]
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Reconnected:
    """An Idle. new_connection: False when it may belong to the conversation of the command."""

    observed_at: datetime
    new_connection: bool = True


@dataclass(frozen=True, slots=True)
class Authenticated:
    """An Authenticate that began a generation of the enrollment."""

    observed_at: datetime
    generation: int


@dataclass(frozen=True, slots=True)
class IdentitySeen:
    """A message signed with this certificate, accepted as the device's."""

    observed_at: datetime
    fingerprint: str


@dataclass(frozen=True, slots=True)
class DeviceNameSeen:
    observed_at: datetime
    name: str


@dataclass(frozen=True, slots=True)
class SettingsResult:
    """The answer to a Settings command, item by item; its overall status tells nothing.

    items: True for each item that the device applied, in the order of the command.
    """

    observed_at: datetime
    items: tuple[bool, ...]


Evidence: TypeAlias = (
    ProfileListSeen
    | AppListSeen
    | Reconnected
    | Authenticated
    | IdentitySeen
    | DeviceNameSeen
    | SettingsResult
)


class Contradiction(StrEnum):
    """Why an accepted command had no effect."""

    PROFILE_ABSENT = "profile_absent"
    OTHER_PROFILE_VERSION = "other_profile_version"
    PROFILE_STILL_THERE = "profile_still_there"
    APP_FAILED = "app_failed"
    APP_REJECTED = "app_rejected"
    APP_STILL_THERE = "app_still_there"
    SETTING_REFUSED = "setting_refused"
    OTHER_NAME = "other_name"


@dataclass(frozen=True, slots=True)
class Proven:
    observed_at: datetime


@dataclass(frozen=True, slots=True)
class StillOpen:
    """The evidence says nothing about the command."""


@dataclass(frozen=True, slots=True)
class Contradicted:
    reason: Contradiction
    observed_at: datetime


Judgement: TypeAlias = Proven | StillOpen | Contradicted
