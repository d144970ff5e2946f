"""Reading the library for people who choose from it: profiles and apps in use.

Not here: recognising what an iPad lists (queries.py), blueprints (blueprint_queries.py).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select

from mdm.base.db import Tx
from mdm.rooms.blueprints.models import App, Profile, ProfileVersion
from policies.wishes import ProfileKind


@dataclass(frozen=True, slots=True)
class LibraryProfile:
    """A profile in its newest version. school_id: None for one of the city.

    summary: what may be shown of it, without secrets.
    """

    id: int
    identifier: str
    name: str
    kind: ProfileKind
    school_id: int | None
    version: int
    summary: dict[str, Any]
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class LibraryApp:
    """An app. store_id: None for one that comes by manifest."""

    id: int
    bundle_id: str
    name: str
    store_id: int | None


def library_profiles(tx: Tx, school_id: int | None) -> list[LibraryProfile]:
    """List the profiles in use that a school may have, its own first, by kind and name.

    school_id: None for those of the city alone.
    """
    owner = or_(Profile.school_id.is_(None), Profile.school_id == school_id)
    newest = and_(
        ProfileVersion.profile_id == Profile.id,
        ProfileVersion.version == Profile.current_version,
    )
    query = (
        select(
            Profile.id,
            Profile.identifier,
            Profile.name,
            Profile.kind,
            Profile.school_id,
            Profile.current_version,
            ProfileVersion.summary,
            ProfileVersion.created_at,
        )
        .join(ProfileVersion, newest)
        .where(owner, Profile.retired_at.is_(None))
        .order_by(Profile.school_id.is_(None), Profile.kind, Profile.name)
    )
    return [LibraryProfile(*row) for row in tx.execute(query)]


def library_apps(tx: Tx) -> list[LibraryApp]:
    """List the apps by name."""
    query = select(App.id, App.bundle_id, App.name, App.store_id).order_by(App.name, App.id)
    return [LibraryApp(*row) for row in tx.execute(query)]
