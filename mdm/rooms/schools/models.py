"""Tables of the city's structure. Alone in writing them: the services of mdm.rooms.schools.

In a nameless school no row of `member` exists: its slots carry a number and a keyed pseudonym.
"""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mdm.base.db import Base, BigId, Instant, Json, stored_enum

LONGEST_GRADE = 10


class MemberRole(enum.Enum):
    """What somebody is at a school."""

    PUPIL = "pupil"
    TEACHER = "teacher"


class ImportState(enum.Enum):
    """How far a roster file has come."""

    DRAFTED = "drafted"  # read, its difference can be seen
    PLANNED = "planned"  # a change plan carries it out
    APPLIED = "applied"
    DISCARDED = "discarded"


class City(Base):
    """The city, one row."""

    __tablename__ = "city"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))


class Campus(Base):
    """A site where one school or several are."""

    __tablename__ = "campus"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    created_at: Mapped[datetime] = mapped_column(Instant)


class School(Base):
    """A school, known to everybody by its number."""

    __tablename__ = "school"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    campus_id: Mapped[int | None] = mapped_column(ForeignKey("campus.id"), index=True)
    # No name of a pupil or teacher is stored anywhere.
    is_nameless: Mapped[bool] = mapped_column(default=False)
    # The first ring of every roll-out.
    is_training: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(Instant)


class ClassGroup(Base):
    """A class of one school, say 7b."""

    __tablename__ = "class_group"
    __table_args__ = (UniqueConstraint("school_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"))
    name: Mapped[str] = mapped_column(String(40))
    # As the school says it: 7, EF, Q1.
    grade: Mapped[str | None] = mapped_column(String(LONGEST_GRADE))
    source_id: Mapped[str | None] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class Member(Base):
    """A pupil or teacher of one school, as its roster names them."""

    __tablename__ = "member"
    __table_args__ = (UniqueConstraint("school_id", "source_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"))
    source_id: Mapped[str] = mapped_column(String(255))
    role: Mapped[MemberRole] = mapped_column(stored_enum(MemberRole))
    given_name: Mapped[str] = mapped_column(String(120))
    family_name: Mapped[str] = mapped_column(String(120))
    account: Mapped[str] = mapped_column(String(255), default="")
    # Of a pupil; a teacher's classes are in `class_teacher`.
    class_group_id: Mapped[int | None] = mapped_column(ForeignKey("class_group.id"), index=True)
    grade: Mapped[str | None] = mapped_column(String(LONGEST_GRADE))
    created_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class ClassTeacher(Base):
    """A teacher of a class."""

    __tablename__ = "class_teacher"

    class_group_id: Mapped[int] = mapped_column(ForeignKey("class_group.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True, index=True)


class Course(Base):
    """A course across classes, say Maths 2 of grade 9."""

    __tablename__ = "course"
    __table_args__ = (UniqueConstraint("school_id", "source_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"))
    source_id: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(120))
    subject: Mapped[str] = mapped_column(String(120), default="")
    grade: Mapped[str | None] = mapped_column(String(LONGEST_GRADE))
    created_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class CourseMember(Base):
    """Who takes or teaches a course; in a nameless school a slot does instead of a member."""

    __tablename__ = "course_member"
    __table_args__ = (
        CheckConstraint("(member_id IS NULL) <> (slot_id IS NULL)", name="one_kind"),
        UniqueConstraint("course_id", "member_id"),
        UniqueConstraint("course_id", "slot_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"), index=True)
    slot_id: Mapped[int | None] = mapped_column(ForeignKey("slot.id"), index=True)
    role: Mapped[MemberRole] = mapped_column(stored_enum(MemberRole))


class Room(Base):
    """A room of a school."""

    __tablename__ = "room"
    __table_args__ = (UniqueConstraint("school_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"))
    name: Mapped[str] = mapped_column(String(80))


class Trolley(Base):
    """A case of iPads with numbered slots."""

    __tablename__ = "trolley"
    __table_args__ = (UniqueConstraint("school_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"))
    room_id: Mapped[int | None] = mapped_column(ForeignKey("room.id"))
    name: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class Slot(Base):
    """A numbered place for one iPad: in a trolley, or in the class of a nameless school."""

    __tablename__ = "slot"
    __table_args__ = (
        CheckConstraint("(trolley_id IS NULL) <> (class_group_id IS NULL)", name="one_place"),
        UniqueConstraint("trolley_id", "number"),
        UniqueConstraint("class_group_id", "number"),
        Index(None, "pseudonym"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    trolley_id: Mapped[int | None] = mapped_column(ForeignKey("trolley.id"))
    class_group_id: Mapped[int | None] = mapped_column(ForeignKey("class_group.id"))
    number: Mapped[int]
    # Keyed digest of who sits there in the school's own files; finds the slot again at the
    # next import and tells nobody a name.
    pseudonym: Mapped[str | None] = mapped_column(String(64))


class ColumnMapping(Base):
    """Which column of a school's file means what, saved under a name."""

    __tablename__ = "column_mapping"
    __table_args__ = (UniqueConstraint("school_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int | None] = mapped_column(ForeignKey("school.id"))
    name: Mapped[str] = mapped_column(String(80))
    columns: Mapped[dict[str, Any]] = mapped_column(Json)
    created_by: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(Instant)


class RosterImport(Base):
    """A roster file on its way in: read, shown as a difference, applied or given up.

    sealed_roster: what was read, while it waits; it names people and goes when it is applied.
    known_digest: of the roster that the difference was shown against.
    summary: counts, no names.
    """

    __tablename__ = "roster_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"), index=True)
    format: Mapped[str] = mapped_column(String(40))
    file_name: Mapped[str] = mapped_column(String(255))
    file_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    is_complete: Mapped[bool]
    state: Mapped[ImportState] = mapped_column(stored_enum(ImportState))
    sealed_roster: Mapped[bytes | None] = mapped_column(LargeBinary)
    known_digest: Mapped[str] = mapped_column(String(64))
    summary: Mapped[dict[str, Any]] = mapped_column(Json)
    created_by: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(Instant)
    decided_by: Mapped[str | None] = mapped_column(String(120))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
