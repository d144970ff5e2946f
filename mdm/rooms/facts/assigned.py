"""Loading what is assigned in some schools, as the decisions that plans compile."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import and_, or_, select

from mdm.base.db import Tx
from mdm.rooms.assignments.models import Assignment as AssignmentRow
from mdm.rooms.blueprints.models import App, Profile
from mdm.rooms.blueprints.models import ProfileVersion as VersionRow
from mdm.rooms.schools.models import ClassGroup, School
from policies.assignment import AppChoice, Assignment, ProfileVersion
from policies.scope import CITY, Scope, ScopeKind


@dataclass(frozen=True, slots=True)
class Assigned:
    """What holds at one school.

    version_rows: by the UUID of a profile, the number of the row with its bytes.
    """

    assignments: tuple[Assignment, ...] = ()
    version_rows: Mapping[str, int] = field(default_factory=dict)


class _Row(NamedTuple):
    """school: its number; None for what holds in the whole city."""

    assignment: AssignmentRow
    school: str | None
    class_name: str | None
    profile: Profile | None
    version: VersionRow | None
    app: App | None


class AssignedRows:
    """What holds in some schools, and in the whole city."""

    def __init__(self, rows: Iterable[_Row]) -> None:
        self._by_school: dict[int | None, list[_Row]] = {}
        for row in rows:
            self._by_school.setdefault(row.assignment.school_id, []).append(row)
        self._put_together: dict[int | None, Assigned] = {}

    def at(self, school_id: int | None) -> Assigned:
        """What holds at a school, the city's decisions included; None for no school at all."""
        if school_id not in self._put_together:
            here = self._by_school.get(school_id, []) if school_id is not None else []
            self._put_together[school_id] = _assigned([*self._by_school.get(None, []), *here])
        return self._put_together[school_id]


def load(tx: Tx, school_ids: Collection[int]) -> AssignedRows:
    """Load what holds now in these schools; a retired profile is no longer wished."""
    query = (
        select(AssignmentRow, School.number, ClassGroup.name, Profile, VersionRow, App)
        .outerjoin(School, School.id == AssignmentRow.school_id)
        .outerjoin(ClassGroup, ClassGroup.id == AssignmentRow.class_group_id)
        .outerjoin(
            Profile, and_(Profile.id == AssignmentRow.profile_id, Profile.retired_at.is_(None))
        )
        .outerjoin(
            VersionRow,
            and_(
                VersionRow.profile_id == Profile.id,
                VersionRow.version == Profile.current_version,
            ),
        )
        .outerjoin(App, App.id == AssignmentRow.app_id)
        .where(
            or_(AssignmentRow.school_id.in_(school_ids), AssignmentRow.school_id.is_(None)),
            AssignmentRow.ended_at.is_(None),
        )
        .order_by(AssignmentRow.id)
    )
    return AssignedRows(map(_Row._make, tx.execute(query)))


def class_scope(school: str, class_name: str) -> Scope:
    """A class of a school, by the school's number."""
    return Scope(ScopeKind.CLASS, f"{school}/{class_name}")


def _assigned(rows: list[_Row]) -> Assigned:
    versions = {row.version.uuid: row.version.id for row in rows if row.version is not None}
    return Assigned(tuple(_assignment(row) for row in rows), versions)


def _assignment(row: _Row) -> Assignment:
    since = row.assignment.created_at
    return Assignment(_scope(row), since, profiles=_profiles(row), apps=_apps(row))


def _scope(row: _Row) -> Scope:
    if row.school is None:
        return CITY
    if row.class_name is None:
        return Scope(ScopeKind.SCHOOL, row.school)
    return class_scope(row.school, row.class_name)


def _profiles(row: _Row) -> tuple[ProfileVersion, ...]:
    profile, version = row.profile, row.version
    if profile is None or version is None:
        return ()
    chosen = ProfileVersion(
        profile.identifier, version.uuid, profile.kind, version.version, profile.id
    )
    return (chosen,)


def _apps(row: _Row) -> tuple[AppChoice, ...]:
    return () if row.app is None else (AppChoice(row.app.bundle_id, row.app.store_id),)
