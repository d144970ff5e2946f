"""The console's blueprint, and what every page needs: tools, the present instant, the viewer.

Not here: who is signed in (sessions.py), the pages themselves (one module for each noun).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial

from flask import Blueprint, current_app, g

from mdm.base.bell import Job
from mdm.base.db import Tx, after_commit
from mdm.base.tools import EXTENSION, Tools
from mdm.rooms.access.service import Viewer

PREFIX = "/console"
# A tablet in daily use calls several times a day; a week covers illness and short holidays.
SILENT_AFTER = timedelta(days=7)

console = Blueprint(
    "console",
    __name__,
    url_prefix=PREFIX,
    template_folder="templates",
    static_folder="static",
    static_url_path="/static",
)


def tools() -> Tools:
    """The tools of this process."""
    found: Tools = current_app.extensions[EXTENSION]
    return found


@contextmanager
def writing(*jobs: Job) -> Iterator[Tx]:
    """Open a writing transaction; once it is safe, ring for these jobs."""
    with tools().database.transaction() as tx:
        for job in jobs:
            after_commit(tx, partial(tools().bell.ring, job))
        yield tx


def now() -> datetime:
    """The present instant, by the clock of this process."""
    return tools().clock.now()


def silent_before() -> datetime:
    """Whoever was last heard of before this instant counts as silent."""
    return now() - SILENT_AFTER


def viewer() -> Viewer:
    """The person who is signed in; sessions.py put him there before any page runs."""
    found: Viewer = g.viewer
    return found
