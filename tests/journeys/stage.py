"""A house whose clock, jobs and network the test holds in its hands, and iPads that live in it.

Here: the server on a loopback port, jobs run when the test says so, instants moved by hand.
Not here: real processes (killing.py), what people decide (school_day.py).
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select
from werkzeug.serving import WSGIRequestHandler, make_server

from mdm.app import create_app
from mdm.base.bell import Bell, RecordingBell
from mdm.base.clock import SystemClock
from mdm.base.db import Database
from mdm.base.settings import Settings
from mdm.base.tools import Tools
from mdm.base.vault import open_vault
from mdm.doors import wire
from mdm.doors.jobs import housekeeping, read_results, reconcile
from mdm.doors.jobs.budget import Budget
from mdm.doors.jobs.schedule import Schedule
from mdm.rooms.commands.models import Command
from mdm.rooms.devices.models import Device, Enrollment
from mdm.simulator.fleet_thread import FleetThread
from mdm.simulator.ipad import SimulatedIpad
from tests.conftest import MASTER_KEY
from tests.journeys.house import PUBLIC_URL, put_push_certificate
from tests.journeys.school_day import SchoolDay
from tests.simulator_keys import SIMULATOR_KEYS

# More rounds than any plan needs until nothing is left to do.
_ROUNDS = 40
# A plan may look again after minutes, so one quiet round is not the end.
_QUIET_ROUNDS = 8


@dataclass
class HandClock:
    """A clock moved by hand, which ticks when it is read: no two things happen at one instant."""

    instant: datetime

    def now(self) -> datetime:
        self.instant += timedelta(milliseconds=1)
        return self.instant


class _Quiet(WSGIRequestHandler):
    """Writes no line for each request: the server of production writes none either."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


class Switch:
    """A WSGI application that can be exchanged while its server runs."""

    def __init__(self) -> None:
        self.app: Flask | None = None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        if self.app is None:
            start_response("503 Service Unavailable", [("Content-Length", "0")])
            return (b"",)
        return self.app(environ, start_response)


@dataclass
class Stage:
    """One house at a time behind one address. clock: moved by hand, shared with the iPads."""

    switch: Switch
    clock: HandClock
    address: str
    tools: Tools

    @property
    def database(self) -> Database:
        return self.tools.database

    def later(self, span: timedelta) -> None:
        """Let time pass for the house and for the iPads."""
        self.clock.instant += span

    def work(self) -> None:
        """Let every job run once over what is due, as each minute does."""
        self.later(timedelta(seconds=2))
        read_results.run(self.tools, Budget())
        # A fresh schedule: every task is due.
        housekeeping.run(self.tools, Schedule(), Budget())
        reconcile.run(self.tools, Budget())

    def live(self, fleet: FleetThread, ipads: Iterable[SimulatedIpad]) -> None:
        """Let jobs work and iPads connect in turn, until the iPads have nothing more to do."""
        listed = list(ipads)
        quiet = 0
        for _ in range(_ROUNDS):
            self.work()
            self.later(timedelta(minutes=2))
            done = sum(fleet.poll(ipad) for ipad in listed)
            self.flush()
            quiet = 0 if done else quiet + 1
            if quiet == _QUIET_ROUNDS:
                return

    def flush(self) -> None:
        """Write down who was seen when; a running house does that every few seconds."""
        assert self.switch.app is not None
        self.switch.app.extensions[wire.DOOR].last_seen.flush()

    def change_house(
        self, database: Database, settings: Settings | None = None, bell: Bell | None = None
    ) -> None:
        """Let another house answer at the same address, say one restored from a backup."""
        before, self.switch.app = self.switch.app, None
        if before is not None:
            _close(before)
        with database.transaction() as tx:
            vault = open_vault(tx, MASTER_KEY, self.clock.now())
        told = settings or Settings(public_url=PUBLIC_URL, organization="Beispielstadt")
        self.tools = Tools(told, database, vault, self.clock, bell or RecordingBell())
        self.switch.app = create_app(tools=self.tools)

    def enrollment(self, ipad: SimulatedIpad) -> Enrollment:
        """The newest enrollment of an iPad, detached."""
        with self.database.reading() as tx:
            row = tx.scalars(
                select(Enrollment)
                .join(Device, Device.id == Enrollment.device_id)
                .where(Device.serial == ipad.serial_number)
                .order_by(Enrollment.id.desc())
            ).first()
            assert row is not None
            tx.expunge_all()
            return row

    def commands(self, ipad: SimulatedIpad, request_type: str) -> list[Command]:
        """Every command of a kind that an iPad was ever meant to get, oldest first, detached."""
        with self.database.reading() as tx:
            rows = tx.scalars(
                select(Command)
                .join(Enrollment, Enrollment.id == Command.enrollment_id)
                .join(Device, Device.id == Enrollment.device_id)
                .where(Device.serial == ipad.serial_number, Command.request_type == request_type)
                .order_by(Command.id)
            ).all()
            tx.expunge_all()
            return list(rows)

    def states(self, ipad: SimulatedIpad, request_type: str) -> list[str]:
        """What became of those commands."""
        return [row.state.value for row in self.commands(ipad, request_type)]


@contextmanager
def a_stage(database: Database) -> Iterator[Stage]:
    """Serve a house on a database while the block runs."""
    switch = Switch()
    server = make_server("127.0.0.1", 0, switch, threaded=True, request_handler=_Quiet)
    # Waited for at the end, so that each gives back its connection before the pool is closed.
    server.daemon_threads = False
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    clock = HandClock(SystemClock().now())
    stage = Stage(switch, clock, address, tools=None)  # type: ignore[arg-type]
    try:
        stage.change_house(database)
        put_push_certificate(stage.tools, SIMULATOR_KEYS.key(9_999))
        yield stage
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        if switch.app is not None:
            _close(switch.app)


def a_day(stage: Stage, ipads: Iterable[SimulatedIpad]) -> SchoolDay:
    """A school that expects these iPads."""
    return SchoolDay.begin(stage.tools, [ipad.serial_number for ipad in ipads])


def _close(app: Flask) -> None:
    door = app.extensions[wire.DOOR]
    door.fast.driver.close()
    door.last_seen.close()
