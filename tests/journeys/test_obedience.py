"""iPads as they are: locked, away, out of luck; and a house that loses neither them nor itself."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from enrollment.standing import EnrollmentState
from mdm.base.db import Database
from mdm.doors.jobs import worker
from mdm.rooms.commands.models import CommandResult
from mdm.rooms.devices.models import IdentityCertificate
from mdm.simulator.faults import Failure, Fate
from mdm.simulator.fleet_thread import FleetPlan, FleetThread
from mdm.simulator.hardware import Habits
from mdm.simulator.http import Route
from mdm.simulator.installed_apps import MANAGED
from mdm.simulator.ipad import SimulatedIpad
from policies.actions import RemoteKind
from tests.journeys.house import PUBLIC_URL
from tests.journeys.killing import wait_until
from tests.journeys.school_day import APP, SchoolDay
from tests.journeys.stage import Stage, a_day, a_stage
from tests.simulator_keys import SIMULATOR_KEYS

WEEK = timedelta(days=7)
FIRST_NUMBER = 30_000
PATIENCE_S = 60.0
# A locked iPad must reach the server to say NotNow; one that cannot is merely away.
HABITS = Habits(joins_wlan_locked=True, boot_ticks=1)
NO_SPACE = Failure("MCInstallationErrorDomain", 4001, "told to fail")


@pytest.fixture
def stage(database: Database) -> Iterator[Stage]:
    """A house on each engine in turn."""
    with a_stage(database) as stage:
        yield stage


@pytest.fixture
def fleet(stage: Stage) -> Iterator[FleetThread]:
    """Two iPads that connect only when a test says so."""
    with a_fleet(stage) as fleet:
        yield fleet


@pytest.fixture
def ipad(fleet: FleetThread) -> SimulatedIpad:
    return fleet.ipads[0]


@pytest.fixture
def day(stage: Stage, fleet: FleetThread) -> SchoolDay:
    """A school that expects both, with a WLAN, restrictions and an app."""
    return a_day(stage, fleet.ipads)


def a_fleet(stage: Stage) -> FleetThread:
    plan = FleetPlan(
        2,
        SIMULATOR_KEYS,
        (Route(PUBLIC_URL, stage.address),),
        first_number=FIRST_NUMBER,
        clock=stage.clock,
        habits=HABITS,
        tick_s=0.01,
    )
    return FleetThread(plan)


def enrolled(stage: Stage, fleet: FleetThread, ipad: SimulatedIpad, day: SchoolDay) -> None:
    """Enrol, and let everything come to rest."""
    fleet.enrol(ipad, day.link())
    stage.live(fleet, [ipad])
    assert set(stage.states(ipad, "InstallProfile")) == {"proven"}


def restart(fleet: FleetThread, ipad: SimulatedIpad) -> None:
    """Let a person switch an iPad off and on."""

    fleet.call(_soon(ipad.restart))
    assert fleet.wait_until(lambda: ipad.is_on, PATIENCE_S)


async def _soon(deed: Callable[[], object]) -> None:
    deed()


def test_what_a_locked_ipad_refuses_does_not_starve_what_stands_behind_it(
    stage: Stage, fleet: FleetThread, ipad: SimulatedIpad, day: SchoolDay
) -> None:
    fleet.enrol(ipad, day.link())
    ipad.set_passcode("1234")
    restart(fleet, ipad)

    stage.work()
    fleet.poll(ipad)

    assert set(stage.states(ipad, "InstallProfile")) == {"deferred"}
    assert "queued" not in stage.states(ipad, "DeviceInformation")
    assert "queued" not in stage.states(ipad, "SecurityInfo")


def test_an_ipad_takes_what_it_refused_once_it_is_unlocked(
    stage: Stage, fleet: FleetThread, ipad: SimulatedIpad, day: SchoolDay
) -> None:
    fleet.enrol(ipad, day.link())
    ipad.set_passcode("1234")
    restart(fleet, ipad)
    stage.work()
    fleet.poll(ipad)

    fleet.call(_soon(ipad.unlock))
    stage.live(fleet, [ipad])

    assert stage.states(ipad, "InstallProfile") == ["proven"] * 2
    app = ipad.apps.get(APP.bundle_id)
    assert app is not None
    assert app.state == MANAGED


def test_an_ipad_that_was_away_for_a_week_goes_on_where_it_stopped(
    stage: Stage, fleet: FleetThread, ipad: SimulatedIpad, day: SchoolDay
) -> None:
    fleet.enrol(ipad, day.link())
    before = ipad.enrolment
    fleet.call(_soon(ipad.go_away))
    for _ in range(7):
        stage.later(timedelta(days=1))
        stage.work()

    fleet.call(_soon(ipad.come_back))
    stage.live(fleet, [ipad])

    assert stage.states(ipad, "InstallProfile") == ["proven"] * 2
    assert ipad.enrolment is before
    assert stage.enrollment(ipad).ended_at is None


def test_an_order_about_now_is_not_obeyed_by_an_ipad_that_comes_a_week_later(
    stage: Stage, fleet: FleetThread, ipad: SimulatedIpad, day: SchoolDay
) -> None:
    enrolled(stage, fleet, ipad, day)
    day.order(RemoteKind.RESTART, [ipad.serial_number])

    stage.later(WEEK)
    stage.work()
    stage.live(fleet, [ipad])

    (row,) = stage.commands(ipad, "RestartDevice")
    assert row.uuid not in ipad.executed
    assert row.state.value in ("expired", "failed")
    assert row.outcome


def test_an_answer_that_got_lost_is_said_again_and_nothing_is_done_twice(
    stage: Stage, fleet: FleetThread, ipad: SimulatedIpad, day: SchoolDay
) -> None:
    fleet.enrol(ipad, day.link())
    stage.work()
    # The first word arrives; the answer to the first report does not, nor the report after it.
    ipad.faults.next_fates = [Fate.ARRIVES, Fate.ANSWER_LOST, Fate.LOST, Fate.ANSWER_LOST]

    fleet.poll(ipad)
    fleet.poll(ipad)
    stage.live(fleet, [ipad])

    assert set(stage.states(ipad, "InstallProfile")) == {"proven"}
    assert set(ipad.executed.values()) == {1}


def test_a_restart_whose_answer_got_lost_is_not_ordered_again(
    stage: Stage, fleet: FleetThread, ipad: SimulatedIpad, day: SchoolDay
) -> None:
    enrolled(stage, fleet, ipad, day)
    day.order(RemoteKind.RESTART, [ipad.serial_number])
    ipad.faults.next_fates = [Fate.ARRIVES, Fate.LOST]

    fleet.poll(ipad)
    assert fleet.wait_until(lambda: ipad.is_online, PATIENCE_S)
    stage.live(fleet, [ipad])

    (row,) = stage.commands(ipad, "RestartDevice")
    assert ipad.executed[row.uuid] == 1
    assert row.state.value == "unconfirmed"
    assert row.outcome


def test_everything_that_arrives_twice_counts_once(
    stage: Stage, fleet: FleetThread, ipad: SimulatedIpad, day: SchoolDay
) -> None:
    ipad.faults.send_twice = 1.0

    enrolled(stage, fleet, ipad, day)

    with stage.database.reading() as tx:
        query = select(func.count(CommandResult.id)).group_by(CommandResult.command_uuid)
        assert set(tx.scalars(query)) == {1}
    assert stage.enrollment(ipad).generation == 1
    assert not ipad.complaints


def test_a_profile_that_an_ipad_refused_is_offered_again_later(
    stage: Stage, fleet: FleetThread, ipad: SimulatedIpad, day: SchoolDay
) -> None:
    ipad.faults.failures["InstallProfile"] = NO_SPACE
    fleet.enrol(ipad, day.link())
    stage.work()
    fleet.poll(ipad)
    refused = [row for row in stage.commands(ipad, "InstallProfile") if row.outcome]

    stage.live(fleet, [ipad])

    assert [row.state.value for row in refused] == ["failed"]
    assert {row.action_key for row in stage.commands(ipad, "InstallProfile")} >= {
        row.action_key for row in refused
    }
    assert len(stage.commands(ipad, "InstallProfile")) == 3
    assert stage.states(ipad, "InstallProfile")[-1] == "proven"


def test_an_ipad_renews_its_certificate_and_stays_who_it_is(
    stage: Stage, fleet: FleetThread, ipad: SimulatedIpad, day: SchoolDay
) -> None:
    enrolled(stage, fleet, ipad, day)
    before, row_before = ipad.enrolment, stage.enrollment(ipad)
    assert before is not None

    stage.later(timedelta(days=stage.tools.settings.identity_days - 30))
    stage.live(fleet, [ipad])

    assert ipad.enrolment is not None
    assert ipad.enrolment.identity.certificate != before.identity.certificate
    row = stage.enrollment(ipad)
    assert (row.id, row.generation, row.state) == (row_before.id, 1, EnrollmentState.ENROLLED)
    assert set(stage.states(ipad, "InstallProfile")) == {"proven"}
    with stage.database.reading() as tx:
        pins = tx.scalars(
            select(IdentityCertificate.unpinned_at.is_(None))
            .where(IdentityCertificate.enrollment_id == row.id)
            .order_by(IdentityCertificate.id)
        )
        assert list(pins) == [False, True]


def test_an_erased_ipad_never_gets_what_waited_for_it_before(
    stage: Stage, fleet: FleetThread, ipad: SimulatedIpad, day: SchoolDay
) -> None:
    enrolled(stage, fleet, ipad, day)
    stage.later(timedelta(days=30))
    stage.work()
    old = {row.uuid for row in stage.commands(ipad, "DeviceInformation")} - set(ipad.executed)
    day.order(RemoteKind.ERASE, [ipad.serial_number])
    fleet.poll(ipad)
    assert fleet.wait_until(lambda: ipad.is_online, PATIENCE_S)
    stage.work()

    enrolled_again = day.link()
    fleet.enrol(ipad, enrolled_again)
    stage.live(fleet, [ipad])

    assert old
    assert old.isdisjoint(ipad.executed)
    assert stage.states(ipad, "EraseDevice") == ["proven"]
    assert ipad.erasures == 1
    assert stage.enrollment(ipad).generation == 2
    assert stage.enrollment(ipad).held_reason is None


def test_after_a_restored_backup_nobody_is_told_to_leave(sqlite_url: str, tmp_path: Path) -> None:
    """The house forgets what happened since; an iPad that it does not know hears 400 and stays."""
    database = Database(sqlite_url)
    with a_stage(database) as stage, a_fleet(stage) as fleet:
        known, unknown = fleet.ipads
        day = a_day(stage, fleet.ipads)
        enrolled(stage, fleet, known, day)
        backup = tmp_path / "backup.sqlite"
        copy_of(database, backup)
        enrolled(stage, fleet, unknown, day)
        before = [ipad.enrolment for ipad in fleet.ipads]

        restored = Database(f"sqlite:///{backup}")
        stage.change_house(restored)
        stage.later(timedelta(days=10))
        stage.live(fleet, fleet.ipads)

        assert [ipad.enrolment for ipad in fleet.ipads] == before
        assert stage.states(known, "DeviceInformation")[-1] == "proven"
        assert stage.commands(unknown, "DeviceInformation") == []
    restored.close()
    database.close()


def copy_of(database: Database, path: Path) -> None:
    """Back up a SQLite database as an administrator does."""
    with database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql(f"VACUUM INTO '{path}'")


def test_without_redis_the_sweeps_do_everything(
    stage: Stage, fleet: FleetThread, ipad: SimulatedIpad, day: SchoolDay, tmp_path: Path
) -> None:
    """Slower, but all of it; the address of Redis leads nowhere."""
    nowhere = f"unix://{tmp_path / 'nobody.sock'}"
    url = stage.database.url.render_as_string(hide_password=False)
    settings = replace(
        stage.tools.settings,
        database_url=url,
        redis_url=nowhere,
        sweep_seconds=1,
        master_key=b"m" * 32,
    )
    stage.change_house(stage.database, settings)
    stop = threading.Event()
    sweeping = threading.Thread(target=worker.run_all, args=(settings, stop))
    sweeping.start()
    fleet.enrol(ipad, day.link())

    def has_everything() -> bool:
        stage.clock.instant += timedelta(seconds=20)
        fleet.poll(ipad)
        return stage.states(ipad, "InstallProfile") == ["proven"] * 2

    proven = wait_until(has_everything, PATIENCE_S)
    stop.set()
    sweeping.join()

    assert proven
