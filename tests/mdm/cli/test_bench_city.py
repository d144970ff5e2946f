"""The bench of a city: what it generates, and what it says."""

import json
from datetime import UTC, datetime

from click.testing import CliRunner

from mdm.cli.bench.city import RULES_PER_DEVICE, generate, new_app_for_grade
from mdm.cli.bench.command import bench
from mdm.cli.bench.planning import CityOutcome, measure_city
from policies.city import RuleBook
from policies.scope import Scope, ScopeKind

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


def test_every_ipad_of_a_generated_city_has_ten_rules() -> None:
    city = generate(schools=2, devices=100, since=NOW)

    book = RuleBook.of(city.rules)
    assert len(city.places) == 100
    assert {len(list(book.rules_for(place))) for place in city.places} == {RULES_PER_DEVICE}


def test_the_same_numbers_make_the_same_city() -> None:
    assert generate(2, 100, NOW) == generate(2, 100, NOW)


def test_one_grade_is_one_of_six_and_of_one_school() -> None:
    outcome = measure_city(schools=2, devices=96, rounds=1, now=NOW)

    assert outcome.touched == 8
    assert outcome.states == 2 * 24


def test_a_rule_for_a_grade_stands_at_its_school() -> None:
    city = generate(1, 24, NOW)
    rule = new_app_for_grade("1", "9", NOW)

    after = city.with_rule(Scope(ScopeKind.SCHOOL, "1"), rule)

    assert after[Scope(ScopeKind.SCHOOL, "1")][-1] == rule


def test_a_run_is_one_object_for_programs() -> None:
    result = CliRunner().invoke(
        bench, ["city", "--schools", "2", "--devices", "100", "--rounds", "1", "--json"]
    )

    told = json.loads(result.stdout)
    assert result.exit_code == 0
    assert told["ok"]
    assert set(told["seconds"]) == {"full", "one_grade", "preview"}
    assert told["memory_mb"]["peak"] > 0


def test_a_run_is_a_table_for_people() -> None:
    result = CliRunner().invoke(bench, ["city", "--schools", "1", "--devices", "24"])

    assert result.exit_code == 0
    assert "yardstick" in result.stdout


def test_a_city_that_takes_too_long_is_missed_by_name() -> None:
    seconds = {"full": 31.0, "one_grade": 0.5, "preview": 0.5}
    slow = CityOutcome(1, 24, seconds, 0.3, 24, 4, 50.0, 60.0)

    assert slow.missed == ["full"]
    assert slow.as_json()["ok"] is False
