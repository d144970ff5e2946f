"""The stop switch: while it is pressed, no guarded command leaves the house.

Here: its rows, and taking back what waits. Not here: who may press it (mdm.rooms.actions),
what it forbids (policies.guards).
"""

from datetime import datetime

from sqlalchemy import func, select, update

from mdm.base.db import Tx, changed_rows
from mdm.rooms.audit.service import Actor
from mdm.rooms.commands.models import Command, StopSwitch, entering
from policies.approvals import StopSwitch as Pressed
from policies.delivery import DELIVERABLE, DeliveryState

# Between those who order and who presses. Any number that nothing else in the house takes.
_LOCK = 0x6B6C6103


def pressed(tx: Tx) -> Pressed | None:
    """Who pressed it and when; None while it is released."""
    row = _open(tx)
    return Pressed(row.set_by, row.set_at) if row is not None else None


def begin_order(tx: Tx) -> None:
    """Called before an order touches any row: whoever presses the switch then waits for it, and
    takes back what it queued. Without it an order under way would outlive the stop.
    """
    if tx.get_bind().dialect.name == "postgresql":
        tx.execute(select(func.pg_advisory_xact_lock_shared(_LOCK)))


def press(tx: Tx, actor: Actor, reason: str, now: datetime) -> int:
    """Press it, and take back every guarded command that waits anywhere.

    returns: how many were taken back. Pressing it again is harmless.
    """
    if tx.get_bind().dialect.name == "postgresql":
        tx.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    if _open(tx) is None:
        tx.add(StopSwitch(set_by=actor.name, reason=reason[:300], set_at=now))
        tx.flush()
    result = tx.execute(
        update(Command)
        .where(Command.is_guarded, Command.state.in_(DELIVERABLE))
        .values(**entering(DeliveryState.CANCELLED), answered_at=now, outcome="stopped")
    )
    return changed_rows(result)


def release(tx: Tx, actor: Actor, now: datetime) -> bool:
    """Release it; what was taken back stays taken back. returns: whether it was pressed."""
    result = tx.execute(
        update(StopSwitch)
        .where(StopSwitch.released_at.is_(None))
        .values(released_by=actor.name, released_at=now)
    )
    return changed_rows(result) > 0


def _open(tx: Tx) -> StopSwitch | None:
    query = select(StopSwitch).where(StopSwitch.released_at.is_(None)).order_by(StopSwitch.id)
    return tx.scalars(query.limit(1)).first()
