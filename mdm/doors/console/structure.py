"""The structure of a school: grades, classes, courses, rooms, trolleys, its site.

Not here: where one iPad belongs (placing.py), lists that come in (roster_import.py).
"""

from itertools import groupby

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from mdm.base.db import Tx
from mdm.base.errors import InvalidInput
from mdm.doors.console.blueprint import console, now, tools, viewer, writing
from mdm.doors.console.forms import NEEDED
from mdm.doors.console.schools import visible_school
from mdm.rooms.access.service import Act, require
from mdm.rooms.devices import seating
from mdm.rooms.schools import queries, structure
from mdm.rooms.schools.models import Campus
from mdm.rooms.schools.structure import MOST_SLOTS

_LONGEST_PLACE = 80
_USUAL_SLOTS = 16
_NAME = [
    InputRequired(NEEDED),
    Length(max=_LONGEST_PLACE, message=_l("At most %(max)d characters.")),
]
_TAKEN = _l("This name is taken. Choose another one.")


class TrolleyForm(FlaskForm):
    """A new trolley."""

    name = StringField(_l("Name"), _NAME)
    slots = IntegerField(
        _l("Slots"),
        [
            InputRequired(NEEDED),
            NumberRange(1, MOST_SLOTS, _l("Say a number from %(min)s to %(max)s.")),
        ],
    )
    room = StringField(_l("Room (optional)"), [Optional(), Length(max=_LONGEST_PLACE)])


class RoomForm(FlaskForm):
    """A new room."""

    name = StringField(_l("Name"), _NAME)


class CampusForm(FlaskForm):
    """At which site a school is. campus_id: 0 for none. name: of a new one."""

    campus_id = SelectField(_l("Site"), coerce=int)
    name = StringField(_l("or a new one"), [Optional(), Length(max=200)])


@console.route("/schools/<int:school_id>/structure")
def school_structure(school_id: int) -> ResponseReturnValue:
    """raises: NotFound."""
    return _page(school_id, _fresh(), RoomForm(formdata=None))


@console.post("/schools/<int:school_id>/trolleys")
def add_trolley(school_id: int) -> ResponseReturnValue:
    """raises: NotFound, Forbidden."""
    require(viewer(), Act.MANAGE, school_id)
    form = TrolleyForm()
    if not form.validate():
        return _page(school_id, form, RoomForm(formdata=None)), 400
    actor = viewer().actor
    try:
        with writing() as tx:
            school = visible_school(tx, school_id)
            name = (form.room.data or "").strip()
            room = structure.room(tx, school, name, actor, now()) if name else None
            structure.add_trolley(
                tx, school, form.name.data or "", form.slots.data or 0, actor, now(), room
            )
    except InvalidInput:
        form.name.errors = (*form.name.errors, _TAKEN)
        return _page(school_id, form, RoomForm(formdata=None)), 400
    flash(gettext("The trolley was added."))
    return redirect(url_for("console.school_structure", school_id=school_id))


@console.post("/schools/<int:school_id>/rooms")
def add_room(school_id: int) -> ResponseReturnValue:
    """raises: NotFound, Forbidden."""
    require(viewer(), Act.MANAGE, school_id)
    form = RoomForm()
    if not form.validate():
        return _page(school_id, _fresh(), form), 400
    with writing() as tx:
        school = visible_school(tx, school_id)
        structure.room(tx, school, form.name.data or "", viewer().actor, now())
    flash(gettext("The room is there now."))
    return redirect(url_for("console.school_structure", school_id=school_id))


@console.post("/schools/<int:school_id>/campus")
def move_school(school_id: int) -> ResponseReturnValue:
    """Say at which site a school is. raises: NotFound, Forbidden, InvalidInput (a taken name)."""
    require(viewer(), Act.ADMINISTER, school_id)
    with writing() as tx:
        school, form = visible_school(tx, school_id), _campus_form(tx)
        if not form.validate():
            raise InvalidInput("campus", "there is no such site")
        actor, name = viewer().actor, (form.name.data or "").strip()
        site = tx.get(Campus, form.campus_id.data or 0)
        if name:
            site = structure.add_campus(tx, name, actor, now())
        structure.move_school(tx, school, site, actor, now())
    flash(gettext("The site was saved."))
    return redirect(url_for("console.school_structure", school_id=school_id))


def _campus_form(tx: Tx, chosen: int | None = None) -> CampusForm:
    form = CampusForm()
    sites = ((row.id, row.name) for row in queries.campuses(tx))
    form.campus_id.choices = [(0, _l("none")), *sites]
    if not form.is_submitted():
        form.campus_id.data = chosen or 0
    return form


def _fresh() -> TrolleyForm:
    form = TrolleyForm(formdata=None)
    form.slots.data = _USUAL_SLOTS
    return form


def _page(school_id: int, trolley_form: TrolleyForm, room_form: RoomForm) -> str:
    with tools().database.reading() as tx:
        school = visible_school(tx, school_id)
        classes = queries.class_lines(tx, school_id)
        courses = queries.course_lines(tx, school_id)
        rooms = queries.rooms_of(tx, school_id)
        trolleys = seating.trolleys(tx, school_id)
        ipads = seating.devices_by_class(tx, school_id)
        campus = tx.get(Campus, school.campus_id) if school.campus_id else None
        campus_form = _campus_form(tx, school.campus_id)
    grades = [(grade, list(rows)) for grade, rows in groupby(classes, key=lambda row: row.grade)]
    return render_template(
        "console/structure.html",
        school=school,
        grades=grades,
        courses=courses,
        rooms=rooms,
        trolleys=trolleys,
        ipads=ipads,
        campus=campus,
        trolley_form=trolley_form,
        room_form=room_form,
        campus_form=campus_form,
        may_manage=viewer().may(Act.MANAGE),
        may_administer=viewer().may(Act.ADMINISTER),
    )
