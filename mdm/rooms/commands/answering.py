"""Keeping an answer: what becomes of its command, its content, and the wish for a new plan.

Here: the statements, each alone as SQLite needs them and as parts of a larger one. Parameters to
be bound: uuid, status, outcome, now, sealed (None for an answer that says no more than its status).
Not here: carrying them out (fast_path.py), what an answer with content means (results.py).
"""

from typing import Any

from sqlalchemy import (
    Integer,
    LargeBinary,
    String,
    and_,
    bindparam,
    case,
    cast,
    insert,
    literal_column,
    null,
    or_,
    select,
    text,
    update,
)

from mdm.base.db import Instant
from mdm.rooms.commands.models import Command, CommandResult
from mdm.rooms.devices.models import Enrollment
from mdm.rooms.devices.speaking import in_good_standing

CHANGES_PLAN = ("accepted", "failed")
"""After these a new plan is due at once; an answer with content is read by a worker first."""

_NOW = bindparam("now", type_=Instant)
_UUID = bindparam("uuid", type_=String)
_STATUS = bindparam("status", type_=String)
_OUTCOME = bindparam("outcome", type_=String)
# The cast tells PostgreSQL the type of a parameter that may be null.
_BODY = cast(bindparam("sealed", type_=LargeBinary), LargeBinary)
# A late answer is believed, so these may still change; a late refusal brings nothing back.
_ANSWERABLE = text(
    "(waits_for = 'answer'"
    " OR state IN ('unconfirmed','cancelled','expired') AND :status <> 'NotNow')"
).bindparams(_STATUS)
_KEPT_COLUMNS = ["enrollment_id", "command_uuid", "status", "received_at", "sealed"]


def answer_statement(enrollment_id: Any = None) -> Any:
    """Write an answer down at its command. returns: columns enrollment_id and state.

    enrollment_id: an expression; None looks for who is speaking.
    """
    if enrollment_id is None:
        enrollment_id = in_good_standing().scalar_subquery()
    return (
        update(Command)
        .where(Command.uuid == _UUID, Command.enrollment_id == enrollment_id, _ANSWERABLE)
        .values(_answering())
        .returning(Command.enrollment_id, Command.state)
    )


def keep_statement() -> Any:
    """Keep the content of an answer of `enrollment_id`."""
    values = dict(
        zip(_KEPT_COLUMNS, _kept_values(bindparam("enrollment_id", type_=Integer)), strict=True)
    )
    return insert(CommandResult).values(values)


def keep_answered(answered: Any) -> Any:
    """Keep the content of an answer, if it has any. answered: rows of `answer_statement`."""
    values = select(*_kept_values(answered.c.enrollment_id)).where(_BODY.is_not(None))
    return insert(CommandResult).from_select(_KEPT_COLUMNS, values)


def due_statement() -> Any:
    """Want a new plan for `enrollment_id`, unless one that will know this answer is wanted already.

    For SQLite, whose one writer nobody can take it up beside: of four answers in a row three write
    two pages less.
    """
    enrollment_id = bindparam("enrollment_id", type_=Integer)
    is_news = or_(
        Enrollment.due_generation <= Enrollment.done_generation,
        # Somebody may have read the facts already that this answer changes.
        Enrollment.due_claimed_until.is_not(None),
    )
    return update(Enrollment).where(Enrollment.id == enrollment_id, is_news).values(_raise_due())


def due_answered(answered: Any) -> Any:
    """Want a new plan after an answer without content. answered: rows of `answer_statement`."""
    changed = select(answered.c.enrollment_id).where(
        answered.c.state.in_([literal_column(f"'{s}'") for s in CHANGES_PLAN]), _BODY.is_(None)
    )
    return update(Enrollment).where(Enrollment.id == changed.scalar_subquery()).values(_raise_due())


def _answering() -> dict[str, Any]:
    refused = literal_column("'NotNow'") == _STATUS
    acknowledged = literal_column("'Acknowledged'") == _STATUS
    return {
        "state": case(
            (acknowledged, Command.acknowledged_state),
            (refused, literal_column("'deferred'")),
            else_=literal_column("'failed'"),
        ),
        "waits_for": case(
            (
                and_(acknowledged, Command.acknowledged_state == literal_column("'accepted'")),
                literal_column("'proof'"),
            ),
            (refused, literal_column("'answer'")),
            else_=null(),
        ),
        "answer_status": _STATUS,
        "answered_at": case((refused, Command.answered_at), else_=_NOW),
        "proven_at": case(
            (
                and_(
                    acknowledged,
                    Command.acknowledged_state == literal_column("'proven'"),
                ),
                _NOW,
            ),
            else_=Command.proven_at,
        ),
        "refused_at": case((refused, _NOW), else_=Command.refused_at),
        "refusals": Command.refusals
        + case((refused, literal_column("1")), else_=literal_column("0")),
        "outcome": _OUTCOME,
    }


def _kept_values(enrollment_id: Any) -> list[Any]:
    return [enrollment_id, _UUID, _STATUS, _NOW, _BODY]


def _raise_due() -> dict[Any, Any]:
    return {Enrollment.due_generation: Enrollment.due_generation + literal_column("1")}
