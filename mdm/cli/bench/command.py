"""What is typed: `mdm bench connect`, `mdm bench city`."""

import json
import sys
from collections.abc import Sequence

import click
from rich.console import Console

from mdm.base.clock import SystemClock
from mdm.cli.bench.figures import Outcome
from mdm.cli.bench.planning import measure_city
from mdm.cli.bench.report import as_json, city_table, tables
from mdm.cli.bench.run import LARGE_TOWN, Options, measure

ENGINES = ("sqlite", "postgresql")


@click.group()
def bench() -> None:
    """Measure what the server costs, as ratios within one run."""


@bench.command()
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    help="Which database; both, one after the other, unless it is said.",
)
@click.option(
    "--devices",
    type=click.IntRange(16, 10_000),
    default=1000,
    show_default=True,
    help="Enrolled devices that take part.",
)
@click.option(
    "--pairs",
    type=click.IntRange(1, 50),
    default=5,
    show_default=True,
    help="Rounds of every scenario; the median counts.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(1, 300),
    default=60,
    show_default=True,
    help="The longest that one replay may take.",
)
@click.option(
    "--large/--no-large",
    default=True,
    show_default=True,
    help=f"Also measure with {LARGE_TOWN:,} enrolments in the database.",
)
@click.option("--json", "is_json", is_flag=True, help="One JSON object on standard output.")
def connect(
    engine: str | None, devices: int, pairs: int, seconds: float, large: bool, is_json: bool
) -> None:
    """Replay signed requests of devices against a running server.

    Each device says Idle, is handed a command, acknowledges it and is handed the next, until
    its queue is empty. In turn with it run an empty route on the same server as a yardstick,
    the same door through Flask, a large town, and devices with a long history. Ends with 1
    when a bar is missed.
    """
    told = Console(stderr=True)
    outcomes = []
    for chosen in (engine,) if engine else ENGINES:
        options = Options(chosen, devices, pairs, seconds, large)
        with told.status(f"{chosen}: starting") as status:
            outcomes.append(measure(options, SystemClock().now(), status.update))
    _print(outcomes, one=engine is not None, is_json=is_json)
    missed = [f"{each.engine} {name}" for each in outcomes for name in each.missed]
    if missed:
        told.print(f"missed: {', '.join(missed)}")
        sys.exit(1)


@bench.command()
@click.option("--schools", type=click.IntRange(1, 1000), default=155, show_default=True)
@click.option(
    "--devices",
    type=click.IntRange(1, 1_000_000),
    default=100_000,
    show_default=True,
    help="iPads in the whole city.",
)
@click.option(
    "--rounds",
    type=click.IntRange(1, 50),
    default=3,
    show_default=True,
    help="How often each is done; the median counts.",
)
@click.option("--json", "is_json", is_flag=True, help="One JSON object on standard output.")
def city(schools: int, devices: int, rounds: int, is_json: bool) -> None:
    """Compile what a generated city wishes, change one grade, and preview that change.

    Seconds are of one core; a yardstick of the same machine stands beside them. Ends with 1
    when a bar is missed.
    """
    told = Console(stderr=True)
    with told.status(f"{devices:,} iPads in {schools} schools"):
        outcome = measure_city(schools, devices, rounds, SystemClock().now())
    if is_json:
        click.echo(json.dumps(outcome.as_json()))
    else:
        Console().print(city_table(outcome))
    if outcome.missed:
        told.print(f"missed: {', '.join(outcome.missed)}")
        sys.exit(1)


def _print(outcomes: Sequence[Outcome], *, one: bool, is_json: bool) -> None:
    if is_json:
        click.echo(json.dumps(_object(outcomes, one=one)))
        return
    console = Console()
    for outcome in outcomes:
        for table in tables(outcome):
            console.print(table)


def _object(outcomes: Sequence[Outcome], *, one: bool) -> dict[str, object]:
    """One engine's object, or both under their names."""
    found = {outcome.engine: as_json(outcome) for outcome in outcomes}
    if one:
        return next(iter(found.values()))
    ok = not any(outcome.missed for outcome in outcomes)
    return {"ok": ok, "engines": found}
