"""A worker process: one job, woken by its bell, and by the clock whether or not a bell rings.

While Redis is there, a ring is heard within moments. While it is not, the sweep alone does the
work, and Redis is tried again every few seconds.
"""

import logging
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import redis

from mdm.base.bell import Job, connect
from mdm.base.logkeys import KIND
from mdm.base.settings import Settings
from mdm.base.tools import Tools, build_tools
from mdm.doors.jobs import context, entry
from mdm.doors.jobs.listener import Listener

log = logging.getLogger(__name__)

_TRY_REDIS_AGAIN_S = 5.0


def run_worker(job: Job, settings: Settings, stop: threading.Event | None = None) -> None:
    """Do one job until `stop` is set or the process is asked to end (SIGTERM, SIGINT).

    Ends after the piece of work under way, some seconds at most.
    raises: MissingMasterKey, WrongMasterKey.
    """
    _run([job], settings, stop or threading.Event())


def run_all(settings: Settings, stop: threading.Event | None = None) -> None:
    """Do every job in this process, a thread each; for one machine."""
    _run(list(Job), settings, stop or threading.Event())


def _run(jobs: list[Job], settings: Settings, stop: threading.Event) -> None:
    tools = build_tools(settings)
    context.use(tools)
    with _ending_by_signal(stop):
        threads = [
            threading.Thread(target=_serve, args=(job, tools, stop), name=f"job-{job.value}")
            for job in jobs[1:]
        ]
        for thread in threads:
            thread.start()
        try:
            _serve(jobs[0], tools, stop)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
            context.forget()


def _serve(job: Job, tools: Tools, stop: threading.Event) -> None:
    """Sweep, then listen until the next sweep is due."""
    while not stop.is_set():
        if not entry.perform(job):
            _listen(job, tools.settings, stop)


def _listen(job: Job, settings: Settings, stop: threading.Event) -> None:
    until = time.monotonic() + settings.sweep_seconds
    while not stop.is_set() and (left := until - time.monotonic()) > 0:
        if settings.redis_url and _hears(job, settings.redis_url, stop, left):
            return
        stop.wait(min(left, _TRY_REDIS_AGAIN_S))


def _hears(job: Job, url: str, stop: threading.Event, seconds: float) -> bool:
    """Listen for so long; returns False if Redis is not there or was lost meanwhile."""
    connection = connect(url)
    begun = time.monotonic()
    try:
        Listener(job, connection, stop).listen(seconds)
    except redis.RedisError:
        log.warning("bell_out_of_reach", extra={KIND: job.value})
        return False
    finally:
        connection.close()
    return stop.is_set() or time.monotonic() - begun >= seconds


@contextmanager
def _ending_by_signal(stop: threading.Event) -> Iterator[None]:
    """Let SIGTERM and SIGINT set the stop while the block runs; only the main thread may."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {
        number: signal.signal(number, lambda *_: stop.set())
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
