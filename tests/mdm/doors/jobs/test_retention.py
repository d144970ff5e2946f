"""What the house lets go of by itself: how old it must be, what always stays, who hears of it."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from mdm.base.clock import FixedClock
from mdm.base.db import Database, Tx
from mdm.base.tools import Tools
from mdm.doors.jobs import housekeeping
from mdm.doors.jobs.budget import Budget
from mdm.doors.jobs.schedule import Schedule
from mdm.rooms.audit.models import AuditEntry
from mdm.rooms.commands.forgetting import forget_finished
from mdm.rooms.commands.models import Command, CommandResult
from mdm.rooms.devices.forgetting import forget_reports
from mdm.rooms.devices.models import Enrollment, Report
from policies.delivery import FINAL, DeliveryState
from tests.factories.commands import a_command
from tests.factories.devices import an_ipad

DAY = timedelta(days=1)
OLD = timedelta(days=1000)


@pytest.fixture
def ipad(database: Database) -> Enrollment:
    with database.transaction() as tx:
        return an_ipad(tx)


def _report(tx: Tx, ipad: Enrollment, at: datetime, says: bytes | None, kind: str = "apps") -> int:
    report = Report(
        device_id=ipad.device_id,
        enrollment_id=ipad.id,
        kind=kind,
        observed_at=at,
        is_complete=True,
        digest=b"d" * 32,
        compressed=says,
    )
    tx.add(report)
    tx.flush()
    return report.id


def _commands(database: Database) -> set[int]:
    with database.reading() as tx:
        return set(tx.scalars(select(Command.id)))


def _forget_reports(database: Database, before: datetime) -> set[int]:
    with database.transaction() as tx:
        forget_reports(tx, before, 0)
    with database.reading() as tx:
        return set(tx.scalars(select(Report.id)))


@pytest.mark.parametrize("state", DeliveryState)
def test_only_a_command_that_has_ended_is_let_go_of(
    database: Database, ipad: Enrollment, now: datetime, state: DeliveryState
) -> None:
    with database.transaction() as tx:
        a_command(tx, ipad, state=state, now=now - OLD, answered_at=now - OLD)

    with database.transaction() as tx:
        count, _ = forget_finished(tx, now, 0)

    assert (count == 1) == (state in FINAL)


def test_a_command_is_kept_from_its_end_on_not_from_its_beginning(
    database: Database, ipad: Enrollment, now: datetime
) -> None:
    with database.transaction() as tx:
        ended = a_command(tx, ipad, state=DeliveryState.PROVEN, now=now - OLD, answered_at=now)

    with database.transaction() as tx:
        forget_finished(tx, now - DAY, 0)

    assert _commands(database) == {ended.id}


def test_a_command_whose_answer_is_kept_stays_with_it(
    database: Database, ipad: Enrollment, now: datetime
) -> None:
    with database.transaction() as tx:
        asked = a_command(tx, ipad, state=DeliveryState.PROVEN, now=now - OLD)
        tx.add(
            CommandResult(
                enrollment_id=ipad.id,
                command_uuid=asked.uuid,
                status="Acknowledged",
                received_at=now - OLD,
                sealed=b"sealed",
            )
        )

    with database.transaction() as tx:
        forget_finished(tx, now, 0)

    assert _commands(database) == {asked.id}


def test_the_walk_goes_on_behind_what_stays_and_ends_at_what_is_young(
    database: Database, ipad: Enrollment, now: datetime
) -> None:
    with database.transaction() as tx:
        waiting = a_command(tx, ipad, state=DeliveryState.ACCEPTED, now=now - OLD)
        a_command(tx, ipad, state=DeliveryState.FAILED, now=now - OLD)
        young = a_command(tx, ipad, state=DeliveryState.FAILED, now=now)

    with database.transaction() as tx:
        first = forget_finished(tx, now - DAY, 0, limit=1)
        second = forget_finished(tx, now - DAY, waiting.id, limit=1)
        third = forget_finished(tx, now - DAY, second[1] or 0, limit=1)

    assert first == (0, waiting.id)
    assert second[0] == 1
    assert third == (0, None)
    assert _commands(database) == {waiting.id, young.id}


def test_the_latest_report_of_each_kind_stays_however_old(
    database: Database, ipad: Enrollment, now: datetime
) -> None:
    with database.transaction() as tx:
        _report(tx, ipad, now - OLD, b"one")
        latest = _report(tx, ipad, now - OLD + DAY, b"two")
        other = _report(tx, ipad, now - OLD, b"three", kind="profiles")

    assert _forget_reports(database, now) == {latest, other}


def test_content_stays_while_a_kept_report_repeats_it(
    database: Database, ipad: Enrollment, now: datetime
) -> None:
    with database.transaction() as tx:
        _report(tx, ipad, now - OLD, b"one")
        content = _report(tx, ipad, now - OLD + DAY, b"two")
        _report(tx, ipad, now - OLD + 2 * DAY, None)
        repeats = _report(tx, ipad, now - DAY, None)
        anew = _report(tx, ipad, now, b"three")

    assert _forget_reports(database, now - 2 * DAY) == {content, repeats, anew}


def test_the_house_lets_go_by_its_settings_and_tells_the_journal_how_much(
    database: Database, tools: Tools, clock: FixedClock, ipad: Enrollment
) -> None:
    now = clock.now()
    with database.transaction() as tx:
        for days in (61, 61, 59):
            ended = now - days * DAY
            a_command(tx, ipad, state=DeliveryState.FAILED, now=ended, answered_at=ended)
        for days in (32, 31, 29):
            _report(tx, ipad, now - days * DAY, b"content")
    short = replace(tools, settings=replace(tools.settings, command_days=60, report_days=30))

    housekeeping.run(short, Schedule(), Budget(30))

    with database.reading() as tx:
        told = tx.scalars(select(AuditEntry).where(AuditEntry.act == "retention.forget")).all()
        found = {entry.subject_id: entry.details["count"] for entry in told}
        kept = len(tx.scalars(select(Report.id)).all())
    assert found == {"command": 2, "report": 1}
    assert len(_commands(database)) == 1
    # The one of 31 days ago: a report within the time might have repeated it.
    assert kept == 2


def test_a_house_with_nothing_old_tells_the_journal_nothing(
    database: Database, tools: Tools, clock: FixedClock, ipad: Enrollment
) -> None:
    with database.transaction() as tx:
        a_command(tx, ipad, state=DeliveryState.FAILED, now=clock.now())

    housekeeping.run(tools, Schedule(), Budget(30))

    with database.reading() as tx:
        acts = set(tx.scalars(select(AuditEntry.act)))
    assert "retention.forget" not in acts
