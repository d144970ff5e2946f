"""How each wish reaches a device: by declaration, or by profile and command. Decided here alone.

Here: the choice, from what the device says it can, and what a declaration must not let go yet.
Not here: the declarations' bytes (policies.declaring), stand-ins (policies.stand_ins), the order
of steps (policies.reconcile).

A device takes what it lists. While it has not listed anything, what it may turn out to take waits,
but not for ever: when it refuses declarations, or stays silent after it accepted them, commands do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import TypeVar

from policies.actions import ActionKind
from policies.declared import DeclaredFacts
from policies.declared_names import profile_name
from policies.delivery import DeliveryState
from policies.desired import DesiredState
from policies.facts import CommandFacts, DeviceFacts
from policies.proof import acceptances
from policies.stand_ins import StandIn, stand_in
from policies.wishes import (
    ProfileDelivery,
    WantedApp,
    WantedDeclaration,
    WantedOsVersion,
    WantedProfile,
)
from profiles.declarations.capabilities import takes
from profiles.declarations.configurations import legacy, managed_app, update_enforcement
from profiles.schema.declaration_tables import declaration_facts, declaration_types
from profiles.schema.os_version import OsVersion

FIRST_DECLARATIVE = OsVersion(16)
"""iPadOS 15 has them too, but too few to be worth two ways of doing everything."""

OS_SUBJECT = "os version"


class Route(Enum):
    """Which way a wish takes. OPEN: the device must first say what it can."""

    DECLARATION = auto()
    COMMAND = auto()
    OPEN = auto()


@dataclass(frozen=True, slots=True)
class Routed:
    """The wishes of one device, each on its way.

    profiles: by command, stand-ins included. bodies: of the stand-ins, by UUID.
    undecided: subjects that wait for what the device can. unsupported: no way leads there.
    """

    profiles: tuple[WantedProfile, ...] = ()
    apps: tuple[WantedApp, ...] = ()
    scheduled_version: WantedOsVersion | None = None
    declared_profiles: tuple[WantedProfile, ...] = ()
    declared_apps: tuple[WantedApp, ...] = ()
    declared_version: WantedOsVersion | None = None
    declarations: tuple[WantedDeclaration, ...] = ()
    undecided: tuple[str, ...] = ()
    unsupported: tuple[WantedDeclaration, ...] = ()
    bodies: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Roads:
    """What a device takes, as far as it is known at an instant.

    given_up_at: when nobody waits any longer for what it can; None while nothing was sent.
    """

    device: DeviceFacts
    declared: DeclaredFacts
    refused: bool
    given_up_at: datetime | None
    now: datetime

    @property
    def is_declarative(self) -> bool:
        """Whether the device is told declarations at all."""
        version = self.device.os_version
        return self.declared.enabled or (version is not None and version >= FIRST_DECLARATIVE)

    def road(self, declaration_type: str) -> Route:
        """Which way leads to the effect of a type of declarations."""
        if self.declared.capabilities is not None:
            can = takes(self.declared.capabilities, declaration_type)
            return Route.DECLARATION if can else Route.COMMAND
        return Route.OPEN if self._may_take(declaration_type) else Route.COMMAND

    def _may_take(self, declaration_type: str) -> bool:
        version = self.device.os_version
        late = self.given_up_at is not None and self.given_up_at <= self.now
        if not self.is_declarative or version is None or self.refused or late:
            return False
        if declaration_type not in declaration_types():
            return True
        return declaration_facts(declaration_type).since <= version


def roads(
    device: DeviceFacts,
    declared: DeclaredFacts,
    commands: Iterable[CommandFacts],
    now: datetime,
    patience: timedelta,
) -> Roads:
    """Look at what a device said and did about declarations.

    patience: from its acceptance of the command to giving up to learn what it can.
    """
    syncs = [c for c in commands if c.key.kind is ActionKind.SYNC_DECLARATIONS]
    accepted = [at for sync in syncs for at in acceptances(sync)]
    # Also while it is asked again: nothing may be taken back for that.
    refused = any(c.failures or c.state is DeliveryState.FAILED for c in syncs) and not accepted
    first = min(accepted, default=None)
    return Roads(device, declared, refused, None if first is None else first + patience, now)


def route(desired: DesiredState, ways: Roads) -> Routed:
    """Send every wish on its way. The same facts give the same ways."""
    profiles = [(p, _profile_road(p, ways)) for p in desired.profiles]
    apps = [(app, ways.road(managed_app.TYPE)) for app in desired.apps]
    own = [(d, ways.road(d.declaration_type)) for d in desired.declarations]
    version_road = ways.road(update_enforcement.TYPE)
    wished = desired.os_version
    others, unsupported = _instead(_on(own, Route.COMMAND), ways.device)
    waiting = [
        *(profile.identifier for profile in _on(profiles, Route.OPEN)),
        *(app.identifier for app in _on(apps, Route.OPEN)),
        *(wish.identifier for wish in _on(own, Route.OPEN)),
    ]
    open_version = [OS_SUBJECT] if wished is not None and version_road is Route.OPEN else []
    return Routed(
        profiles=(*_on(profiles, Route.COMMAND), *(other.profile for other in others)),
        apps=tuple(_on(apps, Route.COMMAND)),
        scheduled_version=wished if version_road is Route.COMMAND else None,
        declared_profiles=tuple(_on(profiles, Route.DECLARATION)),
        declared_apps=tuple(_on(apps, Route.DECLARATION)),
        declared_version=wished if version_road is Route.DECLARATION else None,
        declarations=tuple(_on(own, Route.DECLARATION)),
        undecided=(*waiting, *open_version),
        unsupported=unsupported,
        bodies={other.profile.uuid: other.body for other in others},
    )


def _profile_road(profile: WantedProfile, ways: Roads) -> Route:
    """What came by declaration stays so while it is wished: the way back would take it off."""
    is_declared = profile_name(profile.identifier) in ways.declared.issued
    by_command = profile.delivery is ProfileDelivery.COMMAND and not is_declared
    if by_command or profile.identifier == ways.device.enrollment_profile:
        return Route.COMMAND
    return ways.road(legacy.TYPE)


T = TypeVar("T")


def _on(chosen: Iterable[tuple[T, Route]], road: Route) -> list[T]:
    return [wish for wish, way in chosen if way is road]


def _instead(
    wishes: Iterable[WantedDeclaration], device: DeviceFacts
) -> tuple[tuple[StandIn, ...], tuple[WantedDeclaration, ...]]:
    """Find a profile for each declaration that the device does not take, or say that none is."""
    found: list[StandIn] = []
    unsupported: list[WantedDeclaration] = []
    for wish in wishes:
        other = stand_in(wish, device.profile_prefix)
        if other is not None and other.works_on(device.os_version):
            found.append(other)
        else:
            unsupported.append(wish)
    return tuple(found), tuple(unsupported)
