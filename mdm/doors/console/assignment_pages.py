"""Assignments: what holds at a school or in the city; drafting that something begins or ends.

Both forms only draft a change. Not here: deciding about it (change_decisions.py), blueprints and
groups themselves (blueprint_pages.py, group_pages.py).
"""

from datetime import UTC, datetime
from typing import Any

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, to_utc
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateTimeLocalField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from mdm.base.db import Tx
from mdm.base.errors import Conflict, Forbidden, InvalidInput, NotFound
from mdm.doors.console import wish_words
from mdm.doors.console.blueprint import console, now, silent_before, tools, viewer, writing
from mdm.doors.console.forms import NEEDED
from mdm.doors.console.people import names
from mdm.doors.console.problems import problem_alone, problem_text
from mdm.doors.console.schools import visible_school
from mdm.doors.console.words import Text
from mdm.rooms.access.service import Act, require
from mdm.rooms.assignments.choices import Choices, choices, moving
from mdm.rooms.assignments.models import Assignment
from mdm.rooms.assignments.rules import RuleRow, rules_at
from mdm.rooms.changes import service as changes
from mdm.rooms.changes.naming import Named, named_operations
from mdm.rooms.changes.service import Wanted
from mdm.rooms.devices import queries as devices
from mdm.rooms.devices.queries import DeviceFilter
from policies.errors import InvalidOperation
from policies.operations import AssignmentSpec, BeginAssignment, EndAssignment, Operation, Target
from policies.scope import ScopeKind

_WHOLE, _SERIAL = "whole", "serial"


class AssignForm(FlaskForm):
    """subject: `blueprint:<row of its version>`, `profile:<row>`, `app:<row>`.

    target: `whole`, `grade:<name>`, `serial`, or the kind and row of a part.
    """

    subject = SelectField(_l("What"), [InputRequired(NEEDED)])
    target = SelectField(_l("For"), [InputRequired(NEEDED)])
    serial = StringField(_l("Serial number of the iPad"), [Optional(), Length(max=60)])
    starts_at = DateTimeLocalField(
        _l("From (empty: at once)"), [Optional()], format=["%Y-%m-%dT%H:%M"]
    )
    ends_at = DateTimeLocalField(
        _l("Until (empty: for good)"), [Optional()], format=["%Y-%m-%dT%H:%M"]
    )
    reason = StringField(_l("Reason (optional)"), [Optional(), Length(max=200)])


@console.route("/assignments")
def city_assignments() -> ResponseReturnValue:
    """What holds in the whole city. raises: Forbidden."""
    _require_city()
    return _list(None)


@console.route("/schools/<int:school_id>/assignments")
def assignments(school_id: int) -> ResponseReturnValue:
    """What holds at a school, the city's rules included. raises: NotFound."""
    return _list(school_id)


@console.route("/assignments/new", methods=["GET", "POST"])
def new_city_assignment() -> ResponseReturnValue:
    """Draft that something holds in the whole city. raises: Forbidden."""
    _require_city()
    return _new(None)


@console.route("/schools/<int:school_id>/assignments/new", methods=["GET", "POST"])
def new_assignment(school_id: int) -> ResponseReturnValue:
    """Draft that something holds at a school. raises: NotFound, Forbidden."""
    require(viewer(), Act.MANAGE, school_id)
    return _new(school_id)


@console.post("/assignments/<int:assignment_id>/end")
def end_assignment(assignment_id: int) -> ResponseReturnValue:
    """Draft that a rule ends. raises: NotFound, Forbidden, Conflict (it has ended)."""
    with writing() as tx:
        row = tx.get(Assignment, assignment_id)
        if row is None or not (row.school_id is None or viewer().sees(row.school_id)):
            raise NotFound("assignment", str(assignment_id))
        plan_id = _draft(tx, EndAssignment(assignment_id), "")
    return redirect(url_for("console.change", plan_id=plan_id))


def _require_city() -> None:
    if viewer().school_ids is not None or not viewer().may(Act.MANAGE):
        raise Forbidden("change the whole city")


def _list(school_id: int | None) -> str:
    with tools().database.reading() as tx:
        school = visible_school(tx, school_id) if school_id is not None else None
        rows = rules_at(tx, school_id)
        people = names(tx, {row.created_by for row in rows})
        on_the_move = moving(tx, school_id)
    return render_template(
        "console/assignments.html",
        school=school,
        rules=rows,
        whom={row.id: _whom(row) for row in rows},
        people=people,
        moving=on_the_move,
        may_manage=viewer().may(Act.MANAGE),
        sees_city=viewer().school_ids is None,
        now=now(),
    )


def _whom(row: RuleRow) -> str:
    return wish_words.whom_text(row.scope_kind, row.scope_name, row.school)


