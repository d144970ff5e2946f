"""Orders for one device: each has a page that says what will happen, and then orders it.

Not here: the order itself (orders.py), which the actions room judges, journals and queues.
"""

from collections.abc import Callable, Mapping

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from mdm.base.bell import Job
from mdm.base.errors import NotFound
from mdm.doors.console import orders, words
from mdm.doors.console.blueprint import console, now, silent_before, tools, viewer, writing
from mdm.doors.console.forms import EraseForm, LockForm, ReasonForm
from mdm.doors.console.words import Text
from mdm.rooms.access.service import Act, Viewer, require
from mdm.rooms.actions.catalogue import ORDERABLE
from mdm.rooms.devices import queries
from mdm.rooms.devices.queries import DeviceDetail
from mdm.rooms.reconciler.inventory import ask_anew
from policies.actions import RemoteKind
from policies.verdict import RefusalKind

_FORMS: Mapping[RemoteKind, Callable[[], ReasonForm]] = {
    RemoteKind.RESTART: ReasonForm,
    RemoteKind.LOCK: LockForm,
    RemoteKind.ERASE: EraseForm,
}


def offered(person: Viewer, device: DeviceDetail) -> list[RemoteKind]:
    """What this person may order for a device; nothing while it is not enrolled."""
    if device.enrollment_id is None:
        return []
    return [kind for kind in _FORMS if person.may(ORDERABLE[kind].act)]


@console.route("/devices/<int:device_id>/actions/<kind>", methods=["GET", "POST"])
def device_action(device_id: int, kind: str) -> ResponseReturnValue:
    """Say what will happen to which iPad; when it is sent back complete, order it.

    raises: NotFound (no such device or action, or nothing to be ordered now), Forbidden.
    """
    remote = _offered_kind(kind)
    with tools().database.reading() as tx:
        device = queries.device(tx, viewer(), device_id, silent_before())
    require(viewer(), ORDERABLE[remote].act, device.school_id)
    if device.enrollment_id is None:
        raise NotFound("action")
    form = _form(remote, device)
    refusals: list[Text] = []
    if form.validate_on_submit():
        refusals = _order(remote, device_id, form)
        if not refusals:
            return redirect(url_for("console.device", device_id=device_id))
    status = 200 if request.method == "GET" else 400
    return render_template(
        "console/action.html",
        device=device,
        kind=remote,
        days=ORDERABLE[remote].valid_for.days,
        form=form,
        refusals=refusals,
        word_to_type=_word_to_type(device),
    ), status


@console.post("/devices/<int:device_id>/refresh")
def refresh(device_id: int) -> ResponseReturnValue:
    """Ask the iPad for a fresh inventory. raises: NotFound, Forbidden."""
    with writing(Job.PUSH) as tx:
        device = queries.device(tx, viewer(), device_id, silent_before())
        require(viewer(), Act.RESTART, device.school_id)
        if device.enrollment_id is None:
            raise NotFound("action")
        ask_anew(tx, tools().vault, viewer(), device.enrollment_id, now())
    flash(gettext("The iPad was asked for a fresh inventory. The reports appear below."))
    return redirect(url_for("console.device", device_id=device_id))


def _offered_kind(kind: str) -> RemoteKind:
    if kind not in set(RemoteKind) or RemoteKind(kind) not in _FORMS:
        raise NotFound("action")
    return RemoteKind(kind)


def _form(kind: RemoteKind, device: DeviceDetail) -> ReasonForm:
    form = _FORMS[kind]()
    if isinstance(form, EraseForm):
        form.expected = _word_to_type(device)
    return form


def _word_to_type(device: DeviceDetail) -> str:
    """What must be typed before an erase: something that stands on the iPad itself."""
    return device.serial or device.name or str(device.id)


def _order(kind: RemoteKind, device_id: int, form: ReasonForm) -> list[Text]:
    parameters = {}
    if isinstance(form, LockForm) and form.message.data:
        parameters["Message"] = form.message.data
    reason = (form.reason.data or "").strip()
    with writing(Job.PUSH) as tx:
        placed = orders.order(tx, tools(), viewer(), kind, device_id, parameters, reason, now())
    if placed.is_waiting:
        flash(str(words.REFUSAL[RefusalKind.SECOND_PERSON_NEEDED]))
    elif not placed.refusals:
        flash(gettext("Ordered. You can watch below how far it gets."))
    return list(placed.refusals)
