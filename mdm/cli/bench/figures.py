"""From samples to figures: CPU per request, percentiles, ratios of pairs, bars.

Ratios are formed within one pair of rounds that ran directly after each other, because what
a request costs changes with whatever else the machine does; then their median counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

MEMORY = "memory_mb"
FAST_OVER_EMPTY = "fast_path_over_empty"
# Names of ratios → the scenario above the line and the one below it.
RATIOS: Mapping[str, tuple[str, str]] = {
    FAST_OVER_EMPTY: ("fast_path", "empty"),
    "flask_over_fast_path": ("flask", "fast_path"),
    "large_over_small": ("large", "fast_path"),
    "history_over_none": ("history", "no_history"),
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One round of one scenario. Times in seconds, summed over its requests."""

    requests: int
    seconds: float
    server_cpu: float
    database_cpu: float
    latencies: Sequence[float]

    @property
    def server_us(self) -> float:
        return self.server_cpu / self.requests * 1e6

    @property
    def database_us(self) -> float:
        return self.database_cpu / self.requests * 1e6

    @property
    def cpu_us(self) -> float:
        """CPU of one request, the database's counted in, in microseconds."""
        return self.server_us + self.database_us


@dataclass(frozen=True, slots=True)
class Summary:
    """A scenario over all its rounds; medians, and percentiles of every request's latency."""

    server_us: float
    database_us: float
    requests_per_second: float
    latency_ms: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run found. ratios: only those whose scenarios were measured.

    bars: the highest value allowed, for each ratio and for the memory.
    """

    engine: str
    devices: int
    ratios: Mapping[str, float]
    bars: Mapping[str, float]
    scenarios: Mapping[str, Summary]
    memory_mb: float

    @property
    def missed(self) -> list[str]:
        """The names of the bars that were missed."""
        measured = {**self.ratios, MEMORY: self.memory_mb}
        return [name for name, value in measured.items() if value > self.bars[name]]


def bars_of(engine: str) -> dict[str, float]:
    """The bars on an engine. On PostgreSQL its CPU is counted in, a round trip and all."""
    return {
        FAST_OVER_EMPTY: 9.0 if engine == "sqlite" else 24.0,
        "flask_over_fast_path": 2.2,
        "large_over_small": 1.2,
        "history_over_none": 1.2,
        MEMORY: 200.0,
    }


def together(samples: Sequence[Sample]) -> Sample:
    """Several passes of one round as one."""
    return Sample(
        sum(s.requests for s in samples),
        sum(s.seconds for s in samples),
        sum(s.server_cpu for s in samples),
        sum(s.database_cpu for s in samples),
        [latency for s in samples for latency in s.latencies],
    )


def ratios_of(rounds: Mapping[str, Sequence[Sample]]) -> dict[str, float]:
    """The median ratio of each pair of scenarios that was measured.

    rounds: scenario → its samples, the n-th of each taken directly after each other.
    """
    return {
        name: median(
            high.cpu_us / low.cpu_us for high, low in zip(rounds[above], rounds[below], strict=True)
        )
        for name, (above, below) in RATIOS.items()
        if above in rounds and below in rounds
    }


def summary_of(samples: Sequence[Sample]) -> Summary:
    """One scenario's figures over all its rounds."""
    latencies = sorted(latency for sample in samples for latency in sample.latencies)
    return Summary(
        median(s.server_us for s in samples),
        median(s.database_us for s in samples),
        median(s.requests / s.seconds for s in samples),
        {f"p{share}": percentile(latencies, share) * 1e3 for share in (50, 95, 99)},
    )


def percentile(ordered: Sequence[float], share: int) -> float:
    """The smallest value that at least `share` percent of the values do not exceed.

    raises: ValueError (no values).
    """
    if not ordered:
        raise ValueError("no values")
    return ordered[max(0, -(-len(ordered) * share // 100) - 1)]
