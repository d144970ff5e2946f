"""Tables of outcomes: what each enrollment should have, since when, and how it stands.

Content-addressed: equal wishes are stored once. Spans are dated and kept, so that later reports
can say what was wished at an instant.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from mdm.base.db import Base, BigId, Instant, Json, stored_enum
from policies.outcome import OutcomeKind


class DesiredContent(Base):
    """Wishes as compiled for any number of devices, by their digest. Immutable."""

    __tablename__ = "desired_content"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    compressed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Instant)


class DesiredSpan(Base):
    """From when to when one enrollment should have had what; the open one is current."""

    __tablename__ = "desired_span"
    __table_args__ = (Index(None, "enrollment_id", "until"), Index(None, "digest"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"))
    digest: Mapped[str] = mapped_column(ForeignKey("desired_content.digest"))
    since: Mapped[datetime] = mapped_column(Instant)
    until: Mapped[datetime | None] = mapped_column(Instant)


class EnrollmentOutcome(Base):
    """How an enrollment stands to its wishes, as its last plan judged it.

    reasons: what is in the way, each with its subject; empty when nothing is.
    since: when it became so. desired_since: instant of the wishes it speaks of.
    """

    __tablename__ = "enrollment_outcome"
    __table_args__ = (Index(None, "outcome"),)

    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"), primary_key=True)
    outcome: Mapped[OutcomeKind] = mapped_column(stored_enum(OutcomeKind))
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    since: Mapped[datetime] = mapped_column(Instant)
    judged_at: Mapped[datetime] = mapped_column(Instant)
