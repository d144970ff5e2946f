"""Reading the rules in force for a school and its classes: what the pages of today show.

Not here: rules for every kind of target (rules.py), what counts on one device in the end
(policies.desired), writing (service.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select

from mdm.base.db import Tx
from mdm.rooms.assignments.models import Assignment
from mdm.rooms.assignments.replacements import having
from mdm.rooms.assignments.targets import inside, target_of
from mdm.rooms.blueprints.models import App, Profile, ProfileVersion
from mdm.rooms.devices.due import count_scopes, of_school
from mdm.rooms.schools.models import ClassGroup
from policies.wishes import ProfileKind


@dataclass(frozen=True, slots=True)
class AssignedRow:
    """One rule in force at a school. kind: None for an app. created_by: an actor.

    class_name: None for the whole school, or for the whole city when is_citywide.
    summary: what may be shown of a profile, without secrets.
    """

    id: int
    kind: ProfileKind | None
    name: str
    version: int | None
    is_citywide: bool
    class_name: str | None
    summary: Mapping[str, Any]
    created_by: str
    created_at: datetime


def assigned_to(tx: Tx, school_id: int) -> list[AssignedRow]:
    """List the profiles and apps of a school and its classes, the city's included, at once.

    Not among them: blueprints, and what holds for a grade, a course, a trolley, a group, a
    device; rules.rules_at has everything.
    """
    query = (
        select(
            Assignment.id,
            Profile.kind,
            func.coalesce(Profile.name, App.name),
            Profile.current_version,
            Assignment.school_id.is_(None),
            ClassGroup.name,
            ProfileVersion.summary,
            Assignment.created_by,
            Assignment.created_at,
        )
        .outerjoin(ClassGroup, ClassGroup.id == Assignment.class_group_id)
        .outerjoin(App, App.id == Assignment.app_id)
        .outerjoin(Profile, Profile.id == Assignment.profile_id)
        .outerjoin(
            ProfileVersion,
            and_(
                ProfileVersion.profile_id == Profile.id,
                ProfileVersion.version == Profile.current_version,
            ),
        )
        .where(
            or_(Assignment.school_id == school_id, Assignment.school_id.is_(None)),
            Assignment.ended_at.is_(None),
            Assignment.blueprint_version_id.is_(None),
            *(column.is_(None) for column in _NARROWER),
            Profile.retired_at.is_(None),
        )
        .order_by(Assignment.id)
    )
    rows = [
        AssignedRow(number, kind, name, version, bool(city), group, summary or {}, by, at)
        for number, kind, name, version, city, group, summary, by, at in tx.execute(query)
    ]
    return sorted(rows, key=_place)


def reached_by_saving(
    tx: Tx, school_id: int, class_group_id: int | None, profile_id: int | None
) -> int:
    """Count the iPads that saving a profile and assigning it there would reach, each once.

    profile_id: of the profile when it exists already, for whoever has it gets the new version.
    """
    scopes = [of_school(school_id, class_group_id)]
    if profile_id is not None:
        scopes.extend(inside(target_of(row)) for row in having(tx, profile_id))
    return count_scopes(tx, scopes)


_NARROWER = (
    Assignment.grade,
    Assignment.course_id,
    Assignment.trolley_id,
    Assignment.group_id,
    Assignment.device_id,
)


_FIRST: list[ProfileKind | None] = [ProfileKind.WIFI, ProfileKind.RESTRICTIONS]


def _place(row: AssignedRow) -> tuple[int, int]:
    return (_FIRST.index(row.kind) if row.kind in _FIRST else len(_FIRST), row.id)
