"""What one status report leaves behind: a dated report, changed items, states, facts.

Here: writing the difference that a report makes; alone in writing table `declaration_state`.
A report that comes twice changes nothing the second time, and a full one replaces everything.
Not here: the rules of merging (profiles.declarations.status_merge), the queue of reports
(status.py), what plans read (queries.py).
"""

import logging
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select

from mdm.base.db import Tx
from mdm.base.logkeys import COUNT, ENROLLMENT_ID
from mdm.rooms.declarations import contents
from mdm.rooms.declarations import known_items as items
from mdm.rooms.declarations.known_items import STATUS, STATUS_ERROR
from mdm.rooms.declarations.models import (
    DeclarationChannel,
    DeclarationSnapshot,
    DeclarationState,
)
from mdm.rooms.devices import reports
from mdm.rooms.devices.models import Enrollment, ReportedItem
from profiles.commands.answers.device import DeviceInformation
from profiles.declarations.declaration import MAX_IDENTIFIER_LENGTH, MAX_TOKEN_LENGTH
from profiles.declarations.declaration_state import DeclarationState as State
from profiles.declarations.declaration_state import (
    declaration_states,
    path_of,
)
from profiles.declarations.status_merge import ItemKey, Merged, merge
from profiles.declarations.status_report import DECLARATIONS, StatusReport, read_status_report
from profiles.errors import MalformedMessage

log = logging.getLogger(__name__)

# An iPad with a thousand apps has some two thousand.
MOST_ITEMS = 10_000
_LONGEST_SUBJECT = 255


def merge_report(tx: Tx, enrollment: Enrollment, body: bytes, received_at: datetime) -> None:
    """Merge a report into what is known about its channel.

    raises: MalformedMessage: no report, or one that would leave more than MOST_ITEMS items.
    """
    report = read_status_report(body)
    states = _state_rows(tx, enrollment.id)
    stored, errors = _stored_items(tx, enrollment.id)
    known = stored | items.items_of_states(items.state_of(row) for row in states.values())
    merged = merge(known, report)
    if len(merged.items) > MOST_ITEMS:
        raise MalformedMessage("StatusItems", f"leaves more than {MOST_ITEMS} items")
    reports.record_report(tx, enrollment, STATUS, report.full, body, received_at)
    _write_items(tx, enrollment.id, report, merged, received_at)
    _write_errors(tx, enrollment.id, report, errors, received_at)
    told = {name: state for name, state in declaration_states(merged.items).items() if _fits(state)}
    _write_states(tx, enrollment.id, report, states, told, received_at)
    _note_device(tx, enrollment, report, received_at)
    _note_channel(tx, enrollment.id, report, told, received_at)


def _state_rows(tx: Tx, enrollment_id: int) -> dict[str, DeclarationState]:
    rows = tx.scalars(
        select(DeclarationState).where(DeclarationState.enrollment_id == enrollment_id)
    )
    return {row.identifier: row for row in rows}


def _stored_items(tx: Tx, enrollment_id: int) -> tuple[dict[ItemKey, Any], set[str]]:
    """What is known of the status items, and of which ones an error was told."""
    rows = tx.execute(
        select(ReportedItem.kind, ReportedItem.subject, ReportedItem.value).where(
            ReportedItem.enrollment_id == enrollment_id,
            ReportedItem.kind.in_([STATUS, STATUS_ERROR]),
        )
    ).all()
    known = dict(items.item_of(subject, value) for kind, subject, value in rows if kind == STATUS)
    return known, {subject for kind, subject, _ in rows if kind == STATUS_ERROR}


def _write_items(
    tx: Tx, enrollment_id: int, report: StatusReport, merged: Merged, at: datetime
) -> None:
    if report.full:
        # Whatever stays as it was has been said again.
        reports.see_again(tx, enrollment_id, STATUS, at)
    changed = {
        items.subject_of(key): items.row_value(key, merged.items[key])
        for key in merged.changed
        if not _is_state(key)
    }
    if too_long := sum(len(subject) > _LONGEST_SUBJECT for subject in changed):
        log.warning("status_items_left_out", extra={ENROLLMENT_ID: enrollment_id, COUNT: too_long})
    reports.put_items(tx, enrollment_id, STATUS, changed, at, complete=False)
    gone = {items.subject_of(key) for key in merged.removed if not _is_state(key)}
    reports.drop_items(tx, enrollment_id, STATUS, gone - changed.keys())


