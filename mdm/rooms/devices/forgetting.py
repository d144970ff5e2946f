"""Letting go of reports that newer ones have replaced.

Here: one page at a time, in the order of their numbers. Not here: the latest about each thing
(ReportedItem, which stays), when this runs (mdm.doors.jobs.retention).
"""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select
from sqlalchemy.orm import aliased

from mdm.base.db import Tx, changed_rows
from mdm.rooms.devices.models import Report


def forget_reports(
    tx: Tx, before: datetime, after: int, limit: int = 500
) -> tuple[int, int | None]:
    """Delete what was said before an instant, among the `limit` reports behind the number `after`.

    The latest report of each kind always stays, and so does the content that a report which is
    kept repeats.
    returns: how many were deleted, and the last number looked at; None at the first report that
        is younger than `before`, or at the end.
    """
    page = tx.execute(
        select(Report.id, Report.observed_at)
        .where(Report.id > after)
        .order_by(Report.id)
        .limit(limit)
    ).all()
    old = [number for number, observed_at in page if observed_at < before]
    result = tx.execute(
        delete(Report)
        .where(Report.id.in_(old), _is_replaced(before))
        .execution_options(synchronize_session=False)
    )
    return changed_rows(result), old[-1] if len(old) == limit else None


def _is_replaced(before: datetime) -> ColumnElement[bool]:
    newer = aliased(Report)
    is_later = or_(
        newer.observed_at > Report.observed_at,
        and_(newer.observed_at == Report.observed_at, newer.id > Report.id),
    )
    # Content is repeated by all that follow until there is other content. One that came before
    # the instant leaves nothing behind it that is kept and repeats this one.
    says_anew = and_(newer.compressed.is_not(None), newer.observed_at < before)
    return exists().where(
        newer.enrollment_id == Report.enrollment_id,
        newer.kind == Report.kind,
        is_later,
        or_(Report.compressed.is_(None), says_anew),
    )
