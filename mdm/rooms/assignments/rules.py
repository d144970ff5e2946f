"""Reading the rules in force with every kind of target, by school and by blueprint.

Not here: what counts on one device in the end (policies.desired), writing (service.py).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from mdm.base.db import Tx
from mdm.rooms.assignments.models import Assignment
from mdm.rooms.assignments.targets import target_of
from mdm.rooms.blueprints.models import App, Blueprint, BlueprintVersion, Profile
from mdm.rooms.devices.models import Device
from mdm.rooms.groups.models import SmartGroup
from mdm.rooms.schools.models import ClassGroup, Course, School, Trolley
from policies.operations import Target
from policies.scope import ScopeKind

_Query: TypeAlias = Select[Assignment, str, int, str, str]


class SubjectKind(StrEnum):
    """What a rule gives."""

    PROFILE = "profile"
    APP = "app"
    BLUEPRINT = "blueprint"


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule in force.

    subject_id: of the profile, the app, or the version of the blueprint. version: of a
        blueprint; None for what is always given in its newest version.
    school: its number, None for the city. scope_name: of the grade, class, course, trolley,
        group; of a device its serial number; empty for a school and the city.
    rollout_id, ending_rollout_id: of the open roll-out that brings it, or takes it away.
    """

    id: int
    subject_kind: SubjectKind
    subject_id: int
    subject_name: str
    version: int | None
    scope_kind: ScopeKind
    scope_name: str
    school: str | None
    target: Target
    starts_at: datetime | None
    ends_at: datetime | None
    reason: str
    created_by: str
    created_at: datetime
    rollout_id: int | None
    ending_rollout_id: int | None


def rules_at(tx: Tx, school_id: int | None) -> list[RuleRow]:
    """List what holds at a school and in any part of it, the city's rules included.

    school_id: None for the city's rules alone. A rule for a device is its school's.
    """
    here: ColumnElement[bool] = Assignment.school_id.is_(None)
    if school_id is not None:
        here = or_(here, Assignment.school_id == school_id)
    return _rows(tx, _query().where(here))


def rules_of_blueprint(tx: Tx, blueprint_id: int) -> list[RuleRow]:
    """List the rules that give any version of a blueprint."""
    return _rows(tx, _query().where(Blueprint.id == blueprint_id))


def rules_of_group(tx: Tx, group_id: int) -> list[RuleRow]:
    """List the rules for the members of a smart group."""
    return _rows(tx, _query().where(Assignment.group_id == group_id))


def _query() -> _Query:
    scope_name = func.coalesce(
        Assignment.grade,
        ClassGroup.name,
        Course.name,
        Trolley.name,
        SmartGroup.name,
        Device.serial,
        Device.name,
        "",
    )
    return (
        select(
            Assignment,
            func.coalesce(Profile.name, App.name, Blueprint.name),
            BlueprintVersion.version,
            scope_name,
            School.number,
        )
        .outerjoin(Profile, Profile.id == Assignment.profile_id)
        .outerjoin(App, App.id == Assignment.app_id)
        .outerjoin(BlueprintVersion, BlueprintVersion.id == Assignment.blueprint_version_id)
        .outerjoin(Blueprint, Blueprint.id == BlueprintVersion.blueprint_id)
        .outerjoin(School, School.id == Assignment.school_id)
        .outerjoin(ClassGroup, ClassGroup.id == Assignment.class_group_id)
        .outerjoin(Course, Course.id == Assignment.course_id)
        .outerjoin(Trolley, Trolley.id == Assignment.trolley_id)
        .outerjoin(SmartGroup, SmartGroup.id == Assignment.group_id)
        .outerjoin(Device, Device.id == Assignment.device_id)
        .where(
            Assignment.ended_at.is_(None),
            and_(Profile.retired_at.is_(None), Blueprint.retired_at.is_(None)),
        )
        .order_by(Assignment.id)
    )


def _rows(tx: Tx, query: _Query) -> list[RuleRow]:
    rows = [_rule(*found) for found in tx.execute(query)]
    return sorted(rows, key=lambda row: (_WIDEST_FIRST.index(row.scope_kind), row.id))


_WIDEST_FIRST = tuple(ScopeKind)


def _rule(
    row: Assignment, name: str, version: int | None, scope_name: str, school: str | None
) -> RuleRow:
    kind, number = _subject(row)
    return RuleRow(
        id=row.id,
        subject_kind=kind,
        subject_id=number,
        subject_name=name,
        version=version,
        scope_kind=scope_kind(target_of(row)),
        scope_name=scope_name,
        school=school,
        target=target_of(row),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        reason=row.reason,
        created_by=row.created_by,
        created_at=row.created_at,
        rollout_id=row.rollout_id,
        ending_rollout_id=row.ending_rollout_id,
    )


def _subject(row: Assignment) -> tuple[SubjectKind, int]:
    if row.profile_id is not None:
        return SubjectKind.PROFILE, row.profile_id
    if row.app_id is not None:
        return SubjectKind.APP, row.app_id
    return SubjectKind.BLUEPRINT, row.blueprint_version_id or 0


def scope_kind(target: Target) -> ScopeKind:
    """What kind of scope a target is."""
    narrow = (
        (ScopeKind.GRADE, target.grade),
        (ScopeKind.CLASS, target.class_group_id),
        (ScopeKind.COURSE, target.course_id),
        (ScopeKind.TROLLEY, target.trolley_id),
        (ScopeKind.GROUP, target.group_id),
        (ScopeKind.DEVICE, target.device_id),
    )
    whole = ScopeKind.CITY if target.school_id is None else ScopeKind.SCHOOL
    return next((kind for kind, value in narrow if value is not None), whole)
