"""How many erases have left the house within the last hour without a second person."""

from datetime import datetime, timedelta
from enum import IntEnum

from sqlalchemy import case, func, select

from mdm.base.db import Tx
from mdm.base.settings import Settings
from mdm.rooms.commands.models import Command
from mdm.rooms.commands.remote import REQUEST_TYPE
from policies.actions import RemoteKind
from policies.approvals import EraseBudget, EraseUsage

HOUR = timedelta(hours=1)


class Turn(IntEnum):
    """What is counted one after the other. Two numbers, for who orders may wait for a row that
    somebody holds who is about to deliver.
    """

    ORDERING = 0x6B6C6101
    DELIVERING = 0x6B6C6102


def limits(settings: Settings) -> EraseBudget:
    """How many may be erased an hour without a second person."""
    return EraseBudget(settings.erase_quota_person, settings.erase_quota_city)


def take_turn(tx: Tx, turn: Turn) -> None:
    """Let erases be counted one after the other: two at once must not both find the last place.

    On SQLite a writing transaction is alone anyway.
    """
    if tx.get_bind().dialect.name == "postgresql":
        tx.execute(select(func.pg_advisory_xact_lock(turn.value)))


def delivered(tx: Tx, person: str, besides: int, now: datetime) -> EraseUsage:
    """Count the erases that have left. besides: the number of the command in question."""
    mine = func.count(case((Command.approved_by == person, 1)))
    by_person, by_city = tx.execute(
        select(mine, func.count()).where(
            Command.is_guarded,
            Command.reached_at > now - HOUR,
            # Nothing leaves overdue. Said for the index.
            Command.expires_at > now - HOUR,
            Command.request_type == REQUEST_TYPE[RemoteKind.ERASE],
            Command.approved_second_by.is_(None),
            Command.id != besides,
        )
    ).one()
    return EraseUsage(by_person, by_city)
