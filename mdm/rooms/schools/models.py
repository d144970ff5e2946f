"""Tables of the city's structure. Alone in writing them: the services of mdm.rooms.schools.

In a nameless school the rows of `member` hold a keyed pseudonym and a label such as 7b-03, and no
name, account or identifier of the school's own system.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mdm.base.db import Base, BigId, Instant, stored_enum
from policies.roster.values import Role

LONGEST_GRADE = 10


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
    created_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class Member(Base):
    """A pupil or teacher at one school, as its roster names them; a teacher may be at several.

    ended_at: has left, but an iPad still has to come back; without one the row goes at once.
    """

    __tablename__ = "member"
    __table_args__ = (UniqueConstraint("school_id", "source_id"), Index(None, "source_id"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"))
    source_id: Mapped[str] = mapped_column(String(255))
    role: Mapped[Role] = mapped_column(stored_enum(Role))
    given_name: Mapped[str] = mapped_column(String(200))
    family_name: Mapped[str] = mapped_column(String(200))
    account: Mapped[str] = mapped_column(String(255), default="")
    # In a nameless school, the number of the seat instead of the names.
    label: Mapped[str] = mapped_column(String(60), default="")
    grade: Mapped[str | None] = mapped_column(String(LONGEST_GRADE))
    created_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class ClassMember(Base):
    """A pupil of a class, or a teacher of it."""

    __tablename__ = "class_member"

    class_group_id: Mapped[int] = mapped_column(ForeignKey("class_group.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True, index=True)


class Course(Base):
    """A course across classes, say Maths 2 of grade 9."""

    __tablename__ = "course"
    __table_args__ = (UniqueConstraint("school_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"))
    name: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(120), default="")
    grade: Mapped[str | None] = mapped_column(String(LONGEST_GRADE))
    created_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class CourseMember(Base):
    """Who takes a course, or teaches it."""

    __tablename__ = "course_member"

    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True, index=True)


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
    """A numbered place for one iPad, in a trolley or in a class."""

    __tablename__ = "slot"
    __table_args__ = (
        CheckConstraint("(trolley_id IS NULL) <> (class_group_id IS NULL)", name="one_place"),
        UniqueConstraint("trolley_id", "number"),
        UniqueConstraint("class_group_id", "number"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    trolley_id: Mapped[int | None] = mapped_column(ForeignKey("trolley.id"))
    class_group_id: Mapped[int | None] = mapped_column(ForeignKey("class_group.id"))
    number: Mapped[int]
