"""Worker processes: with Redis, without it, after a kill, and against crafted jobs."""

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from rq import Queue
from rq.serializers import DefaultSerializer
from sqlalchemy import select

from mdm.base.bell import Job, RedisBell, connect, job_queue
from mdm.base.clock import FixedClock
from mdm.base.db import Database
from mdm.base.embedded import start_redis
from mdm.base.settings import Settings
from mdm.base.tools import Tools
from mdm.base.vault import Vault
from mdm.doors.jobs import context, entry
from mdm.doors.jobs.listener import Listener
from mdm.doors.jobs.worker import run_all, run_worker
from mdm.rooms.commands.models import Command
from mdm.rooms.devices.models import Enrollment
from mdm.rooms.reconciler import service as reconciler
from tests.conftest import MASTER_KEY
from tests.factories.devices import an_ipad

_PATIENCE_S = 60.0
_NEVER = 3600


def wait_until(fact: Callable[[], bool]) -> None:
    """Wait for a state; how long it takes does not matter."""
    deadline = time.monotonic() + _PATIENCE_S
    while not fact():
        if time.monotonic() > deadline:
            raise AssertionError("it never came true")
        time.sleep(0.02)


def settings_for(database: Database, redis_url: str = "", sweep_seconds: int = _NEVER) -> Settings:
    return Settings(
        database_url=database.url.render_as_string(hide_password=False),
        redis_url=redis_url,
        sweep_seconds=sweep_seconds,
        master_key=MASTER_KEY,
    )


@contextmanager
def working(run: Callable[[threading.Event], None]) -> Iterator[None]:
    """Let a worker work while the block runs."""
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(_PATIENCE_S)
        assert not thread.is_alive()


def make_due(database: Database, serial: str = "SIM0000001") -> Enrollment:
    with database.transaction() as tx:
        ipad = an_ipad(tx, serial=serial)
        ipad.due_generation = 1
        return ipad


def is_planned(database: Database, ipad: Enrollment) -> bool:
    with database.reading() as tx:
        row = tx.get_one(Enrollment, ipad.id)
        return row.done_generation == row.due_generation


@pytest.fixture
def settled(database: Database, vault: Vault) -> Database:
    """A database whose vault has been opened, as it is after the first start."""
    return database


def test_a_worker_does_at_its_start_what_was_left_undone(settled: Database) -> None:
    ipad = make_due(settled)

    with working(lambda stop: run_worker(Job.RECONCILE, settings_for(settled), stop)):
        wait_until(lambda: is_planned(settled, ipad))


def test_a_ring_is_heard_long_before_the_next_sweep(settled: Database, redis_url: str) -> None:
    settings = settings_for(settled, redis_url)
    with working(lambda stop: run_worker(Job.RECONCILE, settings, stop)):
        workers = connect(redis_url)
        wait_until(lambda: workers.scard("rq:workers") == 1)
        ipad = make_due(settled)

        RedisBell(redis_url).ring(Job.RECONCILE)

        wait_until(lambda: is_planned(settled, ipad))
        workers.close()


def test_without_redis_the_sweep_does_the_work(settled: Database) -> None:
    settings = settings_for(settled, sweep_seconds=1)
    with working(lambda stop: run_worker(Job.RECONCILE, settings, stop)):
        first = make_due(settled)
        wait_until(lambda: is_planned(settled, first))

        second = make_due(settled, "SIM0000002")

        wait_until(lambda: is_planned(settled, second))


def test_while_redis_is_down_the_sweep_does_the_work(settled: Database, tmp_path: Path) -> None:
    settings = settings_for(settled, f"unix://{tmp_path}/nobody.sock", sweep_seconds=1)
    with working(lambda stop: run_worker(Job.RECONCILE, settings, stop)):
        first = make_due(settled)
        wait_until(lambda: is_planned(settled, first))
        second = make_due(settled, "SIM0000002")

        wait_until(lambda: is_planned(settled, second))


