"""Whom to wake, and when: enrollments with something to fetch.

Here: queries that join the queue with the tokens. Not here: the pushes themselves
(mdm.doors.jobs.push), when a device that said NotNow is woken again (policies.backoff).
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, case, func, or_, select, text

from mdm.base.db import Tx
from mdm.rooms.commands.models import OPEN, Command
from mdm.rooms.devices.models import Enrollment
from policies.backoff import push_again_at
from policies.delivery import DeliveryState

# Apple keeps a push for a sleeping device; wake again only when nothing came of it in a day.
LAP = timedelta(days=1)
# No wait after a NotNow is shorter.
_SHORTEST = timedelta(minutes=45)


class Target(NamedTuple):
    """An enrollment and what waits for it.

    earliest: when the first of its commands may leave; None when nothing waits.
    """

    enrollment_id: int
    token: bytes | None
    magic: str | None
    topic: str
    earliest: datetime | None


class _Waiting(NamedTuple):
    """has_unrefused: 1 if something waits that the device has not refused, otherwise 0."""

    enrollment_id: int
    pushed_at: datetime | None
    refused_at: datetime | None
    refusals: int
    has_unrefused: int


def targets(tx: Tx, enrollment_ids: Collection[int], now: datetime) -> dict[int, Target]:
    """What a push to these would be about; those that cannot be pushed are absent."""
    earliest = (
        select(func.min(func.coalesce(Command.not_before, now)))
        .where(
            Command.enrollment_id == Enrollment.id,
            text(f"command.{OPEN}"),
            Command.expires_at > now,
        )
        .scalar_subquery()
    )
    query = select(
        Enrollment.id, Enrollment.push_token, Enrollment.push_magic, Enrollment.topic, earliest
    ).where(Enrollment.id.in_(enrollment_ids), _can_be_pushed())
    return {target.enrollment_id: target for target in map(Target._make, tx.execute(query))}


def next_wakes(tx: Tx, enrollment_ids: Collection[int], now: datetime) -> dict[int, datetime]:
    """When these must be woken once more, for commands that may only leave later."""
    query = (
        select(Command.enrollment_id, func.min(Command.not_before))
        .where(
            Command.enrollment_id.in_(enrollment_ids),
            Command.state == DeliveryState.QUEUED,
            text(OPEN),
            Command.not_before > now,
        )
        .group_by(Command.enrollment_id)
    )
    return {number: at for number, at in tx.execute(query) if at is not None}


def to_wake_again(tx: Tx, now: datetime, after: int, limit: int) -> tuple[list[int], int | None]:
    """Look through enrollments whose last push came to nothing, in the order of their numbers.

    after: the last number of the page before, 0 for the first page.
    returns: whom to wake now, and the last number of this page; None when it was the last page.
    """
    refused = Command.state == DeliveryState.DEFERRED
    query = (
        select(
            Enrollment.id,
            Enrollment.last_pushed_at,
            func.max(Command.refused_at),
            func.max(case((refused, Command.refusals), else_=0)),
            func.max(case((refused, 0), else_=1)),
        )
        .join(Command, Command.enrollment_id == Enrollment.id)
        .where(
            Enrollment.id > after,
            text(f"command.{OPEN}"),
            Command.expires_at > now,
            or_(Command.not_before.is_(None), Command.not_before <= now),
            or_(
                Enrollment.last_pushed_at.is_(None),
                Enrollment.last_pushed_at <= now - _SHORTEST,
            ),
            _can_be_pushed(),
        )
        .group_by(Enrollment.id, Enrollment.last_pushed_at)
        .order_by(Enrollment.id)
        .limit(limit)
    )
    page = [_Waiting._make(row) for row in tx.execute(query)]
    wake = [one.enrollment_id for one in page if _is_time(one, now)]
    return wake, page[-1].enrollment_id if len(page) == limit else None


def _can_be_pushed() -> ColumnElement[bool]:
    return and_(
        Enrollment.ended_at.is_(None),
        Enrollment.push_token.is_not(None),
        Enrollment.push_magic.is_not(None),
        Enrollment.unpushable_reason.is_(None),
    )


def _is_time(one: _Waiting, now: datetime) -> bool:
    if one.pushed_at is None or one.pushed_at <= now - LAP:
        return True
    if one.has_unrefused or one.refused_at is None:
        return False
    due = push_again_at(one.refused_at, one.refusals, str(one.enrollment_id))
    return one.pushed_at < due <= now
