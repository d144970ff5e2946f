"""The head of a queue: which command is next, as a part of other statements and as a locked row.

Here: the order of the queue. Not here: taking the head (claiming.py), judging it (delivery.py).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, String, bindparam, func, literal_column, or_, select, text

from mdm.base.db import Instant
from mdm.rooms.commands.models import OPEN, Command

_NOW = bindparam("now", type_=Instant)
_UUID = bindparam("uuid", type_=String)
# Said again of the row itself: PostgreSQL repeats this when it had to wait for the row, and
# does not look for the head of the queue again. A command taken back meanwhile stays back.
STILL_OPEN = text(OPEN)


def queue_head(enrollment_id: Any, *, without_uuid: bool, passed: Sequence[int] = ()) -> Any:
    """The number of the head of a queue: new ones first, then what was refused, oldest first.

    Parameters to be bound: now, not_now (1 after a NotNow) and, with `without_uuid`, uuid.
    passed: rows that do not count.

    After a NotNow everything refused so far is left out, or the two of us would play
    ping-pong with it for ever.
    Two questions instead of one, so that each walks the index in its order and stops at the
    first row; to sort, every waiting command would have to be read.
    """
    conditions = [
        Command.enrollment_id == enrollment_id,
        text(OPEN),
        or_(Command.not_before.is_(None), Command.not_before <= _NOW),
        Command.expires_at > _NOW,
    ]
    if without_uuid:
        conditions.append(Command.uuid != _UUID)
    if passed:
        conditions.append(Command.id.not_in(passed))
    deferred: Any = literal_column("'deferred'")
    may_come_again = bindparam("not_now", type_=Integer) == literal_column("0")
    fresh = _first([*conditions, Command.state != deferred])
    refused = _first([*conditions, Command.state == deferred, may_come_again])
    return func.coalesce(fresh, refused)


def _first(conditions: list[Any]) -> Any:
    return (
        select(Command.id)
        .where(*conditions)
        .order_by(Command.priority, Command.id)
        .limit(literal_column("1"))
        # Said, because SQLite would otherwise be sent it as a parameter each time.
        .offset(literal_column("0"))
        .correlate_except(Command)
        .scalar_subquery()
    )


def head_of_queue(
    enrollment_id: int, now: datetime, after_not_now: bool, uuid: str, passed: Sequence[int]
) -> Any:
    """The same head of the queue as a locked row, for the last door.

    uuid: of the command just answered. passed: rows already looked at.
    """
    head = queue_head(enrollment_id, without_uuid=True, passed=passed)
    values = {"now": now, "not_now": int(after_not_now), "uuid": uuid}
    row = select(Command).where(Command.id == head, STILL_OPEN)
    return row.with_for_update().params(values)
