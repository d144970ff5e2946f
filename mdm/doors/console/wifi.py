"""The network of a school: described first, then saved with its password, drafted as a change.

The password is typed at the last step, beside the number of iPads it would go to. It is sealed at
once and never shown again. Not here: the form (wifi_form.py), restrictions (restrictions.py).
"""

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from mdm.base.db import Tx
from mdm.base.errors import InvalidInput
from mdm.doors.console.blueprint import console, now, tools, viewer, writing
from mdm.doors.console.giving import Place, after_saving, draft_giving, place
from mdm.doors.console.wifi_form import WAYS_IN, WifiForm
from mdm.rooms.access.service import Act, require
from mdm.rooms.blueprints import service as blueprints
from policies.wishes import ProfileKind


@console.route("/schools/<int:school_id>/wifi", methods=["GET", "POST"])
def wifi(school_id: int) -> ResponseReturnValue:
    """Describe a network, save it, draft who gets it: one step after the other.

    raises: NotFound, Forbidden.
    """
    require(viewer(), Act.MANAGE, school_id)
    form, step = WifiForm(), request.form.get("step", "look")
    with tools().database.reading() as tx:
        here = _place(tx, school_id, form)
    if not form.validate_on_submit() or step == "change":
        status = 400 if form.errors else 200
        return render_template("console/wifi.html", school=here.school, form=form), status
    if step != "save" or not form.has_fitting_password():
        status = 400 if form.password.errors else 200
        return render_template(
            "console/wifi_confirm.html", form=form, here=here, ways_in=WAYS_IN
        ), status
    return _save(form, here)


def _place(tx: Tx, school_id: int, form: WifiForm) -> Place:
    """Fill in the classes, and find out whom the network would reach."""
    here = place(tx, school_id, None, ProfileKind.WIFI, "")
    whole = (0, _l("the whole school"))
    form.class_group_id.choices = [whole, *((group.id, group.name) for group in here.classes)]
    name = " ".join((form.name.data or "").split())
    return place(tx, school_id, form.class_group_id.data or None, ProfileKind.WIFI, name)


def _save(form: WifiForm, here: Place) -> ResponseReturnValue:
    network, name = form.network(form.password.data or ""), form.name.data or ""
    try:
        with writing() as tx:
            saved = blueprints.save_wifi(
                tx,
                tools().vault,
                here.school,
                name,
                network,
                viewer().actor,
                now(),
                anchors=form.anchors(),
            )
            plan = draft_giving(tx, here, saved)
            plan_id = plan.id if plan is not None else None
    except InvalidInput as error:
        if error.field != "name":
            raise
        form.name.errors = (_l("Another profile is called almost the same."),)
        return render_template("console/wifi.html", school=here.school, form=form), 400
    return after_saving(here, plan_id)
