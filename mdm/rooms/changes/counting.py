"""Counting a roll-out: on how many iPads of each ring a change is proven, on how many it failed.

Not here: what follows from the numbers (policies.rings, advancing.py), how one device stands
(mdm.rooms.reconciler).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from mdm.base.db import Tx
from mdm.rooms.assignments.models import RolloutDevice
from mdm.rooms.changes.models import ChangePlan
from mdm.rooms.changes.stored import preview_of
from mdm.rooms.devices.models import Enrollment
from mdm.rooms.reconciler.models import EnrollmentOutcome
from policies.explain import subject_in_plan
from policies.outcome import OutcomeKind


@dataclass(frozen=True, slots=True)
class Counts:
    """Devices by ring, those only that were released."""

    proven: Mapping[int, int]
    failed: Mapping[int, int]


def count(tx: Tx, plan: ChangePlan) -> Counts:
    """Count who has what he should, and in whose way something of this change is.

    Whoever is due for a plan counts for neither: his outcome does not know the new rules yet.
    """
    rings = _released(plan, OutcomeKind.AS_WISHED, RolloutDevice.ring, func.count())
    proven = tx.execute(rings.group_by(RolloutDevice.ring))
    return Counts({row[0]: row[1] for row in proven}, _failed(tx, plan))


def _failed(tx: Tx, plan: ChangePlan) -> Counter[int]:
    """Who is in trouble since the release, or was before and is now with what this plan brings.

    What was in the way all along, and is none of its business, must not stop it.
    """
    is_new = EnrollmentOutcome.since >= RolloutDevice.released_at
    rows = tx.execute(
        _released(plan, OutcomeKind.BLOCKED, RolloutDevice.ring, is_new, EnrollmentOutcome.reasons)
    ).all()
    has_old = any(not new for _, new, _ in rows)
    subjects = _subjects(plan) if has_old else frozenset()
    return Counter(ring for ring, new, reasons in rows if new or _names(reasons, subjects))


def _names(reasons: list[dict[str, Any]], subjects: frozenset[str]) -> bool:
    return any(reason["subject"] in subjects for reason in reasons)


def _subjects(plan: ChangePlan) -> frozenset[str]:
    """What a plan brings, in the words of plans and their reasons."""
    return frozenset(
        subject_in_plan(change.after)
        for group in preview_of(plan).groups
        for change in group.effect.changes
        if change.after is not None
    )


def _released(plan: ChangePlan, outcome: OutcomeKind, *columns: Any) -> Select[*tuple[Any, ...]]:
    return (
        select(*columns)
        .join(Enrollment, Enrollment.device_id == RolloutDevice.device_id)
        .join(EnrollmentOutcome, EnrollmentOutcome.enrollment_id == Enrollment.id)
        .where(
            RolloutDevice.rollout_id == plan.rollout_id,
            RolloutDevice.released_at.is_not(None),
            Enrollment.parent_id.is_(None),
            Enrollment.ended_at.is_(None),
            Enrollment.held_reason.is_(None),
            Enrollment.due_generation <= Enrollment.done_generation,
            EnrollmentOutcome.outcome == outcome,
        )
    )
