"""What happens to the machine under a house: a clock that jumps, a disk that is full."""

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError

from mdm.base.db import Database
from mdm.base.identifiers import new_uuid
from mdm.cli import web
from mdm.rooms.commands import service as commands
from mdm.rooms.commands.models import Command
from mdm.rooms.commands.service import Order
from mdm.rooms.devices.models import IdentityCertificate
from mdm.simulator.checkin import check_in
from mdm.simulator.exchange import Conversation, Response
from mdm.simulator.fleet_thread import FleetPlan, FleetThread
from mdm.simulator.http import Route
from mdm.simulator.ipad import SimulatedIpad
from policies.actions import RemoteKind
from policies.delivery import DeliveryState
from profiles.commands.command import build
from tests.journeys.house import PUBLIC_URL
from tests.journeys.school_day import CLERK, SchoolDay
from tests.journeys.stage import Stage, a_day, a_stage
from tests.simulator_keys import SIMULATOR_KEYS

DAY = timedelta(days=1)
FIRST_NUMBER = 50_000
PLENTY = 1_000_000
LARGE = b"x" * 3_500


@pytest.fixture
def stage(database: Database) -> Iterator[Stage]:
    """A house on each engine in turn."""
    with a_stage(database) as stage:
        yield stage


@pytest.fixture
def fleet(stage: Stage) -> Iterator[FleetThread]:
    with a_fleet(stage) as fleet:
        yield fleet


@pytest.fixture
def day(stage: Stage, fleet: FleetThread) -> SchoolDay:
    """A school whose two iPads are enrolled and have what they are to get."""
    day = a_day(stage, fleet.ipads)
    assert fleet.enrol_all(day.link()) == {}
    stage.live(fleet, fleet.ipads)
    return day


def a_fleet(stage: Stage) -> FleetThread:
    route = Route(PUBLIC_URL, stage.address)
    return FleetThread(
        FleetPlan(2, SIMULATOR_KEYS, (route,), first_number=FIRST_NUMBER, clock=stage.clock)
    )


@pytest.mark.parametrize("jump", [DAY, -DAY], ids=["forward", "back"])
def test_a_clock_that_jumps_by_a_day_ends_nothing_and_renews_nothing(
    stage: Stage, fleet: FleetThread, day: SchoolDay, jump: timedelta
) -> None:
    before = [ipad.enrolment for ipad in fleet.ipads]
    day.order(RemoteKind.LOCK, [fleet.ipads[0].serial_number])

    stage.later(jump)
    stage.work()
    stage.later(-jump)
    stage.live(fleet, fleet.ipads)

    with stage.database.reading() as tx:
        ended = select(Command.request_type).where(
            Command.state.in_((DeliveryState.EXPIRED, DeliveryState.CANCELLED))
        )
        # The order was for one day; on a clock that is a day ahead its time is over.
        assert set(tx.scalars(ended)) <= {"DeviceLock"}
        certificates = tx.scalars(select(IdentityCertificate.id)).all()
    assert len(certificates) == len(fleet.ipads)
    assert [ipad.enrolment for ipad in fleet.ipads] == before


@pytest.mark.parametrize("jump", [DAY, -DAY], ids=["forward", "back"])
def test_ipads_are_served_while_the_clock_is_a_day_off(
    stage: Stage, fleet: FleetThread, day: SchoolDay, jump: timedelta
) -> None:
    """The iPads keep the right time; their signatures and certificates are taken as they are."""
    for ipad in fleet.ipads:
        ipad.faults.clock_skew = -jump
    with_the_jump = len(stage.commands(fleet.ipads[0], "DeviceLock"))

    stage.later(jump)
    day.order(RemoteKind.LOCK, [fleet.ipads[0].serial_number])
    stage.live(fleet, fleet.ipads)

    assert with_the_jump == 0
    assert stage.states(fleet.ipads[0], "DeviceLock") == ["proven"]
    assert all(ipad.is_enrolled for ipad in fleet.ipads)


