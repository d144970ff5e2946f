"""Everything is killed at random points while two hundred iPads work, and nothing is lost.

The house runs as `mdm up` runs it: web server, one worker for each job, Redis, each a process
of its own. Web, workers, Redis, the whole run and (on PostgreSQL) a connection of the database
are killed with SIGKILL and started again. In the end every command is proven, or has ended with
a reason, and no iPad was restarted or erased twice for one order.
"""

import os
import random
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from mdm.base.embedded_postgres import EmbeddedPostgres
from mdm.base.settings import PREFIX, read_settings
from mdm.base.tools import build_tools
from mdm.cli.address import choose_address
from mdm.rooms.tables import load_all
from mdm.simulator.fleet_thread import FleetPlan, FleetThread
from mdm.simulator.hardware import Habits
from mdm.simulator.http import Route
from mdm.simulator.installed_apps import MANAGED
from mdm.simulator.ipad import SimulatedIpad
from policies.actions import RemoteKind
from tests.journeys import accounting, killing
from tests.journeys.house import PUBLIC_URL
from tests.journeys.killing import KilledHouse, Killer, kept_running, wait_until
from tests.journeys.pushing import push_service
from tests.journeys.school_day import APP, SchoolDay, patiently
from tests.simulator_keys import SIMULATOR_KEYS

IPADS = 200
RESTARTED = 30
ERASED = 12
FIRST_NUMBER = 20_000
BACKEND = "a database connection"
TICK_S = 0.1
HABITS = Habits(boot_ticks=10, retry_ticks=15)
# Only who fails waits so long: even on a machine that does much else all is settled before.
PATIENCE_S = 300.0
# What the house usually takes a minute for. Nothing is checked less, it only comes sooner.
HURRY = {
    "sweep_seconds": "2",
    "last_seen_seconds": "1",
    "lease_seconds": "5",
    "proof_seconds": "3",
}


@dataclass(frozen=True, slots=True)
class Scene:
    """A running house, its school, and the iPads. doomed: the targets, in their order."""

    house: KilledHouse
    fleet: FleetThread
    day: SchoolDay
    killer: Killer
    doomed: Sequence[str]

    def enrol_everybody(self) -> None:
        """Open a link on every iPad, again and again, as people do when a page fails."""

        failed: list[object] = []

        def all_enrolled() -> bool:
            self.house.await_health()
            failed[:] = self.fleet.enrol_all(self.day.link()).values()
            return all(ipad.is_enrolled for ipad in self.fleet.ipads)

        assert wait_until(all_enrolled, PATIENCE_S), (failed[:1], self.house.last_words())

    def restart_some(self) -> None:
        """Order restarts, and wait until each has left.

        One whose bytes left when the server was killed is not offered again: nobody knows
        whether the iPad has heard it, and to restart it twice would harm.
        """
        some = self.fleet.ipads[:RESTARTED]
        self.order(RemoteKind.RESTART, some)
        assert wait_until(self.have_restarts_left, PATIENCE_S), self.restarts()

    def order(self, kind: RemoteKind, ipads: Sequence[SimulatedIpad]) -> None:
        """Order something, once enough is known about these iPads."""
        assert wait_until(lambda: self.day.knows(serials(ipads)), PATIENCE_S)
        self.day.order(kind, serials(ipads))

    def have_restarts_left(self) -> bool:
        return not self.restarts().keys() & {"queued", "pushed"}

    def restarts(self) -> Counter[str]:
        """What became of the restarts so far."""
        database = self.day.tools.database
        return patiently(lambda: accounting.states(database, "RestartDevice"))

    def erase_some(self) -> None:
        """Order erases, wait until they have happened, and bring those iPads back."""
        some = self.fleet.ipads[-ERASED:]
        self.order(RemoteKind.ERASE, some)
        erased = wait_until(lambda: all(ipad.erasures for ipad in some), PATIENCE_S)
        assert erased, patiently(lambda: accounting.states(self.day.tools.database, "EraseDevice"))
        assert wait_until(lambda: all(ipad.is_online for ipad in some), PATIENCE_S)
        self.enrol_everybody()
        self.day.accept_everybody()

    def settle(self) -> None:
        """Let everything come to its end; people take their iPads into their hands meanwhile."""
        database, clock = self.day.tools.database, self.day.tools.clock

        def is_settled() -> bool:
            self.house.look_after()
            if accounting.open_work(database, clock.now()).is_none:
                return True
            # A restart is proven by a connection that nobody asked for.
            if self.restarts().keys() - {"proven", "unconfirmed"}:
                for ipad in self.fleet.ipads[:RESTARTED]:
                    self.fleet.poll(ipad)
            return False

        settled = wait_until(is_settled, PATIENCE_S)
        left = accounting.open_commands(database, clock.now())
        assert settled, (accounting.open_work(database, clock.now()), left)


def serials(ipads: Sequence[SimulatedIpad]) -> list[str]:
    return [ipad.serial_number for ipad in ipads]


def play(scene: Scene) -> None:
    """A day: enrol, work, erase; a third of the kills in each part."""
    third = len(scene.doomed) // 3
    scene.killer.during(scene.enrol_everybody, scene.doomed[:third])
    before = [ipad.enrolment for ipad in scene.fleet.ipads]
    scene.day.accept_everybody()
    scene.killer.during(scene.restart_some, scene.doomed[third : 2 * third])
    scene.killer.during(scene.erase_some, scene.doomed[2 * third :])
    scene.settle()
    stayed = scene.fleet.ipads[:-ERASED]
    assert all(ipad.enrolment is was for ipad, was in zip(stayed, before, strict=False))


