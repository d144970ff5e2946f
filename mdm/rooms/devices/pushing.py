"""What pushing an enrollment changes about it: when it was pushed, whether its token is dead."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from mdm.base.db import Tx
from mdm.rooms.devices.models import Enrollment


@dataclass(frozen=True, slots=True)
class DeadToken:
    """Apple says that a token is dead, or never was one of ours.

    since: from when on it knows; None if it did not tell.
    """

    enrollment_id: int
    token: bytes
    since: datetime | None
    reason: str


def mark_pushed(tx: Tx, enrollment_ids: Collection[int], now: datetime) -> None:
    """Apple has taken a push for these."""
    rows = (
        select(Enrollment.id)
        .where(Enrollment.id.in_(enrollment_ids))
        .order_by(Enrollment.id)
        .with_for_update(key_share=True)
    )
    ids = tx.scalars(rows).all()
    tx.execute(update(Enrollment).where(Enrollment.id.in_(ids)).values(last_pushed_at=now))


def mark_dead(tx: Tx, dead: Sequence[DeadToken]) -> set[int]:
    """Stop pushing to dead tokens; a newer TokenUpdate starts it again.

    returns: those that were marked; the others have a newer token than the one that is dead.
    """
    by_id = {one.enrollment_id: one for one in dead}
    rows = tx.scalars(
        select(Enrollment)
        .where(Enrollment.id.in_(by_id))
        .order_by(Enrollment.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    marked = [row for row in rows if _is_meant(row, by_id[row.id])]
    for row in marked:
        row.unpushable_reason = by_id[row.id].reason[:80]
    return {row.id for row in marked}


def _is_meant(row: Enrollment, dead: DeadToken) -> bool:
    if row.push_token != dead.token:
        return False
    updated_at = row.token_updated_at
    return dead.since is None or updated_at is None or updated_at < dead.since
