"""Pauses, the breaker and the alarm: what the push worker decides by."""

from __future__ import annotations

from datetime import timedelta

from mdm.apple.apns_alarm import PushAlarm, alarm_for
from mdm.apple.apns_timing import Timing
from mdm.apple.circuit import Circuit
from mdm.apple.push import PushKind, PushOutcome
from tests.mdm.apple.stage import NOW, a_push


def outcomes(kind: PushKind, count: int, reason: str = "") -> list[PushOutcome]:
    return [PushOutcome(a_push(number), kind, reason) for number in range(1, count + 1)]


def test_pauses_double_from_one_second_to_one_minute() -> None:
    waits = [Timing().wait_after(fruitless) for fruitless in range(10)]

    assert waits == [0, 1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_pause_after_countless_failures_is_still_a_minute() -> None:
    assert Timing().wait_after(100_000) == 60


def test_four_failures_do_not_open_the_circuit() -> None:
    assert Circuit().after_send(4, NOW).may_try(NOW)


def test_five_failures_open_the_circuit_for_two_minutes() -> None:
    circuit = Circuit().after_send(5, NOW)

    assert not circuit.may_try(NOW)
    assert not circuit.may_try(NOW + timedelta(seconds=119))
    assert circuit.may_try(NOW + timedelta(seconds=120))


def test_one_more_failure_after_the_pause_opens_it_again() -> None:
    later = NOW + timedelta(minutes=3)

    circuit = Circuit().after_send(5, NOW).after_send(6, later)

    assert not circuit.may_try(later)


def test_an_answer_closes_the_circuit() -> None:
    circuit = Circuit().after_send(5, NOW).after_send(0, NOW)

    assert circuit == Circuit()


def test_a_usual_batch_raises_no_alarm() -> None:
    usual = outcomes(PushKind.ACCEPTED, 95) + outcomes(PushKind.BAD_TOKEN, 5, "BadDeviceToken")

    assert alarm_for(usual) is None


def test_many_bad_tokens_at_once_mean_a_wrong_certificate() -> None:
    batch = outcomes(PushKind.ACCEPTED, 20) + outcomes(PushKind.BAD_TOKEN, 10, "BadDeviceToken")

    assert alarm_for(batch) == PushAlarm(PushKind.BAD_TOKEN, "BadDeviceToken", 10)


def test_few_bad_tokens_say_nothing_even_if_they_are_all() -> None:
    assert alarm_for(outcomes(PushKind.BAD_TOKEN, 4, "BadDeviceToken")) is None


def test_a_configuration_fault_is_an_alarm_at_once() -> None:
    batch = outcomes(PushKind.CONFIGURATION_FAULT, 1, "BadCertificate")

    assert alarm_for(batch) == PushAlarm(PushKind.CONFIGURATION_FAULT, "BadCertificate", 1)


def test_nothing_sent_raises_no_alarm() -> None:
    assert alarm_for([]) is None
