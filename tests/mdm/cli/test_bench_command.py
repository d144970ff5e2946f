"""What `mdm bench connect` accepts, prints and ends with; nothing is measured here."""

import json
from collections.abc import Callable
from datetime import datetime

import pytest
from click.testing import CliRunner

from mdm.cli.bench import bench, command
from mdm.cli.bench.figures import Outcome, Sample, bars_of, summary_of
from mdm.cli.bench.run import Options, history_group


def _measured(ratio: float) -> Callable[[Options, datetime, object], Outcome]:
    def measure(options: Options, _now: datetime, _progress: object) -> Outcome:
        scenarios = {"fast_path": summary_of([Sample(10, 1.0, 0.01, 0.0, [0.001])])}
        bars = bars_of(options.engine)
        return Outcome(
            options.engine, options.devices, {"large_over_small": ratio}, bars, scenarios, 120.0
        )

    return measure


@pytest.mark.parametrize(
    "typed",
    [
        ["--engine", "oracle"],
        ["--devices", "1"],
        ["--devices", "1000000"],
        ["--pairs", "0"],
        ["--seconds", "0"],
        ["--seconds", "soon"],
    ],
)
def test_an_option_out_of_its_bounds_is_refused_before_anything_starts(typed: list[str]) -> None:
    result = CliRunner().invoke(bench, ["connect", *typed])

    assert result.exit_code == 2
    assert typed[0] in result.output


def test_one_engine_is_one_object(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "measure", _measured(1.0))

    result = CliRunner().invoke(bench, ["connect", "--engine", "postgresql", "--json"])

    assert result.exit_code == 0
    told = json.loads(result.stdout)
    assert (told["engine"], told["ok"]) == ("postgresql", True)


def test_without_an_engine_both_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "measure", _measured(1.0))

    result = CliRunner().invoke(bench, ["connect", "--json"])

    told = json.loads(result.stdout)
    assert (told["ok"], list(told["engines"])) == (True, ["sqlite", "postgresql"])


def test_a_missed_bar_is_named_and_ends_with_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "measure", _measured(1.3))

    result = CliRunner().invoke(bench, ["connect", "--engine", "sqlite"])

    assert result.exit_code == 1
    assert "missed: sqlite large_over_small" in result.stderr


def test_a_small_fleet_is_halved_for_the_comparison_of_histories() -> None:
    assert (history_group(16), history_group(1000)) == (8, 100)
