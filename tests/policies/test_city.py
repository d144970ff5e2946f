"""The wishes of a whole city: one compile for equal inputs, the same as one by one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from random import Random
from statistics import median
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.assignment import Assignment
from policies.change_plan import Situated, preview
from policies.city import Compiler, Place, RuleBook, compile_city, compile_state, recompile
from policies.desired import DesiredState
from policies.scope import CITY, Scope, ScopeKind
from tests.policies.builders import NOW, profile
from tests.policies.cities import (
    DAY,
    GROUPS,
    Change,
    City,
    around,
    by_home,
    changes,
    cities,
    grade,
    large_city,
    place,
    school,
)

quick = settings(max_examples=50)


@quick
@given(cities)
def test_together_every_device_gets_what_it_would_get_alone(city: City) -> None:
    compiled = compile_city(city.rules, city.places, NOW)

    for one in city.places:
        assert compiled.state(one.device) == compile_state(city.alone(one), one, one.released, NOW)


@quick
@given(cities, st.randoms(use_true_random=False))
def test_the_order_of_rules_and_devices_does_not_matter(city: City, chance: Random) -> None:
    rules, places = list(city.homed), list(city.places)
    chance.shuffle(rules)
    chance.shuffle(places)

    shuffled = compile_city(by_home(rules), places, NOW)

    assert shuffled.by_device == compile_city(city.rules, city.places, NOW).by_device


@quick
@given(changes(moving=False))
def test_compiling_a_change_is_compiling_everything_anew(change: Change) -> None:
    city = compile_city(change.before.rules, change.before.places, NOW)

    again = recompile(city, change.after.rules)

    anew = compile_city(change.after.rules, change.after.places, NOW)
    assert again.by_device == anew.by_device


@quick
@given(cities, st.booleans())
def test_a_rule_for_one_grade_reaches_nobody_outside(city: City, is_removal: bool) -> None:
    rule = Assignment(grade("12", "9"), NOW, (profile("school.new"),))
    with_rule = by_home([*city.homed, (CITY, rule)])
    before, after = (with_rule, city.rules) if is_removal else (city.rules, with_rule)

    compiled = compile_city(before, city.places, NOW)
    again = recompile(compiled, after)

    for one in city.places:
        if rule.scope not in one.around:
            assert again.by_device[one.device] == compiled.by_device[one.device]


def test_a_whole_grade_costs_one_compile() -> None:
    classmates = [place(device, around("12", "9", "a")) for device in range(1, 28)]
    compiler = Compiler(
        RuleBook.of({CITY: [Assignment(CITY, NOW, (profile("school.wlan"),))]}), NOW
    )

    digests = {compiler.compiled(one).digest for one in classmates}

    assert len(digests) == 1
    assert len(compiler.states) == 2  # theirs, and that of no wishes at all


def test_a_rule_for_one_device_parts_it_from_its_class() -> None:
    rule = Assignment(Scope(ScopeKind.DEVICE, "ipad-2"), NOW, (profile("school.own"),))
    classmates = [place(device, around("12", "9", "a")) for device in (1, 2, 3)]

    compiled = compile_city({CITY: [rule]}, classmates, NOW)

    assert [len(compiled.state(device).profiles) for device in (1, 2, 3)] == [0, 1, 0]


def test_a_rule_of_a_school_stays_at_that_school() -> None:
    group = GROUPS[0]
    rules = [
        Assignment(group, NOW, (profile("school.a"),)),
        Assignment(Scope(ScopeKind.DEVICE, "ipad-2"), NOW, (profile("school.b"),)),
    ]
    here, elsewhere = (
        place(device, around(number, "9", "a") | {group})
        for device, number in ((1, "12"), (2, "11"))
    )

    compiled = compile_city({school("12"): rules}, [here, elsewhere], NOW)

    assert [len(compiled.state(device).profiles) for device in (1, 2)] == [1, 0]


def test_a_roll_out_parts_those_it_has_released() -> None:
    rule = Assignment(CITY, NOW, (profile("school.new"),), rollout=5)
    reached = place(1, around("12", "9", "a"), frozenset({5, 6}))
    waiting = replace(reached, device=2, released=frozenset({6}))

    compiled = compile_city({CITY: [rule]}, [reached, waiting], NOW)

    assert [len(compiled.state(device).profiles) for device in (1, 2)] == [1, 0]


def test_ten_times_the_devices_take_at_most_twelve_times_the_time() -> None:
    small, large = large_city(700), large_city(7_000)

    attempts = (_growth(small, large) for _ in range(5))

    assert any(growth <= 12 for growth in attempts)


def test_a_change_of_one_grade_compiles_that_grade_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    city = large_city(2_000)
    compiled = compile_city(city.rules, city.places, NOW)
    new = Assignment(grade("1", "9"), NOW + DAY, (profile("school.new"),))
    changed = by_home([*city.homed, (CITY, new)])
    counted: list[Place] = []

    def counting(
        rules: Iterable[Assignment], where: Place, released: frozenset[int], now: datetime
    ) -> DesiredState:
        counted.append(where)
        return compile_state(rules, where, released, now)

    monkeypatch.setattr("policies.city.compile_state", counting)
    recompile(compiled, changed)
    assert len(counted) == 4  # one for each class of the grade

    preview([], city.rules, changed, map(Situated.staying, city.places), NOW)
    assert len(counted) == 4 + 8  # before and after


def _growth(small: City, large: City) -> float:
    """How many times as long the large city takes, in the time of this process only."""
    return _median_s(large) / _median_s(small)


def _median_s(city: City) -> float:
    return median(_seconds(city) for _ in range(3))


def _seconds(city: City) -> float:
    started = process_time()
    compile_city(city.rules, city.places, NOW)
    return process_time() - started