def test_a_redis_that_comes_back_is_heard_again(
    settled: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mdm.doors.jobs.worker._TRY_REDIS_AGAIN_S", 0.1)
    server = start_redis(tmp_path / "redis")
    settings = settings_for(settled, server.url)
    try:
        with working(lambda stop: run_worker(Job.RECONCILE, settings, stop)):
            workers = connect(server.url)
            wait_until(lambda: workers.scard("rq:workers") == 1)
            server.stop()
            server = start_redis(tmp_path / "redis")
            workers.flushall()
            wait_until(lambda: workers.scard("rq:workers") == 1)
            ipad = make_due(settled)

            RedisBell(server.url).ring(Job.RECONCILE)

            wait_until(lambda: is_planned(settled, ipad))
            workers.close()
    finally:
        server.stop()


def test_losing_everything_in_redis_loses_no_work(settled: Database, redis_url: str) -> None:
    settings = settings_for(settled, redis_url, sweep_seconds=1)
    with working(lambda stop: run_worker(Job.RECONCILE, settings, stop)):
        ipad = make_due(settled)
        connection = connect(redis_url)

        connection.flushall()

        wait_until(lambda: is_planned(settled, ipad))
        connection.close()


def test_one_process_can_do_every_job(settled: Database, redis_url: str) -> None:
    settings = settings_for(settled, redis_url)
    with working(lambda stop: run_all(settings, stop)):
        connection = connect(redis_url)
        wait_until(lambda: connection.scard("rq:workers") == len(Job))
        ipad = make_due(settled)

        RedisBell(redis_url).ring(Job.RECONCILE)

        wait_until(lambda: is_planned(settled, ipad))
        connection.close()


def _hear(redis_url: str, seconds: float = 0.3) -> None:
    """Listen in the main thread for a moment."""
    connection = connect(redis_url)
    Listener(Job.RECONCILE, connection, threading.Event()).listen(seconds)
    connection.close()


@pytest.fixture
def performed(monkeypatch: pytest.MonkeyPatch) -> list[Job]:
    """Which jobs are performed, without doing them."""
    done: list[Job] = []

    def note(job: Job) -> bool:
        done.append(job)
        return False

    monkeypatch.setattr(entry, "perform", note)
    return done


def test_a_ring_runs_the_job_once_and_leaves_nothing_behind(
    redis_url: str, performed: list[Job]
) -> None:
    RedisBell(redis_url).ring(Job.RECONCILE)

    _hear(redis_url)

    assert performed == [Job.RECONCILE]
    connection = connect(redis_url)
    assert list(connection.scan_iter("rq:job:*")) == []
    connection.close()


class _Trap:
    """Unpickling it would leave a mark on the disk."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return os.mkdir, (str(self.mark),)


def test_a_job_crafted_as_pickle_is_refused_unread(
    redis_url: str, tmp_path: Path, performed: list[Job], caplog: pytest.LogCaptureFixture
) -> None:
    mark = tmp_path / "unpickled"
    connection = connect(redis_url)
    name = job_queue(Job.RECONCILE, connection).name
    foreign = Queue(name, connection=connection, serializer=DefaultSerializer)
    foreign.enqueue("mdm.doors.jobs.entry.reconcile", _Trap(mark))
    assert pickle.dumps(_Trap(mark))

    _hear(redis_url)

    assert not mark.exists()
    assert performed == []
    assert "foreign_job_refused" in caplog.text
    assert list(connection.scan_iter("rq:job:*")) == []
    connection.close()


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        ("os.system", ("true",)),
        ("mdm.doors.jobs.entry.push", ()),
        ("mdm.doors.jobs.entry.reconcile", ("argument",)),
    ],
)
def test_a_job_that_asks_for_anything_but_the_job_is_refused(
    redis_url: str,
    performed: list[Job],
    caplog: pytest.LogCaptureFixture,
    function: str,
    arguments: tuple[str, ...],
) -> None:
    connection = connect(redis_url)
    job_queue(Job.RECONCILE, connection).enqueue(function, *arguments)

    _hear(redis_url)

    assert performed == []
    assert "foreign_job_refused" in caplog.text
    connection.close()


def test_a_foreign_job_does_not_stop_the_next_ring(redis_url: str, performed: list[Job]) -> None:
    connection = connect(redis_url)
    job_queue(Job.RECONCILE, connection).enqueue("os.system", "true")
    RedisBell(redis_url).ring(Job.RECONCILE)

    _hear(redis_url)

    assert performed == [Job.RECONCILE]
    connection.close()


_KILLED = """
import sys, time
from mdm.base.settings import read_settings
from mdm.base.tools import build_tools
from mdm.rooms import tables
from mdm.rooms.reconciler import service
tables.load_all()
tools = build_tools(read_settings())
now = tools.clock.now()
with tools.database.transaction() as tx:
    due = service.claim(tx, now, 10)
with tools.database.transaction() as tx:
    service.reconcile(tx, tools.vault, due, now)
    print("in the middle", flush=True)
    time.sleep(60)
"""


def test_a_worker_killed_in_the_middle_is_healed_by_the_next_sweep(
    settled: Database, tools: Tools, clock: FixedClock
) -> None:
    ipad = make_due(settled)
    settings = settings_for(settled)
    environment = {
        **os.environ,
        "KLASSENSATZ_DATABASE_URL": settings.database_url,
        "KLASSENSATZ_MASTER_KEY": _base64(MASTER_KEY),
    }
    worker = subprocess.Popen(
        [sys.executable, "-c", _KILLED], env=environment, stdout=subprocess.PIPE
    )
    assert worker.stdout is not None
    assert worker.stdout.readline() == b"in the middle\n"
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    worker.stdout.close()
    with settled.reading() as tx:
        assert tx.scalars(select(Command)).all() == []
        lease = tx.get_one(Enrollment, ipad.id).due_claimed_until
    assert lease is not None
    clock.instant = lease + timedelta(seconds=1)
    context.use(replace(tools, settings=settings))

    entry.perform(Job.RECONCILE)

    assert is_planned(settled, ipad)
    with settled.reading() as tx:
        assert len(tx.scalars(select(Command)).all()) == 6


def test_a_worker_asked_to_end_ends_in_order(settled: Database, redis_url: str) -> None:
    settings = settings_for(settled, redis_url)
    script = (
        "from mdm.base.bell import Job\n"
        "from mdm.base.settings import read_settings\n"
        "from mdm.doors.jobs.worker import run_worker\n"
        "run_worker(Job.HOUSEKEEPING, read_settings())\n"
        "print('ended', flush=True)\n"
    )
    environment = {
        **os.environ,
        "KLASSENSATZ_DATABASE_URL": settings.database_url,
        "KLASSENSATZ_REDIS_URL": redis_url,
        "KLASSENSATZ_MASTER_KEY": _base64(MASTER_KEY),
    }
    worker = subprocess.Popen(
        [sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE
    )
    connection = connect(redis_url)
    wait_until(lambda: connection.scard("rq:workers") == 1)

    worker.terminate()
    said, _ = worker.communicate(timeout=_PATIENCE_S)

    assert (worker.returncode, said) == (0, b"ended\n")
    assert connection.scard("rq:workers") == 0
    connection.close()


def test_a_claim_that_nobody_finished_is_free_after_a_minute(
    settled: Database, clock: FixedClock
) -> None:
    make_due(settled)
    with settled.transaction() as tx:
        reconciler.claim(tx, clock.instant, 1)

    with settled.transaction() as tx:
        assert len(reconciler.claim(tx, clock.instant + timedelta(seconds=61), 1)) == 1


def test_a_house_says_how_long_a_claim_holds(settled: Database, clock: FixedClock) -> None:
    make_due(settled)
    with settled.transaction() as tx:
        reconciler.claim(tx, clock.instant, 1, timedelta(seconds=5))

    with settled.transaction() as tx:
        assert len(reconciler.claim(tx, clock.instant + timedelta(seconds=6), 1)) == 1


def _base64(key: bytes) -> str:
    import base64

    return base64.b64encode(key).decode()
