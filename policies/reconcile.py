"""The plan: from what should be and what is to ordered steps, or nothing.

Here: the order of things, setup and identity. Not here: the rules for profiles
(policies.profile_steps), apps (policies.app_steps), declarations (policies.declaration_steps),
versions (policies.version_steps) and questions (policies.inquiries).
Nothing here reads a clock or draws a number: the same facts give the same plan.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from policies.actions import (
    ActionKey,
    ActionKind,
    ReleaseFromSetup,
    RenewIdentity,
    SyncDeclarations,
    subject_of,
)
from policies.app_steps import (
    apps_to_install,
    apps_to_remove,
    name_to_set,
    unmet_name_wish,
    unmet_offers,
    unproven_subjects,
)
from policies.declaration_steps import (
    declarations_for,
    declarations_to_sync,
    failed_declarations,
    look_at_declarations_again_at,
    unproven_declarations,
    unproven_set,
)
from policies.delivery import DELIVERABLE, OPEN
from policies.desired import DesiredState
from policies.facts import CommandFacts, DeviceFacts, Management
from policies.inquiries import inquiries
from policies.plan import Condition, FailedWish, Plan, Step, UnmetWish, WaitKind
from policies.profile_steps import (
    profiles_to_install,
    profiles_to_remove,
    unmet_profile_wishes,
    unproven_profiles,
)
from policies.reported import ReportedState
from policies.scope import Scope, ScopeKind
from policies.situation import OBEYED, Pace, Situation, situate
from policies.version_steps import (
    unmet_version,
    unproven_version,
    version_deadline,
    version_to_schedule,
)
from policies.wishes import Reason, ReasonKey
from profiles.declarations.declaration import Declaration

DEFAULT_PACE = Pace()

_PLANNED = frozenset(ActionKind) - {ActionKind.INQUIRE, ActionKind.REMOTE}


def plan(
    desired: DesiredState,
    reported: ReportedState,
    commands: Iterable[CommandFacts],
    device: DeviceFacts,
    now: datetime,
    pace: Pace = DEFAULT_PACE,
) -> Plan:
    """Say what to do about the difference between wishes and reports.

    commands: the latest of each key in this enrollment, open and finished ones; without the
        finished ones failures are retried at once instead of later.
    returns: an empty plan when every action it would hold is already under way.
    """
    if device.management is not Management.ENROLLED:
        return Plan(held=device.management)
    return _compose(situate(desired, reported, commands, device, now, pace))


def _compose(situation: Situation) -> Plan:
    asked = inquiries(situation)
    whole = declarations_for(situation)
    proposed = [*_changes(situation, whole)]
    changes = [s for s in proposed if s.waiting_on or not situation.is_open(s.action.key)]
    wanted = {step.action.key for step in proposed if not step.waiting_on} | _fulfilled(situation)
    unwanted = tuple(_unwanted_commands(situation, wanted))
    return Plan(
        steps=tuple(_at_once(situation, s) for s in (*asked.first, *changes, *asked.later)),
        withdrawals=(*unwanted, *asked.withdrawals),
        unproven=_unproven(situation),
        undecided=situation.routed.undecided,
        under_way=tuple(_changes_under_way(situation, unwanted)),
        unmet=_unmet(situation),
        failed=(*failed_declarations(situation), *_refused(situation, proposed)),
        declarations=whole,
        look_again_at=_look_again_at(situation, whole, asked.next_refresh),
    )


def _at_once(situation: Situation, step: Step) -> Step:
    """A time that has come is no condition."""
    due = step.not_before is not None and step.not_before <= situation.now
    return replace(step, not_before=None) if due else step


def _changes(situation: Situation, whole: tuple[Declaration, ...] | None) -> Iterator[Step]:
    """Everything that changes the device, network first, farewell last."""
    yield from identity_to_renew(situation)
    yield from profiles_to_install(situation)
    yield from declarations_to_sync(situation, whole)
    yield from apps_to_install(situation)
    yield from name_to_set(situation)
    yield from version_to_schedule(situation)
    yield from profiles_to_remove(situation)
    yield from apps_to_remove(situation)
    yield from release_from_setup(situation)


def identity_to_renew(situation: Situation) -> Iterator[Step]:
    """The device never renews its certificate by itself, and summer holidays are long."""
    device, due = situation.device, _renewal_due(situation)
    if due is not None and due <= situation.now and device.identity_fingerprint is not None:
        action = RenewIdentity(device.identity_fingerprint)
        reason = _about_device(situation, ReasonKey.IDENTITY_EXPIRES, due)
        yield Step(action, reason, not_before=situation.retry_at(action.key))


def release_from_setup(situation: Situation) -> Iterator[Step]:
    """Let Setup Assistant go when the profiles are proven, and in any case after a while.

    A tablet that waits for something which never comes is worse than one that lacks a profile.
    """
    if not situation.device.awaiting_configuration or _was_released(situation):
        return
    action = ReleaseFromSetup()
    missing = tuple(
        Condition(WaitKind.PROOF_OF_PROFILE, identifier)
        for identifier in _unproven_profiles(situation)
    )
    deadline = _setup_deadline(situation)
    late = deadline is not None and deadline <= situation.now
    key = ReasonKey.SETUP_TIME_LIMIT if missing and late else ReasonKey.SETUP_COMPLETE
    reason = _about_device(situation, key, situation.now)
    yield Step(action, reason, () if late else missing, situation.retry_at(action.key))


def _was_released(situation: Situation) -> bool:
    """Done, though the device has not told us since that it no longer waits."""
    command = situation.commands.get(ReleaseFromSetup().key)
    return command is not None and command.state in OBEYED


def _setup_deadline(situation: Situation) -> datetime | None:
    since = situation.device.enrolled_at
    return None if since is None else since + situation.pace.setup_time_limit


def _renewal_due(situation: Situation) -> datetime | None:
    expires_at = situation.device.identity_expires_at
    return None if expires_at is None else expires_at - situation.pace.renew_before


def _fulfilled(situation: Situation) -> set[ActionKey]:
    """Installations whose wish stands: harmless when they arrive though nothing is missing."""
    routed = situation.routed
    profiles = {
        ActionKey(ActionKind.INSTALL_PROFILE, p.identifier, p.uuid) for p in routed.profiles
    }
    return profiles | {ActionKey(ActionKind.INSTALL_APP, app.identifier) for app in routed.apps}


def _unwanted_commands(situation: Situation, wanted: set[ActionKey]) -> Iterator[ActionKey]:
    """Commands that can still be stopped and that no wish calls for any more."""
    for key, command in sorted(situation.commands.items(), key=_by_key):
        if key.kind in _PLANNED and command.state in DELIVERABLE and key not in wanted:
            yield key


def _changes_under_way(
    situation: Situation, unwanted: Collection[ActionKey]
) -> Iterator[ActionKey]:
    for key, command in sorted(situation.commands.items(), key=_by_key):
        if key.kind in _PLANNED and command.state in OPEN and key not in unwanted:
            yield key


def _by_key(item: tuple[ActionKey, CommandFacts]) -> ActionKey:
    return item[0]


def _unproven(situation: Situation) -> tuple[str, ...]:
    subjects = (
        *(profile.identifier for profile in unproven_profiles(situation)),
        *(danger.key.subject for danger in situation.network_dangers()),
        *unproven_subjects(situation),
        *unproven_declarations(situation),
        *unproven_set(situation, declarations_for(situation)),
        *situation.routed.undecided,
    )
    version = unproven_version(situation)
    return tuple(dict.fromkeys((*subjects, *version)))


def _unproven_profiles(situation: Situation) -> tuple[str, ...]:
    """Identifiers of wished profiles that the device does not show, whichever way they come."""
    wished = {profile.identifier for profile in situation.desired.profiles}
    stand_ins = {profile.identifier for profile in situation.routed.profiles}
    return tuple(s for s in _unproven(situation) if s in wished | stand_ins)


def _unmet(situation: Situation) -> tuple[UnmetWish, ...]:
    return (
        *unmet_profile_wishes(situation),
        *unmet_name_wish(situation),
        *unmet_offers(situation),
        *unmet_version(situation),
        *situation.unwritten,
    )


def _refused(situation: Situation, proposed: Iterable[Step]) -> Iterator[FailedWish]:
    """Wishes whose command the device refused last, though it is offered again later."""
    for step in proposed:
        command = situation.commands.get(step.action.key)
        if command is None or command.failures == 0 or command.state in OBEYED:
            continue
        if isinstance(step.action, SyncDeclarations) and not situation.declared:
            continue  # Nobody misses what the house declares for itself.
        yield FailedWish(subject_of(step.action), step.reason)


def _look_again_at(
    situation: Situation, whole: tuple[Declaration, ...] | None, next_refresh: datetime | None
) -> datetime | None:
    deadline = _setup_deadline(situation) if situation.device.awaiting_configuration else None
    instants = (
        next_refresh,
        deadline,
        _renewal_due(situation),
        situation.desired.changes_at,
        version_deadline(situation),
        *look_at_declarations_again_at(situation, whole),
    )
    future = (at for at in instants if at is not None and at > situation.now)
    return min(future, default=None)


def _about_device(situation: Situation, key: ReasonKey, since: datetime) -> Reason:
    return Reason(key, Scope(ScopeKind.DEVICE, situation.device.key), since)
