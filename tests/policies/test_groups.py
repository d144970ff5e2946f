"""Smart groups: whom a rule takes in, how it is written, what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.errors import InvalidRule
from policies.group_cycles import filling_order
from policies.group_json import MOST_PARTS, read_rule, write_rule
from policies.groups import (
    GIGABYTE,
    AllOf,
    AnyOf,
    AtSchool,
    Comparison,
    Crossing,
    Enrolled,
    FreeStorage,
    GroupFacts,
    HasApp,
    InGrade,
    LacksApp,
    MemberOf,
    MembershipDifference,
    ModelIs,
    NameIs,
    NotThis,
    OsVersionIs,
    Rule,
    SilentFor,
    Supervised,
    crossings,
    matches,
    membership_difference,
)
from profiles.schema.os_version import OsVersion
from tests.policies.builders import NOW

MATHS = "de.example.maths"
DAY = timedelta(days=1)
IPAD = GroupFacts(
    model="iPad13,18",
    os_version=OsVersion(17, 4),
    free_bytes=20 * GIGABYTE,
    last_contact=NOW - 8 * DAY,
    apps=frozenset({MATHS}),
    is_supervised=True,
    is_enrolled=True,
    name="iPad 7",
    school="12",
    grade="9",
    groups=frozenset({3}),
)
FITTING = (
    ModelIs(("iPad13,*",)),
    OsVersionIs(Comparison.AT_LEAST, "17.4"),
    FreeStorage(Comparison.BELOW, 21),
    SilentFor(8),
    HasApp(MATHS),
    LacksApp("de.example.music"),
    Supervised(),
    Enrolled(),
    AtSchool(("11", "12")),
    InGrade(("9",)),
    NameIs(("iPad *",)),
    MemberOf(3),
)
NOT_FITTING = (
    ModelIs(("iPad14,*",)),
    OsVersionIs(Comparison.BELOW, "17.4"),
    FreeStorage(Comparison.AT_LEAST, 21),
    SilentFor(9),
    HasApp("de.example.music"),
    LacksApp(MATHS),
    Supervised(expected=False),
    Enrolled(expected=False),
    AtSchool(("13",)),
    InGrade(("10",)),
    NameIs(("Mac *",)),
    MemberOf(4),
)
ASKING_THE_DEVICE = (
    ModelIs(("*",)),
    OsVersionIs(Comparison.BELOW, "99"),
    FreeStorage(Comparison.BELOW, 99),
    SilentFor(1),
    HasApp(MATHS),
    LacksApp(MATHS),
    Supervised(expected=False),
    NameIs(("*",)),
)

# On both sides of each silence that the rules below name, and exactly on it.
spans = st.integers(0, 40).map(lambda halves: halves * DAY / 2)
rules = st.recursive(
    st.sampled_from((*FITTING, *NOT_FITTING)),
    lambda parts: st.one_of(
        st.lists(parts, min_size=1, max_size=3).map(lambda found: AllOf(tuple(found))),
        st.lists(parts, min_size=1, max_size=3).map(lambda found: AnyOf(tuple(found))),
        parts.map(NotThis),
    ),
    max_leaves=6,
)


@pytest.mark.parametrize("rule", FITTING, ids=lambda rule: type(rule).__name__)
def test_an_ipad_that_fits_is_a_member(rule: Rule) -> None:
    assert matches(rule, IPAD, NOW)


@pytest.mark.parametrize("rule", NOT_FITTING, ids=lambda rule: type(rule).__name__)
def test_an_ipad_that_does_not_fit_is_no_member(rule: Rule) -> None:
    assert not matches(rule, IPAD, NOW)


@pytest.mark.parametrize("rule", ASKING_THE_DEVICE, ids=lambda rule: type(rule).__name__)
def test_what_an_ipad_has_not_told_makes_it_no_member_either_way(rule: Rule) -> None:
    silent = GroupFacts()

    assert not matches(rule, silent, NOW)
    assert not matches(NotThis(rule), silent, NOW)


def test_an_unknown_part_does_not_hide_a_certain_one() -> None:
    newcomer = replace(IPAD, apps=None)

    assert matches(AnyOf((HasApp(MATHS), InGrade(("9",)))), newcomer, NOW)
    assert not matches(AllOf((HasApp(MATHS), InGrade(("9",)))), newcomer, NOW)


@given(rules)
@settings(max_examples=100)
def test_of_a_rule_and_its_opposite_exactly_one_fits_who_told_everything(rule: Rule) -> None:
    assert matches(rule, IPAD, NOW) is not matches(NotThis(rule), IPAD, NOW)


def test_members_change_by_difference() -> None:
    assert membership_difference([3, 1, 2], [2, 4, 3]) == MembershipDifference((4,), (1,))


@given(rules, spans, spans, spans)
@settings(max_examples=300)
def test_nobody_joins_or_leaves_without_a_crossing_that_says_so(
    rule: Rule, silence: timedelta, call: timedelta, passed: timedelta
) -> None:
    """Whether it has called since or not."""
    before = replace(IPAD, last_contact=NOW - silence)
    later = NOW + passed
    after = replace(IPAD, last_contact=min(NOW - silence + call, later))

    was, becomes = matches(rule, before, NOW), matches(rule, after, later)

    assert becomes in {was, *(_ways(rule, before, after, NOW, later))}


def _ways(
    rule: Rule, before: GroupFacts, after: GroupFacts, since: datetime, until: datetime
) -> Iterator[bool]:
    """What the crossings between two looks allow: True to join, False to leave."""
    seen = after.last_contact
    assert seen is not None
    for crossing in crossings(rule):
        is_news = seen != before.last_contact
        passed = since < seen + crossing.after <= until
        if passed or (is_news and crossing.after == timedelta(0)):
            yield from [True] * crossing.may_join + [False] * crossing.may_leave


def test_silence_lets_in_after_its_days_and_a_call_lets_out() -> None:
    assert crossings(SilentFor(7)) == (
        Crossing(timedelta(0), may_join=False, may_leave=True),
        Crossing(7 * DAY, may_join=True, may_leave=False),
    )


def test_what_is_ruled_out_by_silence_is_let_in_by_a_call() -> None:
    rule = AllOf((InGrade(("9",)), NotThis(AnyOf((SilentFor(7), SilentFor(30))))))

    assert crossings(rule) == (
        Crossing(timedelta(0), may_join=True, may_leave=False),
        Crossing(7 * DAY, may_join=False, may_leave=True),
        Crossing(30 * DAY, may_join=False, may_leave=True),
    )


def test_time_changes_nothing_where_no_rule_asks_for_silence() -> None:
    assert crossings(AllOf((InGrade(("9",)), NotThis(MemberOf(3))))) == ()


@given(rules)
@settings(max_examples=100)
def test_a_rule_survives_its_json(rule: Rule) -> None:
    assert read_rule(write_rule(rule)) == rule


@pytest.mark.parametrize(
    ("written", "field"),
    [
        ({}, ""),
        ([], ""),
        ({"all": []}, "all"),
        ({"any": [{"grade": ["9"]}, {}]}, "any[1]"),
        ({"all": [{"os_version": {"below": "seventeen"}}]}, "all[0].os_version.below"),
        ({"os_version": {"over": "17"}}, "os_version.over"),
        ({"os_version": {"below": 17}}, "os_version.below"),
        ({"not": {"silent_days": 0}}, "not.silent_days"),
        ({"silent_days": True}, "silent_days"),
        ({"grade": []}, "grade"),
        ({"grade": ["9", 9]}, "grade[1]"),
        ({"has_app": " "}, "has_app"),
        ({"supervised": "yes"}, "supervised"),
        ({"group": -1}, "group"),
        ({"grade": ["9"], "school": ["12"]}, ""),
    ],
)
def test_a_rule_that_says_nothing_clear_is_refused_by_its_field(written: Any, field: str) -> None:
    with pytest.raises(InvalidRule) as refused:
        read_rule(written)

    assert refused.value.field == field


def test_a_misspelt_criterion_is_answered_with_the_nearest_one() -> None:
    with pytest.raises(InvalidRule) as refused:
        read_rule({"suprevised": True})

    assert refused.value.next_step == "Did you mean supervised?"


def test_a_rule_is_not_nested_without_end() -> None:
    nested: dict[str, Any] = {"grade": ["9"]}
    for _ in range(2000):
        nested = {"not": nested}

    with pytest.raises(InvalidRule, match="nested deeper"):
        read_rule(nested)


def test_a_rule_has_a_largest_size() -> None:
    with pytest.raises(InvalidRule, match="parts"):
        read_rule({"any": [{"grade": ["9"]}] * MOST_PARTS})


def test_groups_are_filled_after_those_they_name() -> None:
    rules: dict[int, Rule] = {
        1: MemberOf(2),
        2: AnyOf((MemberOf(3), MemberOf(9))),
        3: HasApp(MATHS),
    }

    assert filling_order(rules) == (3, 2, 1)


def test_groups_in_a_circle_are_refused_with_the_circle() -> None:
    rules: dict[int, Rule] = {
        1: MemberOf(2),
        2: NotThis(MemberOf(3)),
        3: MemberOf(2),
        4: HasApp(MATHS),
    }

    with pytest.raises(InvalidRule, match="2 → 3 → 2"):
        filling_order(rules)


def test_a_long_chain_of_groups_is_no_circle() -> None:
    chain: dict[int, Rule] = {number: MemberOf(number + 1) for number in range(3000)}

    assert filling_order(chain)[0] == 2999
