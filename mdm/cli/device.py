"""`mdm device`: everything about one device, and letting a held one in."""

from dataclasses import asdict
from typing import Any

import click

from mdm.base.bell import Job
from mdm.base.db import Tx
from mdm.base.errors import Conflict, NotFound
from mdm.cli.devices import silent_before
from mdm.cli.house import House, pass_house
from mdm.cli.lazy import DefaultGroup
from mdm.cli.output import print_json, print_table, say
from mdm.rooms.access.service import Act, Viewer, require
from mdm.rooms.commands import queries as command_queries
from mdm.rooms.commands import service as commands
from mdm.rooms.devices import queries, report_queries
from mdm.rooms.devices.decisions import accept_held
from mdm.rooms.devices.queries import DeviceDetail, DeviceFilter
from mdm.rooms.links import queries as link_queries
from mdm.rooms.links.queries import HeldRow

_MOST_ALIKE = 500
_COMMAND_CELLS = ("request_type", "state", "created_at", "ordered_by", "reason", "outcome")


@click.group(cls=DefaultGroup, default="show")
def device() -> None:
    """Show one device; `mdm device accept SERIAL` lets a held one in."""


@device.command()
@click.argument("serial")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@pass_house
def show(house: House, serial: str, as_json: bool) -> None:
    """Show what is known of one device: facts, commands, reports."""
    with house.reading() as tx:
        acting = house.acting(tx)
        detail = find_device(house, tx, acting, serial)
        story = _story(tx, acting, detail)
    if as_json:
        return print_json(story)
    return _print_story(story)


@device.command()
@click.argument("serial")
@pass_house
def accept(house: House, serial: str) -> None:
    """Accept a held device: somebody has looked, it is who it says it is."""
    with house.transaction(Job.RECONCILE) as tx:
        acting = house.acting(tx)
        row = _held(tx, acting, serial)
        require(acting, Act.MANAGE, row.school_id)
        now = house.now()
        applied = accept_held(tx, row.enrollment_id, acting.actor, now, row.school_id)
        commands.close_queues(tx, applied.erased, applied.cancel_queues_of, now)
    say(f"{serial} was accepted; it now gets its profiles and apps.")


def find_device(house: House, tx: Tx, acting: Viewer, serial: str) -> DeviceDetail:
    """Find a device by its whole serial number.

    raises: NotFound (there is none, or it is out of sight).
    """
    silent = silent_before(house.now())
    alike = DeviceFilter(text=serial)
    rows = queries.devices(tx, acting, alike, silent, limit=_MOST_ALIKE)
    for row in rows:
        if row.serial is not None and row.serial.upper() == serial.upper():
            return queries.device(tx, acting, row.id, silent)
    raise NotFound("device", serial)


def _held(tx: Tx, acting: Viewer, serial: str) -> HeldRow:
    """The one held newcomer that claims this serial number. raises: NotFound, Conflict."""
    wanted = serial.upper()
    rows = [
        row
        for row in link_queries.held(tx, acting, limit=10_000)
        if wanted in ((row.serial or "").upper(), (row.claimed_serial or "").upper())
    ]
    if not rows:
        raise NotFound("held device", serial)
    if len(rows) > 1:
        raise Conflict(f"{len(rows)} devices claim to be {serial}: look at them in the console")
    return rows[0]


def _story(tx: Tx, acting: Viewer, detail: DeviceDetail) -> dict[str, Any]:
    enrollment = detail.enrollment_id
    items = report_queries.items_of(tx, enrollment) if enrollment is not None else []
    return {
        "device": {**asdict(detail), "standing": detail.standing.value},
        "commands": [
            {**asdict(row), "state": row.state.value}
            for row in command_queries.commands_of(tx, acting, detail.id)
        ],
        "items": [asdict(item) for item in items],
        "reports": [asdict(report) for report in report_queries.reports_of(tx, detail.id)],
    }


def _print_story(story: dict[str, Any]) -> None:
    print_table(("Fact", "Value"), story["device"].items())
    click.echo()
    print_table(
        ("Command", "State", "Ordered", "By", "Reason", "Outcome"),
        [[row[name] for name in _COMMAND_CELLS] for row in story["commands"]],
    )
    click.echo()
    print_table(
        ("Reported", "Subject", "At"),
        [(item["kind"], item["subject"], item["observed_at"]) for item in story["items"]],
    )
    click.echo()
    print_table(
        ("Report", "At", "Complete", "Unchanged"),
        [
            (r["kind"], r["observed_at"], r["is_complete"], r["is_unchanged"])
            for r in story["reports"]
        ],
    )
