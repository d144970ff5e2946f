"""`mdm plan`: what the planner says about a scenario that is written down in a file."""

from pathlib import Path

import click

from mdm.base.errors import InvalidInput
from policies.scenario import play

_LARGEST = 1024 * 1024


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def plan(file: Path) -> None:
    """Print a text scenario with the plan after each `plan` line; needs no database."""
    if file.stat().st_size > _LARGEST:
        raise InvalidInput("file", "is larger than 1 MiB", "A scenario is a text of a few lines.")
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput("file", "is no UTF-8 text") from error
    click.echo(play(text), nl=False)
