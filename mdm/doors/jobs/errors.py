"""What the jobs do with errors: rows remember the work, so a failure is counted and told.

A job never hands an error to RQ: what is wrong would be copied into Redis, and nothing would
be tried again sooner than by the sweep.
"""

import logging

from sqlalchemy.exc import DBAPIError, OperationalError

from mdm.base.bell import Job
from mdm.base.identifiers import new_reference
from mdm.base.logkeys import KIND, REASON, REFERENCE
from mdm.base.metrics import JOBS

log = logging.getLogger(__name__)


def tell(job: Job, error: Exception) -> None:
    """Count and log a failed job; the sweep tries again."""
    JOBS.labels(job=job.value, outcome="failed").inc()
    # The driver's own word tells a deadlock from a database that is away.
    cause = error.orig if isinstance(error, DBAPIError) else error
    fields = {KIND: job.value, REASON: type(cause).__name__, REFERENCE: new_reference()}
    if isinstance(error, OperationalError):
        log.warning("job_postponed", extra=fields)
    else:
        log.error("job_failed", extra=fields, exc_info=error)
