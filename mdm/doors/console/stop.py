"""The emergency stop: what it does, pressing it, releasing it. For administrators.

Not here: what it forbids (policies.guards), who else hears of it (schools.py, order_pages.py).
"""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from mdm.base.db import Tx
from mdm.base.errors import Forbidden
from mdm.doors.console.blueprint import console, now, tools, viewer, writing
from mdm.doors.console.forms import ReasonForm
from mdm.doors.console.people import names
from mdm.rooms.access.service import Act
from mdm.rooms.actions import overview, service
from mdm.rooms.actions.overview import StopNotice


@console.route("/stop", methods=["GET", "POST"])
def stop() -> ResponseReturnValue:
    """Say what the stop does; when a reason is sent back, press it. raises: Forbidden."""
    _require_administrator()
    form = ReasonForm()
    if form.validate_on_submit():
        with writing() as tx:
            count = service.stop_all(tx, viewer(), form.reason.data or "", now())
        flash(
            ngettext(
                "The emergency stop is on. %(num)d waiting command was taken back.",
                "The emergency stop is on. %(num)d waiting commands were taken back.",
                count,
            )
        )
        return redirect(url_for("console.stop"))
    with tools().database.reading() as tx:
        pressed, by = notice(tx)
    status = 200 if request.method == "GET" else 400
    return render_template("console/stop.html", stop=pressed, stop_by=by, form=form), status


@console.post("/stop/release")
def release_stop() -> ResponseReturnValue:
    """Release it. raises: Forbidden."""
    _require_administrator()
    with writing() as tx:
        released = service.release_stop(tx, viewer(), now())
    flash(
        gettext("The emergency stop is off. What it took back stays taken back.")
        if released
        else gettext("The emergency stop was not on.")
    )
    return redirect(url_for("console.stop"))


def notice(tx: Tx) -> tuple[StopNotice | None, str]:
    """The stop while it is pressed, and by whom in words; None and nothing while it is not."""
    pressed = overview.stop_notice(tx)
    return pressed, names(tx, [pressed.by])[pressed.by] if pressed is not None else ""


def _require_administrator() -> None:
    if not viewer().may(Act.ADMINISTER):
        raise Forbidden(Act.ADMINISTER.value)
