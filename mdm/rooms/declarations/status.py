"""Status reports: kept as they come, then merged by a worker, in their order.

Here: keeping, claiming, opening, failures, and when they are forgotten. Of each enrollment one
report is merged at a time, the oldest, since an older one must never overrule a newer one. What
cannot be read says so in its row and is kept as it came; it hinders nobody.
Not here: what a report leaves behind (merging.py).
"""

import logging
import zlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import aliased

from mdm.base.db import Tx, changed_rows
from mdm.base.errors import SealBroken
from mdm.base.logkeys import ENROLLMENT_ID, KIND
from mdm.base.vault import Vault
from mdm.rooms.declarations import merging
from mdm.rooms.declarations.models import StatusReport
from mdm.rooms.devices import service as devices
from mdm.rooms.devices.models import Enrollment
from profiles.declarations.json_form import LARGEST_BYTES
from profiles.errors import ProfileError

log = logging.getLogger(__name__)


class Unreadable(Exception):
    """A report that cannot be read; the word says why, without content."""


def keep(tx: Tx, vault: Vault, enrollment_id: int, body: bytes, now: datetime) -> None:
    """Keep a report as it came, whatever it says."""
    tx.add(
        StatusReport(
            enrollment_id=enrollment_id,
            received_at=now,
            sealed=vault.seal(zlib.compress(body, 1), _context(enrollment_id, now)),
        )
    )


def read_next(tx: Tx, vault: Vault, now: datetime, limit: int = 50) -> int:
    """Merge the oldest unread reports; returns how many were taken, 0 when all are merged.

    The enrollments concerned become due for a new plan.
    """
    unread = _claim(tx, limit)
    for row in unread:
        row.read_error = _read(tx, vault, row, now)
        row.read_at = now
        if row.read_error is None:
            row.sealed = None
    devices.mark_all_due(tx, {row.enrollment_id for row in unread})
    return len(unread)


def forget_read(tx: Tx, before: datetime) -> int:
    """Delete the rows of reports that were read before an instant, readable or not.

    returns: how many.
    """
    return changed_rows(tx.execute(delete(StatusReport).where(StatusReport.read_at < before)))


def _claim(tx: Tx, limit: int) -> Sequence[StatusReport]:
    older = aliased(StatusReport)
    waits = select(older.id).where(
        older.enrollment_id == StatusReport.enrollment_id,
        older.id < StatusReport.id,
        older.read_at.is_(None),
    )
    return tx.scalars(
        select(StatusReport)
        .where(StatusReport.read_at.is_(None), ~waits.exists())
        .order_by(StatusReport.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=StatusReport)
    ).all()


def _read(tx: Tx, vault: Vault, row: StatusReport, now: datetime) -> str | None:
    """Merge one report; returns why it could not be read, or None."""
    try:
        with tx.begin_nested():
            enrollment = tx.get_one(Enrollment, row.enrollment_id)
            merging.merge_report(tx, enrollment, _opened(vault, row), row.received_at)
    except OperationalError:
        # The database itself has failed, not the report: all of it is tried again later.
        raise
    # Whatever a report holds that nobody thought of, it must not stop the reports behind it.
    except Exception as error:  # noqa: BLE001
        fields = {ENROLLMENT_ID: row.enrollment_id, KIND: type(error).__name__}
        log.warning("status_report_unreadable", extra=fields)
        return _word(error)
    return None


def _word(error: Exception) -> str:
    word = str(error) if isinstance(error, Unreadable | ProfileError) else type(error).__name__
    return word[:200]


def _opened(vault: Vault, row: StatusReport) -> bytes:
    unpacking = zlib.decompressobj()
    try:
        packed = vault.open(row.sealed or b"", _context(row.enrollment_id, row.received_at))
        body = unpacking.decompress(packed, LARGEST_BYTES)
    except (SealBroken, zlib.error) as error:
        raise Unreadable("broken in storage") from error
    if unpacking.unconsumed_tail:
        raise Unreadable("too large")
    return body


def _context(enrollment_id: int, received_at: datetime) -> str:
    return f"status_report:{enrollment_id}:{received_at.isoformat()}"
