"""Schools: the list of those a person looks after, and one with its classes and devices."""

from dataclasses import dataclass

from flask import render_template, request
from flask.typing import ResponseReturnValue

from mdm.base.db import Tx
from mdm.base.errors import InvalidInput, NotFound
from mdm.doors.console.blueprint import console, now, silent_before, tools, viewer
from mdm.doors.console.forms import LinkForm
from mdm.doors.console.links import prepare
from mdm.doors.console.paging import PAGE_SIZE, Page, query_number, wanted_page
from mdm.doors.console.stop import notice
from mdm.rooms.access.service import Act
from mdm.rooms.actions import overview
from mdm.rooms.assignments.queries import assigned_to
from mdm.rooms.devices import queries as devices
from mdm.rooms.devices.queries import DeviceFilter, SchoolCounts, Standing
from mdm.rooms.links import queries as links
from mdm.rooms.schools import queries
from mdm.rooms.schools.models import School

_LONGEST_SEARCH = 100


@dataclass(frozen=True, slots=True)
class SchoolLine:
    """One school of the list, with its numbers."""

    school: School
    counts: SchoolCounts
    held: int


@console.route("/schools")
def schools() -> ResponseReturnValue:
    with tools().database.reading() as tx:
        lines = _lines(tx)
        waiting = overview.waiting(tx, viewer(), now())
        pressed, pressed_by = notice(tx)
    return render_template(
        "console/schools.html",
        lines=lines,
        waiting_orders=waiting,
        stop=pressed,
        stop_by=pressed_by,
    )


@console.route("/schools/<int:school_id>")
def school(school_id: int) -> ResponseReturnValue:
    narrowed, number = _filter(school_id), wanted_page()
    with tools().database.reading() as tx:
        found = visible_school(tx, school_id)
        page = Page(number, devices.count(tx, viewer(), narrowed, silent_before()))
        rows = devices.devices(tx, viewer(), narrowed, silent_before(), PAGE_SIZE, page.offset)
        counts = devices.counts_by_school(tx, viewer(), silent_before(), school_id)
        classes = queries.classes_of(tx, school_id)
        held = [row for row in links.held(tx, viewer()) if row.school_id == school_id]
        assigned = assigned_to(tx, school_id)
        invitations = links.links_of(tx, viewer(), school_id, limit=10)
    return render_template(
        "console/school.html",
        school=found,
        counts=counts.get(school_id, SchoolCounts()),
        classes=classes,
        devices=rows,
        page=page,
        narrowed=narrowed,
        held=held,
        links=invitations,
        form=prepare(LinkForm(formdata=None), classes),
        now=now(),
        standings=list(Standing),
        assigned=assigned,
        may_invite=viewer().may(Act.INVITE),
        may_manage=viewer().may(Act.MANAGE),
    )


def visible_school(tx: Tx, school_id: int) -> School:
    """Find a school the viewer may see.

    raises: NotFound (there is none, or it is out of sight).
    """
    found = queries.schools(tx, [school_id]) if viewer().sees(school_id) else []
    if not found:
        raise NotFound("school")
    return found[0]


def _lines(tx: Tx) -> list[SchoolLine]:
    ids = viewer().school_ids
    listed = queries.all_schools(tx) if ids is None else queries.schools(tx, ids)
    counts = devices.counts_by_school(tx, viewer(), silent_before())
    held = links.held_by_school(tx, viewer())
    return [
        SchoolLine(row, counts.get(row.id, SchoolCounts()), held.get(row.id, 0)) for row in listed
    ]


def _filter(school_id: int) -> DeviceFilter:
    wanted = request.args.get("standing", "")
    if wanted and wanted not in set(Standing):
        raise InvalidInput("standing", "not a state of a device")
    return DeviceFilter(
        school_id,
        query_number("class"),
        Standing(wanted) if wanted else None,
        request.args.get("text", "").strip()[:_LONGEST_SEARCH],
    )
