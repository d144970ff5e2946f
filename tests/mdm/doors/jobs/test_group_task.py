"""The house looks again at smart groups whose members time alone changes."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from mdm.base.bell import Job, RecordingBell
from mdm.base.clock import FixedClock
from mdm.base.db import Database
from mdm.base.tools import Tools
from mdm.doors.jobs import context, housekeeping
from mdm.doors.jobs.budget import Budget
from mdm.doors.jobs.schedule import Schedule
from mdm.rooms.audit.service import Actor
from mdm.rooms.devices.models import Enrollment
from mdm.rooms.groups import service
from mdm.rooms.groups.models import SmartGroupMember
from policies.groups import SilentFor
from tests.factories.devices import an_ipad


@pytest.fixture(autouse=True)
def _context(tools: Tools) -> Any:
    context.use(tools)
    yield
    context.forget()


def test_an_ipad_that_stays_silent_joins_and_gets_a_new_plan(
    tools: Tools, database: Database, bell: RecordingBell, clock: FixedClock
) -> None:
    actor = Actor.system_user("tests")
    with database.transaction() as tx:
        ipad = an_ipad(tx, now=clock.instant)
        for days in (7, 30):
            service.save_group(tx, None, f"{days} Tage", SilentFor(days), actor, clock.instant)
    clock.instant += timedelta(days=8)

    housekeeping.run(tools, Schedule(), Budget(30))

    assert Job.RECONCILE in bell.rung
    with database.reading() as tx:
        assert [row.device_id for row in tx.scalars(select(SmartGroupMember))] == [ipad.device_id]
        assert tx.get_one(Enrollment, ipad.id).due_generation > ipad.due_generation
