"""Counting a roll-out: on how many iPads of each ring a change is proven, on how many it failed.

Not here: what follows from the numbers (policies.rings, advancing.py), whose trouble is the
change's (policies.touched), how one device stands (mdm.rooms.reconciler).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, select

from mdm.base.db import Tx
from mdm.rooms.assignments.models import RolloutDevice
from mdm.rooms.blueprints.naming import HOUSE_PREFIX
from mdm.rooms.changes.models import ChangePlan
from mdm.rooms.changes.stored import preview_of
from mdm.rooms.devices.models import Enrollment
from mdm.rooms.reconciler.models import EnrollmentOutcome
from policies.outcome import OutcomeKind
from policies.touched import is_touched, touched_subjects


@dataclass(frozen=True, slots=True)
class Counts:
    """Devices by ring, those only that were released.

    set_aside: in trouble with something that the change does not touch, or gone.
    """

    proven: Mapping[int, int]
    failed: Mapping[int, int]
    set_aside: Mapping[int, int]


def count(tx: Tx, plan: ChangePlan) -> Counts:
    """Count who has what he should, and in whose way something of this change is.

    Whoever is due for a plan counts for none: his outcome does not know the new rules yet.
    """
    proven = _by_ring(tx, _judged(plan, OutcomeKind.AS_WISHED, RolloutDevice.ring, func.count()))
    failed, aside = _in_trouble(tx, plan)
    gone = select(RolloutDevice.ring, func.count()).where(_is_released(plan), ~_is_managed())
    return Counts(proven, failed, aside + _by_ring(tx, gone))


def _in_trouble(tx: Tx, plan: ChangePlan) -> tuple[Counter[int], Counter[int]]:
    """Who failed, and who is in trouble with something that is none of this plan's business."""
    query = _judged(plan, OutcomeKind.BLOCKED, RolloutDevice.ring, EnrollmentOutcome.reasons)
    rows = tx.execute(query).all()
    failed: Counter[int] = Counter()
    aside: Counter[int] = Counter()
    if rows:
        subjects = touched_subjects(preview_of(plan), HOUSE_PREFIX)
        for ring, reasons in rows:
            is_failure = is_touched((reason["subject"] for reason in reasons), subjects)
            (failed if is_failure else aside)[ring] += 1
    return failed, aside


def _by_ring(tx: Tx, query: Select[*tuple[Any, ...]]) -> Counter[int]:
    return Counter({row[0]: row[1] for row in tx.execute(query.group_by(RolloutDevice.ring))})


def _judged(plan: ChangePlan, outcome: OutcomeKind, *columns: Any) -> Select[*tuple[Any, ...]]:
    return (
        select(*columns)
        .join(Enrollment, and_(Enrollment.device_id == RolloutDevice.device_id, _IS_CURRENT))
        .join(EnrollmentOutcome, EnrollmentOutcome.enrollment_id == Enrollment.id)
        .where(
            _is_released(plan),
            Enrollment.due_generation <= Enrollment.done_generation,
            EnrollmentOutcome.outcome == outcome,
        )
    )


def _is_released(plan: ChangePlan) -> ColumnElement[bool]:
    return and_(RolloutDevice.rollout_id == plan.rollout_id, RolloutDevice.released_at.is_not(None))


def _is_managed() -> ColumnElement[bool]:
    return exists().where(Enrollment.device_id == RolloutDevice.device_id, _IS_CURRENT)


_IS_CURRENT = and_(
    Enrollment.parent_id.is_(None),
    Enrollment.ended_at.is_(None),
    Enrollment.held_reason.is_(None),
)
