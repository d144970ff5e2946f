"""`mdm trolley`: add one, list them with their iPads, put an iPad somewhere.

Putting an iPad somewhere drafts a change plan; where nothing changes for it, that is done at once.
"""

import click
from sqlalchemy import select

from mdm.base.bell import Job
from mdm.base.db import Tx
from mdm.base.errors import InvalidInput, NotFound
from mdm.cli.house import House, pass_house
from mdm.cli.output import print_json, print_table, say
from mdm.rooms.access.service import Act, Viewer
from mdm.rooms.changes import service as changes
from mdm.rooms.changes.service import Wanted
from mdm.rooms.devices import seating
from mdm.rooms.devices.models import Device
from mdm.rooms.devices.placing_by_hand import Where, move_of
from mdm.rooms.schools import structure
from mdm.rooms.schools.models import School
from mdm.rooms.schools.service import school_by_number
from policies.operations import PlaceDevice

_SCHOOL = click.option("--school", "number", required=True)


@click.group()
def trolley() -> None:
    """Look after trolleys and their slots."""


@trolley.command()
@_SCHOOL
@click.option("--name", required=True, help="Say 'Koffer 1'.")
@click.option("--slots", required=True, type=int)
@click.option("--room", "room_name", default="", help="Where it stands.")
@pass_house
def add(house: House, number: str, name: str, slots: int, room_name: str) -> None:
    """Add a trolley with slots numbered from 1."""
    with house.transaction() as tx:
        school = school_by_number(tx, number)
        actor, now = house.acting_for(tx, Act.MANAGE, school).actor, house.now()
        room = structure.room(tx, school, room_name, actor, now) if room_name else None
        structure.add_trolley(tx, school, name, slots, actor, now, room)
    say(f"{name} was added with {slots} slots.")


@trolley.command("list")
@_SCHOOL
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@pass_house
def list_trolleys(house: House, number: str, as_json: bool) -> None:
    """List the trolleys of a school, slot by slot."""
    with house.reading() as tx:
        school = school_by_number(tx, number)
        house.acting_for(tx, Act.SEE, school)
        found = seating.trolleys(tx, school.id)
    if as_json:
        return print_json(
            [
                {
                    "trolley": row.name,
                    "room": row.room,
                    "slots": {slot.number: slot.serial for slot in row.slots},
                }
                for row in found
            ]
        )
    rows = ((row, slot) for row in found for slot in row.slots)
    return print_table(
        ("Trolley", "Room", "Slot", "Serial number", "Name"),
        [(row.name, row.room, slot.number, slot.serial, slot.name) for row, slot in rows],
    )


@trolley.command()
@click.argument("serial")
@click.option("--school", "number", help="Another school; otherwise the one where it is.")
@click.option("--class", "class_name", default="", help="A class.")
@click.option("--trolley", "trolley_name", default="", help="A trolley.")
@click.option("--slot", default=0, help="Of the trolley or class; otherwise the first free one.")
@click.option("--owner", default="", help="An identifier of the roster, or the label of a seat.")
@pass_house
def place(
    house: House,
    serial: str,
    number: str | None,
    class_name: str,
    trolley_name: str,
    slot: int,
    owner: str,
) -> None:
    """Put an iPad into a class, a slot, or to somebody; what is not named, it has not.

    Where it gets or loses something by it, that is drafted as a change plan.
    """
    where = Where(class_name, trolley_name, slot, owner)
    with house.transaction(Job.RECONCILE) as tx:
        device = tx.scalar(select(Device).where(Device.serial == serial))
        acting = house.acting(tx)
        if device is None or not acting.sees(device.school_id):
            raise NotFound("device", serial)
        at = school_by_number(tx, number) if number else tx.get(School, device.school_id or 0)
        if at is None:
            raise InvalidInput("school", "is missing", "Say at which school it is with --school.")
        move = move_of(tx, acting, device, at, where)
        told = "It is there already." if move is None else _draft(house, tx, acting, serial, move)
    say(told)


def _draft(house: House, tx: Tx, acting: Viewer, serial: str, move: PlaceDevice) -> str:
    vault, now = house.tools.vault, house.now()
    wanted = Wanted(f"iPad {serial}: another place", (move,))
    plan = changes.draft(tx, vault, acting, wanted, now)
    if plan.device_count:
        return f"It gets or loses something by it: see change plan {plan.id}, mdm change show."
    changes.approve(tx, vault, acting, plan.id, plan.fingerprint, now)
    return "It is there now; nothing else changes for it."
