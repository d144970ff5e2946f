"""The rules in force: which profile or app for whom, by whose decision.

Here: beginning and ending an assignment; whoever is concerned becomes due. Alone in writing
table `assignment`. Not here: who may (mdm.rooms.access, asked by the doors), which wish wins
(policies.desired), loading them for plans (mdm.rooms.facts).
"""

from datetime import datetime

from sqlalchemy import ColumnElement, select

from mdm.base.db import Tx
from mdm.base.errors import InvalidInput, NotFound
from mdm.rooms.assignments.models import Assignment
from mdm.rooms.audit import service as audit
from mdm.rooms.audit.service import Actor, Subject
from mdm.rooms.blueprints.models import App, Profile
from mdm.rooms.blueprints.service import Saved
from mdm.rooms.devices.due import mark_scopes_due, of_school
from mdm.rooms.schools.models import ClassGroup, School

_LONGEST_REASON = 200


def assign(
    tx: Tx,
    school: School | None,
    group: ClassGroup | None,
    subject: Profile | App,
    actor: Actor,
    now: datetime,
    reason: str = "",
) -> Assignment:
    """Decide that a school, or one of its classes, gets a profile or an app.

    school: None for the whole city. returns: the one in force when it was decided before.
    raises: InvalidInput (class of another school, profile of another school, a retired profile).
    """
    _check(school, group, subject)
    row = Assignment(
        school_id=school.id if school is not None else None,
        class_group_id=group.id if group is not None else None,
        profile_id=subject.id if isinstance(subject, Profile) else None,
        app_id=subject.id if isinstance(subject, App) else None,
        reason=reason[:_LONGEST_REASON],
        created_by=actor.name,
        created_at=now,
    )
    before = _in_force(tx, row)
    if before is not None:
        return before
    tx.add(row)
    tx.flush()
    _decided(tx, row, "assignment.begin", actor, now, reason)
    return row


def end(tx: Tx, assignment_id: int, actor: Actor, now: datetime, reason: str = "") -> Assignment:
    """End an assignment; ending it again changes nothing. raises: NotFound."""
    row = tx.get(Assignment, assignment_id, with_for_update=True)
    if row is None:
        raise NotFound("assignment", str(assignment_id))
    if row.ended_at is None:
        row.ended_at = now
        _decided(tx, row, "assignment.end", actor, now, reason)
    return row


def announce(tx: Tx, saved: Saved) -> int:
    """Let everybody who has a profile get its new version; returns how many are concerned."""
    if not saved.is_new:
        return 0
    rows = tx.scalars(
        select(Assignment).where(
            Assignment.profile_id == saved.profile.id, Assignment.ended_at.is_(None)
        )
    )
    return mark_scopes_due(tx, [_scope(row) for row in rows])


def _check(school: School | None, group: ClassGroup | None, subject: Profile | App) -> None:
    if group is not None and (school is None or group.school_id != school.id):
        raise InvalidInput("class", "this class belongs to another school")
    if not isinstance(subject, Profile):
        return
    if subject.retired_at is not None:
        raise InvalidInput("profile", "is no longer in use", "Choose another one.")
    # A profile may hold the secrets of its school.
    if subject.school_id is not None and (school is None or subject.school_id != school.id):
        raise InvalidInput("profile", "belongs to another school", "Save it for this school.")


def _in_force(tx: Tx, wanted: Assignment) -> Assignment | None:
    same = [
        column == value if value is not None else column.is_(None)
        for column, value in (
            (Assignment.school_id, wanted.school_id),
            (Assignment.class_group_id, wanted.class_group_id),
            (Assignment.profile_id, wanted.profile_id),
            (Assignment.app_id, wanted.app_id),
        )
    ]
    return tx.scalars(select(Assignment).where(*same, Assignment.ended_at.is_(None))).first()


def _decided(tx: Tx, row: Assignment, act: str, actor: Actor, now: datetime, reason: str) -> None:
    concerned = mark_scopes_due(tx, [_scope(row)])
    details = {
        "class_group": row.class_group_id,
        "profile": row.profile_id,
        "app": row.app_id,
        "concerned": concerned,
    }
    subject = Subject.of("assignment", row.id)
    audit.record(
        tx, actor, act, subject, now, school_id=row.school_id, reason=reason, details=details
    )


def _scope(row: Assignment) -> ColumnElement[bool]:
    return of_school(row.school_id, row.class_group_id)
