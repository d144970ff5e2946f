"""Where one iPad belongs: its class, its slot, its owner, chosen by a person.

A move is drafted as a change; where nothing changes for the iPad, it is done at once. Not here:
deciding about a draft (change_decisions.py), what a move does (mdm.rooms.devices.placing).
"""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField, SelectField, StringField
from wtforms.validators import Length, NumberRange, Optional

from mdm.base.bell import Job
from mdm.base.db import Tx
from mdm.base.errors import Conflict, InvalidInput, NotFound
from mdm.doors.console.blueprint import console, now, silent_before, tools, viewer, writing
from mdm.doors.console.schools import visible_school
from mdm.doors.console.words import Text
from mdm.rooms.access.service import Act, require
from mdm.rooms.changes import service as changes
from mdm.rooms.changes.models import ChangePlan
from mdm.rooms.changes.service import Wanted
from mdm.rooms.devices import queries, seating
from mdm.rooms.devices.models import Device
from mdm.rooms.devices.placing_by_hand import Where, move_of, standing_of
from mdm.rooms.devices.queries import DeviceDetail
from mdm.rooms.schools import queries as schools
from mdm.rooms.schools.structure import MOST_SLOTS

_NOBODY = _l("There is nobody with this identifier at the school.")
_BAD_SLOT = _l("This slot does not exist, or no place was chosen for it.")
_TAKEN_SLOT = _l("Another iPad is in this slot. Take it out first, or choose another slot.")


class PlaceForm(FlaskForm):
    """A place; empty for none. owner: an identifier, or the label of a seat."""

    class_name = SelectField(_l("Class"))
    trolley = SelectField(_l("Trolley"))
    slot = IntegerField(
        _l("Slot"),
        [Optional(), NumberRange(1, MOST_SLOTS, _l("Say a number from %(min)s to %(max)s."))],
    )
    owner = StringField(_l("Owner"), [Optional(), Length(max=255)])

    @property
    def where(self) -> Where:
        return Where(
            self.class_name.data or "",
            self.trolley.data or "",
            self.slot.data or 0,
            (self.owner.data or "").strip(),
        )


@console.route("/devices/<int:device_id>/place", methods=["GET", "POST"])
def place_device(device_id: int) -> ResponseReturnValue:
    """Show where an iPad belongs; when it is sent back, draft its move.

    raises: NotFound (also for an iPad of no school), Forbidden.
    """
    with tools().database.reading() as tx:
        found = queries.device(tx, viewer(), device_id, silent_before())
        require(viewer(), Act.MANAGE, found.school_id)
        if found.school_id is None:
            raise NotFound("school")
        form = _form(tx, tx.get_one(Device, device_id), found.school_id)
    if not form.validate_on_submit():
        return _page(found, form), 200 if request.method == "GET" else 400
    try:
        with writing(Job.RECONCILE) as tx:
            plan = _drafted(tx, found, form.where)
            waits = plan is not None and plan.device_count > 0
            plan_id = plan.id if plan is not None else None
    except NotFound:
        return _refused(found, form, form.owner, _NOBODY)
    except InvalidInput:
        return _refused(found, form, form.slot, _BAD_SLOT)
    except Conflict:
        return _refused(found, form, form.slot, _TAKEN_SLOT)
    if waits:
        return redirect(url_for("console.change", plan_id=plan_id))
    flash(gettext("Saved. Nothing else changes for the iPad by it."))
    return redirect(url_for("console.device", device_id=device_id))


def _drafted(tx: Tx, found: DeviceDetail, where: Where) -> ChangePlan | None:
    """The move as a change plan, done already where it touches no iPad; None for no move."""
    device = tx.get_one(Device, found.id, with_for_update=True)
    school = visible_school(tx, found.school_id or 0)
    move = move_of(tx, viewer(), device, school, where)
    if move is None:
        return None
    title = gettext("iPad %(name)s: another place", name=found.serial or found.name or found.id)
    vault = tools().vault
    plan = changes.draft(tx, vault, viewer(), Wanted(title, (move,)), now())
    if not plan.device_count:
        changes.approve(tx, vault, viewer(), plan.id, plan.fingerprint, now())
    return plan


def _form(tx: Tx, device: Device, school_id: int) -> PlaceForm:
    form = PlaceForm()
    classes = (row.name for row in schools.classes_of(tx, school_id))
    trolleys = (row.name for row in seating.trolleys(tx, school_id))
    form.class_name.choices = [("", _l("no class")), *((name, name) for name in classes)]
    form.trolley.choices = [("", _l("no trolley")), *((name, name) for name in trolleys)]
    if not form.is_submitted():
        where = standing_of(tx, device).where
        form.class_name.data, form.trolley.data = where.class_name, where.trolley
        form.slot.data, form.owner.data = where.slot or None, where.owner
    return form


def _refused(
    found: DeviceDetail, form: PlaceForm, field: StringField | IntegerField, problem: Text
) -> ResponseReturnValue:
    field.errors = (*field.errors, problem)
    return _page(found, form), 400


def _page(found: DeviceDetail, form: PlaceForm) -> str:
    with tools().database.reading() as tx:
        people = schools.members_of(tx, found.school_id or 0)
        owner_name = standing_of(tx, tx.get_one(Device, found.id)).owner_name
    return render_template(
        "console/place.html", device=found, form=form, people=people, owner_name=owner_name
    )
