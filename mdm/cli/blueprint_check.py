"""`mdm blueprint check`: which iPads would not obey all of a blueprint, and why.

Not here: what an iPad has already (explain.py), saving (blueprints.py).
"""

import click

from mdm.cli.house import House, pass_house
from mdm.cli.output import print_json, print_table, say
from mdm.rooms.access.service import Act
from mdm.rooms.blueprints import blueprint_queries as queries
from mdm.rooms.blueprints.unknown import unknown_by_device
from mdm.rooms.schools.service import school_by_number

_NAMES = ("serial", "system", "setting", "subject", "part", "key", "why", "version")


@click.command()
@click.argument("number", type=int, metavar="ID")
@click.option("--version", "version", type=int, help="Another one than the newest.")
@click.option("--school", "school_number", help="Only the iPads of this school.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@pass_house
def check(
    house: House, number: int, version: int | None, school_number: str | None, as_json: bool
) -> None:
    """Name every iPad that does not know a key of a blueprint; the rest of it still works."""
    with house.reading() as tx:
        acting = house.acting(tx)
        found = queries.find_blueprint(tx, acting, number)
        school_id = found.school_id
        if school_number is not None:
            school = school_by_number(tx, school_number)
            house.acting_for(tx, Act.SEE, school)
            school_id = school.id
        row = queries.find_version(tx, found.id, version)
        rows = [
            (
                device.serial,
                device.os_version,
                key.kind.value,
                key.subject,
                key.part,
                key.hint.field,
                key.hint.kind.value,
                str(key.hint.version) if key.hint.version is not None else None,
            )
            for device, keys in unknown_by_device(tx, acting, row, school_id)
            for key in keys
        ]
    if as_json:
        return print_json([dict(zip(_NAMES, row, strict=True)) for row in rows])
    if not rows:
        say("Every iPad knows all of it.")
    return print_table([name.title() for name in _NAMES], rows)
