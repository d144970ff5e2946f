"""RQ's worker, cut down to hearing one bell.

A job in the queue is a wake-up and nothing else: whatever it holds, the only function that ever
runs is the one this listener was made for. Whoever can write to Redis can wake us, and no more.
Not here: the sweep, starting and stopping (worker.py).
"""

import logging
import threading
import time
from typing import Any

import redis
from rq import Queue, SimpleWorker
from rq.exceptions import DequeueTimeout, DeserializationError, NoSuchJobError
from rq.job import Job as QueuedJob
from rq.serializers import JSONSerializer
from rq.timeouts import TimerDeathPenalty, UnixSignalDeathPenalty
from rq.worker import WorkerStatus

from mdm.base.bell import Job, entry_point, job_queue
from mdm.base.identifiers import new_uuid
from mdm.base.logkeys import KIND

log = logging.getLogger(__name__)

# One wait for Redis is no longer, so that a stop is heard soon.
_LONGEST_WAIT_S = 1.0
_SHORTEST_WAIT_S = 0.05


class Listener(SimpleWorker):
    """Hears one queue. It does not fork, takes no orders by channel and ignores suspension."""

    def __init__(self, job: Job, connection: redis.Redis, stop: threading.Event) -> None:
        queue = job_queue(job, connection)
        name = f"{queue.name}-{new_uuid()}"
        super().__init__([queue], name=name, connection=connection, serializer=JSONSerializer)
        self._job = job
        self._stop = stop
        self._until = 0.0
        is_main = threading.current_thread() is threading.main_thread()
        self.death_penalty_class = UnixSignalDeathPenalty if is_main else TimerDeathPenalty

    def listen(self, seconds: float) -> None:
        """Do what the bell asks for, until the time is over, it is to stop, or Redis is gone.

        raises: redis.RedisError, if Redis cannot be reached.
        """
        self._until = time.monotonic() + seconds
        # RQ would speak of every ring; whoever asks for less than warnings gets less.
        level = max(logging.WARNING, logging.getLogger("rq").getEffectiveLevel())
        self.work(logging_level=logging.getLevelName(level))

    @property
    def _is_over(self) -> bool:
        return self._stop.is_set() or time.monotonic() >= self._until

    @property
    def _wait_s(self) -> float:
        # Zero would mean for ever.
        return max(_SHORTEST_WAIT_S, min(_LONGEST_WAIT_S, self._until - time.monotonic()))

    def dequeue_job_and_maintain_ttl(
        self, timeout: int | None, max_idle_time: int | None = None
    ) -> tuple[QueuedJob, Queue] | None:
        """Wait for a ring. RQ's own way waits for a lost Redis for ever, and nobody would sweep."""
        self.set_state(WorkerStatus.IDLE)
        while not self._is_over:
            self.heartbeat()
            try:
                found: tuple[QueuedJob, Queue] | None = Queue.dequeue_any(
                    self._ordered_queues,
                    self._wait_s,  # type: ignore[arg-type]  # Redis takes parts of a second too
                    connection=self.connection,
                    serializer=JSONSerializer,
                )
            except DequeueTimeout:
                continue
            except NoSuchJobError:
                continue
            return found
        return None

    def execute_job(self, job: QueuedJob, queue: Queue) -> None:
        """Run the one function of this queue; throw anything else away."""
        if _is_a_ring(job, self._job):
            super().execute_job(job, queue)
            return
        log.warning("foreign_job_refused", extra={KIND: self._job.value})
        # Not by its own method, which would follow what the foreign job says of itself.
        self.connection.delete(job.key)
        queue.intermediate_queue.remove(job.id)

    def check_for_suspension(self, burst: bool) -> None:
        """Nobody can suspend the house through Redis."""

    def subscribe(self) -> None:
        """Take no orders by channel."""

    def unsubscribe(self) -> None:
        """There is nothing to leave."""

    def procline(self, message: str) -> None:
        """Keep the name of the process, by which it is found and ended."""

    def _install_signal_handlers(self) -> None:
        """Signals are the worker's business; it sets the stop."""


def _is_a_ring(job: QueuedJob, expected: Job) -> bool:
    try:
        content: tuple[Any, ...] = (job.func_name, job.instance, job.args, job.kwargs)
    except DeserializationError:
        return False
    callbacks = (
        job._success_callback_name,
        job._failure_callback_name,
        job._stopped_callback_name,
    )
    is_plain = not any(content[1:]) and not any(callbacks)
    return bool(is_plain and content[0] == entry_point(expected))
