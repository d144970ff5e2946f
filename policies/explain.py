"""Why a device has what it has: each wish with its reason, its rivals, its state, its proof.

Here: finding the explanation, out of the same facts as a plan. Not here: the values it is made of
(policies.explanation), the plan (policies.reconcile).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from policies.actions import ActionKey, ActionKind, QueryKind, subject_of
from policies.conflicts import Conflict
from policies.declared_names import OS_VERSION as OS_DECLARATION
from policies.declared_names import app_name, profile_name
from policies.delivery import OPEN, DeliveryState
from policies.desired import DesiredState
from policies.effects import wishes_of
from policies.explanation import Explained, Explanation, Waiting, WaitingKind, WishState
from policies.facts import CommandFacts, DeviceFacts
from policies.plan import Plan, RefusalKind, Step
from policies.reported import Presence, ReportedState
from policies.routes import OS_SUBJECT
from policies.stand_ins import stand_in
from policies.wishes import (
    AbsentApp,
    AbsentProfile,
    ReasonKey,
    WantedApp,
    WantedDeclaration,
    WantedName,
    WantedOsVersion,
    WantedProfile,
    Wish,
)

DEVICE_NAME = "device name"


def explain(
    desired: DesiredState,
    plan: Plan,
    reported: ReportedState,
    commands: Iterable[CommandFacts],
    device: DeviceFacts,
    told_at: Mapping[str, datetime] | None = None,
) -> Explained:
    """Explain every wish of a device.

    plan: of the same facts. told_at: when the device last spoke of its declarations, by the
        identifier of each.
    returns: in the order of the wishes: profiles, apps, what must go, declarations, name, version.
    """
    looking = _Looking(desired, plan, reported, tuple(commands), device, told_at or {})
    explanations = tuple(map(looking.explanation, wishes_of(desired)))
    ended = (step for step in plan.steps if step.reason.key is ReasonKey.NO_LONGER_ASSIGNED)
    return Explained(explanations, tuple(ended), plan.held)


def subject_in_plan(wish: Wish) -> str:
    """What a plan calls the thing that a wish is about."""
    match wish:
        case WantedName():
            return DEVICE_NAME
        case WantedOsVersion():
            return OS_SUBJECT
        case _:
            return wish.identifier


@dataclass(frozen=True, slots=True)
class _Looking:
    """One device, looked at wish by wish."""

    desired: DesiredState
    plan: Plan
    reported: ReportedState
    commands: tuple[CommandFacts, ...]
    device: DeviceFacts
    told_at: Mapping[str, datetime]

    def explanation(self, wish: Wish) -> Explanation:
        form = self._form(wish)
        refusal = next(self._refusals(wish), None)
        codes = next(self._failures(form), None)
        state = self._state(form, refusal, codes)
        is_settled = state in (WishState.PROVEN, WishState.IMPOSSIBLE, WishState.NOT_MANAGED)
        overrides, disputed = self._rivals(wish)
        return Explanation(
            wish,
            state,
            self._proven_at(form) if state is WishState.PROVEN else None,
            () if is_settled else self._waiting(form),
            overrides,
            disputed,
            refusal,
            codes or (),
        )

    def _form(self, wish: Wish) -> Wish:
        """What reaches the device: a profile, where it does not take the declaration itself."""
        if not isinstance(wish, WantedDeclaration) or self._is_declared(wish):
            return wish
        if wish.identifier in self.plan.undecided:
            return wish
        other = stand_in(wish, self.device.profile_prefix)
        return wish if other is None else other.profile

    def _state(
        self, wish: Wish, refusal: RefusalKind | None, codes: tuple[str, ...] | None
    ) -> WishState:
        if self.plan.held is not None:
            return WishState.NOT_MANAGED
        if refusal is not None:
            return WishState.IMPOSSIBLE
        if codes is not None:
            return WishState.FAILED
        if self._is_proven(wish):
            return WishState.PROVEN
        is_open = next(self._open_commands(wish), None) is not None
        is_next = any(not step.waiting_on and not step.not_before for step in self._steps(wish))
        return WishState.UNDER_WAY if is_open or is_next else WishState.WAITING

    def _rivals(self, wish: Wish) -> tuple[tuple[Conflict, ...], tuple[Conflict, ...]]:
        """The rivals that a wish beat, and those beside which it stands."""
        mine = [c for c in self.desired.conflicts if wish in (c.winner, c.loser)]
        there = frozenset(wishes_of(self.desired))
        return (
            tuple(c for c in mine if c.loser not in there),
            tuple(c for c in mine if c.loser in there),
        )

    def _refusals(self, wish: Wish) -> Iterator[RefusalKind]:
        subject = subject_in_plan(wish)
        yield from (unmet.kind for unmet in self.plan.unmet if unmet.subject == subject)

    def _failures(self, wish: Wish) -> Iterator[tuple[str, ...]]:
        subject = subject_in_plan(wish)
        yield from (failed.codes for failed in self.plan.failed if failed.subject == subject)

    def _is_proven(self, wish: Wish) -> bool:
        match wish:
            case AbsentProfile():
                return self.reported.profile_presence(wish.identifier) is Presence.ABSENT
            case AbsentApp():
                return self.reported.app_presence(wish.identifier) is Presence.ABSENT
            case _:
                return subject_in_plan(wish) not in self.plan.unproven

    def _proven_at(self, wish: Wish) -> datetime | None:
        match wish:
            case WantedProfile():
                profile = self.reported.profiles.get(wish.identifier)
                declared = self.told_at.get(profile_name(wish.identifier))
                return declared if profile is None else profile.observed_at
            case WantedApp():
                app = self.reported.apps.get(wish.identifier)
                declared = self.told_at.get(app_name(wish.identifier))
                return declared if app is None else app.observed_at
            case WantedDeclaration():
                return self.told_at.get(wish.identifier)
            case AbsentProfile():
                return self.reported.observed_at(QueryKind.PROFILE_LIST)
            case AbsentApp():
                return self.reported.observed_at(QueryKind.INSTALLED_APPLICATIONS)
            case WantedName() | WantedOsVersion():
                return self.reported.observed_at(QueryKind.DEVICE_INFORMATION)

    def _waiting(self, wish: Wish) -> tuple[Waiting, ...]:
        """What has to happen; where nothing is under way, a report has to tell more."""
        return tuple(dict.fromkeys(self._next_for(wish))) or (Waiting(WaitingKind.PROOF),)

    def _next_for(self, wish: Wish) -> Iterator[Waiting]:
        if subject_in_plan(wish) in self.plan.undecided:
            yield Waiting(WaitingKind.CAPABILITIES)
        for command in self._open_commands(wish):
            yield Waiting(_WAITING_FOR[command.state])
            if command.not_before is not None and command.reached_at is None:
                yield Waiting(WaitingKind.TIME, until=command.not_before)
        for step in self._steps(wish):
            yield from _before(step)

    def _steps(self, wish: Wish) -> Iterator[Step]:
        """What the plan will do about a wish, by itself or with all declarations together."""
        kind, subject = _KINDS[type(wish)], subject_in_plan(wish)
        for step in self.plan.steps:
            found = step.action.key.kind
            is_sync = found is ActionKind.SYNC_DECLARATIONS and self._is_declared(wish)
            if is_sync or (found is kind and subject_of(step.action) == subject):
                yield step

    def _open_commands(self, wish: Wish) -> Iterator[CommandFacts]:
        for command in self.commands:
            if command.state in OPEN and self._is_about(command.key, wish):
                yield command

    def _is_about(self, key: ActionKey, wish: Wish) -> bool:
        if key.kind is ActionKind.SYNC_DECLARATIONS:
            return self._is_declared(wish)
        if key.kind is not _KINDS[type(wish)]:
            return False
        match wish:
            case WantedName() | WantedOsVersion():
                return True
            case WantedProfile():
                return (key.subject, key.version) == (wish.identifier, wish.uuid)
            case _:
                return key.subject == wish.identifier

    def _is_declared(self, wish: Wish) -> bool:
        """Whether a wish is among the declarations that the device should have."""
        names = _declared_names(wish)
        return any(found.identifier in names for found in self.plan.declarations or ())


def _before(step: Step) -> Iterator[Waiting]:
    for condition in step.waiting_on:
        yield Waiting(WaitingKind.CONDITION, condition=condition)
    if step.not_before is not None:
        yield Waiting(WaitingKind.TIME, until=step.not_before)
    if not step.waiting_on and step.not_before is None:
        yield Waiting(WaitingKind.PLAN)


def _declared_names(wish: Wish) -> tuple[str, ...]:
    match wish:
        case WantedProfile():
            return (profile_name(wish.identifier),)
        case WantedApp():
            return (app_name(wish.identifier),)
        case WantedDeclaration():
            return (wish.identifier,)
        case WantedOsVersion():
            return (OS_DECLARATION,)
        case _:
            return ()


_KINDS: Mapping[type, ActionKind] = {
    WantedProfile: ActionKind.INSTALL_PROFILE,
    AbsentProfile: ActionKind.REMOVE_PROFILE,
    WantedApp: ActionKind.INSTALL_APP,
    AbsentApp: ActionKind.REMOVE_APP,
    WantedDeclaration: ActionKind.SYNC_DECLARATIONS,
    WantedOsVersion: ActionKind.SCHEDULE_OS_UPDATE,
    WantedName: ActionKind.SET_DEVICE_NAME,
}

_WAITING_FOR: Mapping[DeliveryState, WaitingKind] = {
    DeliveryState.QUEUED: WaitingKind.CONTACT,
    DeliveryState.PUSHED: WaitingKind.CONTACT,
    DeliveryState.REACHED: WaitingKind.ANSWER,
    DeliveryState.DEFERRED: WaitingKind.FREE_DEVICE,
    DeliveryState.ACCEPTED: WaitingKind.PROOF,
    DeliveryState.UNCONFIRMED: WaitingKind.PROOF,
}
