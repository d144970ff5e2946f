"""When the house cleans itself: every recurring task with its interval, in one place.

A task may run late, twice or in two processes at once: each looks at the rows and does what is
to be done, so nothing remembers when it last ran but this process.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum
from types import MappingProxyType


class Task(Enum):
    """What recurs, with its interval."""

    EXPIRE = timedelta(minutes=1)
    PROVE = timedelta(seconds=30)
    ROLL_OUT = timedelta(seconds=20)
    WAKE_AGAIN = timedelta(minutes=5)
    LOOK_AT_GROUPS = timedelta(minutes=3)
    SEAL_JOURNAL = timedelta(minutes=2)
    GIVE_UP = timedelta(hours=1, seconds=1)
    FORGET = timedelta(hours=1)
    RETAIN = timedelta(hours=6)


class Schedule:
    """Which task is due in this process; after a start every one is.

    intervals: of tasks that this house does more or less often than others.
    """

    def __init__(self, intervals: Mapping[Task, timedelta] = MappingProxyType({})) -> None:
        self._intervals = intervals
        self._next: dict[Task, datetime] = {}
        # Kind of row → number of the last one looked at, of walks that ran out of time.
        self.places: dict[str, int] = {}

    def due(self, now: datetime) -> list[Task]:
        """List the tasks that are due, in their order."""
        return [task for task in Task if self._next.get(task, now) <= now]

    def done(self, task: Task, now: datetime) -> None:
        """A task is through; it is due again after its interval."""
        self._next[task] = now + self._intervals.get(task, task.value)
