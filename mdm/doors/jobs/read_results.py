"""The job that reads what devices answered, and then wants new plans."""

from mdm.base.bell import Job
from mdm.base.db import after_commit
from mdm.base.tools import Tools
from mdm.doors.jobs.budget import Budget
from mdm.rooms.commands import results

_BATCH = 20


def run(tools: Tools, budget: Budget) -> bool:
    """Read until all is read or the budget is spent; returns whether more may wait."""
    while not budget.is_spent:
        with tools.database.transaction() as tx:
            read = results.read_next(tx, tools.vault, tools.clock.now(), _BATCH)
            if read:
                after_commit(tx, lambda: tools.bell.ring(Job.RECONCILE))
        if not read:
            return False
    return True
