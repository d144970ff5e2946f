"""Laws of the plan, searched over generated devices."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from policies.actions import ActionKey, ActionKind, QueryKind, RemoveProfile
from policies.assignment import AppChoice, Assignment
from policies.delivery import OPEN, DeliveryState
from policies.desired import DEFAULT_FRESHNESS, DesiredState, compile_desired_state
from policies.facts import CommandFacts, DeviceFacts
from policies.plan import Plan
from policies.reconcile import plan
from policies.reported import AppStatus, Report, ReportedApp, ReportedProfile, ReportedState
from policies.scope import CITY
from policies.wishes import ProfileKind
from tests.policies.builders import CLASS, NOW, ipad, profile

quick = settings(max_examples=60)

PROFILES = ("school.a", "school.b", "school.enrollment", "com.example.vpn")
APPS = ("de.example.maths", "de.example.music")
SUBJECTS = {
    ActionKind.INQUIRE: tuple(QueryKind),
    ActionKind.INSTALL_PROFILE: PROFILES,
    ActionKind.REMOVE_PROFILE: PROFILES,
    ActionKind.INSTALL_APP: APPS,
    ActionKind.REMOVE_APP: APPS,
}

instants = st.integers(-30, 0).map(lambda minutes: NOW + timedelta(minutes=minutes))
kinds = st.sampled_from(ProfileKind)
versions = st.integers(1, 2)


@dataclass(frozen=True)
class Case:
    desired: DesiredState
    reported: ReportedState
    commands: tuple[CommandFacts, ...]
    device: DeviceFacts

    def plan(self) -> Plan:
        return plan(self.desired, self.reported, self.commands, self.device, NOW)


@st.composite
def wishes(draw: st.DrawFn) -> DesiredState:
    decided = st.builds(
        Assignment,
        st.sampled_from([CITY, CLASS]),
        st.just(NOW),
        st.lists(st.builds(profile, st.sampled_from(PROFILES), versions, kinds)).map(tuple),
        st.lists(st.builds(AppChoice, st.sampled_from(APPS))).map(tuple),
        st.lists(st.sampled_from(PROFILES), max_size=2).map(tuple),
        st.lists(st.sampled_from(APPS), max_size=1).map(tuple),
        st.sampled_from([None, "iPad 7"]),
    )
    freshness = draw(st.sampled_from([(), DEFAULT_FRESHNESS]))
    return compile_desired_state(draw(st.lists(decided, max_size=2)), ipad(), NOW, freshness)


@st.composite
def reports(draw: st.DrawFn) -> ReportedState:
    profiles = st.builds(
        ReportedProfile,
        st.sampled_from(PROFILES),
        versions.map(lambda version: f"uuid-{version}"),
        instants,
        st.sampled_from([None, True, False]),
        st.none() | kinds,
    )
    apps = st.builds(
        ReportedApp,
        st.sampled_from(APPS),
        instants,
        st.booleans(),
        st.booleans(),
        st.none() | st.sampled_from(AppStatus),
    )
    answered = st.dictionaries(
        st.sampled_from(QueryKind), st.builds(Report, instants, st.booleans())
    )
    return ReportedState(
        {p.identifier: p for p in draw(st.lists(profiles, max_size=4))},
        {app.identifier: app for app in draw(st.lists(apps, max_size=2))},
        draw(answered),
        draw(st.sampled_from([None, "iPad", "iPad 7"])),
    )


@st.composite
def commands(draw: st.DrawFn) -> CommandFacts:
    kind = draw(st.sampled_from(sorted(SUBJECTS)))
    subject = draw(st.sampled_from(SUBJECTS[kind]))
    version = f"uuid-{draw(versions)}" if "profile" in kind else ""
    at = draw(instants)
    return CommandFacts(
        ActionKey(kind, subject, version),
        draw(st.sampled_from(DeliveryState)),
        not_before=draw(st.none() | instants | st.just(NOW + timedelta(hours=1))),
        reached_at=at,
        accepted_at=draw(st.none() | st.just(at)),
        failures=draw(st.integers(0, 5)),
        failed_at=draw(st.none() | st.just(at)),
    )


cases = st.builds(
    Case,
    wishes(),
    reports(),
    st.lists(commands(), max_size=5, unique_by=lambda command: command.key).map(tuple),
    st.builds(
        lambda waiting, enrolled_at, supervised: replace(
            ipad(supervised=supervised),
            awaiting_configuration=waiting,
            enrolled_at=enrolled_at,
            identity_fingerprint="first",
            identity_expires_at=NOW + timedelta(days=59),
        ),
        st.booleans(),
        instants,
        st.booleans(),
    ),
)


def written_down(case: Case, result: Plan) -> Case:
    """What the house does with a plan: cancel first, then queue."""
    by_key = {command.key: command for command in case.commands}
    for key in result.withdrawals:
        by_key[key] = replace(by_key[key], state=DeliveryState.CANCELLED)
    for step in result.ready:
        key = step.action.key
        assert key not in by_key or by_key[key].state not in OPEN
        before = by_key.get(key, CommandFacts(key, DeliveryState.QUEUED))
        by_key[key] = CommandFacts(
            key,
            DeliveryState.QUEUED,
            not_before=step.not_before,
            failures=before.failures,
            failed_at=before.failed_at,
        )
    return replace(case, commands=tuple(by_key.values()))


@quick
@given(cases)
def test_a_plan_that_was_written_down_leaves_nothing_to_plan(case: Case) -> None:
    again = written_down(case, case.plan()).plan()

    assert again.is_empty, (again.ready, again.withdrawals)


@quick
@given(cases, st.randoms(use_true_random=False))
def test_the_order_of_facts_does_not_matter(case: Case, chance: Random) -> None:
    shuffled = list(case.commands)
    chance.shuffle(shuffled)

    assert replace(case, commands=tuple(shuffled)).plan() == case.plan()


@quick
@given(cases)
def test_no_two_steps_do_the_same_thing(case: Case) -> None:
    keys = [step.action.key for step in case.plan().steps]

    assert len(keys) == len(set(keys))


@quick
@given(cases)
def test_only_what_is_ours_is_ever_removed(case: Case) -> None:
    for step in case.plan().steps:
        if isinstance(step.action, RemoveProfile):
            listed = case.reported.profiles[step.action.identifier]
            assert listed.identifier.startswith("school.")
            assert listed.identifier != "school.enrollment"
            assert listed.managed is not False


@quick
@given(cases)
def test_no_profile_that_may_carry_the_network_goes_without_a_proven_one(case: Case) -> None:
    proven = {
        wanted.identifier
        for wanted in case.desired.profiles
        if wanted.kind is ProfileKind.WIFI
        and wanted.identifier in case.reported.profiles
        and case.reported.profiles[wanted.identifier].uuid == wanted.uuid
    }
    for step in case.plan().ready:
        if isinstance(step.action, RemoveProfile):
            listed = case.reported.profiles[step.action.identifier]
            if listed.kind in (ProfileKind.WIFI, None):
                assert proven - {listed.identifier}


@quick
@given(cases, st.sampled_from(PROFILES[:2]), versions, st.integers(1, 9))
def test_a_failed_installation_changes_no_other_step(
    case: Case, identifier: str, version: int, failures: int
) -> None:
    key = ActionKey(ActionKind.INSTALL_PROFILE, identifier, f"uuid-{version}")
    others = tuple(command for command in case.commands if command.key != key)
    failed = CommandFacts(key, DeliveryState.FAILED, failures=failures, failed_at=NOW)

    before = replace(case, commands=others).plan()
    after = replace(case, commands=(*others, failed)).plan()

    assert [s for s in after.steps if s.action.key != key] == [
        s for s in before.steps if s.action.key != key
    ]


@quick
@given(cases)
def test_a_refused_installation_is_not_repeated_at_once(case: Case) -> None:
    failed = {
        command.key: command.failed_at
        for command in case.commands
        if command.state is DeliveryState.FAILED
    }
    for step in case.plan().ready:
        failed_at = failed.get(step.action.key)
        if failed_at is not None:
            soonest = failed_at + timedelta(seconds=24)
            assert soonest <= NOW or (step.not_before or NOW) >= soonest


@quick
@given(cases)
def test_time_alone_changes_a_plan_only_when_it_said_so(case: Case) -> None:
    settled = written_down(case, case.plan())
    # What was withdrawn may have held up another step, which follows at once and not by time.
    settled = written_down(settled, settled.plan())
    result = settled.plan()
    until = result.look_again_at or NOW + timedelta(days=30)

    def at(instant: datetime) -> Plan:
        return plan(settled.desired, settled.reported, settled.commands, settled.device, instant)

    assert at(until - timedelta(seconds=1)).is_empty


@quick
@given(cases)
def test_what_is_converged_has_nothing_open(case: Case) -> None:
    result = case.plan()

    if result.is_converged:
        assert not result.unproven
        assert not result.under_way
        assert all(
            case.reported.profiles[wanted.identifier].uuid == wanted.uuid
            for wanted in case.desired.profiles
            if wanted.identifier != "school.enrollment"
        )
