"""Growing, spread intervals."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.backoff import (
    APP_CHECKS,
    NOT_NOW_STEPS,
    PROFILE_CHECKS,
    TEMPORARY_STEPS,
    delay,
    next_check_at,
    push_again_at,
    retry_at,
    spread,
)
from tests.policies.builders import MINUTE, NOW

HOUR = timedelta(hours=1)


@given(st.text(max_size=20), st.integers(1, 12))
def test_a_delay_is_at_most_a_fifth_away_from_its_step(key: str, count: int) -> None:
    step = TEMPORARY_STEPS[min(count, 4) - 1]

    waited = delay(TEMPORARY_STEPS, count, key)

    assert step * 0.8 <= waited <= step * 1.2


@given(st.text(max_size=20))
def test_the_same_key_waits_the_same_time(key: str) -> None:
    assert retry_at(NOW, 2, key) == retry_at(NOW, 2, key)


def test_many_devices_do_not_come_back_together() -> None:
    instants = {retry_at(NOW, 1, f"ipad-{number}") for number in range(100)}

    assert len(instants) == 100


def test_the_spread_covers_its_range_evenly() -> None:
    values = [spread(str(number)) for number in range(2000)]

    assert min(values) < -0.95
    assert max(values) > 0.95
    assert abs(sum(values) / len(values)) < 0.05


@pytest.mark.parametrize(("refusals", "step"), [(1, HOUR), (2, 4 * HOUR), (3, 24 * HOUR)])
def test_a_device_that_said_not_now_is_pushed_after_an_hour_four_hours_a_day(
    refusals: int, step: timedelta
) -> None:
    waited = push_again_at(NOW, refusals, "ipad-1") - NOW

    assert step * 0.8 <= waited <= step * 1.2


def test_after_the_third_not_now_it_is_once_a_day() -> None:
    assert delay(NOT_NOW_STEPS, 50, "ipad-1") >= timedelta(days=1) * 0.8


def test_an_accepted_profile_is_looked_for_at_once() -> None:
    assert next_check_at(NOW, None, PROFILE_CHECKS) == NOW


def test_an_accepted_app_is_looked_for_after_a_minute() -> None:
    assert next_check_at(NOW, NOW - MINUTE, APP_CHECKS) == NOW + MINUTE


def test_looks_grow_further_apart() -> None:
    looks = [next_check_at(NOW, None, APP_CHECKS)]
    for _ in range(7):
        looks.append(next_check_at(NOW, looks[-1], APP_CHECKS))

    gaps = [later - earlier for earlier, later in pairwise(looks)]
    assert gaps == sorted(gaps)
    assert gaps[:2] == [5 * MINUTE, 15 * MINUTE]
    assert gaps[-1] == timedelta(days=1)


@given(st.timedeltas(timedelta(0), timedelta(days=40)))
def test_the_next_look_lies_always_after_the_last_one(since: timedelta) -> None:
    assert next_check_at(NOW, NOW + since, PROFILE_CHECKS) > NOW + since
