"""What a passcode must be, alone and when two profiles say it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.payloads.passcode import PasscodeRules, passcode_payload, strictest
from profiles.schema.reader import problems_in
from tests.profiles.payloads.support import IDENTIFIER, content_of, refused

RULES = st.builds(
    PasscodeRules,
    required=st.none() | st.booleans(),
    allow_simple=st.none() | st.booleans(),
    require_alphanumeric=st.none() | st.booleans(),
    minimum_length=st.none() | st.integers(0, 16),
    minimum_complex_characters=st.none() | st.integers(0, 4),
    lock_after_min=st.none() | st.integers(1, 15),
    grace_period_min=st.none() | st.integers(0, 240),
    maximum_age_days=st.none() | st.integers(1, 730),
    history=st.none() | st.integers(1, 50),
    erase_after_failures=st.none() | st.integers(4, 11),
)


def test_rules_without_an_opinion_are_not_written() -> None:
    content = content_of(passcode_payload(PasscodeRules(minimum_length=6), IDENTIFIER))

    assert content == {"forcePIN": True, "minLength": 6}


@pytest.mark.parametrize(
    ("rule", "value", "key"),
    [
        ("minimum_length", 17, "minLength"),
        ("minimum_complex_characters", 5, "minComplexChars"),
        ("lock_after_min", 16, "maxInactivity"),
        ("grace_period_min", -1, "maxGracePeriod"),
        ("maximum_age_days", 731, "maxPINAgeInDays"),
        ("history", 0, "pinHistory"),
        ("history", 51, "pinHistory"),
        ("erase_after_failures", 12, "maxFailedAttempts"),
        ("erase_after_failures", 3, "maxFailedAttempts"),
        ("minimum_length", True, "minLength"),
        ("allow_simple", 0, "allowSimple"),
    ],
)
def test_a_value_out_of_range_or_of_another_kind_is_named(rule: str, value: Any, key: str) -> None:
    error = refused(lambda: passcode_payload(PasscodeRules(**{rule: value}), IDENTIFIER))

    assert error.field == key


@pytest.mark.parametrize("rule", ["lock_after_min", "maximum_age_days"])
def test_zero_is_no_limit_and_so_is_leaving_it_out(rule: str) -> None:
    never: dict[str, Any] = {rule: 0}

    error = refused(lambda: PasscodeRules(**never))

    assert "leave it out" in error.next_step


def test_of_two_profiles_the_stricter_value_of_each_rule_applies() -> None:
    pupils = PasscodeRules(allow_simple=True, minimum_length=4, lock_after_min=15)
    staff = PasscodeRules(allow_simple=False, minimum_length=8, lock_after_min=5, history=3)

    together = strictest(pupils, staff)

    assert together == PasscodeRules(
        allow_simple=False, minimum_length=8, lock_after_min=5, history=3
    )


@given(RULES, RULES)
def test_the_order_of_profiles_does_not_matter(first: PasscodeRules, second: PasscodeRules) -> None:
    assert strictest(first, second) == strictest(second, first)


@given(RULES)
def test_a_second_profile_with_the_same_rules_changes_nothing(rules: PasscodeRules) -> None:
    assert strictest(rules, rules) == rules
    assert strictest(rules, PasscodeRules(required=None)) == rules


@given(RULES)
def test_all_rules_that_can_be_described_are_a_correct_payload(rules: PasscodeRules) -> None:
    payload = passcode_payload(rules, IDENTIFIER)

    assert problems_in(payload.type, payload.content) == []
