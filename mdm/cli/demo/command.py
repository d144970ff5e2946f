"""The command: puts everything on stage, plays the steps, then ends or stays."""

import click

from mdm.base import log
from mdm.base.settings import read_settings
from mdm.cli.address import choose_address
from mdm.cli.demo.acts import Acts
from mdm.cli.demo.evidence import Cast
from mdm.cli.demo.play import Play
from mdm.cli.demo.report import ProgressBoard, StepResult, as_json, print_summary
from mdm.cli.demo.school_year import SchoolYear
from mdm.cli.demo.script import LOGIN
from mdm.cli.demo.stage import Stage, on_stage
from mdm.cli.demo.steps import steps_of
from mdm.cli.ending import Ending
from mdm.cli.output import print_json, say

_LOOK_S = 0.25


@click.command()
@click.option(
    "--devices",
    "count",
    default=30,
    show_default=True,
    type=click.IntRange(2, 2000),
    help="How many iPads, half of them for each school.",
)
@click.option("--once", is_flag=True, help="End by itself; fail if a step is not proven.")
@click.option("--json", "is_json", is_flag=True, help="One object on standard output.")
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(0, 65_535),
    help="0 takes a free one.",
)
@click.pass_context
def demo(ctx: click.Context, count: int, once: bool, is_json: bool, port: int) -> None:
    """Run two fictional schools: iPads enrol, get WLAN, restrictions and an app, and obey.

    Every figure is what the database has proven. State is kept in KLASSENSATZ_HOME, ./var unless
    it is set; the logs are in its folder log.
    """
    settings = read_settings()
    log.configure("ERROR")
    address = choose_address("127.0.0.1", port, None, tls=False)
    say(f"Starting; this takes some seconds. Logs: {settings.home / 'log'}")
    with Ending() as ending, on_stage(settings.home, address, count, ending) as stage:
        say(f"Console: {address.public_url}/console/")
        say(f"Login: {LOGIN}   Password: {stage.scene.password}")
        results = _play(stage, ending)
        if is_json:
            print_json(as_json(results))
        else:
            print_summary(results)
        if not once and not ending.is_asked:
            say("The iPads stay alive; Ctrl-C ends everything.")
            while not ending.wait(_LOOK_S):
                stage.supervisor.look_after()
    if once and not as_json(results)["ok"]:
        ctx.exit(1)


def _play(stage: Stage, ending: Ending) -> list[StepResult]:
    """Play all steps; of one that was cut short nothing is known, nor of those after it."""
    serials = frozenset(ipad.serial_number for ipad in stage.fleet.ipads)
    cast = Cast(serials, stage.tools.clock.now())
    acts = Acts(stage, cast)
    with ProgressBoard() as board:
        steps = steps_of(acts, stage.scene, cast, SchoolYear(stage, stage.scene.last_school))
        return Play(stage, acts, board, ending).perform(steps)
