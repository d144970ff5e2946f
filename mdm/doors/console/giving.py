"""Giving a saved profile to a school or a class: whom it reaches, and what is said afterwards.

Not here: the forms (wifi.py, restrictions.py), the rule itself (mdm.rooms.assignments).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext, ngettext

from mdm.base.db import Tx
from mdm.doors.console.blueprint import now, viewer
from mdm.doors.console.schools import visible_school
from mdm.rooms.assignments import service as assignments
from mdm.rooms.assignments.queries import reached_by_saving
from mdm.rooms.blueprints import queries as blueprints
from mdm.rooms.blueprints.queries import SavedProfile
from mdm.rooms.blueprints.service import Saved
from mdm.rooms.schools import queries as schools
from mdm.rooms.schools.models import ClassGroup, School
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


def give(tx: Tx, here: Place, saved: Saved) -> None:
    """Assign what was saved; whoever has it already gets the new version."""
    assignments.assign(tx, here.school, here.group, saved.profile, viewer().actor, now())
    assignments.announce(tx, saved)


def saved_text(saved: Saved, here: Place) -> str:
    """What to tell the person."""
    if not saved.is_new and here.before is not None:
        return gettext("Nothing has changed: it was exactly that before.")
    return ngettext(
        "Saved. %(num)d iPad gets it as soon as it calls.",
        "Saved. %(num)d iPads get it as soon as they call.",
        here.reached,
    )
