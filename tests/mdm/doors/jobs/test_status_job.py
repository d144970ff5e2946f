"""The job that reads answers also merges status reports, and the house forgets them in time."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from mdm.base.bell import Job, RecordingBell
from mdm.base.clock import FixedClock
from mdm.base.db import Database
from mdm.base.tools import Tools
from mdm.base.vault import Vault
from mdm.doors.jobs import context, entry, housekeeping
from mdm.doors.jobs.budget import Budget
from mdm.doors.jobs.schedule import Schedule
from mdm.rooms.declarations import service, status
from mdm.rooms.declarations.models import DeclarationSnapshot, DeclarationState, StatusReport
from tests.factories.declarations import a_set, a_status, states
from tests.factories.devices import an_ipad

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _context(tools: Tools) -> Any:
    context.use(tools)
    yield
    context.forget()


def test_a_report_is_merged_and_a_plan_is_wanted(
    database: Database, vault: Vault, bell: RecordingBell, clock: FixedClock
) -> None:
    with database.transaction() as tx:
        number = an_ipad(tx).id
        status.keep(tx, vault, number, a_status({"a": 1}), clock.now())
        status.keep(tx, vault, number, a_status(states(a_set())), clock.now() + MINUTE)

    entry.perform(Job.READ_RESULTS)

    assert bell.rung[-1] is Job.RECONCILE
    with database.reading() as tx:
        assert tx.scalar(select(func.count()).select_from(DeclarationState)) == 3


def test_merged_reports_and_sets_that_nobody_uses_are_forgotten(
    database: Database, vault: Vault, tools: Tools, clock: FixedClock
) -> None:
    with database.transaction() as tx:
        number = an_ipad(tx).id
        for length in (6, 7, 8):
            service.replace(tx, vault, number, a_set(length), clock.now() - 31 * DAY)
        status.keep(tx, vault, number, a_status({"a": 1}), clock.now() - 31 * DAY)
    with database.transaction() as tx:
        status.read_next(tx, vault, clock.now() - 31 * DAY)

    housekeeping.run(tools, Schedule(), Budget(30))

    with database.reading() as tx:
        assert tx.scalars(select(StatusReport)).all() == []
        assert tx.scalar(select(func.count(DeclarationSnapshot.id))) == 2
