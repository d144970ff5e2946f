"""The job that plans: takes due enrollments in batches and writes their commands."""

from datetime import timedelta

from mdm.base.bell import Job
from mdm.base.db import after_commit
from mdm.base.tools import Tools
from mdm.doors.jobs.budget import Budget
from mdm.rooms.reconciler import service as reconciler

# One transaction each: on SQLite nobody else writes meanwhile, so it stays short.
_BATCH = 25


def run(tools: Tools, budget: Budget) -> bool:
    """Reconcile until nothing is due or the budget is spent; returns whether more may be due."""
    lease = timedelta(seconds=tools.settings.lease_seconds)
    pace = reconciler.pace_of(tools.settings)
    while not budget.is_spent:
        now = tools.clock.now()
        with tools.database.transaction() as tx:
            due = reconciler.claim(tx, now, _BATCH, lease)
        if not due:
            return False
        with tools.database.transaction() as tx:
            if reconciler.reconcile(tx, tools.vault, due, now, pace):
                after_commit(tx, lambda: tools.bell.ring(Job.PUSH))
    return True
