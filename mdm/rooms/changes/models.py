"""Tables of change plans. Alone in writing them: the services of mdm.rooms.changes.

The devices of an approved plan, with their rings, are in `rollout_device`.
"""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from mdm.base.db import Base, Instant, Json, stored_enum


class ChangeState(enum.Enum):
    """How far a change plan has come."""

    DRAFTED = "drafted"
    ROLLING_OUT = "rolling_out"
    STOPPED = "stopped"  # by the health gate or by a person; nothing new is released
    DONE = "done"
    UNDONE = "undone"
    DISCARDED = "discarded"


class ChangePlan(Base):
    """A change of the rules, the roster or a group: drafted, previewed, approved, rolled out.

    operations: what will be done, by identifiers only. fingerprint: of every input of the
    preview; approving is bound to it. compressed_preview: the preview as JSON.
    reverse: the operations that undo it; None before it is approved and where there is no way
    back. current_ring: the last one released. undoes_id: the plan that this one takes back.
    """

    __tablename__ = "change_plan"
    __table_args__ = (Index(None, "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    # None when it touches the city or several schools.
    school_id: Mapped[int | None] = mapped_column(ForeignKey("school.id"), index=True)
    # Numbers of rows of every school it may touch; None for the whole city.
    schools: Mapped[list[int] | None] = mapped_column(Json)
    title: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(300), default="")
    operations: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    reverse: Mapped[list[dict[str, Any]] | None] = mapped_column(Json)
    rings: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    gate: Mapped[dict[str, Any]] = mapped_column(Json)
    state: Mapped[ChangeState] = mapped_column(stored_enum(ChangeState))
    fingerprint: Mapped[str] = mapped_column(String(64))
    compressed_preview: Mapped[bytes] = mapped_column(LargeBinary)
    device_count: Mapped[int]
    rollout_id: Mapped[int | None] = mapped_column(ForeignKey("rollout.id"))
    current_ring: Mapped[int] = mapped_column(default=0)
    stopped_because: Mapped[str] = mapped_column(String(300), default="")
    undoes_id: Mapped[int | None] = mapped_column(ForeignKey("change_plan.id"))
    created_by: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(Instant)
    approved_by: Mapped[str | None] = mapped_column(String(120))
    approved_at: Mapped[datetime | None] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)


class ChangeRing(Base):
    """One ring of an approved plan, in its order.

    name: `training`, `all`, or its scopes. proven, failed, set_aside: devices, as last counted.
    forgiven: failures that a person has seen and let pass when resuming.
    """

    __tablename__ = "change_ring"

    change_id: Mapped[int] = mapped_column(ForeignKey("change_plan.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    device_count: Mapped[int]
    released_at: Mapped[datetime | None] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    proven: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    set_aside: Mapped[int] = mapped_column(default=0)
    forgiven: Mapped[int] = mapped_column(default=0)
