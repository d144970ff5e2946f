"""`mdm devices`: list devices, and say which ones a school is going to enrol."""

from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

import click

from mdm.base.db import Tx
from mdm.cli.house import House, find_school, pass_house
from mdm.cli.lazy import DefaultGroup
from mdm.cli.output import print_json, print_table, say
from mdm.rooms.access.service import Act, Viewer
from mdm.rooms.devices import decisions, queries
from mdm.rooms.devices.queries import DeviceFilter, DeviceRow
from mdm.rooms.schools import queries as school_queries
from mdm.rooms.schools.service import class_group, school_by_number

_PAGE = 500
_SILENT_AFTER = timedelta(days=7)


def silent_before(now: datetime) -> datetime:
    """A device not heard of since this instant counts as silent."""
    return now - _SILENT_AFTER


@click.group(cls=DefaultGroup, default="list")
def devices() -> None:
    """List devices; `mdm devices expect` says which ones a school is going to enrol."""


@devices.command("list")
@click.option("--school", "number", help="Only this school.")
@click.option("--class", "class_name", help="Only this class of it.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@pass_house
def list_devices(house: House, number: str | None, class_name: str | None, as_json: bool) -> None:
    """List devices."""
    if class_name is not None and number is None:
        raise click.UsageError("a class is named together with its --school")
    with house.reading() as tx:
        acting = house.acting(tx)
        narrowed = _filter(house, tx, number, class_name)
        rows = all_rows(tx, acting, narrowed, silent_before(house.now()))
        numbers = {school.id: school.number for school in school_queries.all_schools(tx)}
    if as_json:
        return print_json([_public(row, numbers) for row in rows])
    headings = ("Serial", "Name", "School", "Class", "Model", "System", "Standing", "Last seen")
    return print_table(headings, [_cells(row, numbers) for row in rows])


@devices.command()
@click.argument("serials", nargs=-1, metavar="SERIAL…")
@click.option("--school", "number", required=True)
@click.option("--class", "class_name", help="The class they are for; added when it is new.")
@click.option(
    "--file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Serial numbers, one a line.",
)
@pass_house
def expect(
    house: House, serials: tuple[str, ...], number: str, class_name: str | None, file: Path | None
) -> None:
    """Say which iPads a school is going to enrol; others are held when they come."""
    wanted = [*serials, *(_lines(file) if file is not None else ())]
    if not wanted:
        raise click.UsageError("give serial numbers, or a --file with them")
    with house.transaction() as tx:
        school = school_by_number(tx, number)
        actor = house.acting_for(tx, Act.MANAGE, school).actor
        now = house.now()
        group = class_group(tx, school, class_name, actor, now) if class_name else None
        group_id = group.id if group is not None else None
        added = decisions.expect(tx, wanted, school.id, group_id, actor, now)
    say(f"{len(set(wanted))} serial numbers, {added} of them new.")


def _filter(house: House, tx: Tx, number: str | None, class_name: str | None) -> DeviceFilter:
    if number is None:
        return DeviceFilter()
    school, group = find_school(tx, number, class_name)
    house.acting_for(tx, Act.SEE, school)
    return DeviceFilter(school.id, group.id if group is not None else None)


def all_rows(tx: Tx, acting: Viewer, narrowed: DeviceFilter, silent: datetime) -> list[DeviceRow]:
    rows: list[DeviceRow] = []
    while True:
        page = queries.devices(tx, acting, narrowed, silent, _PAGE, len(rows))
        rows += page
        if len(page) < _PAGE:
            return rows


def _lines(file: Path) -> list[str]:
    return [line.strip() for line in file.read_text().splitlines() if line.strip()]


def _public(row: DeviceRow, numbers: dict[int, str]) -> dict[str, object]:
    values = asdict(row)
    school_id = values.pop("school_id")
    return {**values, "school": numbers.get(school_id) if school_id is not None else None}


def _cells(row: DeviceRow, numbers: dict[int, str]) -> tuple[object, ...]:
    school = numbers.get(row.school_id) if row.school_id is not None else None
    return (
        row.serial,
        row.name,
        school,
        row.class_name,
        row.product_name,
        row.os_version,
        row.standing.value,
        row.last_seen_at,
    )
