"""Tables of roster files on their way in. Alone in writing them: mdm.rooms.rosters."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mdm.base.db import Base, Instant, Json, stored_enum


class ImportState(enum.Enum):
    """How far a roster file has come."""

    DRAFTED = "drafted"  # read; its difference can be seen
    APPLIED = "applied"
    DISCARDED = "discarded"


class SavedMapping(Base):
    """Which column of a school's file means what, saved under a name."""

    __tablename__ = "saved_mapping"
    __table_args__ = (UniqueConstraint("school_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    # None for one that every school may use.
    school_id: Mapped[int | None] = mapped_column(ForeignKey("school.id"))
    name: Mapped[str] = mapped_column(String(80))
    columns: Mapped[dict[str, Any]] = mapped_column(Json)
    created_by: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(Instant)


class RosterImport(Base):
    """A roster file on its way in: read, shown as a difference, applied or given up.

    sealed_roster: what was read, while it waits; it names people and goes when it is applied.
    choices: for ambiguous rows, by their key. shown_digest: of the difference that was shown;
    another one is not written. summary: counts, no names.
    """

    __tablename__ = "roster_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    # None for a file that covers several schools.
    school_id: Mapped[int | None] = mapped_column(ForeignKey("school.id"), index=True)
    format: Mapped[str] = mapped_column(String(40))
    file_name: Mapped[str] = mapped_column(String(255))
    file_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    is_complete: Mapped[bool]
    state: Mapped[ImportState] = mapped_column(stored_enum(ImportState))
    sealed_roster: Mapped[bytes | None] = mapped_column(LargeBinary)
    choices: Mapped[dict[str, str]] = mapped_column(Json)
    shown_digest: Mapped[str] = mapped_column(String(64))
    summary: Mapped[dict[str, Any]] = mapped_column(Json)
    created_by: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(Instant)
    # Who typed that these really leave; the second person where a share of a school goes.
    confirmed_by: Mapped[str | None] = mapped_column(String(120))
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by: Mapped[str | None] = mapped_column(String(120))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
