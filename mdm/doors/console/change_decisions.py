"""Deciding about a change plan: approve, arrange, look again, discard; stop, resume, undo.

Approving is bound to the fingerprint of the preview on the page. Not here: the page itself
(change_pages.py), what approving does (mdm.rooms.changes.service).
"""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from mdm.base.bell import Job
from mdm.base.db import Tx
from mdm.base.errors import Conflict, InvalidInput
from mdm.doors.console.blueprint import console, now, tools, viewer, writing
from mdm.doors.console.change_pages import plan_page
from mdm.doors.console.change_rings import arrange_form
from mdm.doors.console.formats import moment
from mdm.doors.console.forms import ReasonForm
from mdm.doors.console.people import names
from mdm.doors.console.problems import problem_text
from mdm.rooms.changes import advancing, arranging, queries, service
from mdm.rooms.changes.models import ChangePlan, ChangeState
from mdm.rooms.changes.service import PreviewMoved
from mdm.rooms.changes.sight import require_decision
from mdm.rooms.changes.stored import gate_of

_MOVED = _l(
    "Things have moved since you looked. Nothing has happened yet: this is the new preview. "
    "Please look at it, and approve again."
)


@console.post("/changes/<int:plan_id>/approve")
def approve_change(plan_id: int) -> ResponseReturnValue:
    """Do what a draft says, if its preview still holds. raises: NotFound, Forbidden."""
    fingerprint = request.form.get("fingerprint", "")
    try:
        with writing(Job.RECONCILE, Job.PUSH) as tx:
            _mine(tx, plan_id)
            answer = service.approve(tx, tools().vault, viewer(), plan_id, fingerprint, now())
    except Conflict as error:
        return plan_page(plan_id, _too_late(plan_id, error)), 409
    except InvalidInput as error:
        return plan_page(plan_id, problem_text(error)), 409
    if isinstance(answer, PreviewMoved):
        return plan_page(plan_id, _MOVED), 409
    flash(gettext("Approved. The first iPads get it as soon as they call."))
    return _back(plan_id)


@console.post("/changes/<int:plan_id>/arrange")
def arrange_change(plan_id: int) -> ResponseReturnValue:
    """Give a draft other rings and another gate. raises: NotFound, Forbidden, Conflict."""
    with writing() as tx:
        plan = _mine(tx, plan_id)
        form = arrange_form(tx, plan)
        is_fine = form.validate_on_submit()
        if is_fine:
            gate = form.gate(gate_of(plan))
            arranging.arrange(tx, viewer(), plan_id, form.rings(), gate, now())
    if not is_fine:
        return plan_page(plan_id, _l("The order of the rings was not understood.")), 400
    flash(gettext("The order of the rings was changed."))
    return _back(plan_id)


@console.post("/changes/<int:plan_id>/look-again")
def look_again_at_change(plan_id: int) -> ResponseReturnValue:
    """Preview a draft as things stand now. raises: NotFound, Forbidden, Conflict."""
    try:
        with writing() as tx:
            before = _mine(tx, plan_id).fingerprint
            plan = service.look_again(tx, tools().vault, viewer(), plan_id, now())
            has_moved = plan.fingerprint != before
    except InvalidInput as error:
        return plan_page(plan_id, problem_text(error)), 409
    moved, same = gettext("Things have moved: this is new."), gettext("It is as it was before.")
    flash(moved if has_moved else same)
    return _back(plan_id)


@console.post("/changes/<int:plan_id>/discard")
def discard_change(plan_id: int) -> ResponseReturnValue:
    """Give a draft up. raises: NotFound, Forbidden, Conflict."""
    with writing() as tx:
        _mine(tx, plan_id)
        service.discard(tx, viewer(), plan_id, now())
    flash(gettext("Discarded. Nothing was done."))
    return redirect(url_for("console.change_list"))


@console.post("/changes/<int:plan_id>/stop")
def stop_change(plan_id: int) -> ResponseReturnValue:
    """Release nothing more. raises: NotFound, Forbidden, Conflict (it is not under way)."""
    with writing() as tx:
        _mine(tx, plan_id)
    form = ReasonForm()
    if not form.validate_on_submit():
        return plan_page(plan_id, _l("Please say why it is to stop.")), 400
    with writing() as tx:
        advancing.stop(tx, viewer(), plan_id, form.reason.data or "", now())
    flash(gettext("Stopped. What iPads have got, they keep; nothing new is released."))
    return _back(plan_id)


@console.post("/changes/<int:plan_id>/resume")
def resume_change(plan_id: int) -> ResponseReturnValue:
    """Let a stopped plan go on. raises: NotFound, Forbidden, Conflict (it is not stopped)."""
    with writing(Job.HOUSEKEEPING) as tx:
        _mine(tx, plan_id)
        advancing.resume(tx, viewer(), plan_id, now())
    flash(gettext("It goes on. What has failed so far no longer counts."))
    return _back(plan_id)


@console.post("/changes/<int:plan_id>/undo")
def undo_change(plan_id: int) -> ResponseReturnValue:
    """Draft what takes a plan back. raises: NotFound, Forbidden."""
    try:
        with writing() as tx:
            _mine(tx, plan_id)
            drafted = service.undo(tx, tools().vault, viewer(), plan_id, now()).id
    except (Conflict, InvalidInput) as error:
        return plan_page(plan_id, _no_way_back(error)), 409
    flash(gettext("This is the way back as a draft. Nothing has happened yet."))
    return _back(drafted)


def _mine(tx: Tx, plan_id: int) -> ChangePlan:
    """Find a plan that somebody sees and may change. raises: NotFound, Forbidden."""
    plan = queries.find(tx, viewer(), plan_id)
    require_decision(viewer(), plan)
    return plan


def _too_late(plan_id: int, error: Conflict) -> str:
    """Who was faster, or why the change cannot be done any more."""
    with tools().database.reading() as tx:
        plan = queries.find(tx, viewer(), plan_id)
        if plan.state is ChangeState.DRAFTED:
            return gettext(
                "This cannot be done as it stands any more: %(problem)s. Nothing has happened. "
                "Discard it, and draft it anew.",
                problem=str(error),
            )
        who = names(tx, {plan.approved_by}) if plan.approved_by else {}
    if plan.approved_by is None:
        return gettext("Somebody else has given this change up meanwhile. Nothing has happened.")
    return gettext(
        "%(who)s was faster and approved this change at %(when)s. You need not do anything.",
        who=who[plan.approved_by],
        when=moment(plan.approved_at),
    )


def _no_way_back(error: Exception) -> str:
    return gettext(
        "There is no way back as it stands: %(problem)s. Nothing has happened.",
        problem=problem_text(error) if isinstance(error, InvalidInput) else str(error),
    )


def _back(plan_id: int) -> ResponseReturnValue:
    return redirect(url_for("console.change", plan_id=plan_id))
