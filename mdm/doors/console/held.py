"""Held iPads: who knocked and why it must wait, and the button that lets it in."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from mdm.base.bell import Job
from mdm.doors.console.blueprint import console, now, tools, viewer, writing
from mdm.rooms.access.service import Act, require
from mdm.rooms.commands import service as commands
from mdm.rooms.devices.decisions import accept_held
from mdm.rooms.links import queries


@console.route("/held")
def held() -> ResponseReturnValue:
    with tools().database.reading() as tx:
        rows = queries.held(tx, viewer())
    may_accept = viewer().may(Act.MANAGE)
    return render_template("console/held.html", rows=rows, may_accept=may_accept)


@console.post("/held/<int:enrollment_id>/accept")
def accept(enrollment_id: int) -> ResponseReturnValue:
    """Accept a held iPad; what waited for the enrollment it replaces is taken back.

    raises: NotFound, Forbidden, Conflict (it has left again).
    """
    with writing(Job.RECONCILE) as tx:
        row = queries.held_one(tx, viewer(), enrollment_id)
        require(viewer(), Act.MANAGE, row.school_id)
        applied = accept_held(tx, enrollment_id, viewer().actor, now(), row.school_id)
        commands.close_queues(tx, applied.erased, applied.cancel_queues_of, now())
    flash(gettext("Accepted. The iPad now gets its profiles and apps."))
    return redirect(url_for("console.held"))
