"""Reading what devices said: reports by date, and the latest about each thing.

The caller has found the device first (queries.device), which is where sight is judged.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from mdm.base.db import Tx
from mdm.rooms.devices.models import Report, ReportedItem


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One answer, dated. is_unchanged: it said the same as the one before."""

    id: int
    kind: str
    observed_at: datetime
    is_complete: bool
    is_unchanged: bool


@dataclass(frozen=True, slots=True)
class ItemRow:
    """The latest word about one thing. value: names and values as the reader stored them."""

    kind: str
    subject: str
    value: Mapping[str, Any]
    observed_at: datetime


def reports_of(tx: Tx, device_id: int, limit: int = 20) -> list[ReportRow]:
    """List the latest reports of a device, newest first."""
    query = (
        select(
            Report.id,
            Report.kind,
            Report.observed_at,
            Report.is_complete,
            Report.compressed.is_(None),
        )
        .where(Report.device_id == device_id)
        .order_by(Report.observed_at.desc(), Report.id.desc())
        .limit(limit)
    )
    return [ReportRow(*row) for row in tx.execute(query)]


def items_of(tx: Tx, enrollment_id: int) -> list[ItemRow]:
    """List the latest word about each thing, by kind and subject."""
    query = (
        select(
            ReportedItem.kind, ReportedItem.subject, ReportedItem.value, ReportedItem.observed_at
        )
        .where(ReportedItem.enrollment_id == enrollment_id)
        .order_by(ReportedItem.kind, ReportedItem.subject)
    )
    return [ItemRow(*row) for row in tx.execute(query)]
