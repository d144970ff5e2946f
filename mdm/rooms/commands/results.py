"""Reading kept answers: opened by a worker, understood, written down, then done.

Here: claiming in batches, opening, failures. One odd answer never hinders the next: each is read
in a savepoint of its own, and what cannot be read says so in its row and is kept.
Not here: keeping answers as they come (fast_path.py), what each leaves behind (inventories.py).
"""

import logging
import zlib
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.exc import OperationalError

from mdm.base.db import Tx, changed_rows
from mdm.base.errors import SealBroken
from mdm.base.logkeys import COMMAND_UUID, ENROLLMENT_ID, KIND
from mdm.base.vault import Vault
from mdm.rooms.commands import inventories
from mdm.rooms.commands.models import Command, CommandResult
from mdm.rooms.commands.service import settle
from mdm.rooms.devices import service as devices
from mdm.rooms.devices.models import Enrollment
from policies.delivery import DeliveryState
from profiles import plist
from profiles.commands.catalogue import CATALOGUE, spec_of
from profiles.commands.error_chain import explain_chain, is_done_already
from profiles.commands.results import CommandResult as Said
from profiles.commands.results import CommandStatus, result_from
from profiles.errors import ProfileError

log = logging.getLogger(__name__)

# Twice what the door lets in: what is larger was not compressed by us.
_LARGEST = 16 * 2**20
SECRET_REQUESTS = tuple(
    sorted(spec.request_type for spec in CATALOGUE.values() if spec.is_secret_answer)
)


class Unreadable(Exception):
    """An answer that cannot be read; the word says why, without content."""


def read_next(tx: Tx, vault: Vault, now: datetime, limit: int = 50) -> int:
    """Read the oldest unread answers; returns how many were taken, 0 when all are read.

    The enrollments concerned become due for a new plan.
    """
    unread = tx.scalars(
        select(CommandResult)
        .where(CommandResult.read_at.is_(None))
        .order_by(CommandResult.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for row in unread:
        row.read_error = _read(tx, vault, row)
        row.read_at = now
    devices.mark_all_due(tx, {row.enrollment_id for row in unread})
    return len(unread)


def forget_read(tx: Tx, before: datetime, limit: int = 500) -> int:
    """Delete answers read before an instant, `limit` of them at most; secret and unreadable ones
    stay. returns: how many.
    """
    secret = select(Command.uuid).where(
        Command.uuid == CommandResult.command_uuid, Command.request_type.in_(SECRET_REQUESTS)
    )
    old = (
        select(CommandResult.id)
        .where(
            CommandResult.read_at < before,
            CommandResult.read_error.is_(None),
            ~secret.exists(),
        )
        .limit(limit)
    )
    result = tx.execute(
        delete(CommandResult)
        .where(CommandResult.id.in_(old))
        .execution_options(synchronize_session=False)
    )
    return changed_rows(result)


def _read(tx: Tx, vault: Vault, row: CommandResult) -> str | None:
    """Read one answer; returns why it could not be read, or None."""
    try:
        with tx.begin_nested():
            _take(tx, row, _opened(vault, row))
    except OperationalError:
        # The database itself has failed, not the answer: all of it is tried again later.
        raise
    # Whatever an answer holds that nobody thought of, it must not stop the answers behind it.
    except Exception as error:  # noqa: BLE001
        fields = {COMMAND_UUID: row.command_uuid, ENROLLMENT_ID: row.enrollment_id}
        log.warning("answer_unreadable", extra={**fields, KIND: type(error).__name__})
        return _word(error)
    return None


def _word(error: Exception) -> str:
    word = str(error) if isinstance(error, Unreadable | ProfileError) else type(error).__name__
    return word[:200]


def _opened(vault: Vault, row: CommandResult) -> Said:
    try:
        packed = vault.open(row.sealed, f"command_result:{row.command_uuid}")
        unpacking = zlib.decompressobj()
        body = unpacking.decompress(packed, _LARGEST)
    except (SealBroken, zlib.error) as error:
        raise Unreadable("broken in storage") from error
    if unpacking.unconsumed_tail:
        raise Unreadable("too large")
    return result_from(plist.read_dict(body))


def _take(tx: Tx, row: CommandResult, said: Said) -> None:
    command = tx.scalar(
        select(Command).where(
            Command.uuid == row.command_uuid, Command.enrollment_id == row.enrollment_id
        )
    )
    if command is None:
        raise Unreadable("answers no command of its enrollment")
    spec = spec_of(command.request_type)
    if said.error_chain:
        _explain(command, said, row.received_at)
    if said.status is not CommandStatus.ACKNOWLEDGED or spec.is_secret_answer or not said.body:
        return
    enrollment = tx.get_one(Enrollment, row.enrollment_id)
    inventories.keep(
        tx,
        spec.answer,
        inventories.Answered(enrollment, command, said.body, row.received_at),
    )


def _explain(command: Command, said: Said, at: datetime) -> None:
    """Put what an error means before what the device said of it."""
    kind = explain_chain(said.error_chain)
    if kind is not None and command.state is DeliveryState.FAILED:
        command.outcome = f"{kind.category.value}: {kind.meaning}"[:300]
    if is_done_already(command.request_type, said.error_chain):
        settle(command, DeliveryState.ACCEPTED, "done already", at)
