"""Tables of the city's structure. Alone in writing them: mdm.rooms.schools.service."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mdm.base.db import Base, Instant


class School(Base):
    """A school, known to everybody by its number."""

    __tablename__ = "school"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(Instant)


class ClassGroup(Base):
    """A class of one school, say 7b."""

    __tablename__ = "class_group"
    __table_args__ = (UniqueConstraint("school_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"))
    name: Mapped[str] = mapped_column(String(40))
    grade: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(Instant)
