"""What `mdm assign` names, found: targets by school, class, group, serial; subjects by name.

Not here: the verbs (assign.py), whether it may be given there (mdm.rooms.assignments).
"""

from datetime import datetime

import click
from sqlalchemy import or_, select

from mdm.base.db import Tx
from mdm.base.errors import NotFound
from mdm.cli.device import find_device
from mdm.cli.house import House, find_school
from mdm.rooms.access.service import Viewer
from mdm.rooms.blueprints.models import App, Blueprint, BlueprintVersion, Profile
from mdm.rooms.groups.queries import groups
from mdm.rooms.schools import queries as schools
from mdm.rooms.schools.models import School
from mdm.rooms.schools.structure import find_trolley
from policies.operations import AssignmentSpec, Target

SCOPES = ("grade", "class_name", "course", "trolley", "group", "serial")
"""Options that say for whom, at most one of them."""


def target_of(
    house: House, tx: Tx, acting: Viewer, school: School | None, chosen: dict[str, str | None]
) -> Target:
    """For whom a rule is to be.

    chosen: by name of the option. raises: NotFound, UsageError (a part of a school without the
        school).
    """
    here = school.id if school is not None else None
    if group := chosen["group"]:
        found = next((row for row in groups(tx, acting) if row.name == group), None)
        if found is None:
            raise NotFound("smart group", group)
        return Target(here if here is not None else found.school_id, group_id=found.id)
    if serial := chosen["serial"]:
        return Target(here, device_id=find_device(house, tx, acting, serial).id)
    inside = next((chosen[name] for name in SCOPES if chosen[name] is not None), None)
    if inside is None:
        return Target(here)
    if school is None:
        raise click.UsageError("a part of a school is named together with its --school")
    return _inside(tx, school, chosen)


def _inside(tx: Tx, school: School, chosen: dict[str, str | None]) -> Target:
    if grade := chosen["grade"]:
        return Target(school.id, grade=grade)
    if class_name := chosen["class_name"]:
        _, group = find_school(tx, school.number, class_name)
        return Target(school.id, class_group_id=group.id if group is not None else None)
    if trolley := chosen["trolley"]:
        return Target(school.id, trolley_id=find_trolley(tx, school.id, trolley).id)
    course = chosen["course"] or ""
    for line in schools.course_lines(tx, school.id):
        if line.name == course:
            return Target(school.id, course_id=line.id)
    raise NotFound("course", course)


def spec_of(
    tx: Tx,
    target: Target,
    school: School | None,
    chosen: dict[str, str | None],
    starts: str | None,
    ends: str | None,
    reason: str,
) -> AssignmentSpec:
    """The rule that options describe. raises: NotFound, UsageError, InvalidOperation."""
    return AssignmentSpec(
        target,
        profile_id=_profile(tx, school, chosen["profile"]),
        app_id=_app(tx, chosen["bundle_id"]),
        blueprint_version_id=_blueprint(tx, school, chosen["blueprint"]),
        starts_at=_instant("--from", starts),
        ends_at=_instant("--until", ends),
        reason=reason,
    )


def _profile(tx: Tx, school: School | None, name: str | None) -> int | None:
    """The school's own before the city's of that name. raises: NotFound."""
    if name is None:
        return None
    owner = or_(Profile.school_id.is_(None), Profile.school_id == _number(school))
    query = select(Profile.id).where(Profile.name == name, Profile.retired_at.is_(None), owner)
    found = tx.scalars(query.order_by(Profile.school_id.is_(None))).first()
    if found is None:
        raise NotFound("profile", name)
    return found


def _blueprint(tx: Tx, school: School | None, name: str | None) -> int | None:
    """The newest version of the school's own before the city's. raises: NotFound."""
    if name is None:
        return None
    owner = or_(Blueprint.school_id.is_(None), Blueprint.school_id == _number(school))
    query = (
        select(BlueprintVersion.id)
        .join(Blueprint, Blueprint.id == BlueprintVersion.blueprint_id)
        .where(
            Blueprint.name == name,
            Blueprint.retired_at.is_(None),
            BlueprintVersion.version == Blueprint.current_version,
            owner,
        )
    )
    found = tx.scalars(query.order_by(Blueprint.school_id.is_(None))).first()
    if found is None:
        raise NotFound("blueprint", name)
    return found


def _number(school: School | None) -> int | None:
    return school.id if school is not None else None


def _app(tx: Tx, bundle_id: str | None) -> int | None:
    if bundle_id is None:
        return None
    found = tx.scalar(select(App.id).where(App.bundle_id == bundle_id))
    if found is None:
        raise NotFound("app", bundle_id)
    return found


def _instant(option: str, text: str | None) -> datetime | None:
    """Without an offset, the time of this machine. raises: UsageError."""
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).astimezone()
    except ValueError as error:
        raise click.UsageError(f"{option} is no instant such as 2026-09-14T08:00+02:00") from error
