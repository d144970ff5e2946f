"""Tables of people and what they may see. Alone in writing them: mdm.rooms.access.service."""

import enum
from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from mdm.base.db import Base, Instant, stored_enum


class Role(enum.Enum):
    """What a person is for. An administrator sees every school, the others theirs."""

    ADMINISTRATOR = "administrator"
    HELPDESK = "helpdesk"
    CAMPUS_MANAGER = "campus_manager"
    READER = "reader"


class Person(Base):
    """Somebody who signs in, or acts on the command line."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(80), unique=True)
    display_name: Mapped[str] = mapped_column(String(120))
    role: Mapped[Role] = mapped_column(stored_enum(Role))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    # Raised by sign-out everywhere, a new password or a new role: older cookies are refused.
    session_version: Mapped[int] = mapped_column(default=1)
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(Instant)


class PersonSchool(Base):
    """A school that a person looks after."""

    __tablename__ = "person_school"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"), primary_key=True)
