"""What another set of wishes changes on a device: what it gains, loses, exchanges.

Here: the difference between two states as a value, and carrying it out on values. Not here:
whom it happens to (policies.change_plan), its words (policies.change_wording).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from policies.conflicts import Conflict
from policies.desired import DesiredState
from policies.wishes import (
    AbsentApp,
    AbsentProfile,
    ProfileKind,
    WantedApp,
    WantedDeclaration,
    WantedName,
    WantedOsVersion,
    WantedProfile,
    Wish,
)


class ChangeKind(StrEnum):
    """What happens to one wish."""

    GAINS = "gains"
    LOSES = "loses"
    REPLACES = "replaces"
    STAYS = "stays"  # wished no longer, but the device has no other network of ours
    KEEPS = "keeps"  # the same thing, but for another reason: nothing happens on the device


class LossKind(StrEnum):
    """What does not come back when a change is undone."""

    APP_DATA = "app_data"  # deleting an app deletes what it holds
    OS_UPDATED = "os_updated"  # no device goes back to an older system


@dataclass(frozen=True, slots=True)
class Change:
    """before: None for what is gained. after: None for what is lost, or stays without a wish."""

    kind: ChangeKind
    before: Wish | None
    after: Wish | None


@dataclass(frozen=True, slots=True)
class Loss:
    """subject: the bundle identifier, or the version."""

    kind: LossKind
    subject: str


@dataclass(frozen=True, slots=True)
class Effect:
    """Everything a change does to the wishes of a device; equal for many devices.

    changes: sorted by what they are about. conflicts: those that appear. settled: those that go.
    """

    changes: tuple[Change, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    settled: tuple[Conflict, ...] = ()

    @property
    def is_visible(self) -> bool:
        """Whether anything will be other on the device itself."""
        return any(change.kind is not ChangeKind.KEEPS for change in self.changes)


def effect_between(before: DesiredState, after: DesiredState) -> Effect:
    """Say what changes from one state to another."""
    old, new = _by_subject(before), _by_subject(after)
    subjects = sorted(old.keys() | new.keys())
    return Effect(
        tuple(
            _change(old.get(subject), new.get(subject), after)
            for subject in subjects
            if old.get(subject) != new.get(subject)
        ),
        _without(after.conflicts, before.conflicts),
        _without(before.conflicts, after.conflicts),
    )


def carried_out(effect: Effect, wishes: Iterable[Wish]) -> frozenset[Wish]:
    """The wishes of a device after an effect, from those before it."""
    gone = {change.before for change in effect.changes}
    come = {change.after for change in effect.changes if change.after is not None}
    return frozenset(wish for wish in wishes if wish not in gone) | come


def losses(effect: Effect) -> Iterator[Loss]:
    """What cannot be undone on a device that an effect reaches."""
    for change in effect.changes:
        if change.kind is ChangeKind.KEEPS:
            continue
        if isinstance(change.after, AbsentApp):
            yield Loss(LossKind.APP_DATA, change.after.identifier)
        elif isinstance(change.after, WantedOsVersion):
            yield Loss(LossKind.OS_UPDATED, change.after.version)


def wishes_of(state: DesiredState) -> Iterator[Wish]:
    """Every wish of a state."""
    yield from state.profiles
    yield from state.apps
    yield from state.absent_profiles
    yield from state.absent_apps
    yield from state.declarations
    if state.device_name is not None:
        yield state.device_name
    if state.os_version is not None:
        yield state.os_version


def subject_of(wish: Wish) -> tuple[str, str]:
    """What a wish is about: its kind of thing, and which one; a state has one wish for each."""
    match wish:
        case WantedProfile() | AbsentProfile():
            return "profile", wish.identifier
        case WantedApp() | AbsentApp():
            return "app", wish.identifier
        case WantedDeclaration():
            return "declaration", wish.identifier
        case WantedOsVersion():
            return "os_version", ""
        case WantedName():
            return "name", ""


def is_same_content(one: Wish, other: Wish) -> bool:
    """Whether two wishes differ in nothing but their reason."""
    return type(one) is type(other) and replace(one, reason=other.reason) == other


def _by_subject(state: DesiredState) -> dict[tuple[str, str], Wish]:
    return {subject_of(wish): wish for wish in wishes_of(state)}


def _change(before: Wish | None, after: Wish | None, then: DesiredState) -> Change:
    """then: everything that is wished afterwards."""
    if after is None:
        kind = ChangeKind.STAYS if _is_last_network(before, then) else ChangeKind.LOSES
    elif before is None:
        kind = ChangeKind.GAINS
    else:
        same = is_same_content(before, after)
        kind = ChangeKind.KEEPS if same else ChangeKind.REPLACES
    return Change(kind, before, after)


def _is_last_network(gone: Wish | None, then: DesiredState) -> bool:
    """Whether the wish for a network ends and there is none for another one."""
    if not isinstance(gone, WantedProfile) or gone.kind is not ProfileKind.WIFI:
        return False
    return not any(profile.kind is ProfileKind.WIFI for profile in then.profiles)


def _without(conflicts: tuple[Conflict, ...], others: tuple[Conflict, ...]) -> tuple[Conflict, ...]:
    known = frozenset(others)
    return tuple(conflict for conflict in conflicts if conflict not in known)
