"""Writing down what devices say: whole and dated as reports, and the latest word on each thing.

Here: tables `report` and `reported_item`, and the columns of a device that follow from what it
says of itself. Not here: reading answers (mdm.rooms.commands.inventories), loading what was
reported (reported.py for plans, report_queries.py for people).
"""

import hashlib
import zlib
from collections.abc import Collection, Mapping
from datetime import datetime
from enum import Enum, auto
from itertools import islice
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from mdm.base.db import Tx
from mdm.rooms.devices.models import Device, Enrollment, Report, ReportedItem
from profiles.commands.answers.device import DeviceInformation

# Remembers when each kind of report came last, and whether it was complete.
REPORT = "report"
_LONGEST_SUBJECT = 255
_ROWS_A_STATEMENT = 500


class Novelty(Enum):
    """What a report adds. LATE: a newer one of its kind has been read before it."""

    NEW = auto()
    UNCHANGED = auto()
    LATE = auto()


def record_report(
    tx: Tx, enrollment: Enrollment, kind: str, complete: bool, body: bytes, observed_at: datetime
) -> Novelty:
    """Keep a report; one that says what the last one said is kept without its body.

    body: the same bytes for the same content. complete: whether absence from it is proof.
    """
    digest = hashlib.sha256(body).digest()
    before = _last(tx, enrollment.id, kind)
    novelty = _novelty(before, digest, complete, observed_at)
    tx.add(
        Report(
            device_id=enrollment.device_id,
            enrollment_id=enrollment.id,
            kind=kind,
            observed_at=observed_at,
            is_complete=complete,
            digest=digest,
            compressed=zlib.compress(body) if novelty is not Novelty.UNCHANGED else None,
        )
    )
    if novelty is not Novelty.LATE:
        value = {"complete": complete, "digest": digest.hex()}
        put_items(tx, enrollment.id, REPORT, {kind: value}, observed_at, complete=False)
    return novelty


def put_items(
    tx: Tx,
    enrollment_id: int,
    kind: str,
    items: Mapping[str, Mapping[str, Any]],
    observed_at: datetime,
    *,
    complete: bool,
) -> None:
    """Write the latest word on each of these things.

    items: by subject; one with an impossibly long name is left out.
    complete: what is not among them is gone; otherwise it stays as it was last seen.
    """
    rows = iter(
        {
            "enrollment_id": enrollment_id,
            "kind": kind,
            "subject": subject,
            "value": dict(items[subject]),
            "observed_at": observed_at,
        }
        for subject in sorted(items)
        if len(subject) <= _LONGEST_SUBJECT
    )
    while batch := list(islice(rows, _ROWS_A_STATEMENT)):
        _upsert(tx, batch)
    if complete:
        tx.execute(
            delete(ReportedItem).where(
                ReportedItem.enrollment_id == enrollment_id,
                ReportedItem.kind == kind,
                ReportedItem.observed_at < observed_at,
            )
        )


def drop_items(tx: Tx, enrollment_id: int, kind: str, subjects: Collection[str]) -> None:
    """These things are gone."""
    gone = iter(sorted(subjects))
    while batch := list(islice(gone, _ROWS_A_STATEMENT)):
        tx.execute(
            delete(ReportedItem).where(
                ReportedItem.enrollment_id == enrollment_id,
                ReportedItem.kind == kind,
                ReportedItem.subject.in_(batch),
            )
        )


def see_again(tx: Tx, enrollment_id: int, kind: str, observed_at: datetime) -> None:
    """The whole list of one kind was seen again, and nothing in it has changed."""
    tx.execute(
        update(ReportedItem)
        .where(ReportedItem.enrollment_id == enrollment_id, ReportedItem.kind == kind)
        .values(observed_at=observed_at)
    )


def note_information(
    tx: Tx, enrollment: Enrollment, said: DeviceInformation, observed_at: datetime
) -> None:
    """Take over what a device says of itself; what it left out stays as it was."""
    device = tx.get_one(Device, enrollment.device_id)
    device.name = (said.device_name or device.name)[:255]
    device.product_name = (said.product_name or device.product_name)[:80]
    device.os_version = (said.os_version or device.os_version)[:40]
    device.build_version = (said.build_version or device.build_version)[:40]
    device.is_supervised = _told(said.is_supervised, device.is_supervised)
    device.is_shared_ipad = _told(said.is_shared_ipad, device.is_shared_ipad)
    device.facts_observed_at = observed_at
    if said.is_awaiting_configuration is not None:
        enrollment.is_awaiting_configuration = said.is_awaiting_configuration


def note_status(
    tx: Tx, enrollment: Enrollment, said: DeviceInformation, observed_at: datetime
) -> None:
    """Take over what a device tells of itself unasked, unless a newer answer is known.

    It tells a few things only, so it is no inventory and does not count as one.
    """
    device = tx.get_one(Device, enrollment.device_id)
    if device.facts_observed_at is not None and observed_at < device.facts_observed_at:
        return
    device.product_name = (said.product_name or device.product_name)[:80]
    device.os_version = (said.os_version or device.os_version)[:40]
    device.build_version = (said.build_version or device.build_version)[:40]


def expect_returns(tx: Tx, enrollment_ids: Collection[int]) -> None:
    """These have said that they erase themselves: their devices may come back anew."""
    devices = select(Enrollment.device_id).where(Enrollment.id.in_(enrollment_ids))
    tx.execute(
        update(Device)
        .where(Device.id.in_(devices), Device.is_return_expected.is_(False))
        .values(is_return_expected=True)
    )


def _told(said: bool | None, known: bool | None) -> bool | None:
    return known if said is None else said


def _last(tx: Tx, enrollment_id: int, kind: str) -> ReportedItem | None:
    return tx.scalar(
        select(ReportedItem)
        .where(
            ReportedItem.enrollment_id == enrollment_id,
            ReportedItem.kind == REPORT,
            ReportedItem.subject == kind,
        )
        # What an upsert wrote must not be hidden by what the session remembers.
        .execution_options(populate_existing=True)
    )


def _novelty(
    before: ReportedItem | None, digest: bytes, complete: bool, observed_at: datetime
) -> Novelty:
    if before is None:
        return Novelty.NEW
    if observed_at < before.observed_at:
        return Novelty.LATE
    same = before.value == {"complete": complete, "digest": digest.hex()}
    return Novelty.UNCHANGED if same else Novelty.NEW


def _upsert(tx: Tx, rows: list[dict[str, Any]]) -> None:
    # One statement for one row, whatever their number: then it is compiled once, not each time.
    tx.execute(_UPSERT[tx.get_bind().dialect.name], rows)


def _upsert_statement(insert: Any) -> Any:
    wanted = insert(ReportedItem.__table__)
    return wanted.on_conflict_do_update(
        index_elements=["enrollment_id", "kind", "subject"],
        set_={"value": wanted.excluded.value, "observed_at": wanted.excluded.observed_at},
    )


_UPSERT = {
    "postgresql": _upsert_statement(pg_insert),
    "sqlite": _upsert_statement(sqlite_insert),
}