def check(scene: Scene) -> None:
    """Nothing lost, nothing twice, nobody gone."""
    database, now = scene.day.tools.database, scene.day.tools.clock.now()
    assert accounting.faults(database, scene.fleet.ipads, now) == []
    assert accounting.states(database, "EraseDevice") == {"proven": ERASED}
    restarts = accounting.states(database, "RestartDevice")
    assert restarts.total() == RESTARTED
    assert set(restarts) <= {"proven", "unconfirmed"}
    assert accounting.states(database, "InstallProfile")["proven"] >= IPADS * 2
    assert sum(has_app(ipad) for ipad in scene.fleet.ipads) >= IPADS - ERASED


def has_app(ipad: SimulatedIpad) -> bool:
    """Whether the app of the day is there, by command or by declaration."""
    app = ipad.apps.get(APP.bundle_id)
    return app is not None and app.state == MANAGED


def doomed(seed: int, more: Sequence[str] = (), times: int = 1) -> list[str]:
    """Everything once, then some more, in an order that the seed decides."""
    rng = random.Random(seed)
    targets = [*killing.TARGETS, *more] * times
    targets += rng.choices(targets, k=max(0, 12 - len(targets)))
    rng.shuffle(targets)
    return targets


@contextmanager
def a_scene(
    folder: Path, seed: int, urls: dict[str, str], backend: str = "", times: int = 1
) -> Iterator[Scene]:
    """Start a house with its school, and iPads that are not enrolled yet.

    backend: an address at which connections of PostgreSQL are killed. times: of all kills.
    """
    address = choose_address("127.0.0.1", 0, PUBLIC_URL, tls=False)
    home = folder / "home"
    with push_service(folder) as pushes:
        settings = {
            "home": str(home),
            "public_url": PUBLIC_URL,
            "redis_url": killing.redis_url(home),
            **HURRY,
            **urls,
        }
        said = {f"{PREFIX}{name.upper()}": value for name, value in settings.items()}
        others = {name: v for name, v in os.environ.items() if not name.startswith(PREFIX)}
        environment = others | said | pushes.environment
        house = KilledHouse(home, address.port, PUBLIC_URL, environment)
        targets = doomed(seed, times=times)
        if backend:
            house.more_targets = {BACKEND: lambda: kill_backend(backend)}
            targets = doomed(seed, [BACKEND, BACKEND], times)
        with kept_running(house):
            load_all()
            tools = build_tools(read_settings(environment))
            pushes.introduce(tools)
            plan = FleetPlan(
                IPADS,
                SIMULATOR_KEYS,
                (Route(PUBLIC_URL, house.address),),
                first_number=FIRST_NUMBER,
                stand_in=pushes.stand_in,
                habits=HABITS,
                tick_s=TICK_S,
            )
            with FleetThread(plan) as fleet:
                with_app, without = fleet.ipads[:-ERASED], fleet.ipads[-ERASED:]
                # Proof of an app takes minutes, so those that come back late get none.
                day = SchoolDay.begin(tools, serials(with_app), serials(without))
                killer = Killer(house, fleet, random.Random(seed))
                yield Scene(house, fleet, day, killer, targets)
            tools.database.close()


def kill_backend(owner_url: str) -> None:
    """Kill one connection's process within PostgreSQL: it ends all others and recovers."""
    with suppress(psycopg.OperationalError), psycopg.connect(owner_url) as connection:
        query = (
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            " AND usename = 'klassensatz_app' ORDER BY query_start DESC NULLS LAST LIMIT 1"
        )
        row = connection.execute(query).fetchone()
        if row is not None:
            os.kill(row[0], signal.SIGKILL)


def test_nothing_is_lost_whatever_is_killed(tmp_path: Path) -> None:
    with a_scene(tmp_path, seed=14, urls={}) as scene:
        play(scene)

        assert len(scene.house.killed) >= 10
        check(scene)


def test_nothing_is_lost_when_a_connection_of_postgresql_is_killed_too(
    tmp_path: Path, postgres: EmbeddedPostgres
) -> None:
    name = f"kill_{os.getpid()}"
    postgres.create(name)
    owner_url = postgres.owner_url(name)
    plain = owner_url.replace("postgresql+psycopg://", "postgresql://")
    # The server of the tests trades safety for speed; here a commit must outlive a crash.
    with psycopg.connect(plain, autocommit=True) as connection:
        setting = sql.SQL("ALTER DATABASE {} SET synchronous_commit = on")
        connection.execute(setting.format(sql.Identifier(name)))
    urls = {"database_url": postgres.url(name), "database_owner_url": owner_url}
    with a_scene(tmp_path, seed=15, urls=urls, backend=plain) as scene:
        play(scene)

        assert BACKEND in scene.house.killed
        check(scene)
    postgres.drop(name)


@pytest.mark.drill
@pytest.mark.parametrize("seed", range(100, 106))
def test_nothing_is_lost_however_often_everything_is_killed(tmp_path: Path, seed: int) -> None:
    with a_scene(tmp_path, seed, urls={}, times=4) as scene:
        play(scene)

        assert len(scene.house.killed) >= 4 * len(killing.TARGETS)
        check(scene)
