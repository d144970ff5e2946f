"""Laws of the plan, searched over generated devices."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from policies.actions import ActionKey, ActionKind, Inquire, QueryKind, RemoveProfile
from policies.assignment import AppChoice, Assignment
from policies.delivery import DELIVERABLE, OPEN, DeliveryState
from policies.desired import DEFAULT_FRESHNESS, DesiredState, compile_desired_state
from policies.facts import CommandFacts, DeviceFacts
from policies.plan import Plan
from policies.proof import acceptances, may_have_obeyed_at
from policies.reconcile import plan
from policies.reported import AppStatus, Report, ReportedApp, ReportedProfile, ReportedState
from policies.scope import CITY
from policies.situation import OBEYED, PROFILE_ACTIONS
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


def some(
    strategy: st.SearchStrategy[CommandFacts], at_most: int
) -> st.SearchStrategy[tuple[CommandFacts, ...]]:
    return st.lists(strategy, max_size=at_most, unique_by=lambda one: one.key).map(tuple)


devices = st.builds(
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
)
chance = st.builds(
    Case,
    wishes(),
    reports(),
    some(commands(), 5),
    devices,
)


NEVER_LEFT = frozenset({DeliveryState.QUEUED, DeliveryState.PUSHED})
GIVEN_UP = frozenset({DeliveryState.FAILED, DeliveryState.EXPIRED, DeliveryState.CANCELLED})
REFUSED = frozenset({DeliveryState.DEFERRED, DeliveryState.FAILED})


@st.composite
def told(draw: st.DrawFn, key: ActionKey) -> CommandFacts:
    """A command as a device can have taken it: never left, left in silence, refused, obeyed."""
    state = draw(st.sampled_from(DeliveryState))
    may_have_stayed = NEVER_LEFT | GIVEN_UP
    left_at = draw(st.none() | instants if state in may_have_stayed else instants)
    reached_at = None if state in NEVER_LEFT else left_at
    return CommandFacts(
        key,
        state,
        reached_at=reached_at,
        accepted_at=reached_at if state in OBEYED else None,
        refused_at=reached_at if state in REFUSED else None,
        left_before=draw(st.none() | instants),
    )


@st.composite
def replaced_networks(draw: st.DrawFn) -> Case:
    """An old WLAN and the one that follows it, about which somebody has changed his mind.

    Chance alone seldom brings together a WLAN that is proven, another version of it in the queue
    and a WLAN that nobody wishes any more.
    """
    wanted = Assignment(CITY, NOW, (profile("school.b", 1, ProfileKind.WIFI),))
    desired = compile_desired_state(
        [wanted], ipad(), NOW, draw(st.sampled_from([(), DEFAULT_FRESHNESS]))
    )
    seen_at = draw(instants)
    shown = [
        ReportedProfile("school.a", "uuid-1", seen_at, None, ProfileKind.WIFI),
        ReportedProfile("school.b", f"uuid-{draw(versions)}", seen_at, None, ProfileKind.WIFI),
    ]
    reported = ReportedState(
        {each.identifier: each for each in shown},
        reports={QueryKind.PROFILE_LIST: Report(seen_at, draw(st.booleans()))},
    )
    keys = (
        ActionKey(ActionKind.INSTALL_PROFILE, "school.b", "uuid-1"),
        ActionKey(ActionKind.INSTALL_PROFILE, "school.b", "uuid-2"),
        ActionKey(ActionKind.REMOVE_PROFILE, "school.b", "uuid-1"),
        ActionKey(ActionKind.REMOVE_PROFILE, "school.a", "uuid-1"),
    )
    known = draw(some(st.sampled_from(keys).flatmap(told), 3))
    return Case(desired, reported, known, draw(devices))


cases = chance | replaced_networks()


def written_down(case: Case, result: Plan) -> Case:
    """What the house does with a plan: cancel first, then queue."""
    by_key = {command.key: command for command in case.commands}
    for key in result.withdrawals:
        assert by_key[key].state in OPEN
        by_key[key] = replace(by_key[key], state=DeliveryState.CANCELLED)
    for step in result.ready:
        key = step.action.key
        assert key not in by_key or by_key[key].state not in OPEN
        before = by_key.get(key, CommandFacts(key, DeliveryState.QUEUED))
        by_key[key] = CommandFacts(
            key,
            DeliveryState.QUEUED,
            not_before=step.not_before,
            left_before=may_have_obeyed_at(before),
            accepted_before=max(acceptances(before), default=None),
            failures=before.failures,
            failed_at=before.failed_at,
        )
    return replace(case, commands=tuple(by_key.values()))


@settings(max_examples=150)
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


def may_replace(command: CommandFacts, seen_at: datetime) -> bool:
    """Whether the device has had a command since a report, and has not said no to it."""
    left, refused = command.reached_at, command.refused_at
    said_no = left is not None and refused is not None and refused >= left
    unrefused = (None if said_no else left, command.left_before)
    return any(at is not None and at >= seen_at for at in unrefused)


def proven_networks(case: Case, result: Plan) -> set[str]:
    """Wished WLANs that the device shows and that nothing can replace before it is asked again."""
    proven = set()
    for wanted in case.desired.profiles:
        listed = case.reported.profiles.get(wanted.identifier)
        if wanted.kind is not ProfileKind.WIFI or listed is None or listed.uuid != wanted.uuid:
            continue
        own = ActionKey(ActionKind.INSTALL_PROFILE, wanted.identifier, wanted.uuid)
        others = [
            command
            for command in case.commands
            if command.key.kind in PROFILE_ACTIONS
            and command.key.subject == wanted.identifier
            and command.key != own
        ]
        still_offered = {c.key for c in others if c.state in DELIVERABLE} - {*result.withdrawals}
        if not still_offered and not any(may_replace(c, listed.observed_at) for c in others):
            proven.add(wanted.identifier)
    return proven


@settings(max_examples=150)
@given(cases)
def test_no_profile_that_may_carry_the_network_goes_without_a_proven_one(case: Case) -> None:
    """Neither with this plan nor with the next one, which no longer holds what was taken back."""
    for _ in range(2):
        result = case.plan()
        proven = proven_networks(case, result)
        for step in result.ready:
            if isinstance(step.action, RemoveProfile):
                listed = case.reported.profiles[step.action.identifier]
                if listed.kind in (ProfileKind.WIFI, None):
                    assert proven - {listed.identifier}
        case = written_down(case, result)


@quick
@given(replaced_networks())
def test_an_old_network_that_waits_for_an_answer_brings_a_question(case: Case) -> None:
    """Else it would stay until the next list is due, and without inventories for ever."""
    result = case.plan()
    shown = case.reported.profiles["school.b"]
    listed = shown.uuid == "uuid-1" and "school.b" not in result.unproven
    waits = any(isinstance(step.action, RemoveProfile) for step in result.waiting)
    asked = written_down(case, result).commands
    question = Inquire(QueryKind.PROFILE_LIST).key

    assert not (listed and waits) or any(c.key == question and c.state in OPEN for c in asked)


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
