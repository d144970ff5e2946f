"""The plan, example by example; longer stories are the text scenarios in tests/plans."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from policies.actions import (
    ActionKind,
    Inquire,
    InstallProfile,
    QueryKind,
    RemoveProfile,
    SetDeviceName,
)
from policies.assignment import Assignment
from policies.delivery import DeliveryState
from policies.desired import DesiredState, Freshness, compile_desired_state
from policies.facts import CommandFacts, Management
from policies.plan import WaitKind
from policies.reconcile import plan
from policies.reported import ReportedState
from policies.scope import CITY
from policies.situation import Pace
from policies.wishes import AbsentProfile, ProfileKind, Reason, ReasonKey
from tests.policies.builders import (
    MINUTE,
    NOW,
    installing,
    ipad,
    listed,
    listing,
    obeyed,
    profile,
    wishing,
)

WIFI = ProfileKind.WIFI


def test_a_profile_already_at_the_wanted_version_is_left_alone() -> None:
    result = plan(wishing(profile("school.a")), listing(listed("school.a")), [], ipad(), NOW)

    assert result.is_converged


def test_a_profile_of_another_version_is_installed() -> None:
    reported = listing(listed("school.a", 1))

    result = plan(wishing(profile("school.a", 2)), reported, [], ipad(), NOW)

    assert [s.action for s in result.ready] == [InstallProfile("school.a", "uuid-2", 2, 2)]


@pytest.mark.parametrize("management", set(Management) - {Management.ENROLLED})
def test_a_device_that_is_not_enrolled_gets_nothing(management: Management) -> None:
    result = plan(DesiredState(), ReportedState(), [], ipad(management), NOW)

    assert result.held is management
    assert result.is_empty
    assert not result.is_converged


def test_the_first_inventory_comes_before_everything() -> None:
    desired = replace(wishing(profile("school.a")), freshness=DesiredState().freshness)

    result = plan(desired, ReportedState(), [], ipad(), NOW)

    kinds = [step.action.key.kind for step in result.steps]
    assert kinds[:5] == [ActionKind.INQUIRE] * 5
    assert result.steps[0].action == Inquire(QueryKind.DEVICE_INFORMATION)


def test_an_accepted_profile_is_looked_for_and_not_sent_again() -> None:
    command = installing("school.a", at=NOW)

    result = plan(wishing(profile("school.a")), ReportedState(), [command], ipad(), NOW)

    assert [step.action for step in result.steps] == [Inquire(QueryKind.PROFILE_LIST)]


def test_a_proof_that_is_needed_sooner_replaces_the_inquiry_that_waits() -> None:
    key = Inquire(QueryKind.PROFILE_LIST).key
    waiting = CommandFacts(key, DeliveryState.QUEUED, not_before=NOW + 15 * MINUTE)

    result = plan(
        wishing(profile("school.a")), listing(), [installing("school.a"), waiting], ipad(), NOW
    )

    assert result.withdrawals == (key,)
    assert result.ready[0].not_before == NOW + MINUTE


def test_a_profile_whose_content_is_hidden_may_be_the_network() -> None:
    reported = listing(listed("school.hidden", kind=None))

    result = plan(wishing(), reported, [], ipad(), NOW)

    assert result.waiting[0].action == RemoveProfile("school.hidden", "uuid-1")
    assert result.waiting[0].waiting_on[0].kind is WaitKind.LAST_NETWORK


def test_a_network_that_somebody_decided_against_is_work_to_do_even_if_it_is_the_last() -> None:
    against = AbsentProfile("school.wlan", Reason(ReasonKey.ASSIGNED, CITY, NOW))
    desired = replace(wishing(), absent_profiles=(against,))

    result = plan(desired, listing(listed("school.wlan", kind=WIFI)), [], ipad(), NOW)

    assert result.waiting[0].waiting_on[0].kind is WaitKind.OTHER_NETWORK


def test_a_network_about_to_be_removed_is_no_reason_to_remove_the_other() -> None:
    desired = wishing(profile("school.new", kind=WIFI))
    reported = listing(listed("school.new", kind=WIFI), listed("school.old", kind=WIFI))
    in_flight = obeyed(RemoveProfile("school.new", "uuid-1").key, DeliveryState.REACHED)

    result = plan(desired, reported, [in_flight], ipad(), NOW)

    assert [step.action for step in result.ready] == [Inquire(QueryKind.PROFILE_LIST)]
    assert [step.action.key.subject for step in result.waiting] == ["school.old"]
    assert result.withdrawals == (in_flight.key,)


REPLACED = wishing(profile("school.b", kind=WIFI))
BOTH_LISTED = listing(listed("school.a", kind=WIFI), listed("school.b", kind=WIFI))
OTHER_VERSION = InstallProfile("school.b", "uuid-2", 2, 2).key
OLD_NETWORK = RemoveProfile("school.a", "uuid-1")


def test_a_version_that_never_left_is_taken_back_and_the_old_network_goes_with_the_same_plan() -> (
    None
):
    queued = CommandFacts(OTHER_VERSION, DeliveryState.QUEUED)

    result = plan(REPLACED, BOTH_LISTED, [queued], ipad(), NOW)

    assert result.withdrawals == (OTHER_VERSION,)
    assert [step.action for step in result.ready] == [OLD_NETWORK]
    written = [
        replace(queued, state=DeliveryState.CANCELLED),
        CommandFacts(OLD_NETWORK.key, DeliveryState.QUEUED),
    ]
    assert plan(REPLACED, BOTH_LISTED, written, ipad(), NOW).is_empty


@pytest.mark.parametrize(
    "state", [DeliveryState.REACHED, DeliveryState.CANCELLED, DeliveryState.EXPIRED]
)
def test_a_version_that_left_keeps_the_old_network_until_a_list_shows_what_became_of_it(
    state: DeliveryState,
) -> None:
    left = CommandFacts(OTHER_VERSION, state, reached_at=NOW)
    later = listing(*BOTH_LISTED.profiles.values(), at=NOW + MINUTE)
    shown = {i: replace(p, observed_at=NOW + MINUTE) for i, p in later.profiles.items()}

    before = plan(REPLACED, BOTH_LISTED, [left], ipad(), NOW)
    after = plan(REPLACED, replace(later, profiles=shown), [left], ipad(), NOW + MINUTE)

    assert [step.action for step in before.ready] == [Inquire(QueryKind.PROFILE_LIST)]
    assert [step.action for step in before.waiting] == [OLD_NETWORK]
    assert before.unproven == ("school.b",)
    assert [step.action for step in after.ready] == [OLD_NETWORK]


def test_an_earlier_command_that_left_keeps_the_old_network_too() -> None:
    """The latest one of the same version was taken back in time; the one before was not."""
    taken_back = CommandFacts(OTHER_VERSION, DeliveryState.CANCELLED, left_before=NOW)

    result = plan(REPLACED, BOTH_LISTED, [taken_back], ipad(), NOW)

    assert [step.action for step in result.waiting] == [OLD_NETWORK]


@pytest.mark.parametrize("state", [DeliveryState.DEFERRED, DeliveryState.FAILED])
def test_a_version_that_the_device_refused_keeps_no_network(state: DeliveryState) -> None:
    refused = CommandFacts(OTHER_VERSION, state, reached_at=NOW, refused_at=NOW + MINUTE)

    result = plan(REPLACED, BOTH_LISTED, [refused], ipad(), NOW + MINUTE)

    assert [step.action for step in result.ready] == [OLD_NETWORK]


def test_the_enrollment_profile_is_never_a_wish() -> None:
    result = plan(wishing(profile("school.enrollment")), listing(), [], ipad(), NOW)

    assert result.steps == ()
    assert [wish.subject for wish in result.unmet] == ["school.enrollment"]


def test_only_a_supervised_device_can_be_named() -> None:
    desired = compile_desired_state([Assignment(CITY, NOW, device_name="iPad 7")], ipad(), NOW, ())

    result = plan(desired, ReportedState(), [], ipad(), NOW)
    refused = plan(desired, ReportedState(), [], ipad(supervised=False), NOW)

    assert [step.action for step in result.steps] == [SetDeviceName("iPad 7")]
    assert refused.steps == ()
    assert [wish.subject for wish in refused.unmet] == ["device name"]


def test_a_name_that_the_device_confirmed_is_read_back_and_not_set_again() -> None:
    desired = compile_desired_state([Assignment(CITY, NOW, device_name="iPad 7")], ipad(), NOW, ())
    done = obeyed(SetDeviceName("iPad 7").key, DeliveryState.PROVEN)

    result = plan(desired, ReportedState(device_name="iPad"), [done], ipad(), NOW)

    assert [step.action for step in result.steps] == [Inquire(QueryKind.DEVICE_INFORMATION)]


def test_a_setup_that_was_released_is_not_released_again() -> None:
    waiting = replace(ipad(), awaiting_configuration=True)
    first = plan(wishing(), listing(), [], waiting, NOW)
    released = obeyed(first.ready[0].action.key, DeliveryState.PROVEN)

    assert plan(wishing(), listing(), [released], waiting, NOW).steps == ()


def test_a_demonstration_may_look_sooner() -> None:
    command = obeyed(InstallProfile("school.a", "uuid-1", 1, 1).key)
    hurried = Pace(profile_checks=(timedelta(seconds=1),))

    result = plan(wishing(profile("school.a")), ReportedState(), [command], ipad(), NOW, hurried)

    assert result.ready[0].not_before == NOW + timedelta(seconds=1)


def test_a_pace_that_looks_first_after_a_second_looks_again_in_proportion() -> None:
    hurried = Pace.looking_first_after(timedelta(seconds=1))

    assert hurried.app_checks == tuple(timedelta(seconds=s) for s in (1, 5, 15, 60))
    assert hurried.profile_checks == tuple(timedelta(seconds=s) for s in (0, 1, 5, 15))


def test_a_pace_that_looks_first_after_a_minute_is_the_usual_one() -> None:
    assert Pace.looking_first_after(MINUTE) == Pace()


PROFILES = Inquire(QueryKind.PROFILE_LIST)


def test_a_question_whose_answer_is_still_to_be_read_is_not_asked_again() -> None:
    accepted = installing("school.a", at=NOW)
    answered = obeyed(PROFILES.key, DeliveryState.PROVEN, NOW)
    commands = [accepted, answered]

    result = plan(wishing(profile("school.a")), listing(at=NOW - MINUTE), commands, ipad(), NOW)

    assert result.steps == ()


def test_a_question_is_asked_anew_once_its_answer_is_read() -> None:
    accepted = installing("school.a", at=NOW)
    answered = obeyed(PROFILES.key, DeliveryState.PROVEN, NOW - MINUTE)
    commands = [accepted, answered]

    result = plan(wishing(profile("school.a")), listing(at=NOW - MINUTE), commands, ipad(), NOW)

    assert [step.action for step in result.ready] == [PROFILES]


def test_an_answer_that_nobody_can_read_does_not_silence_its_question_for_ever() -> None:
    accepted = installing("school.a", at=NOW)
    answered = obeyed(PROFILES.key, DeliveryState.PROVEN, NOW)
    case = (wishing(profile("school.a")), listing(at=NOW - MINUTE), [accepted, answered], ipad())

    until = plan(*case, NOW).look_again_at

    assert until == NOW + 10 * MINUTE
    assert [step.action for step in plan(*case, until).ready] == [PROFILES]


def test_a_plan_says_when_time_alone_will_change_it() -> None:
    waiting = replace(ipad(), awaiting_configuration=True)

    result = plan(wishing(profile("school.a")), listing(), [], waiting, NOW)

    assert result.look_again_at == NOW + 10 * MINUTE


def test_a_question_that_failed_waits_its_time_although_plans_are_made_meanwhile() -> None:
    later = NOW + 5 * MINUTE
    key = Inquire(QueryKind.CERTIFICATE_LIST).key
    again = CommandFacts(
        key, DeliveryState.QUEUED, not_before=later, failures=3, failed_at=NOW - MINUTE
    )
    wished = compile_desired_state(
        [], ipad(), NOW, (Freshness(QueryKind.CERTIFICATE_LIST, timedelta(days=7)),)
    )

    planned = plan(wished, ReportedState(), [again], ipad(), NOW)

    assert planned.is_empty
