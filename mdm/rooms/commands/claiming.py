"""Claiming the head of a queue: it leaves at once when it is harmless and ready-made.

Here: the one statement. A guarded command, or one that must be put together at delivery, comes
back unclaimed. Not here: which one is the head (queue_head.py), judging it (delivery.py).
"""

from typing import Any

from sqlalchemy import Integer, and_, bindparam, case, literal_column, true, update

from mdm.base.db import Instant
from mdm.rooms.commands.models import Command
from mdm.rooms.commands.queue_head import STILL_OPEN, queue_head

_NOW = bindparam("now", type_=Instant)


def claim_statement(enrollment_id: Any = None) -> Any:
    """Claim the head of a queue. returns: columns id, uuid, and body as `NextCommand` has it.

    enrollment_id: an expression; None binds it as a parameter. Further ones: see `queue_head`.
    """
    if enrollment_id is None:
        enrollment_id = bindparam("enrollment_id", type_=Integer)
    return (
        update(Command)
        .where(Command.id == queue_head(enrollment_id, without_uuid=True), STILL_OPEN)
        .values(_claiming())
        .returning(Command.id, Command.uuid, _ready_body().label("body"))
    )


def _ready() -> Any:
    return and_(Command.is_guarded.is_not(true()), Command.body.is_not(None))


def _claiming() -> dict[str, Any]:
    return {
        "state": case((_ready(), literal_column("'reached'")), else_=Command.state),
        "reached_at": case((_ready(), _NOW), else_=Command.reached_at),
        "offers": Command.offers + case((_ready(), literal_column("1")), else_=literal_column("0")),
    }


def _ready_body() -> Any:
    return case((Command.is_guarded.is_not(true()), Command.body), else_=None)