class Disk:
    """The room that a SQLite database has; every connection is told, those in use as well."""

    def __init__(self, database: Database) -> None:
        self._most = PLENTY
        self._connections: list[sqlite3.Connection] = []
        event.listen(database.engine, "connect", self._remember)

    def fill(self, database: Database) -> None:
        """Let the file grow no more, and use up what is free within it."""
        with database.transaction() as tx:
            connection = tx.connection()
            connection.exec_driver_sql("CREATE TABLE filler (body BLOB)")
            size = int(connection.exec_driver_sql("PRAGMA page_count").scalar_one())
        self._limit(size)
        for body in (LARGE, b"x"):
            while _is_stored(database, body):
                pass

    def make_room(self) -> None:
        """Let it grow again."""
        self._limit(PLENTY)

    def _limit(self, pages: int) -> None:
        self._most = pages
        for connection in self._connections:
            # Some have been closed meanwhile.
            with suppress(sqlite3.ProgrammingError):
                connection.execute(f"PRAGMA max_page_count={pages}")

    def _remember(self, connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count={self._most}")
        self._connections.append(connection)


def _is_stored(database: Database, body: bytes) -> bool:
    try:
        with database.transaction() as tx:
            tx.connection().exec_driver_sql("INSERT INTO filler VALUES (?)", (body,))
    except OperationalError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class FullHouse:
    """A house whose disk may be full, with an enrolled iPad."""

    stage: Stage
    fleet: FleetThread
    disk: Disk

    @property
    def ipad(self) -> SimulatedIpad:
        return self.fleet.ipads[0]

    def is_sound(self) -> bool:
        """Whether SQLite finds nothing wrong with its file."""
        with self.stage.database.reading() as tx:
            found = tx.connection().exec_driver_sql("PRAGMA integrity_check").scalars().all()
        return found == ["ok"]


@pytest.fixture
def full(sqlite_url: str) -> Iterator[FullHouse]:
    """A house of SQLite; PostgreSQL's disk is its own server's business."""
    database = Database(sqlite_url)
    disk = Disk(database)
    with a_stage(database) as stage, a_fleet(stage) as fleet:
        day = a_day(stage, fleet.ipads)
        fleet.enrol(fleet.ipads[0], day.link())
        stage.live(fleet, [fleet.ipads[0]])
        yield FullHouse(stage, fleet, disk)
    database.close()


def set_bootstrap_token(ipad: SimulatedIpad) -> Conversation[Response]:
    enrolment = ipad.enrolment
    assert enrolment is not None
    keys = {"BootstrapToken": LARGE}
    return (yield from check_in(ipad, enrolment, enrolment.channel, "SetBootstrapToken", keys))


def test_a_check_in_that_finds_a_full_disk_is_told_to_come_again(full: FullHouse) -> None:
    full.disk.fill(full.stage.database)

    refused = full.fleet.carry(full.ipad, lambda: set_bootstrap_token(full.ipad))
    full.disk.make_room()
    taken = full.fleet.carry(full.ipad, lambda: set_bootstrap_token(full.ipad))

    assert (refused.status, refused.headers["retry-after"]) == (503, "60")
    assert taken.status == 200
    assert full.ipad.is_enrolled
    assert full.is_sound()


def test_an_answer_that_finds_a_full_disk_is_kept_by_the_ipad_and_not_lost(
    full: FullHouse,
) -> None:
    uuids = [ask_for_certificates(full) for _ in range(4)]
    full.disk.fill(full.stage.database)

    full.fleet.poll(full.ipad)
    before = full.stage.states(full.ipad, "CertificateList")[-4:]
    full.disk.make_room()
    full.stage.live(full.fleet, [full.ipad])

    assert set(before) - {"proven"}, "the disk was not full early enough"
    assert full.stage.states(full.ipad, "CertificateList")[-4:] == ["proven"] * 4
    assert [full.ipad.executed[uuid] for uuid in uuids] == [1] * 4
    assert full.is_sound()


def ask_for_certificates(full: FullHouse) -> str:
    """Ask a question with a long answer; returns its CommandUUID."""
    tools, uuid = full.stage.tools, new_uuid()
    number = full.stage.enrollment(full.ipad).id
    ask = build("CertificateList", {"ManagedOnly": False})
    with tools.database.transaction() as tx:
        order = Order(number, ask, None, "journey", CLERK)
        commands.enqueue(tx, tools.vault, order, uuid, tools.clock.now())
    return uuid


def test_nothing_for_developers_is_served(stage: Stage) -> None:
    """No debugger, no profiler, no pages of errors with their sources."""
    app = stage.switch.app
    assert app is not None
    client = app.test_client()

    asked = client.get("/?__debugger__=yes&cmd=resource&f=debugger.js")

    assert [app.debug, app.testing, app.config["PROPAGATE_EXCEPTIONS"]] == [False, False, None]
    assert b"debugger" not in asked.data.lower()
    words = ("debug", "profiler", "profiling", "pprof", "werkzeug")
    rules = [rule.rule for rule in app.url_map.iter_rules() if not rule.rule.startswith("/enroll/")]
    assert [rule for rule in rules if any(word in rule for word in words)] == []


def test_the_server_of_production_is_granian_without_reload_or_log_of_requests() -> None:
    server = web.server(web.Listening("127.0.0.1", 8000), on_sqlite=True)

    assert not server.reload_on_changes
    assert not server.log_access
