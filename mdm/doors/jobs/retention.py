"""Letting go of what is older than the city keeps it: commands that
ended, answers that were read, reports that newer ones replaced.

Here: the walk through the tables, a page in a transaction of its own, each told to the journal as
a number. Not here: what may go (forgetting.py of the rooms).
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from mdm.base.db import Tx
from mdm.base.settings import Settings
from mdm.base.tools import Tools
from mdm.doors.jobs.budget import Budget
from mdm.rooms.audit import service as audit
from mdm.rooms.audit.service import Actor, Subject
from mdm.rooms.commands.forgetting import forget_finished
from mdm.rooms.commands.results import forget_read
from mdm.rooms.devices.forgetting import forget_reports

_HOUSEKEEPING = Actor.job("housekeeping")
_ANSWERS = 500


def forget_old(tools: Tools, places: dict[str, int], budget: Budget, now: datetime) -> bool:
    """Delete what is too old; returns False if time ran out.

    places: kind → the number after which a walk goes on that ran out of time; changed here.
    """
    return all(_walk(tools, walk, places, budget, now) for walk in _walks(tools.settings, now))


def _walk(
    tools: Tools, walk: "_Walk", places: dict[str, int], budget: Budget, now: datetime
) -> bool:
    after: int | None = places.pop(walk.kind, 0)
    while after is not None:
        if budget.is_spent:
            places[walk.kind] = after
            return False
        with tools.database.transaction() as tx:
            count, after = walk.forget(tx, walk.before, after)
            if count:
                _tell(tx, walk, count, now)
    return True


class _Walk(NamedTuple):
    """forget: deletes a page behind a number; returns how many, and where the next one begins."""

    kind: str
    forget: Callable[[Tx, datetime, int], tuple[int, int | None]]
    before: datetime


def _walks(settings: Settings, now: datetime) -> tuple[_Walk, ...]:
    # Answers first: a command whose answer is kept stays.
    return (
        _Walk("command_result", _forget_answers, now - timedelta(days=settings.result_days)),
        _Walk("command", forget_finished, now - timedelta(days=settings.command_days)),
        _Walk("report", forget_reports, now - timedelta(days=settings.report_days)),
    )


def _forget_answers(tx: Tx, before: datetime, after: int) -> tuple[int, int | None]:
    count = forget_read(tx, before, _ANSWERS)
    return count, after if count == _ANSWERS else None


def _tell(tx: Tx, walk: _Walk, count: int, now: datetime) -> None:
    details = {"count": count, "before": walk.before.isoformat()}
    subject = Subject.of("house", walk.kind)
    audit.record(tx, _HOUSEKEEPING, "retention.forget", subject, now, details=details)
