"""Why an iPad has what it has: reason, rivals, state, proof and what comes next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from policies.actions import ActionKey, ActionKind
from policies.assignment import AppChoice, Assignment, DeclarationChoice
from policies.delivery import DeliveryState
from policies.desired import compile_desired_state
from policies.explain import DEVICE_NAME, explain
from policies.explain_wording import describe_explained
from policies.explanation import Explained, Explanation, Waiting, WaitingKind, WishState
from policies.facts import CommandFacts, DeviceFacts, Management
from policies.plan import Condition, FailedWish, Plan, RefusalKind, WaitKind
from policies.reconcile import plan
from policies.reported import ReportedState
from policies.wishes import AbsentProfile, ProfileKind, WantedProfile
from profiles.declarations.configurations import passcode
from profiles.declarations.declaration import declaration_identifier
from profiles.schema.os_version import OsVersion
from tests.policies.builders import (
    CLASS,
    MINUTE,
    NO_INVENTORY,
    NOW,
    SCHOOL,
    installing,
    ipad,
    listed,
    listing,
    profile,
)

WLAN = profile("school.wlan", 2, ProfileKind.WIFI)
NOTHING = ReportedState()


def explained(
    decided: Iterable[Assignment],
    reported: ReportedState = NOTHING,
    commands: Iterable[CommandFacts] = (),
    device: DeviceFacts | None = None,
) -> Explained:
    device = device or ipad()
    facts = tuple(commands)
    desired = compile_desired_state(decided, device, NOW, NO_INVENTORY)
    planned = plan(desired, reported, facts, device, NOW)
    return explain(desired, planned, reported, facts, device)


def only(result: Explained) -> Explanation:
    (explanation,) = result.explanations
    return explanation


def wanting(*profiles: str) -> list[Assignment]:
    return [Assignment(SCHOOL, NOW, tuple(profile(name, 2) for name in profiles))]


def test_what_a_report_shows_is_proven_since_that_report() -> None:
    seen = listing(listed("school.mail", 2, at=NOW - MINUTE))

    found = only(explained(wanting("school.mail"), seen))

    assert (found.state, found.proven_at) == (WishState.PROVEN, NOW - MINUTE)
    assert found.waiting == ()
    assert found.wish.reason.scope == SCHOOL


def test_what_nobody_has_written_down_waits_for_the_next_plan() -> None:
    found = only(explained(wanting("school.mail"), listing()))

    assert found.state is WishState.UNDER_WAY
    assert found.waiting == (Waiting(WaitingKind.PLAN),)


@pytest.mark.parametrize(
    ("state", "waiting"),
    [
        (DeliveryState.QUEUED, WaitingKind.CONTACT),
        (DeliveryState.PUSHED, WaitingKind.CONTACT),
        (DeliveryState.REACHED, WaitingKind.ANSWER),
        (DeliveryState.DEFERRED, WaitingKind.FREE_DEVICE),
        (DeliveryState.ACCEPTED, WaitingKind.PROOF),
    ],
)
def test_a_command_under_way_says_what_it_waits_for(
    state: DeliveryState, waiting: WaitingKind
) -> None:
    command = installing("school.mail", 2, state, at=NOW + MINUTE)

    found = only(explained(wanting("school.mail"), listing(), [command]))

    assert found.state is WishState.UNDER_WAY
    assert found.waiting[0] == Waiting(waiting)


def test_what_the_device_refused_has_failed_and_is_tried_again_at_a_time() -> None:
    refused = replace(installing("school.mail", 2, DeliveryState.FAILED), failures=1, failed_at=NOW)

    found = only(explained(wanting("school.mail"), listing(), [refused]))

    assert found.state is WishState.FAILED
    (waiting,) = found.waiting
    assert waiting.kind is WaitingKind.TIME
    assert waiting.until is not None
    assert waiting.until > NOW


def test_a_wish_that_beat_another_one_says_which() -> None:
    wide = Assignment(SCHOOL, NOW, (profile("school.mail", 1),))
    narrow = Assignment(CLASS, NOW, (profile("school.mail", 2),))

    found = only(explained([wide, narrow], listing()))

    (override,) = found.overrides
    assert isinstance(found.wish, WantedProfile)
    assert (found.wish.version, override.loser.reason.scope) == (2, SCHOOL)
    assert found.disputed == ()


def test_what_this_device_cannot_be_given_says_why() -> None:
    named = Assignment(SCHOOL, NOW, device_name="iPad 7")

    found = only(explained([named], device=ipad(supervised=False)))

    assert (found.state, found.refusal) == (WishState.IMPOSSIBLE, RefusalKind.NOT_SUPERVISED)
    assert found.waiting == ()


def test_nothing_is_done_to_a_held_device() -> None:
    result = explained(wanting("school.mail"), device=ipad(Management.HELD))

    assert result.held is Management.HELD
    assert only(result).state is WishState.NOT_MANAGED


def test_an_absence_is_proven_by_a_complete_list_only() -> None:
    gone = Assignment(SCHOOL, NOW, absent_profiles=("school.old",))

    proven = only(explained([gone], listing(at=NOW - MINUTE)))
    open_one = only(explained([gone], listing(at=NOW - MINUTE, complete=False)))

    assert isinstance(proven.wish, AbsentProfile)
    assert (proven.state, proven.proven_at) == (WishState.PROVEN, NOW - MINUTE)
    assert (open_one.state, open_one.waiting) == (
        WishState.WAITING,
        (Waiting(WaitingKind.PROOF),),
    )


def test_what_nobody_wishes_any_more_is_told_as_leaving() -> None:
    seen = listing(listed("school.mail", 2), listed("school.old", 1))

    (step,) = explained(wanting("school.mail"), seen).leaving

    assert step.action.key == ActionKey(ActionKind.REMOVE_PROFILE, "school.old", "uuid-1")


def test_a_condition_is_told_as_it_stands_in_the_plan() -> None:
    desired = compile_desired_state(wanting("school.mail"), ipad(), NOW, NO_INVENTORY)
    (wish,) = desired.profiles
    network = Condition(WaitKind.OTHER_NETWORK)
    planned = plan(desired, listing(), (), ipad(), NOW)
    (step,) = planned.steps
    waiting = replace(planned, steps=(replace(step, waiting_on=(network,)),))

    (found,) = explain(desired, waiting, listing(), (), ipad()).explanations

    assert found.wish == wish
    assert (found.state, found.waiting) == (
        WishState.WAITING,
        (Waiting(WaitingKind.CONDITION, condition=network),),
    )


def test_the_words_of_the_device_are_told_where_something_failed() -> None:
    desired = compile_desired_state(wanting("school.mail"), ipad(), NOW, NO_INVENTORY)
    failed = FailedWish("school.mail", desired.profiles[0].reason, ("Error.InvalidPayload",))

    (found,) = explain(desired, Plan(failed=(failed,)), NOTHING, (), ipad()).explanations

    assert (found.state, found.codes) == (WishState.FAILED, ("Error.InvalidPayload",))


def a_passcode() -> Assignment:
    identifier = declaration_identifier(passcode.TYPE, "default")
    choice = DeclarationChoice(identifier, passcode.TYPE, b'{"MinimumLength":6}')
    return Assignment(SCHOOL, NOW, declarations=(choice,))


def test_a_declaration_waits_until_the_device_says_what_it_can() -> None:
    device = replace(ipad(), os_version=OsVersion(26))

    found = only(explained([a_passcode()], listing(), device=device))

    assert found.state is not WishState.PROVEN
    assert Waiting(WaitingKind.CAPABILITIES) in found.waiting


def test_a_declaration_comes_as_a_profile_where_the_device_takes_none() -> None:
    device = replace(ipad(), os_version=OsVersion(15, 8))

    found = only(explained([a_passcode()], listing(), device=device))

    assert found.state is WishState.UNDER_WAY
    assert found.waiting == (Waiting(WaitingKind.PLAN),)


def test_a_name_is_proven_by_what_the_device_calls_itself() -> None:
    named = Assignment(SCHOOL, NOW, device_name="iPad 7")

    found = only(explained([named], replace(listing(), device_name="iPad 7")))

    assert found.state is WishState.PROVEN


def test_subjects_are_those_of_the_plan() -> None:
    device = ipad()
    named = Assignment(SCHOOL, NOW, device_name="iPad 7", apps=(AppChoice("de.example.maths"),))
    desired = compile_desired_state([named], device, NOW, NO_INVENTORY)

    planned = plan(desired, listing(), (), device, NOW)

    assert set(planned.unproven) == {DEVICE_NAME, "de.example.maths"}


def test_an_explanation_reads_like_a_story() -> None:
    wide = Assignment(SCHOOL, NOW - timedelta(days=1), (profile("school.mail", 1),))
    narrow = Assignment(CLASS, NOW, (profile("school.mail", 2),))
    seen = listing(listed("school.old", 1), at=NOW - MINUTE)

    assert describe_explained(explained([wide, narrow], seen)) == [
        "profile school.mail v2 (assigned to class 12/7b since 2026-09-01)",
        "  under way",
        "  waits for the next plan",
        "  conflict: school.mail: class 12/7b wins over school 12 (narrower scope)",
        "leaves: remove profile school.old (no longer assigned)",
    ]


def test_a_held_device_is_explained_in_one_line() -> None:
    held = explained(wanting("school.mail"), device=ipad(Management.HELD))

    assert describe_explained(held) == ["nothing is done: the device is held"]
