"""One device: what we know, what it was told and how far that came, what it said itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue

from mdm.base.db import Tx
from mdm.doors.console import phrases
from mdm.doors.console.blueprint import console, now, silent_before, tools, viewer
from mdm.doors.console.device_actions import offered
from mdm.doors.console.explained import explained_part
from mdm.doors.console.live import live_answer
from mdm.doors.console.people import JournalRow, journal_rows, names
from mdm.doors.console.words import Text
from mdm.rooms.access.service import Act
from mdm.rooms.actions import queries as actions
from mdm.rooms.audit import queries as audit
from mdm.rooms.audit.service import Subject
from mdm.rooms.blueprints import queries as blueprints
from mdm.rooms.commands import queries as commands
from mdm.rooms.devices import queries, report_queries, reported
from mdm.rooms.devices.models import Device
from mdm.rooms.devices.report_queries import ItemRow

_LIVE_PARTS = {
    "status": "console/parts/device_status.html",
    "commands": "console/parts/commands.html",
    "reports": "console/parts/reports.html",
}


@dataclass(frozen=True, slots=True)
class ReportedLine:
    """A profile or an app as the iPad lists it. is_ours: it comes from our library."""

    name: str
    identifier: str
    version: str
    is_ours: bool
    observed_at: datetime


@dataclass(frozen=True, slots=True)
class FactLine:
    """Something the iPad said about itself."""

    name: Text
    text: str
    observed_at: datetime


@console.route("/devices/<int:device_id>")
def device(device_id: int) -> ResponseReturnValue:
    with tools().database.reading() as tx:
        values = _live_values(tx, device_id)
        found = values["device"]
        items = report_queries.items_of(tx, found.enrollment_id) if found.enrollment_id else []
        profiles, apps = _profiles(tx, items), _apps(tx, items)
        facts = _facts(items)
        journal = _journal(tx, device_id)
        explained = explained_part(tx, found.enrollment_id)
        row = tx.get_one(Device, device_id)
    return render_template(
        "console/device.html",
        profiles=profiles,
        apps=apps,
        facts=facts,
        journal=journal,
        explained=explained,
        actions=offered(viewer(), found),
        may_release=viewer().may(Act.MANAGE) and row.retired_at is None,
        is_return_expected=row.is_return_expected,
        **values,
    )


@console.route("/devices/<int:device_id>/live.json")
def device_live(device_id: int) -> ResponseReturnValue:
    """The parts of the page that change while the iPad answers."""
    with tools().database.reading() as tx:
        values = _live_values(tx, device_id)
    return live_answer(_LIVE_PARTS, **values)


def _live_values(tx: Tx, device_id: int) -> dict[str, Any]:
    found = queries.device(tx, viewer(), device_id, silent_before())
    listed = commands.commands_of(tx, viewer(), device_id)
    return {
        "device": found,
        "commands": listed,
        "ordered_by": names(tx, (row.ordered_by for row in listed)),
        "reports": report_queries.reports_of(tx, device_id),
        "now": now(),
    }


def _journal(tx: Tx, device_id: int) -> list[JournalRow]:
    ordered = actions.orders_about(tx, viewer(), device_id)
    subjects = [
        Subject.of("device", device_id),
        *(Subject.of("action", number) for number in ordered),
    ]
    return journal_rows(tx, audit.entries_about_any(tx, subjects, limit=20))


def _facts(items: Sequence[ItemRow]) -> list[FactLine]:
    said = {item.subject: item for item in items if item.kind == reported.FACT}
    return [
        FactLine(title, phrases.fact_text(name, said[name].value["value"]), said[name].observed_at)
        for name, title in phrases.fact_names().items()
        if name in said and "value" in said[name].value
    ]


def _profiles(tx: Tx, items: Sequence[ItemRow]) -> list[ReportedLine]:
    listed = [item for item in items if item.kind == reported.PROFILE]
    ours = blueprints.profiles(tx, viewer(), [item.subject for item in listed])
    return [
        ReportedLine(
            ours[item.subject].name if item.subject in ours else _text(item.value, "name"),
            item.subject,
            _text(item.value, "version"),
            item.subject in ours,
            item.observed_at,
        )
        for item in listed
    ]


def _apps(tx: Tx, items: Sequence[ItemRow]) -> list[ReportedLine]:
    listed = [item for item in items if item.kind == reported.APP]
    ours = blueprints.app_names(tx, [item.subject for item in listed])
    return [
        ReportedLine(
            ours.get(item.subject) or _text(item.value, "name"),
            item.subject,
            _text(item.value, "version"),
            item.subject in ours,
            item.observed_at,
        )
        for item in listed
    ]


def _text(value: Mapping[str, Any], name: str) -> str:
    found = value.get(name)
    return str(found) if isinstance(found, str | int | float) else ""
