"""The tools of a worker process: built once, from the environment, handed to every job.

An RQ job carries nothing, so it has to find its tools here. Not here: what jobs do.
"""

import threading
from datetime import timedelta
from typing import NamedTuple

from mdm.base.settings import Settings, read_settings
from mdm.base.tools import Tools, build_tools
from mdm.doors.jobs.push import Pusher
from mdm.doors.jobs.schedule import Schedule, Task
from mdm.rooms import tables


class Context(NamedTuple):
    """Tools, and what lives as long as the process: the connection to Apple, the timetable."""

    tools: Tools
    pusher: Pusher
    schedule: Schedule


_lock = threading.RLock()
_context: Context | None = None


def current() -> Context:
    """The context of this process. raises: SettingsError, MissingMasterKey, WrongMasterKey."""
    with _lock:
        return _context if _context is not None else use(build_tools(read_settings()))


def use(tools: Tools) -> Context:
    """Let every job of this process work with these tools."""
    global _context
    tables.load_all()
    with _lock:
        _context = Context(tools, Pusher(tools), _schedule(tools.settings))
        return _context


def _schedule(settings: Settings) -> Schedule:
    """Proofs, and what waits for them, are looked at twice while the first of them may come."""
    often = timedelta(seconds=settings.proof_seconds) / 2
    return Schedule({Task.PROVE: often, Task.ROLL_OUT: often})


def forget() -> None:
    """Give back the connections; the next job opens new ones."""
    global _context
    with _lock:
        context, _context = _context, None
    if context is not None:
        context.pusher.close()
        context.tools.database.close()


def forget_after_fork() -> None:
    """In a forked child: drop the parent's connections without closing them."""
    global _context
    context, _context = _context, None
    if context is not None:
        context.tools.database.forget_after_fork()
