"""Tables of remote actions: one order for one or many devices, its approvals."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from mdm.base.db import Base, Instant, Json, stored_enum
from policies.actions import RemoteKind


class Action(Base):
    """An order by a person for a frozen list of devices."""

    __tablename__ = "action"
    __table_args__ = (Index(None, "kind", "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[RemoteKind] = mapped_column(stored_enum(RemoteKind))
    parameters: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    reason: Mapped[str] = mapped_column(String(300), default="")
    ordered_by: Mapped[str] = mapped_column(String(120))
    approved_second_by: Mapped[str | None] = mapped_column(String(120))
    needs_second: Mapped[bool] = mapped_column(default=False)
    valid_until: Mapped[datetime] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    stopped_at: Mapped[datetime | None] = mapped_column(Instant)
    stopped_by: Mapped[str | None] = mapped_column(String(120))


class ActionDevice(Base):
    """A device of the frozen list, and what came of it before any command was made."""

    __tablename__ = "action_device"

    action_id: Mapped[int] = mapped_column(ForeignKey("action.id"), primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"), primary_key=True)
    # The enrollment it had when the list was frozen; None if it had none.
    enrollment_id: Mapped[int | None] = mapped_column(ForeignKey("enrollment.id"))
    refused_kind: Mapped[str | None] = mapped_column(String(60))
