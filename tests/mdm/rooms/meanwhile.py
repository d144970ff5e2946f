"""Two connections at once, on PostgreSQL: SQLite has one writer, there is no meanwhile."""

import time
from concurrent.futures import Future
from typing import Any

from sqlalchemy import text

from mdm.base.db import Tx

_WAITING = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
_LONGEST_S = 30


def await_one_that_waits(tx: Tx, other: Future[Any]) -> None:
    """Go on when the other one waits for a lock of ours, or is through without one."""
    deadline = time.monotonic() + _LONGEST_S
    while not other.done() and not tx.scalar(_WAITING):
        assert time.monotonic() < deadline, "nobody waits"
