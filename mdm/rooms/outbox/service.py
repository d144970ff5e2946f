"""Effects waiting to leave the house: put in the transaction that wants them, claimed in
batches by a job, marked done afterwards. A lost bell or a killed worker costs a delay only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from mdm.base.db import Tx, changed_rows
from mdm.rooms.outbox.models import OutboxItem

PUSH = "push"
LEASE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Claimed:
    """An item this worker holds until `held_until`."""

    id: int
    topic: str
    key: str
    payload: Mapping[str, Any]
    attempts: int
    created_at: datetime
    held_until: datetime


def put(
    tx: Tx,
    topic: str,
    key: str,
    now: datetime,
    *,
    payload: Mapping[str, Any] | None = None,
    not_before: datetime | None = None,
) -> None:
    """Want an effect. An open one with the same topic and key says it too; see `put_all`."""
    put_all(tx, topic, {key: not_before or now}, now, payload=payload)


def put_all(
    tx: Tx,
    topic: str,
    not_before: Mapping[str, datetime],
    now: datetime,
    *,
    payload: Mapping[str, Any] | None = None,
) -> None:
    """Want effects. not_before: by key, the earliest instant.

    An open one with the same topic and key happens at the earlier of both instants, unless it
    failed and waits for its next attempt. One that a worker holds right now happens once more:
    it may already have happened, before what is wanted now was written down.
    """
    if not not_before:
        return
    insert = pg_insert if tx.get_bind().dialect.name == "postgresql" else sqlite_insert
    # In the order of the keys, as everybody who touches several items, so that two never wait
    # for each other.
    rows = [_new_row(topic, key, not_before[key], payload or {}, now) for key in sorted(not_before)]
    wanted = insert(OutboxItem).values(rows)
    earlier = and_(OutboxItem.last_error == "", wanted.excluded.not_before < OutboxItem.not_before)
    tx.execute(
        wanted.on_conflict_do_update(
            index_elements=[OutboxItem.topic, OutboxItem.key],
            index_where=text("done_at IS NULL"),
            set_={
                "not_before": case(
                    (earlier, wanted.excluded.not_before), else_=OutboxItem.not_before
                ),
                "claimed_until": None,
            },
        )
    )


def _new_row(
    topic: str, key: str, not_before: datetime, payload: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    return {
        "topic": topic,
        "key": key,
        "payload": dict(payload),
        "not_before": not_before,
        "created_at": now,
        "attempts": 0,
        "last_error": "",
    }


def claim(tx: Tx, topic: str, now: datetime, limit: int, lease: timedelta = LEASE) -> list[Claimed]:
    """Take up to `limit` due items for a while; nobody else gets them meanwhile."""
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
        .values(claimed_until=now + lease, attempts=OutboxItem.attempts + 1)
        .returning(
            OutboxItem.id,
            OutboxItem.topic,
            OutboxItem.key,
            OutboxItem.payload,
            OutboxItem.attempts,
            OutboxItem.created_at,
            OutboxItem.claimed_until,
        )
    )
    return sorted((Claimed(*row) for row in tx.execute(claimed)), key=lambda item: item.id)


def done(tx: Tx, items: Sequence[Claimed], now: datetime) -> None:
    """The effects happened, or will never be wanted again.

    An item that was wanted anew meanwhile stays open.
    """
    held = _still_held(tx, items)
    tx.execute(update(OutboxItem).where(OutboxItem.id.in_(held)).values(done_at=now))


def again(tx: Tx, items: Sequence[Claimed], not_before: datetime, error: str) -> None:
    """Try these again later. `error` is a short word for people, without data."""
    held = _still_held(tx, items)
    tx.execute(
        update(OutboxItem)
        .where(OutboxItem.id.in_(held))
        .values(not_before=not_before, claimed_until=None, last_error=error[:200])
    )


def _still_held(tx: Tx, items: Sequence[Claimed]) -> list[int]:
    """Lock those that this worker still holds, in the order of their keys."""
    held = {item.id: item.held_until for item in items}
    rows = tx.execute(
        select(OutboxItem.id, OutboxItem.claimed_until)
        .where(OutboxItem.id.in_(held), OutboxItem.done_at.is_(None))
        .order_by(OutboxItem.key)
        .with_for_update()
    )
    return [number for number, until in rows if until == held[number]]


def waiting(tx: Tx, topic: str) -> int:
    """Count what is still to be done."""
    open_items = select(func.count()).where(OutboxItem.topic == topic, OutboxItem.done_at.is_(None))
    return tx.scalar(open_items) or 0


def forget_done(tx: Tx, before: datetime) -> int:
    """Delete what was done before an instant; returns how many."""
    result = tx.execute(delete(OutboxItem).where(OutboxItem.done_at < before))
    return changed_rows(result)
