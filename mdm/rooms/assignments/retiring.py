"""Taking a blueprint or a smart group out of use, when no rule needs it any more."""

from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from mdm.base.db import Tx
from mdm.base.errors import InvalidInput
from mdm.rooms.assignments.models import Assignment
from mdm.rooms.audit.service import Actor
from mdm.rooms.blueprints import versions
from mdm.rooms.blueprints.models import Blueprint, BlueprintVersion
from mdm.rooms.groups import service as groups
from mdm.rooms.groups.models import SmartGroup


def retire_blueprint(tx: Tx, blueprint_id: int, actor: Actor, now: datetime) -> Blueprint:
    """Take a blueprint out of use. raises: NotFound, InvalidInput (rules in force give it)."""
    # Whoever begins an assignment waits here, and then sees that it is out of use.
    tx.get(Blueprint, blueprint_id, with_for_update=True)
    of_it = select(BlueprintVersion.id).where(BlueprintVersion.blueprint_id == blueprint_id)
    _require_unused(tx, "blueprint", Assignment.blueprint_version_id.in_(of_it))
    return versions.retire(tx, blueprint_id, actor, now)


def retire_group(tx: Tx, group_id: int, actor: Actor, now: datetime) -> SmartGroup:
    """Take a smart group out of use. raises: NotFound, InvalidInput (rules or groups name it)."""
    groups.alone_with_rules(tx)
    tx.get(SmartGroup, group_id, with_for_update=True)
    _require_unused(tx, "group", Assignment.group_id == group_id)
    return groups.retire(tx, group_id, actor, now)


def _require_unused(tx: Tx, field: str, uses: ColumnElement[bool]) -> None:
    query = select(func.count()).select_from(Assignment)
    count = tx.scalar(query.where(uses, Assignment.ended_at.is_(None))) or 0
    if count:
        problem = f"is used by {count} rules in force"
        raise InvalidInput(field, problem, "End them first.")
