"""The arithmetic of the bench: percentiles, medians of pairs, bars."""

import pytest

from mdm.cli.bench.figures import (
    Outcome,
    Sample,
    bars_of,
    percentile,
    ratios_of,
    summary_of,
    together,
)
from mdm.cli.bench.report import as_json, tables


def _sample(server_us: float, database_us: float = 0.0, requests: int = 1000) -> Sample:
    scale = requests / 1e6
    return Sample(requests, 2.0, server_us * scale, database_us * scale, [0.001] * 4)


def _outcome(fast_path_over_empty: float = 6.0, memory_mb: float = 120.0) -> Outcome:
    ratios = {"fast_path_over_empty": fast_path_over_empty, "flask_over_fast_path": 1.5}
    scenarios = {"fast_path": summary_of([_sample(200.0)])}
    return Outcome("sqlite", 1000, ratios, bars_of("sqlite"), scenarios, memory_mb)


def test_a_ratio_is_the_median_of_pairs_and_not_the_ratio_of_medians() -> None:
    rounds = {
        "empty": [_sample(10.0), _sample(20.0), _sample(100.0)],
        "fast_path": [_sample(60.0), _sample(100.0), _sample(700.0)],
    }

    ratios = ratios_of(rounds)

    assert ratios == {"fast_path_over_empty": pytest.approx(6.0)}


def test_the_databases_cpu_counts() -> None:
    rounds = {"empty": [_sample(10.0)], "fast_path": [_sample(100.0, database_us=70.0)]}

    ratios = ratios_of(rounds)

    assert ratios["fast_path_over_empty"] == pytest.approx(17.0)


def test_a_ratio_without_both_its_scenarios_is_left_out() -> None:
    rounds = {"fast_path": [_sample(10.0)], "history": [_sample(10.0)]}

    assert ratios_of(rounds) == {}


def test_passes_of_a_round_are_weighed_by_their_requests() -> None:
    whole = together([_sample(10.0, requests=100), _sample(40.0, requests=200)])

    assert whole.cpu_us == pytest.approx(30.0)
    assert whole.requests == 300
    assert len(whole.latencies) == 8


@pytest.mark.parametrize(("share", "value"), [(50, 2.0), (75, 3.0), (95, 4.0), (99, 4.0)])
def test_a_percentile_is_a_value_that_was_measured(share: int, value: float) -> None:
    assert percentile([1.0, 2.0, 3.0, 4.0], share) == value


def test_no_values_have_no_percentile() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 50)


def test_postgresql_has_a_bar_of_its_own_and_shares_the_others() -> None:
    sqlite, postgresql = bars_of("sqlite"), bars_of("postgresql")

    differing = {name for name in sqlite if sqlite[name] != postgresql[name]}

    assert differing == {"fast_path_over_empty"}
    assert (sqlite["fast_path_over_empty"], postgresql["fast_path_over_empty"]) == (9.0, 24.0)


def test_a_figure_on_its_bar_is_held_and_one_above_it_is_missed() -> None:
    assert _outcome(fast_path_over_empty=9.0).missed == []
    assert _outcome(fast_path_over_empty=9.1).missed == ["fast_path_over_empty"]
    assert _outcome(memory_mb=201.0).missed == ["memory_mb"]


def test_the_json_object_names_what_was_missed() -> None:
    told = as_json(_outcome(fast_path_over_empty=12.0))

    assert told["ok"] is False
    assert told["missed"] == ["fast_path_over_empty"]
    assert told["ratios"]["fast_path_over_empty"] == 12.0
    assert told["bars"]["fast_path_over_empty"] == 9.0
    assert told["requests_per_second"] == 500
    assert told["cpu_us_per_request"] == {"server": 200.0, "database": 0.0}
    assert told["latency_ms"] == {"p50": 1.0, "p95": 1.0, "p99": 1.0}


def test_the_tables_show_every_scenario_and_every_bar() -> None:
    costs, bars = tables(_outcome())

    assert costs.row_count == 1
    assert bars.row_count == 3
