"""Which schools a change concerns, and whether somebody may change them.

Not here: which devices it touches in the end (looking_ahead.py).
"""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from sqlalchemy import select

from mdm.base.db import Base, Tx
from mdm.base.errors import Forbidden, NotFound
from mdm.base.vault import Vault
from mdm.rooms.access.service import Act, Viewer, require
from mdm.rooms.assignments.models import Assignment
from mdm.rooms.assignments.replacements import having
from mdm.rooms.blueprints.models import Profile
from mdm.rooms.changes.models import ChangePlan
from mdm.rooms.devices.models import Device
from mdm.rooms.groups.models import SmartGroup
from mdm.rooms.rosters import service as rosters
from mdm.rooms.rosters.touched import touched
from policies.operations import (
    ApplyRosterImport,
    BeginAssignment,
    ChangeGroup,
    EndAssignment,
    Operation,
    PlaceDevice,
    ReplaceBlueprintVersion,
    ReplaceProfileVersion,
    Target,
)

_Row = TypeVar("_Row", bound=Base)


def schools_concerned(
    tx: Tx, vault: Vault, operations: Sequence[Operation]
) -> frozenset[int] | None:
    """The schools whose devices operations may touch; None for the whole city.

    raises: NotFound (a row that an operation names is not there).
    """
    found = {school for operation in operations for school in _schools(tx, vault, operation)}
    return None if None in found else frozenset(school for school in found if school is not None)


def schools_of(plan: ChangePlan) -> frozenset[int] | None:
    """The schools that a plan may touch, as they were when it was drafted; None: the city."""
    return None if plan.schools is None else frozenset(plan.schools)


def require_plan(viewer: Viewer, plan: ChangePlan) -> None:
    """Let pass who may decide about a plan. raises: NotFound, Forbidden as require_change."""
    require_change(viewer, schools_of(plan))


def require_change(viewer: Viewer, schools: frozenset[int] | None) -> None:
    """Let pass who may change all of these schools.

    raises: NotFound (out of sight), Forbidden (his school, not his role; the whole city, which is
        for those only who see every school).
    """
    if schools is None:
        if viewer.school_ids is not None or not viewer.may(Act.MANAGE):
            raise Forbidden("change the whole city")
        return
    for school in sorted(schools):
        require(viewer, Act.MANAGE, school)


def _schools(tx: Tx, vault: Vault, operation: Operation) -> Iterator[int | None]:
    match operation:
        case BeginAssignment():
            yield _of_target(tx, operation.spec.target)
        case EndAssignment():
            yield _row(tx, Assignment, operation.assignment_id, "assignment").school_id
        case ReplaceBlueprintVersion():
            yield from tx.scalars(
                select(Assignment.school_id).where(
                    Assignment.blueprint_version_id == operation.before,
                    Assignment.ended_at.is_(None),
                )
            )
        case ReplaceProfileVersion():
            yield from (rule.school_id for rule in having(tx, operation.profile_id))
            yield _row(tx, Profile, operation.profile_id, "profile").school_id
        case PlaceDevice():
            # A device of no school is the business of whoever sees every school.
            yield from {operation.before.school_id, operation.after.school_id}
        case ChangeGroup():
            yield _row(tx, SmartGroup, operation.group_id, "smart group").school_id
        case ApplyRosterImport():
            yield from touched(tx, rosters.planned(tx, vault, operation.import_id))


def _of_target(tx: Tx, target: Target) -> int | None:
    if target.school_id is not None:
        return target.school_id
    if target.group_id is not None:
        return _row(tx, SmartGroup, target.group_id, "smart group").school_id
    if target.device_id is not None:
        return _row(tx, Device, target.device_id, "device").school_id
    return None


def _row(tx: Tx, kind: type[_Row], number: int, name: str) -> _Row:
    row = tx.get(kind, number)
    if row is None:
        raise NotFound(name, str(number))
    return row
