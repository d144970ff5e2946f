"""Orders: what was ordered for which iPads and how far it came; agreeing, taking back.

Not here: giving an order (device_actions.py), the emergency stop (stop.py).
"""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from mdm.base.bell import Job
from mdm.base.db import Tx
from mdm.doors.console import phrases
from mdm.doors.console.blueprint import console, now, tools, viewer, writing
from mdm.doors.console.live import live_answer
from mdm.doors.console.paging import PAGE_SIZE, Page, wanted_page
from mdm.doors.console.people import names
from mdm.doors.console.stop import notice
from mdm.doors.console.words import Text
from mdm.rooms.access.service import Act
from mdm.rooms.actions import overview, service
from mdm.rooms.actions.overview import OrderRow
from mdm.rooms.actions.service import OrderOutcome

_LIVE_PARTS = {
    "status": "console/parts/order_status.html",
    "devices": "console/parts/order_devices.html",
}


@console.route("/orders")
def order_list() -> ResponseReturnValue:
    """Those that wait for a second person first, then all, newest first."""
    number = wanted_page()
    with tools().database.reading() as tx:
        page = Page(number, overview.count(tx, viewer()))
        rows = overview.orders(tx, viewer(), PAGE_SIZE, page.offset)
        waiting = overview.waiting(tx, viewer(), now())
        people = _people(tx, [*rows, *waiting])
        pressed, pressed_by = notice(tx)
    return render_template(
        "console/orders.html",
        orders=rows,
        waiting=waiting,
        page=page,
        now=now(),
        people=people,
        viewer=viewer(),
        stop=pressed,
        stop_by=pressed_by,
        may_stop=viewer().may(Act.ADMINISTER),
    )


@console.route("/orders/<int:action_id>")
def order(action_id: int) -> ResponseReturnValue:
    """One order with its devices. raises: NotFound."""
    return _page(action_id, ())


@console.route("/orders/<int:action_id>/live.json")
def order_live(action_id: int) -> ResponseReturnValue:
    """The parts of the page that change while iPads answer."""
    with tools().database.reading() as tx:
        values = _live_values(tx, action_id)
    return live_answer(_LIVE_PARTS, **values)


@console.post("/orders/<int:action_id>/second")
def second_order(action_id: int) -> ResponseReturnValue:
    """Agree to what somebody else has ordered. raises: NotFound, Forbidden, Conflict."""
    with writing(Job.PUSH) as tx:
        outcome = service.second(tx, viewer(), action_id, now(), tools().settings, tools().vault)
    if outcome.refusal is not None:
        return _page(action_id, _refusals(outcome)), 400
    count = len(outcome.queued)
    flash(
        ngettext(
            "Agreed. It is on its way to %(num)d iPad.",
            "Agreed. It is on its way to %(num)d iPads.",
            count,
        )
    )
    return redirect(url_for("console.order", action_id=action_id))


@console.post("/orders/<int:action_id>/cancel")
def cancel_order(action_id: int) -> ResponseReturnValue:
    """Take an order back. raises: NotFound, Forbidden, Conflict (it was before)."""
    with writing() as tx:
        count = service.cancel(tx, viewer(), action_id, now())
    told = ngettext(
        "Taken back. %(num)d iPad had not answered yet.",
        "Taken back. %(num)d iPads had not answered yet.",
        count,
    )
    flash(told if count else gettext("Taken back. Nothing had left."))
    return redirect(url_for("console.order", action_id=action_id))


def _page(action_id: int, refusals: tuple[Text, ...]) -> str:
    with tools().database.reading() as tx:
        values = _live_values(tx, action_id)
    return render_template("console/order.html", refusals=refusals, **values)


def _live_values(tx: Tx, action_id: int) -> dict[str, Any]:
    found = overview.order(tx, viewer(), action_id)
    return {
        "order": found,
        "devices": overview.devices_of(tx, viewer(), action_id),
        "people": _people(tx, [found]),
        "viewer": viewer(),
        "now": now(),
    }


def _people(tx: Tx, rows: list[OrderRow]) -> dict[str, str]:
    actors = [(row.ordered_by, row.second_by, row.stopped_by) for row in rows]
    return names(tx, {actor for three in actors for actor in three if actor is not None})


def _refusals(outcome: OrderOutcome) -> tuple[Text, ...]:
    """Why nothing left: each device's reason, or the whole order's."""
    refused = [why for _, why in outcome.refused]
    if not refused and outcome.refusal is not None:
        refused = [outcome.refusal]
    return tuple(dict.fromkeys(phrases.refusal_text(why) for why in refused))
