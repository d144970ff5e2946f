"""When devices were last here: kept in memory and written in one statement now and then.

A crash loses some seconds of it, which is documented and harmless: nothing is decided by it
but who has been silent for days, and that a restart is over.
"""

import logging
import threading
from datetime import datetime

from sqlalchemy import bindparam, update
from sqlalchemy.exc import SQLAlchemyError

from mdm.base.db import Database
from mdm.base.logkeys import KIND
from mdm.rooms.devices.models import Enrollment

log = logging.getLogger(__name__)


class LastSeen:
    """Collects visits of one process and writes them down every `seconds`."""

    def __init__(self, database: Database, seconds: float) -> None:
        self._database = database
        self._seconds = seconds
        self._lock = threading.Lock()
        self._seen: dict[int, datetime] = {}
        self._idle: dict[int, datetime] = {}
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def visit(self, enrollment_id: int, now: datetime, *, idle: bool) -> None:
        """A device was here. idle: it came by itself rather than to answer."""
        with self._lock:
            self._seen[enrollment_id] = now
            if idle:
                self._idle[enrollment_id] = now
        if self._thread is None:
            self._start()

    def flush(self) -> int:
        """Write down what was collected; returns how many devices.

        What cannot be written is kept for the next time.
        """
        with self._lock:
            seen, self._seen = self._seen, {}
            idle, self._idle = self._idle, {}
        if not seen:
            return 0
        try:
            self._write(seen, idle)
        except SQLAlchemyError:
            with self._lock:
                self._seen = seen | self._seen
                self._idle = idle | self._idle
            raise
        return len(seen)

    def close(self) -> None:
        """Write down the rest and stop."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self.flush()

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="last-seen", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while not self._stop.wait(self._seconds):
            try:
                self.flush()
            except SQLAlchemyError as error:
                # The database will be back; a thread that ended here would not.
                log.warning("last_seen_not_written", extra={KIND: type(error).__name__})

    def _write(self, seen: dict[int, datetime], idle: dict[int, datetime]) -> None:
        with self._database.transaction() as tx:
            connection = tx.connection()
            connection.execute(_SEEN, [_row(number, at) for number, at in sorted(seen.items())])
            if idle:
                rows = [_row(number, at) for number, at in sorted(idle.items())]
                connection.execute(_IDLE, rows)


_SEEN = (
    update(Enrollment.__table__)  # type: ignore[arg-type]
    .where(Enrollment.__table__.c.id == bindparam("enrollment"))
    .values(last_seen_at=bindparam("at"))
)
_IDLE = (
    update(Enrollment.__table__)  # type: ignore[arg-type]
    .where(Enrollment.__table__.c.id == bindparam("enrollment"))
    .values(last_idle_at=bindparam("at"))
)


def _row(number: int, at: datetime) -> dict[str, object]:
    return {"enrollment": number, "at": at}
