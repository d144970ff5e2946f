"""Tables of the rules in force: what for whom, by whose decision, and how far rolled out."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from mdm.base.db import Base, Instant
from mdm.rooms.schools.models import LONGEST_GRADE

_SUBJECTS = " + ".join(
    f"(CASE WHEN {name} IS NULL THEN 0 ELSE 1 END)"
    for name in ("profile_id", "app_id", "blueprint_version_id")
)
_NARROW = " + ".join(
    f"(CASE WHEN {name} IS NULL THEN 0 ELSE 1 END)"
    for name in ("grade", "class_group_id", "course_id", "trolley_id", "group_id", "device_id")
)


class Rollout(Base):
    """A change of rules on its way through the rings; open until it holds for everybody.

    everybody_at: since when it holds for those in no ring, too, who came into the scope later.
    """

    __tablename__ = "rollout"

    id: Mapped[int] = mapped_column(primary_key=True)
    started_at: Mapped[datetime] = mapped_column(Instant)
    everybody_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class RolloutDevice(Base):
    """A device that a roll-out touches, its ring, and since when the new rules hold for it."""

    __tablename__ = "rollout_device"
    __table_args__ = (Index(None, "device_id"), Index(None, "rollout_id", "ring"))

    rollout_id: Mapped[int] = mapped_column(ForeignKey("rollout.id"), primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"), primary_key=True)
    ring: Mapped[int]
    released_at: Mapped[datetime | None] = mapped_column(Instant)


class Assignment(Base):
    """One profile, app or version of a blueprint, for one scope.

    Without school, and without anything narrower, it is for the whole city. A smart group and a
    device may be named without a school.
    """

    __tablename__ = "assignment"
    __table_args__ = (
        CheckConstraint(f"{_SUBJECTS} = 1", name="one_subject"),
        CheckConstraint(f"{_NARROW} <= 1", name="one_scope"),
        CheckConstraint(
            "school_id IS NOT NULL OR (grade IS NULL AND class_group_id IS NULL "
            "AND course_id IS NULL AND trolley_id IS NULL)",
            name="place_in_school",
        ),
        CheckConstraint(
            "starts_at IS NULL OR ends_at IS NULL OR starts_at < ends_at", name="window"
        ),
        Index(None, "school_id", "class_group_id"),
        Index(None, "profile_id"),
        Index(None, "app_id"),
        Index(None, "blueprint_version_id"),
        Index(None, "group_id"),
        Index(None, "device_id"),
        Index(
            "ix_assignment_in_force",
            "school_id",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int | None] = mapped_column(ForeignKey("school.id"))
    grade: Mapped[str | None] = mapped_column(String(LONGEST_GRADE))
    class_group_id: Mapped[int | None] = mapped_column(ForeignKey("class_group.id"))
    course_id: Mapped[int | None] = mapped_column(ForeignKey("course.id"))
    trolley_id: Mapped[int | None] = mapped_column(ForeignKey("trolley.id"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("smart_group.id"))
    device_id: Mapped[int | None] = mapped_column(ForeignKey("device.id"))
    profile_id: Mapped[int | None] = mapped_column(ForeignKey("profile.id"))
    app_id: Mapped[int | None] = mapped_column(ForeignKey("app.id"))
    blueprint_version_id: Mapped[int | None] = mapped_column(ForeignKey("blueprint_version.id"))
    # The window in which it holds; open on a side without an instant.
    starts_at: Mapped[datetime | None] = mapped_column(Instant)
    ends_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(String(200), default="")
    created_by: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(Instant)
    # While the roll-out is open, it holds only where the roll-out has released it.
    rollout_id: Mapped[int | None] = mapped_column(ForeignKey("rollout.id"))
    # While this one is open, it holds wherever the roll-out has not yet released its end.
    ending_rollout_id: Mapped[int | None] = mapped_column(ForeignKey("rollout.id"))
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class ProfileReplacement(Base):
    """Another version of a profile, on its way to everybody who has it with an open roll-out.

    Where the roll-out has released it, it stands instead of `Profile.current_version`; of several
    the one decided last. ended_at: since when it says nothing any more, because it holds for
    everybody or another one has taken its place.
    """

    __tablename__ = "profile_replacement"

    id: Mapped[int] = mapped_column(primary_key=True)
    profile_id: Mapped[int] = mapped_column(ForeignKey("profile.id"), index=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("profile_version.id"))
    rollout_id: Mapped[int] = mapped_column(ForeignKey("rollout.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
