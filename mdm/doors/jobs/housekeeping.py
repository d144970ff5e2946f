"""The job that keeps the house: ends what is overdue, wakes again, seals, forgets.

Here: the tasks; their times are in schedule.py. Each does a bounded piece in a transaction of
its own and says whether more is to be done; one that fails does not stop the others.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from mdm.base.bell import Job
from mdm.base.db import Tx, after_commit
from mdm.base.tools import Tools
from mdm.doors.jobs import errors
from mdm.doors.jobs.budget import Budget
from mdm.doors.jobs.retention import forget_old
from mdm.doors.jobs.schedule import Schedule, Task
from mdm.rooms.audit import service as audit
from mdm.rooms.changes import advancing, giving_up
from mdm.rooms.commands import proofs, waking
from mdm.rooms.commands import service as commands
from mdm.rooms.declarations import service as declarations
from mdm.rooms.declarations import status
from mdm.rooms.groups import membership
from mdm.rooms.outbox import service as outbox
from mdm.rooms.outbox.service import PUSH

_DONE_EFFECTS = timedelta(days=3)
_READ_ANSWERS = timedelta(days=30)
# A device half-way through a sync asks within minutes.
_UNUSED_SETS = timedelta(days=1)
# Whoever comes back after the holidays still finds his list.
_UNDECIDED_LISTS = timedelta(days=60)
_PAGE = 1000


def run(tools: Tools, schedule: Schedule, budget: Budget) -> bool:
    """Do the due tasks; returns whether some are still to be done."""
    now = tools.clock.now()
    for task in schedule.due(now):
        if budget.is_spent:
            return True
        if _is_through(task, tools, schedule, budget, now):
            schedule.done(task, now)
    return bool(schedule.due(now))


def _is_through(
    task: Task, tools: Tools, schedule: Schedule, budget: Budget, now: datetime
) -> bool:
    """Work at one task; returns False if the budget ended it."""
    try:
        if task is Task.WAKE_AGAIN:
            return wake_again(tools, budget, now)
        if task is Task.RETAIN:
            return forget_old(tools, schedule.places, budget, now)
        return _repeat(task, tools, budget, now)
    # The tasks have nothing to do with each other: the journal is sealed whatever else fails.
    except Exception as error:  # noqa: BLE001
        errors.tell(Job.HOUSEKEEPING, error)
        return True


def _repeat(task: Task, tools: Tools, budget: Budget, now: datetime) -> bool:
    while not budget.is_spent:
        with tools.database.transaction() as tx:
            count = _PIECES[task](tx, now)
            if count and task in _CHANGES_PLANS:
                after_commit(tx, lambda: tools.bell.ring(Job.RECONCILE))
        if not count:
            return True
    return False


def wake_again(tools: Tools, budget: Budget, now: datetime) -> bool:
    """Want pushes for iPads whose last one came to nothing; returns False if time ran out."""
    after: int | None = 0
    while after is not None:
        if budget.is_spent:
            return False
        with tools.database.transaction() as tx:
            wake, after = waking.to_wake_again(tx, now, after, _PAGE)
            outbox.put_all(tx, PUSH, {str(number): now for number in wake}, now)
            if wake:
                after_commit(tx, lambda: tools.bell.ring(Job.PUSH))
    return True


def _prove(tx: Tx, now: datetime) -> int:
    return proofs.prove_reconnected(tx) + proofs.prove_identities(tx)


def _give_up(tx: Tx, now: datetime) -> int:
    return proofs.give_up_unproven(tx, now) + proofs.give_up_unconfirmed(tx, now)


def _forget(tx: Tx, now: datetime) -> int:
    outbox.forget_done(tx, now - _DONE_EFFECTS)
    status.forget_read(tx, now - _READ_ANSWERS)
    sets = declarations.forget_unused(tx, now - _UNUSED_SETS)
    return sets + giving_up.give_up_waiting(tx, now - _UNDECIDED_LISTS, now)


_PIECES: Mapping[Task, Callable[[Tx, datetime], int]] = {
    Task.EXPIRE: commands.expire,
    Task.PROVE: _prove,
    Task.ROLL_OUT: advancing.advance,
    Task.LOOK_AT_GROUPS: membership.refresh_by_time,
    Task.SEAL_JOURNAL: audit.seal_next,
    Task.GIVE_UP: _give_up,
    Task.FORGET: _forget,
}
_CHANGES_PLANS = frozenset(
    {Task.EXPIRE, Task.PROVE, Task.ROLL_OUT, Task.LOOK_AT_GROUPS, Task.GIVE_UP}
)
