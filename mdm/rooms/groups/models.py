"""Tables of smart groups and their members. Alone in writing them: mdm.rooms.groups.service."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mdm.base.db import Base, Instant, Json


class SmartGroup(Base):
    """Devices chosen by a rule over their facts.

    rule: as policies.groups writes it. version: raised with each other rule.
    look_again_at: when time alone changes its members, such as a device silent for a week.
    """

    __tablename__ = "smart_group"
    __table_args__ = (UniqueConstraint("school_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    # None for a group of the whole city.
    school_id: Mapped[int | None] = mapped_column(ForeignKey("school.id"))
    name: Mapped[str] = mapped_column(String(120))
    rule: Mapped[dict[str, Any]] = mapped_column(Json)
    version: Mapped[int] = mapped_column(default=1)
    created_by: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(Instant)
    look_again_at: Mapped[datetime | None] = mapped_column(Instant)
    retired_at: Mapped[datetime | None] = mapped_column(Instant)


class SmartGroupMember(Base):
    """A device in a smart group."""

    __tablename__ = "smart_group_member"
    __table_args__ = (Index(None, "device_id"),)

    group_id: Mapped[int] = mapped_column(ForeignKey("smart_group.id"), primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"), primary_key=True)
    since: Mapped[datetime] = mapped_column(Instant)
