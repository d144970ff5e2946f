"""Reading blueprints: which there are, what a version says, what two differ in.

Not here: saving them (versions.py), profiles and apps (queries.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select, true

from mdm.base.db import Tx
from mdm.base.errors import NotFound
from mdm.rooms.access.service import Viewer
from mdm.rooms.blueprints.models import Blueprint, BlueprintVersion
from mdm.rooms.schools.models import School
from policies.blueprint import Setting
from policies.blueprint_difference import BlueprintDifference, difference
from policies.blueprint_json import read_settings


@dataclass(frozen=True, slots=True)
class BlueprintRow:
    """A blueprint in its newest version. school: its number, None for one of the city.

    created_by: an actor, of the newest version.
    """

    id: int
    name: str
    school_id: int | None
    school: str | None
    version: int
    settings: int
    note: str
    created_by: str
    created_at: datetime
    is_retired: bool


def blueprints(tx: Tx, viewer: Viewer, *, retired: bool = False) -> list[BlueprintRow]:
    """List what somebody may see, the city's first. retired: those out of use too."""
    query = (
        select(Blueprint, BlueprintVersion, School.number)
        .join(BlueprintVersion, _is_current())
        .outerjoin(School, School.id == Blueprint.school_id)
        .where(_in_sight(viewer), true() if retired else Blueprint.retired_at.is_(None))
        .order_by(School.number.is_not(None), School.number, Blueprint.name)
    )
    return [
        BlueprintRow(
            id=blueprint.id,
            name=blueprint.name,
            school_id=blueprint.school_id,
            school=school,
            version=version.version,
            settings=len(version.items),
            note=version.note,
            created_by=version.created_by,
            created_at=version.created_at,
            is_retired=blueprint.retired_at is not None,
        )
        for blueprint, version, school in tx.execute(query)
    ]


def find_blueprint(tx: Tx, viewer: Viewer, blueprint_id: int) -> Blueprint:
    """Find one that somebody may see. raises: NotFound."""
    found = tx.scalar(select(Blueprint).where(Blueprint.id == blueprint_id, _in_sight(viewer)))
    if found is None:
        raise NotFound("blueprint", str(blueprint_id))
    return found


def versions_of(tx: Tx, blueprint_id: int) -> Sequence[BlueprintVersion]:
    """List the versions of a blueprint, the newest first."""
    query = (
        select(BlueprintVersion)
        .where(BlueprintVersion.blueprint_id == blueprint_id)
        .order_by(BlueprintVersion.version.desc())
    )
    return tx.scalars(query).all()


def find_version(tx: Tx, blueprint_id: int, number: int | None = None) -> BlueprintVersion:
    """Find a version by its number, None for the newest. raises: NotFound."""
    query = select(BlueprintVersion).where(BlueprintVersion.blueprint_id == blueprint_id)
    if number is None:
        query = query.join(Blueprint, _is_current())
    else:
        query = query.where(BlueprintVersion.version == number)
    found = tx.scalar(query)
    if found is None:
        raise NotFound("version of the blueprint", "" if number is None else str(number))
    return found


def settings_of(version: BlueprintVersion) -> tuple[Setting, ...]:
    """What a version says. raises: InvalidSetting, when its row was altered."""
    return read_settings(version.items)


def compare(tx: Tx, blueprint_id: int, before: int, after: int) -> BlueprintDifference:
    """Compare two versions by their numbers. raises: NotFound."""
    old, new = find_version(tx, blueprint_id, before), find_version(tx, blueprint_id, after)
    return difference(settings_of(old), settings_of(new))


def _is_current() -> ColumnElement[bool]:
    return and_(
        BlueprintVersion.blueprint_id == Blueprint.id,
        BlueprintVersion.version == Blueprint.current_version,
    )


def _in_sight(viewer: Viewer) -> ColumnElement[bool]:
    if viewer.school_ids is None:
        return true()
    return or_(Blueprint.school_id.is_(None), Blueprint.school_id.in_(viewer.school_ids))
