"""`mdm school`: add a school, list them, say where it is and how it works."""

import click

from mdm.base.bell import Job
from mdm.base.errors import InvalidInput
from mdm.cli.house import House, pass_house
from mdm.cli.output import print_json, print_table, say
from mdm.rooms.access.service import Act
from mdm.rooms.changes.giving_up import discard_without_import
from mdm.rooms.rosters.nameless import forget_names
from mdm.rooms.schools import queries, service, structure
from mdm.rooms.schools.service import school_by_number

_NUMBER = click.option("--number", required=True)


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


@school.command()
@_NUMBER
@click.option("--name", help="Of the site; a new one is added.")
@click.option("--none", "at_none", is_flag=True, help="It is at no site any more.")
@pass_house
def campus(house: House, number: str, name: str | None, at_none: bool) -> None:
    """Say at which site a school is; several may be at one."""
    if bool(name) == at_none:
        raise click.UsageError("either --name or --none")
    with house.transaction() as tx:
        found = school_by_number(tx, number)
        actor, now = house.acting_for(tx, Act.ADMINISTER, None).actor, house.now()
        known = {row.name: row for row in queries.campuses(tx)}
        site = known.get(name) or structure.add_campus(tx, name, actor, now) if name else None
        structure.move_school(tx, found, site, actor, now)
    say(f"School {number} is at {name or 'no site'} now.")


@school.command()
@_NUMBER
@click.option("--on/--off", "is_training", default=True, show_default=True)
@pass_house
def training(house: House, number: str, is_training: bool) -> None:
    """Make it the training school: its iPads are the first ring of every roll-out."""
    with house.transaction() as tx:
        found = school_by_number(tx, number)
        actor = house.acting_for(tx, Act.ADMINISTER, None).actor
        structure.set_training(tx, found, is_training, actor, house.now())
    say(f"School {number} is {'a' if is_training else 'no'} training school now.")


@school.command()
@_NUMBER
@click.option("--type", "typed", required=True, help="The number once more: names will be gone.")
@pass_house
def nameless(house: House, number: str, typed: str) -> None:
    """Forget every name of a school; its members become numbered seats.

    Imports that wait, and the change plans that would carry them out, are given up.
    Names come back by an import alone: mdm roster import --with-names.
    """
    if typed.strip() != number:
        raise InvalidInput("type", "this is not the school's number", f"Type {number}.")
    with house.transaction(Job.RECONCILE) as tx:
        found = school_by_number(tx, number)
        acting = house.acting_for(tx, Act.ADMINISTER, found)
        seats = forget_names(tx, house.tools.vault, acting, found, house.now())
        discard_without_import(tx, acting.actor, house.now())
    house.tools.database.empty_log()
    say(f"School {number} keeps no names now; it has {seats} seats.")
