"""What a run says: a table for people, one JSON object for machines."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from mdm.cli.bench.city import RULES_PER_DEVICE
from mdm.cli.bench.figures import MEMORY, Outcome, Summary
from mdm.cli.bench.planning import BARS_S, CityOutcome

_SCENARIOS = {
    "empty": "empty route (yardstick)",
    "fast_path": "device fast path",
    "flask": "same door through Flask",
    "large": "fast path, 100,000 enrolments",
    "no_history": "fast path, no history",
    "history": "fast path, 1,000 finished commands",
}

_CITY_ACTS = {
    "full": "compile everything",
    "one_grade": "a change for one grade ({} iPads)",
    "preview": "preview of that change",
}


def as_json(outcome: Outcome) -> dict[str, Any]:
    """One run as a JSON object. Times in the unit the key names; a bar is the most allowed."""
    fast = outcome.scenarios["fast_path"]
    return {
        "engine": outcome.engine,
        "devices": outcome.devices,
        "ok": not outcome.missed,
        "missed": outcome.missed,
        "ratios": {name: round(value, 2) for name, value in outcome.ratios.items()},
        "bars": dict(outcome.bars),
        **_figures(fast),
        MEMORY: round(outcome.memory_mb, 1),
        "scenarios": {name: _figures(each) for name, each in outcome.scenarios.items()},
    }


def _figures(summary: Summary) -> dict[str, Any]:
    return {
        "requests_per_second": round(summary.requests_per_second),
        "latency_ms": {name: round(value, 2) for name, value in summary.latency_ms.items()},
        "cpu_us_per_request": {
            "server": round(summary.server_us, 1),
            "database": round(summary.database_us, 1),
        },
    }


def tables(outcome: Outcome) -> Sequence[Table]:
    """One run as two tables: what each scenario costs, and the bars."""
    return (_costs(outcome), _bars(outcome))


def city_table(outcome: CityOutcome) -> Table:
    """A city's run as a table: seconds, the yardstick, memory."""
    title = (
        f"{outcome.devices:,} iPads in {outcome.schools} schools, "
        f"{RULES_PER_DEVICE} rules for each, {outcome.states:,} distinct states"
    )
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for heading in ("seconds", "times the yardstick", "at most"):
        table.add_column(heading, justify="right")
    for name, value in outcome.seconds.items():
        most = f"{BARS_S[name]:.0f}" if name in BARS_S else ""
        times = f"{value / outcome.yardstick_s:.2f}"
        table.add_row(_CITY_ACTS[name].format(outcome.touched), f"{value:.3f}", times, most)
    table.add_row("yardstick", f"{outcome.yardstick_s:.3f}", "1.00", "")
    table.add_row("memory, MB", f"{outcome.memory_mb:.0f}", "", "")
    return table


def _costs(outcome: Outcome) -> Table:
    table = Table(title=f"{outcome.engine}, {outcome.devices} devices", title_justify="left")
    table.add_column("")
    for heading in ("server µs", "database µs", "requests/s", "p50 ms", "p95 ms", "p99 ms"):
        table.add_column(heading, justify="right")
    for name, each in outcome.scenarios.items():
        latencies = (f"{value:.2f}" for value in each.latency_ms.values())
        costs = (f"{each.server_us:.1f}", f"{each.database_us:.1f}")
        table.add_row(_SCENARIOS[name], *costs, f"{each.requests_per_second:.0f}", *latencies)
    return table


def _bars(outcome: Outcome) -> Table:
    table = Table(title="CPU per request, as ratios within this run", title_justify="left")
    table.add_column("")
    for heading in ("found", "at most"):
        table.add_column(heading, justify="right")
    table.add_column("")
    found: Mapping[str, float] = {**outcome.ratios, MEMORY: outcome.memory_mb}
    for name, value in found.items():
        verdict = "missed" if name in outcome.missed else "held"
        table.add_row(name, f"{value:.2f}", f"{outcome.bars[name]:.1f}", verdict)
    return table
