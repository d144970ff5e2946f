"""Drafts that nobody can approve any more, because the roster import they carry out is gone.

Rosters know nothing of change plans, so whoever gives an import up calls this in the same
transaction. Not here: a person who discards a draft (service.py).
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import exists, select

from mdm.base.db import Tx
from mdm.rooms.audit.service import Actor
from mdm.rooms.changes import journal
from mdm.rooms.changes.models import ChangePlan, ChangeState
from mdm.rooms.changes.stored import operations_of
from mdm.rooms.rosters import service as rosters
from mdm.rooms.rosters.models import ImportState, RosterImport
from policies.operations import ApplyRosterImport

BECAUSE = "its roster import was given up"
JOB = Actor.job("changes")
_PORTION = 100


def give_up_waiting(tx: Tx, before: datetime, now: datetime) -> int:
    """Give up roster imports that nobody has decided about, and the drafts that carry them out.

    A list that waits holds the names of a whole school under seal. before: drafted earlier.
    returns: how many, a hundred at most; call it until there is none.
    """
    waiting = tx.scalars(
        select(RosterImport)
        .where(RosterImport.state == ImportState.DRAFTED, RosterImport.created_at < before)
        .order_by(RosterImport.id)
        .limit(_PORTION)
        .with_for_update(skip_locked=True)
    ).all()
    for row in waiting:
        rosters.give_up(tx, row, JOB, now)
    if waiting:
        discard_without_import(tx, JOB, now)
    return len(waiting)


def discard_without_import(tx: Tx, actor: Actor, now: datetime) -> int:
    """Discard every draft whose roster import is no draft itself any more; returns how many."""
    drafts = tx.scalars(
        select(ChangePlan)
        .where(ChangePlan.state == ChangeState.DRAFTED)
        .order_by(ChangePlan.id)
        # Whoever approves one right now holds it and waits for the import; he will find it gone.
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    lost = [plan for plan in drafts if _has_lost_one(tx, _imports(plan))]
    for plan in lost:
        plan.state, plan.finished_at = ChangeState.DISCARDED, now
        journal.act(tx, plan, "change.discard", actor, now, because=BECAUSE)
    return len(lost)


def _imports(plan: ChangePlan) -> list[int]:
    return [one.import_id for one in operations_of(plan) if isinstance(one, ApplyRosterImport)]


def _has_lost_one(tx: Tx, import_ids: Iterable[int]) -> bool:
    settled = exists().where(
        RosterImport.id.in_(import_ids), RosterImport.state != ImportState.DRAFTED
    )
    return bool(tx.scalar(select(settled)))
