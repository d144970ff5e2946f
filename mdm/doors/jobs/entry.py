"""Where bells lead: one function for each job, named as mdm.base.bell.entry_point says.

Each takes nothing, works for some seconds at most, and rings for itself if more is to be done.
Run twice or late it does no harm: what is to be done stands in the rows.
"""

from collections.abc import Callable, Mapping

from mdm.base.bell import Job
from mdm.base.metrics import JOB_SECONDS, JOBS
from mdm.doors.jobs import context, errors
from mdm.doors.jobs import housekeeping as housekeeping_job
from mdm.doors.jobs import read_results as read_results_job
from mdm.doors.jobs import reconcile as reconcile_job
from mdm.doors.jobs.budget import Budget
from mdm.doors.jobs.context import Context


def reconcile() -> None:
    """Plan for enrollments that are due."""
    perform(Job.RECONCILE)


def read_results() -> None:
    """Read what devices answered."""
    perform(Job.READ_RESULTS)


def push() -> None:
    """Hand wanted pushes to Apple."""
    perform(Job.PUSH)


def housekeeping() -> None:
    """Do the recurring tasks whose time has come."""
    perform(Job.HOUSEKEEPING)


def perform(job: Job, budget: Budget | None = None) -> bool:
    """Do a job for a while, and ring for it if more is to be done.

    returns: whether more is to be done at once. Never raises because of the work.
    """
    try:
        here = context.current()
        with JOB_SECONDS.labels(job=job.value).time():
            has_more = _WORK[job](here, budget or Budget())
    # The last catch of the door: rows remember the work, and the next sweep tries again.
    except Exception as error:  # noqa: BLE001
        errors.tell(job, error)
        return False
    JOBS.labels(job=job.value, outcome="done").inc()
    if has_more:
        here.tools.bell.ring(job)
    return has_more


_WORK: Mapping[Job, Callable[[Context, Budget], bool]] = {
    Job.RECONCILE: lambda here, budget: reconcile_job.run(here.tools, budget),
    Job.READ_RESULTS: lambda here, budget: read_results_job.run(here.tools, budget),
    Job.PUSH: lambda here, budget: here.pusher.run(budget),
    Job.HOUSEKEEPING: lambda here, budget: housekeeping_job.run(here.tools, here.schedule, budget),
}
