"""The small world in which a scenario plays: facts so far, and how a device changes them.

Here: queueing a plan, obeying, reporting, judging, as the house does it with rows. Not here: the
language of scenarios (policies.scenario).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from policies.actions import ActionKey, ActionKind, QueryKind
from policies.assignment import Assignment
from policies.declaring import token_of
from policies.delivery import DELIVERABLE, DeliveryState, may_become
from policies.desired import DEFAULT_FRESHNESS, DesiredState, Freshness, compile_desired_state
from policies.evidence import AppListSeen, Contradicted, Evidence, ProfileListSeen, Proven
from policies.facts import CommandFacts, DeviceFacts, Management
from policies.plan import Plan
from policies.proof import acceptances, is_proven_by_its_answer, may_have_obeyed_at, prove
from policies.reconcile import plan
from policies.reported import Report, ReportedApp, ReportedProfile, ReportedState
from policies.scope import CITY, Scope, ScopeKind
from profiles.declarations.capabilities import BEFORE_THE_FIRST_REPORT, Capabilities
from profiles.declarations.configurations.status_subscriptions import items_of
from profiles.declarations.declaration import manifest_item
from profiles.declarations.declaration_state import DeclarationState, Validity
from profiles.declarations.manifest import DeclarationKind, ManifestItem
from profiles.declarations.reasons import Reason as DeviceReason
from profiles.schema.declaration_tables import declaration_facts, declaration_types

_START = datetime(2026, 9, 1, 8, tzinfo=UTC)


@dataclass(slots=True)
class World:
    """The facts so far; the only thing here that changes."""

    now: datetime = _START
    device: DeviceFacts = field(
        default_factory=lambda: DeviceFacts(
            "ipad-1",
            Management.ENROLLED,
            frozenset({CITY, Scope(ScopeKind.DEVICE, "ipad-1")}),
            profile_prefix="school",
            enrollment_profile="school.enrollment",
            enrolled_at=_START,
        )
    )
    assignments: list[Assignment] = field(default_factory=list)
    freshness: tuple[Freshness, ...] = DEFAULT_FRESHNESS
    reported: ReportedState = field(default_factory=ReportedState)
    commands: dict[ActionKey, CommandFacts] = field(default_factory=dict)

    def desired(self) -> DesiredState:
        return compile_desired_state(self.assignments, self.device, self.now, self.freshness)

    def plan(self) -> Plan:
        commands = self.commands.values()
        return plan(self.desired(), self.reported, commands, self.device, self.now)


def answered(world: World, query: QueryKind, complete: bool = True) -> None:
    """Note an answer; whatever inquiry was open has it now."""
    reports = {**world.reported.reports, query: Report(world.now, complete)}
    world.reported = replace(world.reported, reports=reports)
    world.commands.pop(ActionKey(ActionKind.INQUIRE, query), None)


def saw_profiles(world: World, seen: Mapping[str, ReportedProfile], complete: bool) -> None:
    kept = {} if complete else world.reported.profiles
    world.reported = replace(world.reported, profiles={**kept, **seen})
    answered(world, QueryKind.PROFILE_LIST, complete)
    uuids = {identifier: profile.uuid for identifier, profile in seen.items()}
    judge(world, ProfileListSeen(world.now, uuids, complete))


def saw_apps(world: World, seen: Mapping[str, ReportedApp]) -> None:
    world.reported = replace(world.reported, apps=seen)
    for query in (QueryKind.INSTALLED_APPLICATIONS, QueryKind.MANAGED_APPLICATIONS):
        answered(world, query)
    judge(world, AppListSeen(world.now, seen))


def judge(world: World, evidence: Evidence) -> None:
    for key, command in world.commands.items():
        match prove(command, evidence):
            case Proven():
                world.commands[key] = replace(command, state=DeliveryState.PROVEN)
            case Contradicted():
                world.commands[key] = _failed(world, command)


def queue(world: World) -> None:
    planned = world.plan()
    if planned.declarations is not None:
        issued = {each.identifier: each for each in planned.declarations}
        if issued != world.reported.declared.issued:
            _declared(world, issued=issued, issued_at=world.now)
    for key in planned.withdrawals:
        world.commands[key] = replace(world.commands[key], state=DeliveryState.CANCELLED)
    for step in planned.ready:
        key, state = step.action.key, DeliveryState.QUEUED
        earlier = world.commands.get(key, CommandFacts(key, state))
        is_over = earlier.state is DeliveryState.PROVEN
        before = CommandFacts(key, state) if is_over else earlier
        world.commands[key] = CommandFacts(
            key,
            state,
            not_before=step.not_before,
            left_before=may_have_obeyed_at(earlier),
            accepted_before=max(acceptances(earlier), default=None),
            failures=before.failures,
            failed_at=before.failed_at,
        )


def answer(world: World) -> None:
    for key, command in list(world.commands.items()):
        due = command.not_before is None or command.not_before <= world.now
        if command.state in DELIVERABLE and due and key.kind is not ActionKind.INQUIRE:
            set_state(world, key, DeliveryState.ACCEPTED)


def set_state(world: World, key: ActionKey, state: DeliveryState) -> None:
    left = CommandFacts(key, DeliveryState.REACHED, reached_at=world.now)
    before = world.commands.get(key, left)
    if before.state is DeliveryState.QUEUED:
        before = replace(before, state=DeliveryState.REACHED, reached_at=world.now)
    if state is not before.state and not may_become(before.state, state):
        raise ValueError("no such transition")
    after = replace(before, state=state)
    if state is DeliveryState.REACHED:
        after = replace(after, reached_at=world.now)
    elif state is DeliveryState.DEFERRED:
        after = replace(after, refused_at=world.now)
    elif state is DeliveryState.FAILED:
        after = replace(_failed(world, before), refused_at=world.now)
    elif state is DeliveryState.ACCEPTED:
        proven = DeliveryState.PROVEN if is_proven_by_its_answer(before) else state
        after = replace(before, state=proven, accepted_at=world.now)
        if key.kind is ActionKind.SYNC_DECLARATIONS:
            _declared(world, enabled=True)
    world.commands[key] = after


def saw_capabilities(world: World) -> None:
    """The device says that it can whatever its system can."""
    version = world.device.os_version
    if version is None:
        raise ValueError("the version comes first")
    known = (name for name in declaration_types() if declaration_facts(name).since <= version)
    types = frozenset(known) | BEFORE_THE_FIRST_REPORT
    _declared(world, capabilities=Capabilities(types, frozenset(items_of(version))))


def saw_declarations(world: World, refused: Mapping[str, str]) -> None:
    """The device has fetched the whole set, and reports on it.

    refused: identifiers of those that it found wrong, each with a code.
    """
    issued = tuple(world.reported.declared.issued.values())
    states = {
        item.identifier: _state(item, refused.get(item.identifier))
        for item in map(manifest_item, issued)
    }
    _declared(world, enabled=True, fetched_token=token_of(issued), states=states)


def saw_managed_apps(world: World, states: Mapping[str, str]) -> None:
    """The device says how far the apps have come that it keeps by declaration."""
    _declared(world, app_states=states)


def _state(item: ManifestItem, code: str | None) -> DeclarationState:
    validity = Validity.VALID if code is None else Validity.INVALID
    active = code is None and item.kind is not DeclarationKind.MANAGEMENT
    reasons = () if code is None else (DeviceReason(code),)
    return DeclarationState(
        item.kind, item.identifier, item.server_token, active, validity, reasons
    )


def _declared(world: World, **changes: Any) -> None:
    declared = replace(world.reported.declared, **changes)
    world.reported = replace(world.reported, declared=declared)


def _failed(world: World, command: CommandFacts) -> CommandFacts:
    return replace(
        command,
        state=DeliveryState.FAILED,
        failures=command.failures + 1,
        failed_at=world.now,
    )
