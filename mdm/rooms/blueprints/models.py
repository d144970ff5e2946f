"""Tables of the library: profiles with their versions, and apps."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mdm.base.db import Base, Instant, Json, stored_enum
from policies.desired import ProfileKind


class Profile(Base):
    """A configuration profile a school uses. Its identifier never changes.

    current_version: the one in force, given wherever no version is named; saving another one does
    not change it.
    """

    __tablename__ = "profile"

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int | None] = mapped_column(ForeignKey("school.id"), index=True)
    identifier: Mapped[str] = mapped_column(String(255), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[ProfileKind] = mapped_column(stored_enum(ProfileKind))
    current_version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Instant)
    retired_at: Mapped[datetime | None] = mapped_column(Instant)


class ProfileVersion(Base):
    """One version of a profile. Immutable; the content is sealed, for it may hold secrets."""

    __tablename__ = "profile_version"
    __table_args__ = (UniqueConstraint("profile_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    profile_id: Mapped[int] = mapped_column(ForeignKey("profile.id"))
    version: Mapped[int]
    # Top-level PayloadUUID: a hash of the content, compared with what the iPad reports.
    uuid: Mapped[str] = mapped_column(String(36))
    sealed_content: Mapped[bytes] = mapped_column(LargeBinary)
    # What may be shown to people, without secrets.
    summary: Mapped[dict[str, Any]] = mapped_column(Json)
    created_by: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(Instant)


class Blueprint(Base):
    """A named bundle of settings. What it holds is in its versions."""

    __tablename__ = "blueprint"
    __table_args__ = (UniqueConstraint("school_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    # None for the city's own, which every school may use.
    school_id: Mapped[int | None] = mapped_column(ForeignKey("school.id"))
    name: Mapped[str] = mapped_column(String(120))
    current_version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Instant)
    retired_at: Mapped[datetime | None] = mapped_column(Instant)


class BlueprintVersion(Base):
    """One version of a blueprint. Immutable; restoring an old one makes a new version of it.

    items: a list of settings as policies.blueprint writes them; secrets stay in the profiles.
    """

    __tablename__ = "blueprint_version"
    __table_args__ = (UniqueConstraint("blueprint_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    blueprint_id: Mapped[int] = mapped_column(ForeignKey("blueprint.id"))
    version: Mapped[int]
    items: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    digest: Mapped[str] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(String(300), default="")
    created_by: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(Instant)


class App(Base):
    """An app of the store, by bundle identifier."""

    __tablename__ = "app"

    id: Mapped[int] = mapped_column(primary_key=True)
    bundle_id: Mapped[str] = mapped_column(String(255), unique=True)
    store_id: Mapped[int | None]
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(Instant)
