"""`mdm report`: how the iPads stand, as a dated file on standard output."""

from collections.abc import Callable, Mapping

import click

from mdm.cli.house import House, pass_house
from mdm.rooms.access.service import Act
from mdm.rooms.compliance.files import as_csv, as_json
from mdm.rooms.compliance.queries import State, state_of_city, state_of_school
from mdm.rooms.schools.service import school_by_number

_FORMATS: Mapping[str, Callable[[State], bytes]] = {"csv": as_csv, "json": as_json}


@click.group()
def report() -> None:
    """Report on the iPads: `mdm report state`."""


@report.command()
@click.option("--school", "number", help="One school, its grades and classes.")
@click.option("--city", is_flag=True, help="All schools, grades and classes.")
@click.option("--format", "kind", type=click.Choice(list(_FORMATS)), default="csv")
@pass_house
def state(house: House, number: str | None, city: bool, kind: str) -> None:
    """Say how many iPads are as wished, on their way, blocked, silent, not enrolled."""
    if (number is None) is not city:
        raise click.UsageError("say either --school or --city")
    with house.reading() as tx:
        if number is None:
            found = state_of_city(tx, house.acting_for(tx, Act.SEE, None), house.now())
        else:
            school = school_by_number(tx, number)
            house.acting_for(tx, Act.SEE, school)
            found = state_of_school(tx, school, house.now())
    click.echo(_FORMATS[kind](found), nl=False)