def _write_errors(
    tx: Tx, enrollment_id: int, report: StatusReport, known: set[str], at: datetime
) -> None:
    """Of which items the device could not speak; one that it speaks of is none any more."""
    told = {
        error.item: {"reasons": [asdict(reason) for reason in error.reasons]}
        for error in report.errors
        if error.item
    }
    reports.put_items(tx, enrollment_id, STATUS_ERROR, told, at, complete=False)
    healed = known if report.full else known & {*report.values, *report.entries}
    reports.drop_items(tx, enrollment_id, STATUS_ERROR, healed - told.keys())


def _is_state(key: ItemKey) -> bool:
    """Whether an item is a declaration's state, which has a table of its own."""
    return key.path.startswith(f"{DECLARATIONS}.")


def _fits(state: State) -> bool:
    """Whether it can be one of ours at all; our identifiers and tokens are no longer."""
    return (
        len(state.identifier) <= MAX_IDENTIFIER_LENGTH
        and len(state.server_token) <= MAX_TOKEN_LENGTH
    )


def _write_states(
    tx: Tx,
    enrollment_id: int,
    report: StatusReport,
    rows: Mapping[str, DeclarationState],
    told: Mapping[str, State],
    at: datetime,
) -> None:
    for identifier in rows.keys() - told.keys():
        tx.delete(rows[identifier])
    for identifier, state in told.items():
        row = rows.get(identifier)
        if row is None:
            row = DeclarationState(enrollment_id=enrollment_id, identifier=identifier)
            tx.add(row)
        elif path_of(state.kind) not in report.replaced and not report.full:
            # Of this kind the report says nothing.
            continue
        row.kind = state.kind.value
        row.server_token = state.server_token
        row.is_active = state.active
        row.validity = state.validity.value
        row.reasons = items.reasons_as_json(state)
        row.observed_at = at
    tx.flush()


def _note_device(tx: Tx, enrollment: Enrollment, report: StatusReport, at: datetime) -> None:
    """What a device tells of itself, also where a page or a group asks for it."""
    if enrollment.parent_id is not None:
        return
    said = DeviceInformation(
        os_version=_text(report, "device.operating-system.version"),
        build_version=_text(report, "device.operating-system.build-version"),
        product_name=_text(report, "device.model.identifier"),
    )
    if said != DeviceInformation():
        reports.note_status(tx, enrollment, said, at)


def _text(report: StatusReport, path: str) -> str | None:
    value = report.values.get(path)
    return value if isinstance(value, str) and value else None


def _note_channel(
    tx: Tx, enrollment_id: int, report: StatusReport, told: Mapping[str, State], at: datetime
) -> None:
    channel = tx.get(DeclarationChannel, enrollment_id)
    if channel is None:
        return
    channel.reported_at = max(at, channel.reported_at or at)
    if report.full:
        channel.fully_reported_at = channel.reported_at
    # Only a device that has taken the command reports.
    channel.enabled_at = channel.enabled_at or at
    unknown = told.keys() - _wished(tx, channel)
    if unknown:
        # Kept: mostly of a set that was replaced while the device was away.
        fields = {ENROLLMENT_ID: enrollment_id, COUNT: len(unknown)}
        log.info("unknown_declarations_reported", extra=fields)


def _wished(tx: Tx, channel: DeclarationChannel) -> frozenset[str]:
    """The identifiers that a channel is told now, or was told before."""
    row = DeclarationSnapshot
    rows = tx.execute(
        select(row.token, row.compressed, row.empty_because).where(
            or_(row.id == channel.snapshot_id, row.id == channel.previous_snapshot_id)
        )
    )
    return frozenset(
        declaration.identifier
        for each in rows
        for declaration in contents.stored(*each).declarations
    )
