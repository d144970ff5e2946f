"""How many erases have been ordered within the last hour without a second person."""

from datetime import datetime

from sqlalchemy import case, func, select

from mdm.base.db import Tx
from mdm.rooms.actions.models import Action, ActionDevice
from mdm.rooms.commands import erase_budget
from policies.actions import RemoteKind
from policies.approvals import EraseUsage
from policies.guards import BUDGETED


def ordered(tx: Tx, kind: RemoteKind, person: str, now: datetime) -> EraseUsage:
    """Count what was let through, cancelled orders included; nobody else counts meanwhile."""
    if kind not in BUDGETED:
        return EraseUsage()
    erase_budget.take_turn(tx, erase_budget.Turn.ORDERING)
    by_person, by_city = tx.execute(
        select(func.count(case((Action.ordered_by == person, 1))), func.count())
        .select_from(ActionDevice)
        .join(Action, Action.id == ActionDevice.action_id)
        .where(
            Action.kind == kind,
            Action.created_at > now - erase_budget.HOUR,
            Action.needs_second.is_(False),
            Action.approved_second_by.is_(None),
            ActionDevice.refused_kind.is_(None),
        )
    ).one()
    return EraseUsage(by_person, by_city)
