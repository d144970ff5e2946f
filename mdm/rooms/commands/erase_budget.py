"""How many erases have left the house within the last hour without a second person."""

from datetime import datetime, timedelta

from sqlalchemy import case, func, select

from mdm.base.db import Tx
from mdm.base.settings import Settings
from mdm.rooms.commands.models import Command
from mdm.rooms.commands.remote import REQUEST_TYPE
from policies.actions import RemoteKind
from policies.approvals import EraseBudget, EraseUsage

HOUR = timedelta(hours=1)
# Any number will do, as long as nothing else in the house takes the same lock.
_LOCK = 0x6B6C6173


def limits(settings: Settings) -> EraseBudget:
    """How many may be erased an hour without a second person."""
    return EraseBudget(settings.erase_quota_person, settings.erase_quota_city)


def take_turns(tx: Tx) -> None:
    """Let erases be counted one after the other: two at once must not both find the last place.

    On SQLite a writing transaction is alone anyway.
    """
    if tx.get_bind().dialect.name == "postgresql":
        tx.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def delivered(tx: Tx, person: str, besides: int, now: datetime) -> EraseUsage:
    """Count the erases that have left. besides: the number of the command in question."""
    mine = func.count(case((Command.approved_by == person, 1)))
    by_person, by_city = tx.execute(
        select(mine, func.count()).where(
            Command.is_guarded,
            Command.reached_at > now - HOUR,
            Command.request_type == REQUEST_TYPE[RemoteKind.ERASE],
            Command.approved_second_by.is_(None),
            Command.id != besides,
        )
    ).one()
    return EraseUsage(by_person, by_city)
