"""Giving a saved profile to a school or a class: whom it reaches, and the draft that gives it.

Not here: the forms (wifi.py, restrictions.py), deciding about the draft (change_decisions.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from mdm.base.db import Tx
from mdm.doors.console.blueprint import now, tools, viewer
from mdm.doors.console.schools import visible_school
from mdm.rooms.assignments.queries import reached_by_saving
from mdm.rooms.blueprints import queries as blueprints
from mdm.rooms.blueprints.queries import SavedProfile
from mdm.rooms.blueprints.service import Saved
from mdm.rooms.changes.models import ChangePlan
from mdm.rooms.changes.replacing import draft_profile
from mdm.rooms.schools import queries as schools
from mdm.rooms.schools.models import ClassGroup, School
from policies.operations import Target
from policies.wishes import ProfileKind


@dataclass(frozen=True, slots=True)
class Place:
    """A school, perhaps one class of it (group), and what is there.

    before: the profile that would get a new version; None for a new one. reached: iPads.
    """

    school: School
    classes: Sequence[ClassGroup]
    group: ClassGroup | None
    before: SavedProfile | None
    reached: int


def place(
    tx: Tx, school_id: int, class_group_id: int | None, kind: ProfileKind, name: str
) -> Place:
    """Look at a school before something is given to it.

    class_group_id: of a class; one that is not the school's counts as none.
    raises: NotFound.
    """
    school, classes = visible_school(tx, school_id), schools.classes_of(tx, school_id)
    group = next((row for row in classes if row.id == class_group_id), None)
    before = blueprints.saved(tx, school_id, kind, name)
    known = before.id if before is not None else None
    reached = reached_by_saving(tx, school_id, group.id if group else None, known)
    return Place(school, classes, group, before, reached)


def draft_giving(tx: Tx, here: Place, saved: Saved) -> ChangePlan | None:
    """Draft that the place gets what was saved, and whoever has it already the new version.

    returns: None when it is exactly so already.
    """
    group = here.group
    target = Target(here.school.id, class_group_id=group.id if group is not None else None)
    whom = group.name if group is not None else here.school.name
    title = gettext("%(what)s for: %(whom)s", what=saved.profile.name, whom=whom)
    return draft_profile(tx, tools().vault, viewer(), saved, title, now(), target=target)


def after_saving(here: Place, plan_id: int | None) -> ResponseReturnValue:
    """Go where the person decides about the draft; without one there is nothing to decide."""
    if plan_id is not None:
        flash(gettext("Saved. Nobody has it yet: here is who would get it."))
        return redirect(url_for("console.change", plan_id=plan_id))
    flash(gettext("Nothing has changed: it was exactly that before."))
    return redirect(url_for("console.school", school_id=here.school.id))
