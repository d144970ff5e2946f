"""What a person decides about iPads: release one, let one come back, expect new ones.

Not here: accepting a held one (held.py), what a decision means (mdm.rooms.devices.decisions).
"""

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l

from mdm.base.db import Tx
from mdm.base.errors import NotFound
from mdm.doors.console.blueprint import console, now, silent_before, tools, viewer, writing
from mdm.doors.console.forms import ExpectForm, ReasonForm
from mdm.doors.console.schools import visible_school
from mdm.doors.console.serials import Serials, read_serials
from mdm.doors.console.words import Text
from mdm.rooms.access.service import Act, require
from mdm.rooms.commands import service as commands
from mdm.rooms.devices import decisions, queries
from mdm.rooms.devices.models import Device
from mdm.rooms.devices.queries import DeviceDetail
from mdm.rooms.schools import queries as schools
from mdm.rooms.schools.models import ClassGroup


@console.route("/devices/<int:device_id>/release", methods=["GET", "POST"])
def release(device_id: int) -> ResponseReturnValue:
    """Say what a release means; when it is sent back with a reason, release the iPad.

    raises: NotFound (also when it has been released), Forbidden.
    """
    found = _device(device_id)
    form = ReasonForm()
    if form.validate_on_submit():
        with writing() as tx:
            device = _mine(tx, device_id)
            ended = decisions.release(tx, device, viewer().actor, now(), form.reason.data or "")
            commands.close_queues(tx, (), ended, now())
        flash(gettext("Released. The iPad is no longer managed by us."))
        return redirect(url_for("console.device", device_id=device_id))
    status = 200 if request.method == "GET" else 400
    return render_template("console/release.html", device=found, form=form), status


@console.route("/devices/<int:device_id>/expect-return", methods=["GET", "POST"])
def expect_return(device_id: int) -> ResponseReturnValue:
    """Say what it means to expect an iPad back; when it is sent back, expect it.

    raises: NotFound (also when it has been released), Forbidden.
    """
    found = _device(device_id)
    if request.method == "GET":
        return render_template("console/expect_return.html", device=found)
    with writing() as tx:
        decisions.expect_return(tx, _mine(tx, device_id), viewer().actor, now())
    flash(gettext("The iPad may now enrol again, once."))
    return redirect(url_for("console.device", device_id=device_id))


@console.route("/schools/<int:school_id>/expected", methods=["GET", "POST"])
def expect(school_id: int) -> ResponseReturnValue:
    """Read serial numbers, and expect these iPads at a school; all of them or none.

    raises: NotFound, Forbidden.
    """
    require(viewer(), Act.MANAGE, school_id)
    with tools().database.reading() as tx:
        school, classes = visible_school(tx, school_id), schools.classes_of(tx, school_id)
    form = _prepared(ExpectForm(), classes)
    problems: list[Text] = []
    if form.validate_on_submit():
        serials = read_serials(form.serials.data or "")
        with writing() as tx:
            group = form.class_group_id.data or None
            problems = [*serials.problems, *_elsewhere(tx, serials, school_id, group)]
            if not problems:
                _expect(tx, serials, school_id, group)
                return redirect(url_for("console.school", school_id=school_id))
    status = 200 if request.method == "GET" else 400
    return render_template(
        "console/expect.html", school=school, form=form, problems=problems
    ), status


def _prepared(form: ExpectForm, classes: Sequence[ClassGroup]) -> ExpectForm:
    none = (0, _l("no class yet"))
    form.class_group_id.choices = [none, *((group.id, group.name) for group in classes)]
    return form


def _device(device_id: int) -> DeviceDetail:
    with tools().database.reading() as tx:
        found = queries.device(tx, viewer(), device_id, silent_before())
        require(viewer(), Act.MANAGE, found.school_id)
        _unreleased(tx.get_one(Device, device_id))
    return found


def _mine(tx: Tx, device_id: int) -> Device:
    """Find a device again for writing, in whose sight and business it must still be."""
    device = tx.get_one(Device, device_id)
    require(viewer(), Act.MANAGE, device.school_id)
    return _unreleased(device)


def _unreleased(device: Device) -> Device:
    if device.retired_at is not None:
        raise NotFound("decision")
    return device


def _elsewhere(tx: Tx, serials: Serials, school_id: int, group_id: int | None) -> list[Text]:
    listed = list(serials.lines)
    theirs = queries.owned_elsewhere(tx, listed, school_id)
    managed = decisions.managed_elsewhere(tx, listed, school_id, group_id)
    return [
        _elsewhere_text(line, serial, is_theirs=serial in theirs)
        for serial, line in serials.lines.items()
        if serial in theirs or serial in managed
    ]


def _elsewhere_text(line: int, serial: str, *, is_theirs: bool) -> Text:
    if is_theirs:
        return gettext(
            "Line %(number)s: %(text)s belongs to another school. It has to be moved first.",
            number=line,
            text=serial,
        )
    return gettext(
        "Line %(number)s: %(text)s is enrolled already, elsewhere. Change its class on its page.",
        number=line,
        text=serial,
    )


def _expect(tx: Tx, serials: Serials, school_id: int, class_group_id: int | None) -> None:
    actor = viewer().actor
    added = decisions.expect(tx, serials.lines, school_id, class_group_id, actor, now())
    flash(
        ngettext(
            "%(num)d iPad is newly expected. It will not be held when it comes.",
            "%(num)d iPads are newly expected. They will not be held when they come.",
            added,
        )
    )
