"""One device at one instant: wishes, reports and commands side by side.

Here: how far each wish has come. Not here: what follows from it (policies.reconcile and the files
named after the things it plans).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto

from policies.actions import ActionKey, ActionKind, QueryKind
from policies.backoff import APP_CHECKS, PROFILE_CHECKS, wish_retry_at
from policies.declaring import DeclaredWish, declared_wishes
from policies.delivery import DELIVERABLE, OPEN, DeliveryState
from policies.desired import DesiredState
from policies.facts import CommandFacts, DeviceFacts
from policies.plan import RefusalKind, UnmetWish
from policies.proof import acceptances, may_have_obeyed_at
from policies.reported import Presence, ReportedState
from policies.routes import Roads, Routed, roads, route
from policies.wishes import ProfileKind, WantedApp, WantedProfile
from profiles.declarations.declaration import manifest_item
from profiles.declarations.declaration_state import Standing, standing
from profiles.variables import Variable, fill, find_unknown, used_in


@dataclass(frozen=True, slots=True)
class Pace:
    """How patient a plan is; a demonstration may be less so.

    sync_again_after: for a device that agreed to compare and then fetched nothing.
    remind_after: for one that fetched what it should have and then says nothing of it.
    """

    profile_checks: Sequence[timedelta] = PROFILE_CHECKS
    app_checks: Sequence[timedelta] = APP_CHECKS
    setup_time_limit: timedelta = timedelta(minutes=10)
    renew_before: timedelta = timedelta(days=60)
    capabilities_time_limit: timedelta = timedelta(minutes=10)
    sync_again_after: timedelta = timedelta(hours=1)
    remind_after: timedelta = timedelta(days=1)

    @classmethod
    def looking_first_after(cls, first: timedelta) -> Pace:
        """The usual pace, but looks for proofs quicken or slow down together.

        first: from the acceptance of an app to the first look for it.
        """
        factor = first / APP_CHECKS[0]
        profile_checks, app_checks = (
            tuple(interval * factor for interval in checks)
            for checks in (PROFILE_CHECKS, APP_CHECKS)
        )
        return cls(profile_checks, app_checks)


class Progress(Enum):
    """How far a wish has come."""

    MISSING = auto()
    AWAITING_PROOF = auto()
    SETTLED = auto()


PROFILE_ACTIONS = frozenset({ActionKind.INSTALL_PROFILE, ActionKind.REMOVE_PROFILE})
APP_ACTIONS = frozenset({ActionKind.INSTALL_APP, ActionKind.REMOVE_APP})
_NAME_ACTIONS = frozenset({ActionKind.SET_DEVICE_NAME})
OBEYED = frozenset({DeliveryState.ACCEPTED, DeliveryState.PROVEN})
_REFUSED = DELIVERABLE | {DeliveryState.FAILED}


def situate(
    desired: DesiredState,
    reported: ReportedState,
    commands: Iterable[CommandFacts],
    device: DeviceFacts,
    now: datetime,
    pace: Pace,
) -> Situation:
    """Put the facts side by side and send every wish on its way."""
    known = {command.key: command for command in commands}
    ways = roads(device, reported.declared, known.values(), now, pace.capabilities_time_limit)
    named, nameless = _named(desired, device)
    routed = route(named, ways)
    declared, unwritten = declared_wishes(routed, ways)
    return Situation(
        desired=named,
        reported=reported,
        commands=known,
        device=device,
        now=now,
        pace=pace,
        ways=ways,
        routed=routed,
        declared=declared,
        unwritten=(*unwritten, *nameless),
    )


def _named(
    desired: DesiredState, device: DeviceFacts
) -> tuple[DesiredState, tuple[UnmetWish, ...]]:
    """Fill in the name of this device, or give it up: a name is a template."""
    wanted = desired.device_name
    if wanted is None:
        return desired, ()
    used = used_in(wanted.name)
    if Variable.DEVICE_NAME in used or find_unknown(wanted.name):
        kind = RefusalKind.INVALID
    elif any(device.variables.value_of(name) is None for name in used):
        kind = RefusalKind.MISSING_VALUE
    else:
        filled = replace(wanted, name=fill(wanted.name, device.variables))
        return replace(desired, device_name=filled), ()
    return replace(desired, device_name=None), (UnmetWish("device name", kind, wanted.reason),)


@dataclass(frozen=True, slots=True)
class Situation:
    """commands: the latest of each key, in this enrollment.

    ways: what the device takes. routed: the wishes, each on its way.
    declared: the wishes that go by declaration. unwritten: those that would, and cannot.
    """

    desired: DesiredState
    reported: ReportedState
    commands: Mapping[ActionKey, CommandFacts]
    device: DeviceFacts
    now: datetime
    pace: Pace
    ways: Roads
    routed: Routed
    declared: tuple[DeclaredWish, ...]
    unwritten: tuple[UnmetWish, ...]

    def is_open(self, key: ActionKey) -> bool:
        command = self.commands.get(key)
        return command is not None and command.state in OPEN

    def retry_at(self, key: ActionKey) -> datetime | None:
        """When to offer again what the device refused, None if it did not refuse.

        It stays so while the same waits to be offered: else a new plan would not wait.
        """
        command = self.commands.get(key)
        if command is None or command.failed_at is None or command.state not in _REFUSED:
            return None
        return wish_retry_at(command.failed_at, command.failures, f"{self.device.key}\n{key}")

    def profile_progress(self, wanted: WantedProfile) -> Progress:
        key = ActionKey(ActionKind.INSTALL_PROFILE, wanted.identifier, wanted.uuid)
        seen_at = self._profile_seen_at(wanted.identifier)
        listed = self.reported.profiles.get(wanted.identifier)
        fits = listed is not None and listed.uuid == wanted.uuid
        return self._progress(key, PROFILE_ACTIONS, seen_at, fits)

    def app_progress(self, wanted: WantedApp) -> Progress:
        key = ActionKey(ActionKind.INSTALL_APP, wanted.identifier)
        listed = self.reported.apps.get(wanted.identifier)
        fits = listed is not None and listed.is_settled
        return self._progress(key, APP_ACTIONS, self.app_seen_at(wanted.identifier), fits)

    def name_progress(self, name: str) -> Progress:
        key = ActionKey(ActionKind.SET_DEVICE_NAME, "", name)
        seen_at = self.reported.observed_at(QueryKind.DEVICE_INFORMATION)
        return self._progress(key, _NAME_ACTIONS, seen_at, self.reported.device_name == name)

    def declared_progress(self, wish: DeclaredWish) -> Progress:
        """How far a declaration has come, by the last word of the device about this revision."""
        stands = self.standing_of(wish)
        return Progress.SETTLED if stands is Standing.IN_FORCE else Progress.AWAITING_PROOF

    def standing_of(self, wish: DeclaredWish) -> Standing:
        """What the device says of a wished declaration."""
        return standing(manifest_item(wish.declaration), self.reported.declared.states)

    def is_declared(self, name: str) -> bool:
        """Whether a declaration is on the device, wished or not; commands about the same fail."""
        return name in self.reported.declared.states

    @property
    def compared_at(self) -> datetime | None:
        """When the device last agreed to compare its declarations; None if it never did.

        They may have brought profiles since, or taken them.
        """
        syncs = (
            command
            for command in self.commands.values()
            if command.key.kind is ActionKind.SYNC_DECLARATIONS
        )
        return max((at for sync in syncs for at in acceptances(sync)), default=None)

    def has_proven_network(self) -> bool:
        """Whether a wished WLAN is on the device and nothing that left could take it."""
        proven = (wifi for wifi in self._listed_networks() if not any(self._endangering(wifi)))
        return any(True for _ in proven) or self._has_declared_network()

    def network_dangers(self) -> Iterator[CommandFacts]:
        """Commands that may have changed a wished WLAN since the report that shows it."""
        for wifi in self._listed_networks():
            yield from self._endangering(wifi)

    def _listed_networks(self) -> Iterator[WantedProfile]:
        wifis = (p for p in self.routed.profiles if p.kind is ProfileKind.WIFI)
        yield from (w for w in wifis if self.profile_progress(w) is Progress.SETTLED)

    def _endangering(self, wifi: WantedProfile) -> Iterator[CommandFacts]:
        """Commands that may still replace or remove a WLAN, though it was taken back.

        What never left is none of them: no wish calls for it, so it is taken back with this plan.
        """
        own = ActionKey(ActionKind.INSTALL_PROFILE, wifi.identifier, wifi.uuid)
        seen_at = self._profile_seen_at(wifi.identifier)
        for key, command in self.commands.items():
            if key.kind not in PROFILE_ACTIONS or key.subject != wifi.identifier or key == own:
                continue
            left_at = may_have_obeyed_at(command)
            unseen = left_at is not None and (seen_at is None or seen_at <= left_at)
            if unseen or command.state is DeliveryState.ACCEPTED:
                yield command

    def _has_declared_network(self) -> bool:
        wifis = {p.identifier for p in self.routed.declared_profiles if p.kind is ProfileKind.WIFI}
        return any(
            wish.subject in wifis and self.declared_progress(wish) is Progress.SETTLED
            for wish in self.declared
        )

    def is_being_removed(self, kind: ActionKind, identifier: str) -> bool:
        """Whether the device agreed to a removal after the report that still shows the item."""
        seen_at = (
            self._profile_seen_at(identifier)
            if kind is ActionKind.REMOVE_PROFILE
            else self.app_seen_at(identifier)
        )
        kinds = PROFILE_ACTIONS if kind is ActionKind.REMOVE_PROFILE else APP_ACTIONS
        latest = self._obeyed_since(kinds, identifier, seen_at)
        return latest is not None and latest.key.kind is kind

    def app_seen_at(self, identifier: str) -> datetime | None:
        app = self.reported.apps.get(identifier)
        if app is not None:
            return app.observed_at
        if self.reported.app_presence(identifier) is Presence.ABSENT:
            return self.reported.observed_at(QueryKind.INSTALLED_APPLICATIONS)
        return None

    def _profile_seen_at(self, identifier: str) -> datetime | None:
        """When a report last told anything about a profile; a partial one tells no absence."""
        profile = self.reported.profiles.get(identifier)
        if profile is not None:
            return profile.observed_at
        if self.reported.profile_presence(identifier) is Presence.ABSENT:
            return self.reported.observed_at(QueryKind.PROFILE_LIST)
        return None

    def _progress(
        self, key: ActionKey, kinds: frozenset[ActionKind], seen_at: datetime | None, fits: bool
    ) -> Progress:
        """What the device agreed to after its last report counts more than that report."""
        latest = self._obeyed_since(kinds, key.subject, seen_at)
        if latest is not None:
            return Progress.AWAITING_PROOF if latest.key == key else Progress.MISSING
        if fits:
            return Progress.SETTLED
        command = self.commands.get(key)
        accepted = command is not None and command.state is DeliveryState.ACCEPTED
        return Progress.AWAITING_PROOF if accepted else Progress.MISSING

    def _obeyed_since(
        self, kinds: frozenset[ActionKind], subject: str, seen_at: datetime | None
    ) -> CommandFacts | None:
        obeyed = [
            (command.accepted_at, command.key, command)
            for command in self.commands.values()
            if command.key.kind in kinds
            and command.key.subject == subject
            and command.state in OBEYED
            and command.accepted_at is not None
            and (seen_at is None or command.accepted_at > seen_at)
        ]
        return max(obeyed, key=lambda found: found[:2])[2] if obeyed else None
