"""Restrictions of a school or a class: chosen from a short list, saved, drafted as a change.

Not here: the list (restriction_words.py), restrictions beyond it, which the command line sets
and this page leaves as they are.
"""

from collections.abc import Mapping
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import SelectMultipleField

from mdm.base.errors import NotFound
from mdm.doors.console.blueprint import console, now, tools, viewer, writing
from mdm.doors.console.change_words import HIDES_SETTINGS
from mdm.doors.console.forms import options
from mdm.doors.console.giving import Place, after_saving, draft_giving, place
from mdm.doors.console.paging import query_number
from mdm.doors.console.restriction_words import CHOICES, chosen_of, others_of, values_of
from mdm.rooms.access.service import Act, require
from mdm.rooms.blueprints import service as blueprints
from mdm.rooms.schools.models import ClassGroup
from policies.hidden_settings import restrictions_hide_settings
from policies.wishes import ProfileKind
from profiles.payloads.restrictions import Restrictions

# The command line's name for it, so that both speak of one profile.
_NAME = "Einschränkungen"


class RestrictionsForm(FlaskForm):
    """chosen: keys of the list."""

    chosen = SelectMultipleField(choices=options({choice.key: choice.text for choice in CHOICES}))


@console.route("/schools/<int:school_id>/restrictions", methods=["GET", "POST"])
def restrictions(school_id: int) -> ResponseReturnValue:
    """Choose restrictions, save them, draft who gets them: one step after the other.

    raises: NotFound, Forbidden, InvalidInput (one that is not on the list).
    """
    require(viewer(), Act.MANAGE, school_id)
    here = _place(school_id)
    form, step = RestrictionsForm(), request.form.get("step", "look")
    before = _known(here)
    chosen = set(form.chosen.data or ()) if form.is_submitted() else chosen_of(before)
    if not form.validate_on_submit() or step == "change":
        status = 400 if form.errors else 200
        return _page("console/restrictions.html", here, chosen, before), status
    if step != "save":
        return _page("console/restrictions_confirm.html", here, chosen, before)
    return _save(here, {**others_of(before), **values_of(chosen)})


def _place(school_id: int) -> Place:
    number = query_number("class")
    with tools().database.reading() as tx:
        here = place(tx, school_id, number, ProfileKind.RESTRICTIONS, _NAME)
        if number is not None and here.group is None:
            raise NotFound("class")
        if here.group is not None:
            here = place(tx, school_id, number, ProfileKind.RESTRICTIONS, _name(here.group))
    return here


def _name(group: ClassGroup | None) -> str:
    return f"{_NAME} {group.name}" if group is not None else _NAME


def _known(here: Place) -> Mapping[str, Any]:
    found = here.before.summary.get("restrictions") if here.before is not None else None
    return found if isinstance(found, Mapping) else {}


def _page(template: str, here: Place, chosen: set[str], before: Mapping[str, Any]) -> str:
    # No choice of this page hides the Settings app, but a list that was set elsewhere may.
    hidden = restrictions_hide_settings(others_of(before))
    return render_template(
        template,
        here=here,
        school=here.school,
        choices=CHOICES,
        chosen=chosen,
        dropped=chosen_of(before) - chosen,
        others=len(others_of(before)),
        warning=HIDES_SETTINGS if hidden else "",
        form=RestrictionsForm(),
    )


def _save(here: Place, values: Mapping[str, Any]) -> ResponseReturnValue:
    with writing() as tx:
        saved = blueprints.save_restrictions(
            tx,
            tools().vault,
            here.school,
            _name(here.group),
            Restrictions(values),
            viewer().actor,
            now(),
        )
        plan = draft_giving(tx, here, saved)
        plan_id = plan.id if plan is not None else None
    return after_saving(here, plan_id)
