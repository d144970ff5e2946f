"""Change plans: the list, and the page of one with whom it touches and how far it has come.

Not here: deciding about a plan (change_decisions.py), making drafts (assignment_pages.py,
blueprint_pages.py, group_pages.py).
"""

from flask import render_template
from flask.typing import ResponseReturnValue

from mdm.base.db import Tx
from mdm.base.errors import NotFound
from mdm.doors.console import change_words
from mdm.doors.console.blueprint import console, tools, viewer
from mdm.doors.console.blueprint import now as present
from mdm.doors.console.change_rings import arrange_form
from mdm.doors.console.change_view import group_values, live_values, plan_values
from mdm.doors.console.live import live_answer
from mdm.doors.console.paging import PAGE_SIZE, Page, wanted_page
from mdm.doors.console.people import names
from mdm.doors.console.words import Text
from mdm.rooms.changes import queries
from mdm.rooms.changes.models import ChangePlan
from mdm.rooms.changes.sight import shown_preview
from policies.change_plan import EffectGroup

_LIVE_PARTS = {
    "status": "console/parts/change_status.html",
    "rings": "console/parts/change_rings.html",
}


@console.route("/changes")
def change_list() -> ResponseReturnValue:
    """Every plan, the newest first; those that wait for somebody stand above."""
    number = wanted_page()
    with tools().database.reading() as tx:
        found = queries.overview(tx, viewer(), PAGE_SIZE, (number - 1) * PAGE_SIZE)
        listed = (*found.rows, *found.drafts, *found.stopped)
        people = names(tx, {row.created_by for row in listed})
    return render_template(
        "console/changes.html",
        plans=found.rows,
        drafts=found.drafts,
        stopped=found.stopped,
        page=Page(number, found.total),
        people=people,
        states=change_words.STATE,
        now=present(),
    )


@console.route("/changes/<int:plan_id>")
def change(plan_id: int) -> ResponseReturnValue:
    """One plan. raises: NotFound."""
    return plan_page(plan_id)


@console.route("/changes/<int:plan_id>/live.json")
def change_live(plan_id: int) -> ResponseReturnValue:
    """The parts of the page that change while iPads answer. raises: NotFound."""
    with tools().database.reading() as tx:
        values = live_values(tx, queries.find(tx, viewer(), plan_id))
        return live_answer(_LIVE_PARTS, **values, states=change_words.STATE, now=present())


@console.route("/changes/<int:plan_id>/effects/<digest>")
def change_effect(plan_id: int, digest: str) -> ResponseReturnValue:
    """Every iPad to which the same happens. raises: NotFound."""
    number = wanted_page()
    with tools().database.reading() as tx:
        plan = queries.find(tx, viewer(), plan_id)
        group = _group(tx, plan, digest)
        page = Page(number, len(group.devices))
        wanted = group.devices[page.offset : page.offset + PAGE_SIZE]
        return render_template(
            "console/change_effect.html",
            plan=plan,
            group=group_values(tx, plan, group),
            devices=queries.devices(tx, viewer(), plan, wanted),
            page=page,
            states=change_words.STATE,
            stands=change_words.STANDS,
        )


def plan_page(plan_id: int, note: Text = "") -> str:
    """Draw a plan. note: what has just come in the way. raises: NotFound."""
    with tools().database.reading() as tx:
        plan = queries.find(tx, viewer(), plan_id)
        return _drawn(tx, plan, note)


def _drawn(tx: Tx, plan: ChangePlan, note: Text) -> str:
    return render_template(
        "console/change.html",
        **plan_values(tx, plan),
        form=arrange_form(tx, plan),
        note=note,
        states=change_words.STATE,
        stands=change_words.STANDS,
        now=present(),
    )


def _group(tx: Tx, plan: ChangePlan, digest: str) -> EffectGroup:
    shown = shown_preview(tx, viewer(), plan)
    found = next((g for g in shown.groups if g.digest == digest), None)
    if found is None:
        raise NotFound("group of iPads")
    return found
