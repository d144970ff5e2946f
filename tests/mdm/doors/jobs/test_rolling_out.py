"""The job that takes change plans through their rings."""

from datetime import timedelta

from mdm.base.bell import Job, RecordingBell
from mdm.base.clock import FixedClock
from mdm.base.tools import Tools
from mdm.doors.jobs import housekeeping
from mdm.doors.jobs.budget import Budget
from mdm.doors.jobs.schedule import Schedule
from mdm.rooms.changes import service as changes
from mdm.rooms.changes.service import Wanted
from policies.outcome import OutcomeKind
from policies.rings import RingKind, RingSpec
from policies.scope import Scope, ScopeKind
from tests.mdm.rooms.changing import a_small_city, comes_to, released


def test_the_next_ring_is_released_and_planned_for(
    tools: Tools, bell: RecordingBell, clock: FixedClock
) -> None:
    first = RingSpec(RingKind.CHOSEN, (Scope(ScopeKind.CLASS, "12/9b"),))
    with tools.database.transaction() as tx:
        city = a_small_city(tx)
        wanted = Wanted("Rechnen", (city.app_for(city.grade),), rings=(first,))
        plan = changes.draft(tx, tools.vault, city.manager, wanted, clock.instant)
        fingerprint = plan.fingerprint
        changes.approve(tx, tools.vault, city.manager, plan.id, fingerprint, clock.instant)
        comes_to(tx, city.ipads[2], OutcomeKind.AS_WISHED, clock.instant)
    clock.instant += timedelta(hours=1)

    housekeeping.run(tools, Schedule(), Budget(30))

    with tools.database.reading() as tx:
        assert released(tx) == set(city.devices[:3])
    assert Job.RECONCILE in bell.rung
