"""Letting go of commands that ended long ago.

Here: one page at a time, in the order of their numbers. Not here: for how long they are kept
(settings), answers (results.forget_read), when this runs (mdm.doors.jobs.retention).
"""

from datetime import datetime

from sqlalchemy import delete, func, select

from mdm.base.db import Tx, changed_rows
from mdm.rooms.commands.models import Command, CommandResult


def forget_finished(
    tx: Tx, before: datetime, after: int, limit: int = 500
) -> tuple[int, int | None]:
    """Delete what ended before an instant, among the `limit` commands behind the number `after`.

    What still waits for something stays, and so does a command whose answer is kept.
    returns: how many were deleted, and the last number looked at; None at the first command that
        is younger than `before`, or at the end.
    """
    page = tx.execute(
        select(Command.id, Command.created_at)
        .where(Command.id > after)
        .order_by(Command.id)
        .limit(limit)
    ).all()
    old = [number for number, created_at in page if created_at < before]
    answers = select(CommandResult.id).where(CommandResult.command_uuid == Command.uuid)
    result = tx.execute(
        delete(Command)
        .where(
            Command.id.in_(old),
            Command.waits_for.is_(None),
            func.coalesce(Command.answered_at, Command.created_at) < before,
            ~answers.exists(),
        )
        .execution_options(synchronize_session=False)
    )
    return changed_rows(result), old[-1] if len(old) == limit else None
