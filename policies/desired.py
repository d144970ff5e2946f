"""What should be true on a device: every wish with its reason.

Here: DesiredState, and compile_desired_state(), which settles what was decided for the scopes of a
device. Not here: who wins (policies.conflicts, policies.exclusion, policies.combination), what a
device said (policies.reported), what to do about the difference (policies.reconcile).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from policies.actions import QueryKind
from policies.assignment import Assignment, in_force, next_edge, version_for
from policies.combination import combined_declarations, combined_restrictions
from policies.conflicts import Conflict, settle
from policies.exclusion import compatible
from policies.facts import DeviceFacts
from policies.wishes import (
    AbsentApp,
    AbsentProfile,
    ProfileKind,
    Reason,
    ReasonKey,
    WantedApp,
    WantedDeclaration,
    WantedName,
    WantedOsVersion,
    WantedProfile,
    Wish,
)

__all__ = [
    "DEFAULT_FRESHNESS",
    "AbsentApp",
    "AbsentProfile",
    "Assignment",
    "Conflict",
    "DesiredState",
    "Freshness",
    "ProfileKind",
    "Reason",
    "ReasonKey",
    "WantedApp",
    "WantedDeclaration",
    "WantedName",
    "WantedOsVersion",
    "WantedProfile",
    "compile_desired_state",
    "wishes_by",
]


@dataclass(frozen=True, slots=True)
class Freshness:
    """A report that must not be older than this."""

    query: QueryKind
    max_age: timedelta


DEFAULT_FRESHNESS = (
    Freshness(QueryKind.DEVICE_INFORMATION, timedelta(days=1)),
    Freshness(QueryKind.SECURITY_INFO, timedelta(days=1)),
    Freshness(QueryKind.PROFILE_LIST, timedelta(days=1)),
    Freshness(QueryKind.INSTALLED_APPLICATIONS, timedelta(days=1)),
    Freshness(QueryKind.CERTIFICATE_LIST, timedelta(days=7)),
)
"""In the order of the first inventory."""


@dataclass(frozen=True, slots=True)
class DesiredState:
    """Everything that should be true on one device; equal inputs give equal values.

    changes_at: when time alone may change it, None if it cannot.
    """

    profiles: tuple[WantedProfile, ...] = ()
    apps: tuple[WantedApp, ...] = ()
    absent_profiles: tuple[AbsentProfile, ...] = ()
    absent_apps: tuple[AbsentApp, ...] = ()
    device_name: WantedName | None = None
    freshness: tuple[Freshness, ...] = DEFAULT_FRESHNESS
    conflicts: tuple[Conflict, ...] = ()
    declarations: tuple[WantedDeclaration, ...] = ()
    os_version: WantedOsVersion | None = None
    changes_at: datetime | None = None


def compile_desired_state(
    assignments: Iterable[Assignment],
    device: DeviceFacts,
    now: datetime,
    freshness: tuple[Freshness, ...] = DEFAULT_FRESHNESS,
) -> DesiredState:
    """Settle everything that is decided at an instant for the scopes of one device.

    assignments: may contain foreign ones, which do not count; their order does not matter.
    """
    ours = [decided for decided in assignments if decided.scope in device.scopes]
    wishes = [
        wish
        for decided in ours
        if in_force(decided, device.released, now)
        for wish in _wishes(decided, device.released)
    ]
    winners: list[Wish] = []
    conflicts: list[Conflict] = []
    for subject, rivals in sorted(_by_slot(wishes).items()):
        winner, lost = settle(subject[1], rivals)
        winners.append(winner)
        conflicts.extend(lost)
    settled = _state(winners, tuple(conflicts), freshness)
    return replace(_fitted(settled), changes_at=next_edge(ours, now))


def _fitted(settled: DesiredState) -> DesiredState:
    """Fit what stands beside each other: who excludes whom, and what the device combines."""
    profiles, excluded = compatible(settled.profiles)
    declarations, combined = combined_declarations(settled.declarations)
    restricted = combined_restrictions(profiles)
    return replace(
        settled,
        profiles=tuple(sorted(profiles, key=_install_order)),
        declarations=declarations,
        # The same decided twice contradicts others once.
        conflicts=tuple(dict.fromkeys((*settled.conflicts, *excluded, *combined, *restricted))),
    )


def wishes_by(decided: Assignment, device: DeviceFacts, now: datetime) -> Iterator[Wish]:
    """What one decision wishes for a device at an instant; nothing where it does not hold."""
    if decided.scope in device.scopes and in_force(decided, device.released, now):
        yield from _wishes(decided, device.released)


def _wishes(decided: Assignment, released: Collection[int]) -> Iterator[Wish]:
    reason = Reason(ReasonKey.ASSIGNED, decided.scope, decided.since)
    for profile in decided.profiles:
        p = version_for(profile, released)
        yield WantedProfile(
            p.identifier, p.uuid, p.kind, p.version, p.profile_id, reason, p.delivery, p.content
        )
    for app in decided.apps:
        yield WantedApp(app.identifier, app.store_id, reason, app.required)
    for d in decided.declarations:
        yield WantedDeclaration(d.identifier, d.declaration_type, d.content, reason)
    if (target := decided.os_version) is not None:
        yield WantedOsVersion(target.version, target.deadline, reason)
    for identifier in decided.absent_profiles:
        yield AbsentProfile(identifier, reason)
    for identifier in decided.absent_apps:
        yield AbsentApp(identifier, reason)
    if decided.device_name is not None:
        yield WantedName(decided.device_name, reason)


def _by_slot(wishes: Iterable[Wish]) -> dict[tuple[str, str], list[Wish]]:
    """Group wishes that are about the same thing; only one of each group can hold."""
    slots: dict[tuple[str, str], list[Wish]] = defaultdict(list)
    for wish in wishes:
        slots[_slot(wish)].append(wish)
    return slots


def _slot(wish: Wish) -> tuple[str, str]:
    match wish:
        case WantedProfile() | AbsentProfile():
            return "profile", wish.identifier
        case WantedApp() | AbsentApp():
            return "app", wish.identifier
        case WantedDeclaration():
            return "declaration", wish.identifier
        case WantedOsVersion():
            return "os", ""
        case WantedName():
            return "name", ""


W = TypeVar("W")


def _only(winners: Sequence[object], kind: type[W]) -> tuple[W, ...]:
    return tuple(wish for wish in winners if isinstance(wish, kind))


def _state(
    winners: Sequence[Wish], conflicts: tuple[Conflict, ...], freshness: tuple[Freshness, ...]
) -> DesiredState:
    return DesiredState(
        profiles=_only(winners, WantedProfile),
        apps=_only(winners, WantedApp),
        absent_profiles=_only(winners, AbsentProfile),
        absent_apps=_only(winners, AbsentApp),
        device_name=next(iter(_only(winners, WantedName)), None),
        freshness=freshness,
        conflicts=conflicts,
        declarations=_only(winners, WantedDeclaration),
        os_version=next(iter(_only(winners, WantedOsVersion)), None),
    )


_KINDS = tuple(ProfileKind)


def _install_order(profile: WantedProfile) -> tuple[int, str]:
    """A network first: without one nothing else arrives."""
    return _KINDS.index(profile.kind), profile.identifier
