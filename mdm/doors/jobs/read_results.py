"""The job that reads what devices answered and reported, and then wants new plans."""

from collections.abc import Callable
from datetime import datetime

from mdm.base.bell import Job
from mdm.base.db import Tx, after_commit
from mdm.base.tools import Tools
from mdm.base.vault import Vault
from mdm.doors.jobs.budget import Budget
from mdm.rooms.commands import results
from mdm.rooms.declarations import status

_BATCH = 20


def run(tools: Tools, budget: Budget) -> bool:
    """Read until all is read or the budget is spent; returns whether more may wait."""
    while not budget.is_spent:
        if not any([_read(tools, results.read_next), _read(tools, status.read_next)]):
            return False
    return True


def _read(tools: Tools, read_next: Callable[[Tx, Vault, datetime, int], int]) -> int:
    """Read one piece of one kind; returns how many."""
    with tools.database.transaction() as tx:
        read = read_next(tx, tools.vault, tools.clock.now(), _BATCH)
        if read:
            after_commit(tx, lambda: tools.bell.ring(Job.RECONCILE))
    return read
