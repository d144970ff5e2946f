"""`mdm group`: smart groups from files, and who is in them."""

from pathlib import Path

import click
from sqlalchemy import select

from mdm.base.bell import Job
from mdm.base.db import Tx
from mdm.base.toml_text import only_keys, text_of
from mdm.cli.house import House, pass_house
from mdm.cli.output import print_json, print_table, say
from mdm.cli.toml_file import read_toml
from mdm.rooms.access.service import Act, Viewer
from mdm.rooms.assignments.retiring import retire_group
from mdm.rooms.changes.models import ChangePlan
from mdm.rooms.changes.replacing import change_group_rule
from mdm.rooms.devices.models import Device
from mdm.rooms.groups import queries, service
from mdm.rooms.groups.models import SmartGroup
from mdm.rooms.groups.service import SavedGroup
from mdm.rooms.schools.models import School
from mdm.rooms.schools.service import school_by_number
from policies.groups import Rule

_JSON = click.option("--json", "as_json", is_flag=True, help="For programs.")
_ID = click.argument("number", type=int, metavar="ID")


@click.group()
def group() -> None:
    """Look after smart groups: iPads that have something in common."""


@group.command("list")
@_JSON
@pass_house
def list_groups(house: House, as_json: bool) -> None:
    """List the groups in use, the city's first."""
    with house.reading() as tx:
        rows = queries.groups(tx, house.acting(tx))
    if as_json:
        print_json([{name: getattr(row, name) for name in row.__slots__} for row in rows])
        return
    headings = ("ID", "Name", "School", "iPads", "Since", "By")
    print_table(
        headings, [(r.id, r.name, r.school, r.members, r.created_at, r.created_by) for r in rows]
    )


@group.command()
@_ID
@_JSON
@pass_house
def show(house: House, number: int, as_json: bool) -> None:
    """Show the rule of a group and the serial numbers of its iPads."""
    with house.reading() as tx:
        acting = house.acting(tx)
        found = queries.find_group(tx, acting, number)
        serials = _serials(tx, acting, found.id)
    if as_json:
        print_json({"name": found.name, "rule": found.rule, "members": serials})
        return
    say(f"{found.name}: {found.rule}")
    print_table(("Serial",), [(serial,) for serial in serials])


@group.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--school", "school_number", help="Whose it is; without, that of the file, or the city."
)
@pass_house
def save(house: House, file: Path, school_number: str | None) -> None:
    """Save a group from a TOML file: its name, and its rule.

    Where rules in force depend on a group, another rule for it becomes a change plan.

    For example rule = { all = [{ grade = ["9"] }, { silent_days = 7 }] }.
    """
    document = read_toml(file)
    only_keys(document, "name", "school", "rule")
    rule, name = service.checked_rule(document.get("rule")), text_of(document, "name")
    with house.transaction(Job.RECONCILE) as tx:
        number = school_number or text_of(document, "school", "")
        school = school_by_number(tx, number) if number else None
        acting = house.acting_for(tx, Act.MANAGE, school)
        known = queries.group_named(tx, school.id if school else None, name)
        if known is None:
            told = _told(service.save_group(tx, school, name, rule, acting.actor, house.now()))
        else:
            told = _changed(house, tx, acting, known, rule)
    say(told)


@group.command()
@_ID
@pass_house
def retire(house: House, number: int) -> None:
    """Take a group that no rule names any more out of use."""
    with house.transaction(Job.RECONCILE) as tx:
        found = queries.find_group(tx, house.acting(tx), number)
        actor = _managing(house, tx, found).actor
        retire_group(tx, found.id, actor, house.now())
    say(f"{found.name} is out of use.")


def _changed(house: House, tx: Tx, acting: Viewer, known: SmartGroup, rule: Rule) -> str:
    title, now = f"{known.name}: another rule", house.now()
    done = change_group_rule(tx, house.tools.vault, acting, known.id, rule, title, now)
    if not isinstance(done, ChangePlan):
        return _told(done)
    return f"Rules in force depend on {known.name}: see change plan {done.id}, mdm change show."


def _told(saved: SavedGroup) -> str:
    name = f"{saved.group.name} (ID {saved.group.id})"
    if saved.is_new:
        return f"{name}: {len(saved.changed)} iPads joined or left."
    return f"{name} already has exactly that rule."


def _managing(house: House, tx: Tx, found: SmartGroup) -> Viewer:
    school = tx.get(School, found.school_id) if found.school_id is not None else None
    return house.acting_for(tx, Act.MANAGE, school)


def _serials(tx: Tx, acting: Viewer, group_id: int) -> list[str]:
    """The iPads of a group that somebody may see; the city's groups hold other schools' too."""
    query = select(Device.serial).where(queries.of_group(group_id), Device.serial.is_not(None))
    if acting.school_ids is not None:
        query = query.where(Device.school_id.in_(acting.school_ids))
    return [serial for serial in tx.scalars(query.order_by(Device.serial)) if serial]
