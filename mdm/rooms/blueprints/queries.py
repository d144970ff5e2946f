"""Reading the library: which of the profiles an iPad lists are ours, and what they are called."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, true

from mdm.base.db import Tx
from mdm.rooms.access.service import Viewer
from mdm.rooms.blueprints.models import App, Profile, ProfileVersion
from policies.wishes import ProfileKind


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """A profile in its current version. uuid: what an iPad that has this version reports."""

    id: int
    identifier: str
    name: str
    kind: ProfileKind
    version: int
    uuid: str


def profiles(tx: Tx, viewer: Viewer, identifiers: Collection[str]) -> dict[str, ProfileRow]:
    """Find our profiles among these identifiers, those of the city included.

    returns: by identifier; what is not ours, or out of sight, is not among them.
    """
    in_sight: ColumnElement[bool] = true()
    if viewer.school_ids is not None:
        in_sight = or_(Profile.school_id.is_(None), Profile.school_id.in_(viewer.school_ids))
    query = (
        select(
            Profile.id,
            Profile.identifier,
            Profile.name,
            Profile.kind,
            Profile.current_version,
            ProfileVersion.uuid,
        )
        .join(
            ProfileVersion,
            and_(
                ProfileVersion.profile_id == Profile.id,
                ProfileVersion.version == Profile.current_version,
            ),
        )
        .where(Profile.identifier.in_(identifiers), in_sight)
    )
    return {row.identifier: ProfileRow(*row) for row in tx.execute(query)}


@dataclass(frozen=True, slots=True)
class SavedProfile:
    """A profile a school has. summary: what may be shown of its current version."""

    id: int
    name: str
    version: int
    summary: Mapping[str, Any]


def saved(tx: Tx, school_id: int, kind: ProfileKind, name: str) -> SavedProfile | None:
    """Find a school's profile by its name; None when there is none of that kind."""
    query = (
        select(Profile.id, Profile.name, Profile.current_version, ProfileVersion.summary)
        .join(
            ProfileVersion,
            and_(
                ProfileVersion.profile_id == Profile.id,
                ProfileVersion.version == Profile.current_version,
            ),
        )
        .where(Profile.school_id == school_id, Profile.kind == kind, Profile.name == name)
    )
    found = tx.execute(query).first()
    return SavedProfile(*found) if found is not None else None


def app_names(tx: Tx, bundle_ids: Collection[str]) -> dict[str, str]:
    """Name the apps of the library among these bundle identifiers."""
    query = select(App.bundle_id, App.name).where(App.bundle_id.in_(bundle_ids))
    return {row.bundle_id: row.name for row in tx.execute(query)}
