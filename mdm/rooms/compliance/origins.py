"""Who decided what is wished for one iPad, by which blueprint, when and what for.

Here: the rows of the decisions behind its wishes, all in one statement. Not here: which decision a
wish comes from (policies.origin); who may see it: whoever may see the iPad sees the rules of its
school and of the city, too.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, and_, cast, func, select

from mdm.base.db import Tx
from mdm.rooms.assignments.models import Assignment
from mdm.rooms.audit.models import AuditEntry
from mdm.rooms.blueprints.models import Blueprint, BlueprintVersion
from mdm.rooms.facts.service import Facts
from policies.origin import origins
from policies.wishes import Wish


@dataclass(frozen=True, slots=True)
class Origin:
    """The decision behind a wish.

    blueprint, version: None for what is given by itself. decided_by: an actor, as the journal
        has it. decided_at: when this rule began; what it says may be wished for longer, by rules
        before it. reason: as it was written; empty for none.
    """

    assignment_id: int
    blueprint: str | None
    version: int | None
    decided_by: str
    decided_at: datetime
    reason: str


def origins_of(tx: Tx, known: Facts, wishes: Collection[Wish], at: datetime) -> dict[Wish, Origin]:
    """Find the decisions behind wishes. known: the facts that they were compiled from."""
    positions = origins(wishes, known.assignments, known.device, at)
    rules = {wish: known.rules[position] for wish, position in positions.items()}
    rows = _load(tx, set(rules.values()))
    return {wish: rows[number] for wish, number in rules.items()}


def _load(tx: Tx, numbers: Collection[int]) -> Mapping[int, Origin]:
    begun = and_(
        AuditEntry.subject_kind == "assignment",
        AuditEntry.subject_id == cast(Assignment.id, String),
        AuditEntry.act == "assignment.begin",
    )
    query = (
        select(
            Assignment.id,
            Blueprint.name,
            BlueprintVersion.version,
            Assignment.created_by,
            # A rule that takes the place of another one keeps the instant of the first.
            func.coalesce(AuditEntry.at, Assignment.created_at),
            Assignment.reason,
        )
        .outerjoin(BlueprintVersion, BlueprintVersion.id == Assignment.blueprint_version_id)
        .outerjoin(Blueprint, Blueprint.id == BlueprintVersion.blueprint_id)
        .outerjoin(AuditEntry, begun)
        .where(Assignment.id.in_(numbers))
    )
    return {row[0]: Origin(*row) for row in tx.execute(query)}
