"""The rules in force: what for whom, by whose decision.

Here: beginning, ending and replacing; whoever is concerned becomes due. Alone in writing table
`assignment`. Not here: who may (mdm.rooms.access, asked by the doors), reaching devices ring by
ring (rollouts.py), which wish wins (policies.desired), loading them for plans (mdm.rooms.facts).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from mdm.base.db import Tx
from mdm.base.errors import Conflict, InvalidInput, NotFound
from mdm.rooms.assignments.models import Assignment, Rollout
from mdm.rooms.assignments.subjects import check_subject
from mdm.rooms.assignments.targets import checked_target, inside, target_of
from mdm.rooms.audit import service as audit
from mdm.rooms.audit.service import Actor, Subject
from mdm.rooms.blueprints.models import App, BlueprintVersion, Profile
from mdm.rooms.devices.due import mark_scopes_due
from mdm.rooms.schools.models import ClassGroup, School
from policies.operations import AssignmentSpec, Target

_LONGEST_REASON = 200


def begin(
    tx: Tx, spec: AssignmentSpec, actor: Actor, now: datetime, *, rollout_id: int | None = None
) -> Assignment:
    """Decide that somebody gets something.

    rollout_id: of an open roll-out that brings it to one ring after another; then nobody becomes
        due before it is released. None: it holds at once.
    returns: the one in force when the same was decided before.
    raises: InvalidInput: the target or the subject does not exist, is out of use, or is another
        school's; the window has passed, or has no time zone.
    """
    target = checked_target(tx, spec.target)
    check_subject(tx, spec, target.school_id)
    _check_window(spec, now)
    return _begin(tx, spec, target, actor, now, rollout_id)


def end(
    tx: Tx,
    assignment_id: int,
    actor: Actor,
    now: datetime,
    reason: str = "",
    *,
    rollout_id: int | None = None,
) -> Assignment:
    """End an assignment; ending it again changes nothing.

    rollout_id: of an open roll-out that takes it away from one ring after another.
    raises: NotFound, Conflict (another roll-out is about to end it).
    """
    row = tx.get(Assignment, assignment_id, with_for_update=True)
    if row is None:
        raise NotFound("assignment", str(assignment_id))
    if row.ended_at is not None or (rollout_id and row.ending_rollout_id == rollout_id):
        return row
    if rollout_id is None:
        row.ended_at = now
    elif row.ending_rollout_id is None:
        row.ending_rollout_id = rollout_id
    else:
        raise Conflict("another roll-out is about to end this assignment")
    _decided(tx, row, "assignment.end", actor, now, reason, rollout_id)
    return row


def replace_version(
    tx: Tx,
    before: BlueprintVersion,
    after: BlueprintVersion,
    actor: Actor,
    now: datetime,
    reason: str = "",
    *,
    rollout_id: int | None = None,
) -> list[tuple[Assignment, Assignment]]:
    """Let whoever has one version of a blueprint have another one.

    returns: each rule that ends with the one that takes its place, for the same target and
        window, decided since the same instant.
    raises: InvalidInput (versions of two blueprints, or what `begin` says), Conflict.
    """
    if before.blueprint_id != after.blueprint_id:
        raise InvalidInput("version", "belongs to another blueprint")
    pairs = []
    for row in _lasting(tx, before, now):
        spec = spec_of(row, blueprint_version_id=after.id)
        check_subject(tx, spec, row.school_id)
        ended = end(tx, row.id, actor, now, reason, rollout_id=rollout_id)
        # The target is taken as it was: a class that is over must not hold up all the others.
        begun = _begin(tx, spec, spec.target, actor, now, rollout_id)
        pairs.append((ended, begun))
    return pairs


def assign(
    tx: Tx,
    school: School | None,
    group: ClassGroup | None,
    subject: Profile | App,
    actor: Actor,
    now: datetime,
    reason: str = "",
) -> Assignment:
    """Decide that a school, or one of its classes, gets a profile or an app, at once.

    school: None for the whole city. returns: the one in force when it was decided before.
    raises: InvalidInput (class of another school, profile of another school, a retired profile).
    """
    if group is not None and (school is None or group.school_id != school.id):
        raise InvalidInput("class", "this class belongs to another school")
    spec = AssignmentSpec(
        Target(
            school_id=school.id if school is not None else None,
            class_group_id=group.id if group is not None else None,
        ),
        profile_id=subject.id if isinstance(subject, Profile) else None,
        app_id=subject.id if isinstance(subject, App) else None,
        reason=reason,
    )
    return begin(tx, spec, actor, now)


def is_given(tx: Tx, spec: AssignmentSpec) -> bool:
    """Whether a rule in force, or on its way, says the same and is not about to end."""
    query = select(Assignment.id).where(
        *_says(spec, spec.target),
        Assignment.ended_at.is_(None),
        Assignment.ending_rollout_id.is_(None),
    )
    return tx.scalars(query).first() is not None


def spec_of(row: Assignment, *, blueprint_version_id: int | None = None) -> AssignmentSpec:
    """What a stored assignment says. blueprint_version_id: instead of its own."""
    return AssignmentSpec(
        target_of(row),
        profile_id=row.profile_id,
        app_id=row.app_id,
        blueprint_version_id=blueprint_version_id or row.blueprint_version_id,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        reason=row.reason,
        since=row.created_at,
    )


def _begin(
    tx: Tx,
    spec: AssignmentSpec,
    target: Target,
    actor: Actor,
    now: datetime,
    rollout_id: int | None,
) -> Assignment:
    before = _same_in_force(tx, spec, target, rollout_id)
    if before is not None:
        return before
    row = _row(spec, target, actor, now, rollout_id)
    tx.add(row)
    tx.flush()
    _decided(tx, row, "assignment.begin", actor, now, spec.reason, rollout_id)
    return row


def _lasting(tx: Tx, version: BlueprintVersion, now: datetime) -> Sequence[Assignment]:
    """The rules that give a version, and are neither over nor about to end."""
    query = (
        select(Assignment)
        .where(
            Assignment.blueprint_version_id == version.id,
            Assignment.ended_at.is_(None),
            Assignment.ending_rollout_id.is_(None),
            or_(Assignment.ends_at.is_(None), Assignment.ends_at > now),
        )
        .order_by(Assignment.id)
    )
    return tx.scalars(query).all()


def _check_window(spec: AssignmentSpec, now: datetime) -> None:
    for field, at in (("starts_at", spec.starts_at), ("ends_at", spec.ends_at)):
        if at is not None and at.tzinfo is None:
            raise InvalidInput(field, "has no time zone", "Give the offset, say +02:00.")
    if spec.ends_at is not None and spec.ends_at <= now:
        raise InvalidInput("ends_at", "has passed already", "Choose a later end.")


def _row(
    spec: AssignmentSpec, target: Target, actor: Actor, now: datetime, rollout_id: int | None
) -> Assignment:
    row = Assignment(
        reason=spec.reason[:_LONGEST_REASON],
        created_by=actor.name,
        created_at=spec.since or now,
        rollout_id=rollout_id,
    )
    for column in _SAID:
        setattr(row, column.key, _said(spec, target, column.key))
    return row


_SAID = (
    Assignment.school_id,
    Assignment.grade,
    Assignment.class_group_id,
    Assignment.course_id,
    Assignment.trolley_id,
    Assignment.group_id,
    Assignment.device_id,
    Assignment.profile_id,
    Assignment.app_id,
    Assignment.blueprint_version_id,
    Assignment.starts_at,
    Assignment.ends_at,
)


def _said(spec: AssignmentSpec, target: Target, name: str) -> Any:
    return getattr(target if hasattr(target, name) else spec, name)


def _says(spec: AssignmentSpec, target: Target) -> list[ColumnElement[bool]]:
    return [column.is_not_distinct_from(_said(spec, target, column.key)) for column in _SAID]


def _same_in_force(
    tx: Tx, spec: AssignmentSpec, target: Target, rollout_id: int | None
) -> Assignment | None:
    """One that says the same, comes the same way, and is not about to end.

    What a roll-out brings is a rule of its own even where another one says the same: undoing
    the roll-out must not end what was there before.
    """
    way: ColumnElement[bool] = Assignment.rollout_id == rollout_id
    if rollout_id is None:
        is_over = select(Rollout.id).where(Rollout.ended_at.is_not(None))
        way = or_(Assignment.rollout_id.is_(None), Assignment.rollout_id.in_(is_over))
    query = select(Assignment).where(
        *_says(spec, target),
        way,
        Assignment.ended_at.is_(None),
        Assignment.ending_rollout_id.is_(None),
    )
    return tx.scalars(query).first()


def _decided(
    tx: Tx,
    row: Assignment,
    act: str,
    actor: Actor,
    now: datetime,
    reason: str,
    rollout_id: int | None,
) -> None:
    concerned = 0
    if rollout_id is None:
        concerned = mark_scopes_due(tx, [inside(target_of(row))])
    named = {column.key: getattr(row, column.key) for column in _SAID[1:-2]}
    details = {
        **{key.removesuffix("_id"): value for key, value in named.items() if value is not None},
        "concerned": concerned,
        **({"rollout": rollout_id} if rollout_id is not None else {}),
    }
    subject = Subject.of("assignment", row.id)
    audit.record(
        tx, actor, act, subject, now, school_id=row.school_id, reason=reason, details=details
    )
