"""Tables of the journal. The database itself refuses to change or delete an entry."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from mdm.base.db import Base, BigId, Instant, Json


class AuditEntry(Base):
    """Who did what, to what, why, and what it was before and after."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index(None, "subject_kind", "subject_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    # "person:3", "system:mdm" (command line user), "device:17", "job:reconcile".
    actor: Mapped[str] = mapped_column(String(120))
    act: Mapped[str] = mapped_column(String(80))
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[str] = mapped_column(String(255))
    school_id: Mapped[int | None] = mapped_column(index=True)
    reason: Mapped[str] = mapped_column(String(500), default="")
    details: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)


class AuditSeal(Base):
    """A hash over a batch of entries and the previous seal: a chain no writer waits for."""

    __tablename__ = "audit_seal"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    first_entry_id: Mapped[int] = mapped_column(BigId)
    last_entry_id: Mapped[int] = mapped_column(BigId, unique=True)
    entry_count: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[datetime] = mapped_column(Instant)
