"""`mdm city`: what the whole of it is called."""

import click

from mdm.base.bell import Job
from mdm.cli.house import House, pass_house
from mdm.cli.output import say
from mdm.rooms.access.service import Act
from mdm.rooms.devices.due import mark_scopes_due, of_school
from mdm.rooms.schools import structure


@click.command()
@click.option("--name", required=True, help="As every iPad shows who manages it.")
@pass_house
def city(house: House, name: str) -> None:
    """Name the city; its iPads are told by declaration."""
    with house.transaction(Job.RECONCILE) as tx:
        actor = house.acting_for(tx, Act.ADMINISTER, None).actor
        named = structure.name_city(tx, name, actor, house.now()).name
        mark_scopes_due(tx, [of_school(None, None)])
    say(f"The city is called {named} now.")
