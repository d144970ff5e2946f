"""CPU time and memory of processes, as Linux accounts for them."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class CpuClock:
    """The CPU seconds of one process so far, and if wanted of every child it has or had."""

    pid: int
    with_children: bool = False

    def seconds(self) -> float:
        """All threads, user and system."""
        own = cpu_seconds(self.pid)
        if not self.with_children:
            return own
        # Children that have ended count with the parent that waited for them.
        return own + _ended_children(self.pid) + sum(map(cpu_seconds, children(self.pid)))


def cpu_seconds(pid: int) -> float:
    """The CPU seconds of a process; to the nanosecond where the kernel keeps them so.

    returns: 0.0 for a process that is gone.
    """
    try:
        fine = [_run_time(path) for path in (_PROC / str(pid) / "task").glob("*/schedstat")]
        return sum(fine) if any(fine) else _ticks(pid, 11, 12)
    except OSError:
        return 0.0


def children(pid: int) -> list[int]:
    """The processes whose parent is `pid`."""
    numbers = (int(path.name) for path in _PROC.iterdir() if path.name.isdigit())
    return [number for number in numbers if _parent(number) == pid]


def resident_mb(pid: int) -> float:
    """The resident memory of a process in megabytes of 1,000,000 bytes."""
    pages = int((_PROC / str(pid) / "statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def pin(pids: Iterable[int], cpu: int) -> None:
    """Keep processes, all their threads and their later children on one processor."""
    for pid in pids:
        for task in (_PROC / str(pid) / "task").iterdir():
            os.sched_setaffinity(int(task.name), {cpu})


def _run_time(path: Path) -> float:
    return int(path.read_text().split()[0]) / 1e9


def _ended_children(pid: int) -> float:
    return _ticks(pid, 13, 14)


def _ticks(pid: int, first: int, last: int) -> float:
    """Fields of /proc/PID/stat, counted from the state; the name before it may hold blanks."""
    fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return sum(int(field) for field in fields[first : last + 1]) / _TICK


def _parent(pid: int) -> int | None:
    try:
        return int((_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None
