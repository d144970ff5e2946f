"""The vocabulary of delivery."""

from __future__ import annotations

import pytest

from policies.delivery import DELIVERABLE, FINAL, OPEN, DeliveryState, may_become, sources

ANSWERS = (DeliveryState.ACCEPTED, DeliveryState.PROVEN)


def test_every_state_is_either_open_or_final() -> None:
    assert set(DeliveryState) == OPEN | FINAL
    assert not OPEN & FINAL
    assert DELIVERABLE < OPEN


@pytest.mark.parametrize("given_up", [DeliveryState.CANCELLED, DeliveryState.EXPIRED])
@pytest.mark.parametrize("answer", [*ANSWERS, DeliveryState.FAILED])
def test_a_late_answer_to_a_command_that_was_given_up_is_believed(
    given_up: DeliveryState, answer: DeliveryState
) -> None:
    assert may_become(given_up, answer)


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_late_success_overrides_a_failure(answer: DeliveryState) -> None:
    assert may_become(DeliveryState.FAILED, answer)


@pytest.mark.parametrize("after", DeliveryState)
def test_what_is_proven_stays_proven(after: DeliveryState) -> None:
    assert not may_become(DeliveryState.PROVEN, after)


@pytest.mark.parametrize("state", DeliveryState)
def test_staying_is_no_transition(state: DeliveryState) -> None:
    assert not may_become(state, state)


@pytest.mark.parametrize("state", sorted(FINAL))
def test_a_finished_command_never_returns_to_the_queue(state: DeliveryState) -> None:
    assert not any(may_become(state, open_again) for open_again in DELIVERABLE)


def test_nothing_is_proven_before_it_left_for_the_device() -> None:
    assert not sources(DeliveryState.PROVEN) & {DeliveryState.QUEUED, DeliveryState.PUSHED}


def test_only_what_was_delivered_can_be_unconfirmed() -> None:
    assert sources(DeliveryState.UNCONFIRMED) == {DeliveryState.REACHED, DeliveryState.DEFERRED}
