"""Effects waiting to leave the house: put in the transaction that wants them, claimed in
batches by a job, marked done afterwards. A lost bell or a killed worker costs a delay only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from mdm.base.db import Tx
from mdm.rooms.outbox.models import OutboxItem

PUSH = "push"
_LEASE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Claimed:
    """An item this worker holds until its lease ends."""

    id: int
    topic: str
    key: str
    payload: Mapping[str, Any]
    attempts: int
    created_at: datetime


def put(
    tx: Tx,
    topic: str,
    key: str,
    now: datetime,
    *,
    payload: Mapping[str, Any] | None = None,
    not_before: datetime | None = None,
) -> None:
    """Want an effect. An open one with the same topic and key already says it all."""
    insert = pg_insert if tx.get_bind().dialect.name == "postgresql" else sqlite_insert
    values = {
        "topic": topic,
        "key": key,
        "payload": dict(payload or {}),
        "not_before": not_before or now,
        "created_at": now,
        "attempts": 0,
        "last_error": "",
    }
    tx.execute(insert(OutboxItem).values(values).on_conflict_do_nothing())


def claim(tx: Tx, topic: str, now: datetime, limit: int) -> list[Claimed]:
    """Take up to `limit` due items for one minute; nobody else gets them meanwhile."""
    due = (
        select(OutboxItem.id)
        .where(
            OutboxItem.topic == topic,
            OutboxItem.done_at.is_(None),
            OutboxItem.not_before <= now,
            or_(OutboxItem.claimed_until.is_(None), OutboxItem.claimed_until < now),
        )
        .order_by(OutboxItem.not_before, OutboxItem.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    claimed = (
        update(OutboxItem)
        .where(OutboxItem.id.in_(due))
        .values(claimed_until=now + _LEASE, attempts=OutboxItem.attempts + 1)
        .returning(
            OutboxItem.id,
            OutboxItem.topic,
            OutboxItem.key,
            OutboxItem.payload,
            OutboxItem.attempts,
            OutboxItem.created_at,
        )
    )
    return sorted((Claimed(*row) for row in tx.execute(claimed)), key=lambda item: item.id)


def done(tx: Tx, item_ids: Sequence[int], now: datetime) -> None:
    """The effects happened, or will never be wanted again."""
    tx.execute(update(OutboxItem).where(OutboxItem.id.in_(item_ids)).values(done_at=now))


def again(tx: Tx, item_ids: Sequence[int], not_before: datetime, error: str) -> None:
    """Try these again later. `error` is a short word for people, without data."""
    tx.execute(
        update(OutboxItem)
        .where(OutboxItem.id.in_(item_ids))
        .values(not_before=not_before, claimed_until=None, last_error=error[:200])
    )


def waiting(tx: Tx, topic: str) -> int:
    """Count what is still to be done."""
    open_items = select(func.count()).where(OutboxItem.topic == topic, OutboxItem.done_at.is_(None))
    return tx.scalar(open_items) or 0


def forget_done(tx: Tx, before: datetime) -> int:
    """Delete what was done before an instant; returns how many."""
    result = tx.execute(delete(OutboxItem).where(OutboxItem.done_at < before))
    return result.rowcount  # type: ignore[attr-defined, no-any-return]
