"""`mdm school`: add a school, list them."""

import click

from mdm.cli.house import House, pass_house
from mdm.cli.output import print_json, print_table, say
from mdm.rooms.access.service import Act
from mdm.rooms.schools import queries, service


@click.group()
def school() -> None:
    """Look after schools."""


@school.command()
@click.option("--number", required=True, help="What everybody knows it by, say 12.")
@click.option("--name", required=True)
@pass_house
def add(house: House, number: str, name: str) -> None:
    """Add a school."""
    with house.transaction() as tx:
        actor = house.acting_for(tx, Act.ADMINISTER, None).actor
        made = service.add_school(tx, number, name, actor, house.now())
    say(f"School {made.number}, {made.name}, was added.")


@school.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@pass_house
def list_schools(house: House, as_json: bool) -> None:
    """List schools with their classes."""
    with house.reading() as tx:
        viewer = house.acting(tx)
        seen = [row for row in queries.all_schools(tx) if viewer.sees(row.id)]
        rows = [
            (row.number, row.name, [group.name for group in queries.classes_of(tx, row.id)])
            for row in seen
        ]
    if as_json:
        return print_json([{"number": n, "name": name, "classes": c} for n, name, c in rows])
    return print_table(
        ("Number", "Name", "Classes"), [(n, name, ", ".join(c)) for n, name, c in rows]
    )