def _new(school_id: int | None) -> ResponseReturnValue:
    problem: Text = ""
    with tools().database.reading() as tx:
        school = visible_school(tx, school_id) if school_id is not None else None
        offered = choices(tx, school_id)
    form = _prepared(AssignForm(), offered, school_id)
    if form.validate_on_submit():
        try:
            with writing() as tx:
                spec = _spec(tx, form, school_id)
                plan_id = _draft(tx, BeginAssignment(spec), form.reason.data or "")
            return redirect(url_for("console.change", plan_id=plan_id))
        except InvalidInput as error:
            problem = _told(form, error)
        except InvalidOperation as error:
            problem = _told(form, InvalidInput(error.field, error.problem))
        except Conflict as error:
            problem = str(error)
    status = 400 if form.errors or problem else 200
    return render_template("console/assign.html", school=school, form=form, problem=problem), status


def _told(form: AssignForm, error: InvalidInput) -> Text:
    """A problem beside the field that it is about; returned where the form has none for it."""
    if error.field not in form:
        return problem_text(error)
    field = form[error.field]
    field.errors = (*field.errors, problem_alone(error))
    return ""


def _prepared(form: AssignForm, offered: Choices, school_id: int | None) -> AssignForm:
    city = gettext("city")
    form.subject.choices = {
        gettext("Blueprints"): [
            (f"blueprint:{b.version_id}", f"{b.name} ({city})" if b.is_city else b.name)
            for b in offered.blueprints
        ],
        gettext("Profiles"): [
            (f"profile:{p.id}", f"{p.name} ({city})" if p.school_id is None else p.name)
            for p in offered.profiles
        ],
        gettext("Apps"): [(f"app:{a.id}", a.name) for a in offered.apps],
    }
    form.target.choices = _targets(offered, school_id)
    return form


def _targets(offered: Choices, school_id: int | None) -> list[SelectChoice]:
    whole = gettext("the whole city") if school_id is None else gettext("the whole school")
    parts = (
        (ScopeKind.CLASS, offered.classes),
        (ScopeKind.COURSE, offered.courses),
        (ScopeKind.TROLLEY, offered.trolleys),
        (ScopeKind.GROUP, offered.groups),
    )
    return [
        SelectChoice(_WHOLE, whole),
        *(
            SelectChoice(f"grade:{grade}", wish_words.whom_text(ScopeKind.GRADE, grade, None))
            for grade in offered.grades
        ),
        *(
            SelectChoice(f"{kind}:{part.number}", wish_words.whom_text(kind, part.name, None))
            for kind, listed in parts
            for part in listed
        ),
        SelectChoice(_SERIAL, gettext("one iPad, by its serial number")),
    ]


def _spec(tx: Tx, form: AssignForm, school_id: int | None) -> AssignmentSpec:
    """raises: InvalidInput (no such iPad), InvalidOperation (ends before it begins)."""
    kind, _, number = str(form.subject.data).partition(":")
    field = "blueprint_version_id" if kind == "blueprint" else f"{kind}_id"
    subject: dict[str, Any] = {field: int(number)}
    return AssignmentSpec(
        _target(tx, form, school_id),
        starts_at=_aware(form.starts_at.data),
        ends_at=_aware(form.ends_at.data),
        reason=(form.reason.data or "").strip(),
        **subject,
    )


def _target(tx: Tx, form: AssignForm, school_id: int | None) -> Target:
    kind, _, name = str(form.target.data).partition(":")
    match kind:
        case "grade":
            return Target(school_id, grade=name)
        case "class":
            return Target(school_id, class_group_id=int(name))
        case "course":
            return Target(school_id, course_id=int(name))
        case "trolley":
            return Target(school_id, trolley_id=int(name))
        case "group":
            return Target(school_id, group_id=int(name))
        case "serial":
            return Target(school_id, device_id=_device(tx, form.serial.data or "", school_id))
        case _:
            return Target(school_id)


def _device(tx: Tx, serial: str, school_id: int | None) -> int:
    """Find an iPad by its whole serial number. raises: InvalidInput."""
    wanted = serial.strip()
    rows = devices.devices(tx, viewer(), DeviceFilter(school_id, text=wanted), silent_before())
    found = [row.id for row in rows if (row.serial or "").upper() == wanted.upper()]
    if not wanted or len(found) != 1:
        raise InvalidInput(gettext("Serial number of the iPad"), "does not exist")
    return found[0]


def _aware(local: datetime | None) -> datetime | None:
    """A time as it was typed, on the clock of the city."""
    return None if local is None else to_utc(local).replace(tzinfo=UTC)


def _draft(tx: Tx, operation: Operation, reason: str) -> int:
    title = _title(named_operations(tx, viewer(), (operation,))[0])
    wanted = Wanted(title, (operation,), reason)
    return changes.draft(tx, tools().vault, viewer(), wanted, now()).id


def _title(named: Named) -> str:
    whom = wish_words.whom_text(named.kind, named.place, named.school)
    if isinstance(named.operation, EndAssignment):
        return gettext("%(what)s ends for: %(whom)s", what=named.subject, whom=whom)
    return gettext("%(what)s for: %(whom)s", what=named.subject, whom=whom)
