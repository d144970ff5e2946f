"""How a device stands, read off its plan."""

from __future__ import annotations

import pytest

from policies.actions import Inquire, InstallApp, QueryKind, RemoveProfile
from policies.facts import Management
from policies.outcome import REFUSED, OutcomeKind, OutcomeReason, outcome_of
from policies.plan import (
    Condition,
    FailedWish,
    Plan,
    RefusalKind,
    Step,
    UnmetWish,
    WaitKind,
)
from policies.scope import CITY
from policies.wishes import Reason, ReasonKey
from tests.policies.builders import NOW

WHY = Reason(ReasonKey.ASSIGNED, CITY, NOW)


def test_a_device_with_everything_proven_is_as_wished() -> None:
    assert outcome_of(Plan()).kind is OutcomeKind.AS_WISHED


def test_a_routine_question_says_nothing_about_a_device() -> None:
    asking = Plan(steps=(Step(Inquire(QueryKind.PROFILE_LIST), WHY),))

    assert outcome_of(asking).kind is OutcomeKind.AS_WISHED


def test_a_device_with_work_before_it_is_on_its_way() -> None:
    for plan in (Plan(steps=(Step(InstallApp("a.b"), WHY),)), Plan(unproven=("a.b",))):
        assert outcome_of(plan).kind is OutcomeKind.ON_ITS_WAY


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        (WaitKind.LAST_NETWORK, OutcomeKind.AS_WISHED),
        (WaitKind.OTHER_NETWORK, OutcomeKind.ON_ITS_WAY),
    ],
)
def test_the_last_network_stays_on_purpose_and_holds_nothing_up(
    kind: WaitKind, outcome: OutcomeKind
) -> None:
    leaving = Step(RemoveProfile("school.wlan", "u"), WHY, (Condition(kind),))

    assert outcome_of(Plan(steps=(leaving,))).kind is outcome


def test_a_refusal_blocks_and_names_the_codes_of_the_device() -> None:
    plan = Plan(unproven=("cfg.code",), failed=(FailedWish("cfg.code", WHY, ("Error.Unknown",)),))

    outcome = outcome_of(plan)

    assert outcome.kind is OutcomeKind.BLOCKED
    assert outcome.reasons == (OutcomeReason("cfg.code", REFUSED, ("Error.Unknown",)),)


def test_a_wish_that_a_device_cannot_be_given_blocks_it_once() -> None:
    wish = UnmetWish("os version", RefusalKind.DEADLINE_PASSED, WHY)

    outcome = outcome_of(Plan(unmet=(wish, wish)))

    assert outcome.reasons == (OutcomeReason("os version", RefusalKind.DEADLINE_PASSED),)


def test_a_device_that_is_not_ours_has_no_reasons() -> None:
    outcome = outcome_of(Plan(held=Management.HELD))

    assert (outcome.kind, outcome.reasons) == (OutcomeKind.NOT_MANAGED, ())
