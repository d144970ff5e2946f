"""Tables of the command queue: what an enrollment was told, and what it answered.

Here: rows and the open partial index that makes the next command cost the same whatever
the history. Not here: why a command exists (policies.reconcile), its wire form
(profiles.commands), the statements of the device path (fast_path.py).
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column, validates

from mdm.base.db import Base, BigId, Instant, Json, stored_enum
from policies.delivery import AWAITING_PROOF, DELIVERABLE, DeliveryState


class WaitsFor(StrEnum):
    """What a command still waits for. It follows from the state and changes less often."""

    ANSWER = "answer"  # may be offered
    PROOF = "proof"  # was answered, or left for good


# Written out, because a partial index only helps when the statement repeats its condition.
OPEN = "waits_for = 'answer'"
AWAITING = "waits_for = 'proof'"


def waits_for(state: DeliveryState) -> WaitsFor | None:
    """What a command in a state waits for; None when nothing more is to come."""
    if state in DELIVERABLE:
        return WaitsFor.ANSWER
    return WaitsFor.PROOF if state in AWAITING_PROOF else None


def entering(state: DeliveryState) -> dict[str, Any]:
    """The columns of an update that moves commands into a state."""
    return {"state": state, "waits_for": waits_for(state)}


def _when(states: frozenset[DeliveryState], thing: WaitsFor) -> str:
    return " ".join(f"WHEN '{state}' THEN '{thing}'" for state in sorted(states))


# An update that forgot the second column would take a command out of its queue unseen. No list
# of states: SQLite would build a table of them at every update.
_AGREES = (
    f"coalesce(waits_for, '') = CASE state {_when(DELIVERABLE, WaitsFor.ANSWER)} "
    f"{_when(AWAITING_PROOF, WaitsFor.PROOF)} ELSE '' END"
)


class Command(Base):
    """One command for one enrollment; bound to it, so a later enrollment never sees it."""

    __tablename__ = "command"
    __table_args__ = (
        CheckConstraint(_AGREES, name="waits_for_agrees"),
        # One index for the queue and for what awaits proof, and none that names a state: every
        # index is a page more to write at each answer, every state named one more at each step.
        Index(
            "ix_command_unsettled",
            "enrollment_id",
            "waits_for",
            "priority",
            "id",
            # For the sweep of what is overdue.
            "expires_at",
            sqlite_where=text("waits_for IS NOT NULL"),
            postgresql_where=text("waits_for IS NOT NULL"),
        ),
        Index(
            "uq_command_open_key",
            "enrollment_id",
            "action_key",
            unique=True,
            sqlite_where=text(OPEN),
            postgresql_where=text(OPEN),
        ),
        Index("ix_command_enrollment_id_id", "enrollment_id", "id"),
        # What the erase budget counts: few rows, whatever the history. Not by `reached_at`:
        # PostgreSQL would then write every index anew at every step of every command.
        Index(
            "ix_command_guarded_expires_at",
            "expires_at",
            sqlite_where=text("is_guarded = 1"),
            postgresql_where=text("is_guarded"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    uuid: Mapped[str] = mapped_column(String(36), unique=True)
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"))
    request_type: Mapped[str] = mapped_column(String(60))
    # Lower is sooner: 10 erase and lock, 50 profiles, 70 apps, 80 questions.
    priority: Mapped[int] = mapped_column(default=50)
    state: Mapped[DeliveryState] = mapped_column(stored_enum(DeliveryState))
    waits_for: Mapped[WaitsFor | None] = mapped_column(
        stored_enum(WaitsFor),
        default=lambda context: waits_for(context.get_current_parameters()["state"]),
    )
    # What "Acknowledged" is worth: an answer proves a question, it only accepts an order.
    acknowledged_state: Mapped[DeliveryState] = mapped_column(stored_enum(DeliveryState))
    # The text of a policies.actions.ActionKey: what the command does. A newer one about the
    # same thing replaces an older undelivered one. None for a command given by hand.
    action_key: Mapped[str | None] = mapped_column(String(600))
    # Parameters without secrets, to show and to journal.
    parameters: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    # The wire form, ready to leave; None when it holds secrets or device variables, which
    # are put in at delivery.
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    sealed_parameters: Mapped[bytes | None] = mapped_column(LargeBinary)
    profile_version_id: Mapped[int | None] = mapped_column(ForeignKey("profile_version.id"))
    is_guarded: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(String(300), default="")
    ordered_by: Mapped[str] = mapped_column(String(120))
    action_id: Mapped[int | None] = mapped_column(ForeignKey("action.id"), index=True)
    approved_by: Mapped[str | None] = mapped_column(String(120))
    approved_second_by: Mapped[str | None] = mapped_column(String(120))
    approved_until: Mapped[datetime | None] = mapped_column(Instant)
    # The generation of the enrollment that the approval speaks of.
    approved_generation: Mapped[int | None]
    not_before: Mapped[datetime | None] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    reached_at: Mapped[datetime | None] = mapped_column(Instant)
    offers: Mapped[int] = mapped_column(default=0)
    refused_at: Mapped[datetime | None] = mapped_column(Instant)
    refusals: Mapped[int] = mapped_column(default=0)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    proven_at: Mapped[datetime | None] = mapped_column(Instant)
    answer_status: Mapped[str | None] = mapped_column(String(20))
    outcome: Mapped[str] = mapped_column(String(300), default="")

    @validates("state")
    def _follow(self, _name: str, state: DeliveryState) -> DeliveryState:
        self.waits_for = waits_for(state)
        return state


class CommandResult(Base):
    """An answer with content, kept as it came until a worker has read it."""

    __tablename__ = "command_result"
    __table_args__ = (
        Index(
            "ix_command_result_unread",
            "id",
            sqlite_where=text("read_at IS NULL"),
            postgresql_where=text("read_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"), index=True)
    command_uuid: Mapped[str] = mapped_column(String(255), index=True)
    status: Mapped[str] = mapped_column(String(20))
    received_at: Mapped[datetime] = mapped_column(Instant)
    # Compressed, then sealed: an answer may hold a bypass code or a location.
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    read_at: Mapped[datetime | None] = mapped_column(Instant)
    read_error: Mapped[str | None] = mapped_column(String(200))


class StopSwitch(Base):
    """While a row is open, no destructive command leaves the house."""

    __tablename__ = "stop_switch"

    id: Mapped[int] = mapped_column(primary_key=True)
    set_by: Mapped[str] = mapped_column(String(120))
    reason: Mapped[str] = mapped_column(String(300))
    set_at: Mapped[datetime] = mapped_column(Instant)
    released_by: Mapped[str | None] = mapped_column(String(120))
    released_at: Mapped[datetime | None] = mapped_column(Instant)
