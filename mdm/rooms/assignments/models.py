"""Table of the rules in force: what for whom, since when, by whose decision."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from mdm.base.db import Base, Instant


class Assignment(Base):
    """A profile or an app for the city (no school), a school, or one of its classes."""

    __tablename__ = "assignment"
    __table_args__ = (
        CheckConstraint("(profile_id IS NULL) <> (app_id IS NULL)", name="one_subject"),
        CheckConstraint("class_group_id IS NULL OR school_id IS NOT NULL", name="class_in_school"),
        Index(None, "school_id", "class_group_id"),
        Index(None, "profile_id"),
        Index(None, "app_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int | None] = mapped_column(ForeignKey("school.id"))
    class_group_id: Mapped[int | None] = mapped_column(ForeignKey("class_group.id"))
    profile_id: Mapped[int | None] = mapped_column(ForeignKey("profile.id"))
    app_id: Mapped[int | None] = mapped_column(ForeignKey("app.id"))
    reason: Mapped[str] = mapped_column(String(200), default="")
    created_by: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
