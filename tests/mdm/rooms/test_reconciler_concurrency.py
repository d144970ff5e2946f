"""None is left behind: writers, workers and killed transactions at once.

source: the house's sixth rule of movement, rows remember and bells only wake.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from sqlalchemy import select

from mdm.base.db import Database
from mdm.base.vault import Vault
from mdm.rooms.commands.models import Command
from mdm.rooms.devices import service as devices
from mdm.rooms.devices.models import Enrollment
from mdm.rooms.outbox import service as outbox
from mdm.rooms.outbox.models import OutboxItem
from mdm.rooms.reconciler import service as reconciler
from policies.delivery import OPEN
from tests.factories.devices import an_ipad

_IPADS = 6
_CHANGES = 12
_WRITERS = 4
_WORKERS = 4
# So many transactions of workers end in the middle, one in this many.
_KILLED = 4
_MOST_TURNS = 5_000


class Killed(Exception):
    """Stands for the end of a process: nothing of its transaction remains."""


def _run_together(*works: Callable[[], None]) -> None:
    """Run everything at once; what one raises is raised here."""
    with ThreadPoolExecutor(len(works)) as pool:
        for running in [pool.submit(work) for work in works]:
            running.result()


class _House:
    """Ipads, and workers whose clock moves on by a lease whenever they look."""

    def __init__(self, database: Database, vault: Vault, now: datetime) -> None:
        self.database = database
        self.vault = vault
        self.now = now
        self.ipads: list[int] = []
        self.plans = 0
        self.writing = _WRITERS
        self._lock = threading.Lock()
        with database.transaction() as tx:
            for number in range(_IPADS):
                self.ipads.append(an_ipad(tx, serial=f"SIM{number:07d}").id)

    def change(self) -> None:
        """A door: raises what is due, one change a transaction."""
        try:
            for number in range(_CHANGES):
                with self.database.transaction() as tx:
                    devices.mark_due(tx, self.ipads[number % _IPADS])
        finally:
            with self._lock:
                self.writing -= 1

    def work(self) -> None:
        """A worker: goes on until nobody writes and nothing is due; sometimes it is killed."""
        for turn in range(_MOST_TURNS):
            nobody_writes = self.writing == 0
            now = self._tick()
            with self.database.transaction() as tx:
                due = reconciler.claim(tx, now, 2)
            if due:
                self._plan(due, now, is_killed=turn % _KILLED == 0)
            elif nobody_writes and not self.is_anything_due():
                return
        raise AssertionError("it never came to rest")

    def _plan(self, due: list[reconciler.Due], now: datetime, *, is_killed: bool) -> None:
        try:
            with self.database.transaction() as tx:
                reconciler.reconcile(tx, self.vault, due, now)
                if is_killed:
                    raise Killed
                self.plans += len(due)
        except Killed:
            return

    def _tick(self) -> datetime:
        with self._lock:
            self.now += timedelta(seconds=20)
            return self.now

    def is_anything_due(self) -> bool:
        with self.database.reading() as tx:
            behind = Enrollment.due_generation > Enrollment.done_generation
            return tx.scalar(select(Enrollment.id).where(behind).limit(1)) is not None


def test_none_is_left_behind_whoever_dies(database: Database, vault: Vault, now: datetime) -> None:
    house = _House(database, vault, now)

    _run_together(*[house.change] * _WRITERS, *[house.work] * _WORKERS)

    assert not house.is_anything_due()
    with database.reading() as tx:
        rows = tx.scalars(select(Enrollment)).all()
        assert sum(row.due_generation for row in rows) == _WRITERS * _CHANGES
        for row in rows:
            waiting = [
                command.action_key
                for command in tx.scalars(select(Command).where(Command.enrollment_id == row.id))
                if command.state in OPEN
            ]
            # Five questions, and one command that tells of declarations.
            assert len(waiting) == len(set(waiting)) == 6


def test_several_changes_lead_to_fewer_plans(
    database: Database, vault: Vault, now: datetime
) -> None:
    with database.transaction() as tx:
        ipad = an_ipad(tx)
        for _ in range(10):
            devices.mark_due(tx, ipad.id)

    with database.transaction() as tx:
        first = reconciler.claim(tx, now, 10)
        reconciler.reconcile(tx, vault, first, now)
    with database.transaction() as tx:
        second = reconciler.claim(tx, now, 10)

    assert (len(first), len(second)) == (1, 0)


def test_two_workers_never_claim_the_same(database: Database, vault: Vault, now: datetime) -> None:
    with database.transaction() as tx:
        for number in range(20):
            an_ipad(tx, serial=f"SIM{number:07d}").due_generation = 1
    taken: list[int] = []

    def claim() -> None:
        for _ in range(5):
            with database.transaction() as tx:
                due = reconciler.claim(tx, now, 4)
            taken.extend(one.enrollment_id for one in due)

    _run_together(*[claim] * 4)

    assert len(taken) == len(set(taken)) == 20


def test_pushers_and_planners_do_not_wait_for_each_other_for_ever(
    database: Database, now: datetime
) -> None:
    keys = {str(number): now for number in range(40)}

    def want() -> None:
        for _ in range(10):
            with database.transaction() as tx:
                outbox.put_all(tx, outbox.PUSH, keys, now)

    def fulfil() -> None:
        for _ in range(10):
            with database.transaction() as tx:
                claimed = outbox.claim(tx, outbox.PUSH, now, 40)
            with database.transaction() as tx:
                outbox.done(tx, list(reversed(claimed)), now)

    _run_together(want, want, fulfil, fulfil)

    with database.reading() as tx:
        still_open = [row.key for row in tx.scalars(select(OutboxItem)) if row.done_at is None]
    assert len(still_open) == len(set(still_open))
