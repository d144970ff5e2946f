"""Values for the tests of policies, with sensible defaults; name only what matters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from policies.actions import ActionKey, ActionKind, QueryKind, RemoteKind
from policies.assignment import Assignment, ProfileVersion
from policies.delivery import DeliveryState
from policies.desired import DesiredState, Freshness, compile_desired_state
from policies.facts import CommandFacts, DeviceFacts, Management
from policies.reported import AppStatus, Report, ReportedApp, ReportedProfile, ReportedState
from policies.scope import CITY, Scope, ScopeKind
from policies.wishes import ProfileKind

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SCHOOL = Scope(ScopeKind.SCHOOL, "12")
CLASS = Scope(ScopeKind.CLASS, "12/7b")

NO_INVENTORY: tuple[Freshness, ...] = ()


def ipad(management: Management = Management.ENROLLED, supervised: bool = True) -> DeviceFacts:
    return DeviceFacts(
        "ipad-1",
        management,
        frozenset({CITY, SCHOOL, CLASS, Scope(ScopeKind.DEVICE, "ipad-1")}),
        profile_prefix="school",
        enrollment_profile="school.enrollment",
        enrolled_at=NOW,
        supervised=supervised,
    )


def profile(
    identifier: str, version: int = 1, kind: ProfileKind = ProfileKind.OTHER
) -> ProfileVersion:
    return ProfileVersion(identifier, f"uuid-{version}", kind, version, version)


def wishing(*profiles: ProfileVersion, scope: Scope = CITY) -> DesiredState:
    return compile_desired_state([Assignment(scope, NOW, profiles)], ipad(), NOW, NO_INVENTORY)


def listed(
    identifier: str,
    version: int = 1,
    kind: ProfileKind | None = ProfileKind.OTHER,
    at: datetime = NOW,
    managed: bool | None = None,
) -> ReportedProfile:
    return ReportedProfile(identifier, f"uuid-{version}", at, managed, kind)


def listing(*profiles: ReportedProfile, at: datetime = NOW, complete: bool = True) -> ReportedState:
    reports = {QueryKind.PROFILE_LIST: Report(at, complete)}
    return ReportedState({p.identifier: p for p in profiles}, reports=reports)


def installing(
    identifier: str,
    version: int = 1,
    state: DeliveryState = DeliveryState.ACCEPTED,
    at: datetime = NOW,
) -> CommandFacts:
    key = ActionKey(ActionKind.INSTALL_PROFILE, identifier, f"uuid-{version}")
    return obeyed(key, state, at)


def obeyed(
    key: ActionKey, state: DeliveryState = DeliveryState.ACCEPTED, at: datetime = NOW
) -> CommandFacts:
    accepted_at = at if state in (DeliveryState.ACCEPTED, DeliveryState.PROVEN) else None
    reached_at = None if state is DeliveryState.QUEUED else at
    return CommandFacts(key, state, 1, reached_at=reached_at, accepted_at=accepted_at)


def remote(kind: RemoteKind, state: DeliveryState = DeliveryState.ACCEPTED) -> CommandFacts:
    return obeyed(ActionKey(ActionKind.REMOTE, kind, "order-1"), state)


def app(
    identifier: str,
    status: AppStatus | None = AppStatus.MANAGED,
    installing: bool = False,
    at: datetime = NOW,
) -> ReportedApp:
    return ReportedApp(identifier, at, installed=True, installing=installing, status=status)
