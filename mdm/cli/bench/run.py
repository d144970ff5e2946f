"""One run on one engine: what is measured against what, and in which order."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime

from mdm.cli.bench import stage as stages
from mdm.cli.bench.errors import BenchFailed
from mdm.cli.bench.figures import Outcome, Sample, bars_of, ratios_of, summary_of, together
from mdm.cli.bench.fleet import BenchDevice, make_fleet, make_keys
from mdm.cli.bench.load import Generator, Replay
from mdm.cli.bench.processes import CpuClock, pin, resident_mb
from mdm.cli.bench.requests import Conversation, conversation, in_random_order, yardstick
from mdm.cli.bench.routes import CONNECT, EMPTY, FLASK, path_of
from mdm.cli.bench.seed import Town
from mdm.cli.bench.server import Server, serving
from mdm.cli.bench.stage import Stage, open_stage

LARGE_TOWN = 100_000
HISTORY = 1_000
_HISTORY_GROUP = 100
# So many requests, where the devices allow it, make a round long against the clock's noise.
_ROUND_REQUESTS = 4_000

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Options:
    """What to measure. seconds: the longest that one replay may take."""

    engine: str
    devices: int
    pairs: int
    seconds: float
    large: bool

    @property
    def databases(self) -> tuple[str, ...]:
        """The databases beside the small one."""
        return ("large", "history") if self.large else ("history",)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A book of conversations played against a path, `passes` times a round.

    database: whose commands it uses up; None for the yardstick.
    """

    name: str
    book: str
    path: str
    database: str | None
    passes: int


def measure(options: Options, now: datetime, progress: Progress) -> Outcome:
    """Build the stage, measure, and take everything down again.

    raises: BenchFailed, EngineMissing.
    """
    with open_stage(options.engine) as stage:
        progress(f"{options.engine}: enrolling devices")
        fleet = _furnish(stage, options, now)
        books = _books(fleet)
        with _running(stage, options, books) as (server, generator):
            bench = _Bench(stage, server, generator, options.seconds)
            rounds = _rounds(bench, _scenarios(options, books), options.pairs, progress)
            memory = resident_mb(server.pid)
    scenarios = {name: summary_of(samples) for name, samples in rounds.items()}
    bars = bars_of(options.engine)
    return Outcome(options.engine, options.devices, ratios_of(rounds), bars, scenarios, memory)


def history_group(devices: int) -> int:
    """How many devices have a history; as many others, without one, are held against them."""
    return min(_HISTORY_GROUP, devices // 2)


def _furnish(stage: Stage, options: Options, now: datetime) -> list[BenchDevice]:
    stages.add_database(stage, "small")
    authority_id, authority = stages.make_authority(stage, "small", now)
    fleet = list(make_fleet(options.devices, authority, make_keys(), now))
    stages.fill(stage, "small", Town(len(fleet), fleet, {}), authority_id, now)
    old = {device.number: HISTORY for device in fleet[: history_group(len(fleet))]}
    towns = {"large": Town(LARGE_TOWN, fleet, {}), "history": Town(len(fleet), fleet, old)}
    for name in options.databases:
        stages.add_database(stage, name)
        authority_id, _ = stages.make_authority(stage, name, now)
        stages.fill(stage, name, towns[name], authority_id, now)
    return fleet


def _books(fleet: list[BenchDevice]) -> dict[str, list[Conversation]]:
    group = history_group(len(fleet))
    said = {device.number: conversation(device) for device in fleet}

    def book(devices: list[BenchDevice]) -> list[Conversation]:
        return [said[device.number] for device in in_random_order(devices)]

    return {
        "yardstick": yardstick(in_random_order(fleet)),
        "fleet": book(fleet),
        "history": book(fleet[:group]),
        "no_history": book(fleet[group : 2 * group]),
    }


def _scenarios(options: Options, books: Mapping[str, list[Conversation]]) -> list[Scenario]:
    """In the order of a round; what is compared stands side by side."""

    def scenario(name: str, book: str, path: str, database: str | None) -> Scenario:
        requests = sum(len(talk) for talk in books[book])
        return Scenario(name, book, path, database, max(1, -(-_ROUND_REQUESTS // requests)))

    large = [scenario("large", "fleet", path_of("large"), "large")] if options.large else []
    return [
        scenario("empty", "yardstick", EMPTY, None),
        *large,
        scenario("fast_path", "fleet", CONNECT, "small"),
        scenario("flask", "fleet", FLASK, "small"),
        scenario("no_history", "no_history", path_of("history"), "history"),
        scenario("history", "history", path_of("history"), "history"),
    ]


@contextmanager
def _running(
    stage: Stage, options: Options, books: dict[str, list[Conversation]]
) -> Iterator[tuple[Server, Generator]]:
    first, *others = sorted(os.sched_getaffinity(0))
    with serving(stage, "small", options.databases) as server:
        if others:
            pin([server.pid], first)
        with closing(Generator(server.port, books, others[0] if others else None)) as generator:
            yield server, generator


def _rounds(
    bench: "_Bench", scenarios: list[Scenario], pairs: int, progress: Progress
) -> dict[str, list[Sample]]:
    """Every scenario once to warm up, which does not count, then `pairs` times in turn."""
    found: dict[str, list[Sample]] = {scenario.name: [] for scenario in scenarios}
    for number in range(pairs + 1):
        for scenario in scenarios:
            progress(f"round {number} of {pairs}: {scenario.name}")
            sample = bench.round(scenario)
            if number:
                found[scenario.name].append(sample)
    return found


@dataclass(frozen=True, slots=True)
class _Bench:
    stage: Stage
    server: Server
    generator: Generator
    seconds: float

    def round(self, scenario: Scenario) -> Sample:
        return together([self._pass(scenario) for _ in range(scenario.passes)])

    def _pass(self, scenario: Scenario) -> Sample:
        if scenario.database is not None:
            stages.put_back(self.stage, scenario.database)
            waiting = stages.open_commands(self.stage, scenario.database)
        server, database = self._clocks()
        at_start = server(), database()
        replay = self.generator.replay(scenario.book, scenario.path, self.seconds)
        used = server() - at_start[0], database() - at_start[1]
        if scenario.database is not None:
            left = stages.open_commands(self.stage, scenario.database)
            _check(scenario, replay, waiting - left)
        return Sample(replay.requests, replay.seconds, *used, replay.latencies)

    def _clocks(self) -> tuple[Callable[[], float], Callable[[], float]]:
        postgres = self.stage.postgres
        server = CpuClock(self.server.pid).seconds
        if postgres is None:
            return server, lambda: 0.0
        return server, CpuClock(postgres.pid, with_children=True).seconds


def _check(scenario: Scenario, replay: Replay, settled: int) -> None:
    """The database must agree with what the answers said, or nothing was measured."""
    if settled != replay.acknowledged:
        raise BenchFailed(
            f"{scenario.name}: {replay.acknowledged} commands acknowledged, {settled} settled"
        )
