"""What may be assigned at a school, and to which parts of it: the choices of a form.

Not here: checking what was chosen (targets.py, subjects.py).
"""

from dataclasses import dataclass

from sqlalchemy import and_, or_, select

from mdm.base.db import Tx
from mdm.rooms.assignments.models import Assignment, Rollout
from mdm.rooms.blueprints.library_queries import (
    LibraryApp,
    LibraryProfile,
    library_apps,
    library_profiles,
)
from mdm.rooms.blueprints.models import Blueprint, BlueprintVersion
from mdm.rooms.groups.models import SmartGroup
from mdm.rooms.schools import queries as schools
from mdm.rooms.schools.models import Course, Trolley


@dataclass(frozen=True, slots=True)
class BlueprintChoice:
    """A blueprint in its newest version. version_id: its row."""

    version_id: int
    name: str
    version: int
    is_city: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A class, course, trolley or group. number: of its row."""

    number: int
    name: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What may be given, and to whom; parts of a school are none for the city."""

    blueprints: tuple[BlueprintChoice, ...]
    profiles: tuple[LibraryProfile, ...]
    apps: tuple[LibraryApp, ...]
    grades: tuple[str, ...]
    classes: tuple[Part, ...]
    courses: tuple[Part, ...]
    trolleys: tuple[Part, ...]
    groups: tuple[Part, ...]


def choices(tx: Tx, school_id: int | None) -> Choices:
    """List what is in use. school_id: None for the city."""
    classes = schools.classes_of(tx, school_id) if school_id is not None else ()
    return Choices(
        blueprints=_blueprints(tx, school_id),
        profiles=tuple(library_profiles(tx, school_id)),
        apps=tuple(library_apps(tx)),
        grades=tuple(dict.fromkeys(group.grade for group in classes if group.grade)),
        classes=tuple(Part(group.id, group.name) for group in classes),
        courses=_parts(tx, Course, school_id),
        trolleys=_parts(tx, Trolley, school_id),
        groups=_groups(tx, school_id),
    )


def moving(tx: Tx, school_id: int | None) -> frozenset[int]:
    """The rules of a school and the city that an open roll-out is bringing or taking away.

    returns: numbers of assignments. school_id: None for those of the city alone.
    """
    is_theirs = or_(Rollout.id == Assignment.rollout_id, Rollout.id == Assignment.ending_rollout_id)
    query = (
        select(Assignment.id)
        .join(Rollout, is_theirs)
        .where(
            Rollout.ended_at.is_(None),
            Assignment.ended_at.is_(None),
            or_(Assignment.school_id.is_(None), Assignment.school_id == school_id),
        )
    )
    return frozenset(tx.scalars(query))


def _blueprints(tx: Tx, school_id: int | None) -> tuple[BlueprintChoice, ...]:
    newest = and_(
        BlueprintVersion.blueprint_id == Blueprint.id,
        BlueprintVersion.version == Blueprint.current_version,
    )
    query = (
        select(BlueprintVersion.id, Blueprint.name, BlueprintVersion.version, Blueprint.school_id)
        .join(Blueprint, newest)
        .where(
            Blueprint.retired_at.is_(None),
            or_(Blueprint.school_id.is_(None), Blueprint.school_id == school_id),
        )
        .order_by(Blueprint.school_id.is_(None), Blueprint.name)
    )
    return tuple(
        BlueprintChoice(number, name, version, owner is None)
        for number, name, version, owner in tx.execute(query)
    )


def _parts(tx: Tx, kind: type[Course] | type[Trolley], school_id: int | None) -> tuple[Part, ...]:
    query = select(kind.id, kind.name).where(kind.school_id == school_id, kind.ended_at.is_(None))
    return tuple(Part(number, name) for number, name in tx.execute(query.order_by(kind.name)))


def _groups(tx: Tx, school_id: int | None) -> tuple[Part, ...]:
    owner = or_(SmartGroup.school_id.is_(None), SmartGroup.school_id == school_id)
    query = select(SmartGroup.id, SmartGroup.name).where(owner, SmartGroup.retired_at.is_(None))
    return tuple(Part(number, name) for number, name in tx.execute(query.order_by(SmartGroup.name)))
