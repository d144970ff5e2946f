"""The bell: tells a worker that rows are waiting. It carries no work and may be lost.

Every job that a bell rings for also runs each minute by itself, so a bell that does not ring
(Redis is down, a worker was killed) costs a delay and nothing else.
"""

import enum
import logging
import threading
import time
from typing import Protocol

import redis
from rq import Queue
from rq.serializers import JSONSerializer

from mdm.base.logkeys import KIND

log = logging.getLogger(__name__)

_CONNECT_SECONDS = 0.5
# After a failure nobody waits for Redis again for this long: the minute sweep does the work.
_PAUSE_SECONDS = 5.0
_MOMENT_SECONDS = 0.25


class Job(enum.Enum):
    """The jobs a bell can ring for, each with its queue of its own."""

    RECONCILE = "reconcile"
    READ_RESULTS = "read_results"
    PUSH = "push"
    HOUSEKEEPING = "housekeeping"


class Bell(Protocol):
    """Rings for a job."""

    def ring(self, job: Job) -> None: ...


class NoBell:
    """A bell that never rings: everything waits for the minute sweep."""

    def ring(self, job: Job) -> None:
        return


class RecordingBell:
    """Remembers what it rang for; for tests."""

    def __init__(self) -> None:
        self.rung: list[Job] = []

    def ring(self, job: Job) -> None:
        self.rung.append(job)


class RedisBell:
    """Rings through RQ: JSON, no arguments, one queue a job, nothing unique.

    Ringing twice wakes a worker twice; the second finds nothing to do. A ring costs up to 0.7 ms
    of the process that answers devices, so after one a job hears the next only a moment later,
    whoever rang meanwhile.
    """

    def __init__(self, url: str) -> None:
        self._redis = connect(url)
        self._quiet_until = 0.0
        self._lock = threading.Lock()
        self._rung_at: dict[Job, float] = {}
        self._soon: set[Job] = set()

    def ring(self, job: Job) -> None:
        with self._lock:
            if job in self._soon:
                return
            wait = self._rung_at.get(job, -_MOMENT_SECONDS) + _MOMENT_SECONDS - time.monotonic()
            if wait > 0:
                self._soon.add(job)
                later = threading.Timer(wait, self._ring_late, (job,))
                later.daemon = True
                later.start()
                return
            self._rung_at[job] = time.monotonic()
        self._ring_now(job)

    def _ring_late(self, job: Job) -> None:
        with self._lock:
            self._soon.discard(job)
            self._rung_at[job] = time.monotonic()
        self._ring_now(job)

    def _ring_now(self, job: Job) -> None:
        if time.monotonic() < self._quiet_until:
            return
        try:
            queue = job_queue(job, self._redis)
            if queue.count < 2:
                queue.enqueue(entry_point(job), result_ttl=0, failure_ttl=3600)
        except redis.RedisError:
            self._quiet_until = time.monotonic() + _PAUSE_SECONDS
            log.warning("bell_not_heard", extra={KIND: job.value})


def connect(url: str) -> redis.Redis:
    """Connect to Redis with short patience; nothing waits long for a bell."""
    return redis.Redis.from_url(
        url, socket_connect_timeout=_CONNECT_SECONDS, socket_timeout=_CONNECT_SECONDS
    )


def job_queue(job: Job, connection: redis.Redis) -> Queue:
    """The queue of one job."""
    return Queue(f"klassensatz-{job.value}", connection=connection, serializer=JSONSerializer)


def entry_point(job: Job) -> str:
    """The dotted name a worker runs; a promise, since an old bell may name it."""
    return f"mdm.doors.jobs.entry.{job.value}"
