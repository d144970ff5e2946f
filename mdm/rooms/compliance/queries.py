"""How many devices stand how, at one instant, as far as a person may see them.

Here: two grouped counts for any number of devices, added up by policies.compliance. Not here: the
rule they count by (standing.py), the devices behind a number (members.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, distinct, func, null, select, true

from mdm.base.db import Tx
from mdm.rooms.access.service import Viewer
from mdm.rooms.compliance.standing import (
    Reasons,
    compliance,
    grade,
    is_enrolled,
    is_silent,
    with_judgement,
)
from mdm.rooms.devices.models import Device
from mdm.rooms.devices.queries import Rows, visible
from mdm.rooms.reconciler.models import EnrollmentOutcome
from mdm.rooms.schools.models import ClassGroup, School
from policies.compliance import Compliance, Counted, ReasonCount, Share, Silence, Where, shares
from policies.outcome import OutcomeKind, OutcomeReason
from policies.scope import CITY, Scope, ScopeKind


@dataclass(frozen=True, slots=True)
class State:
    """How the devices stand at an instant.

    is_whole: False when the first share is only of the schools that a person may see.
    shares: the city or the school first, then what is inside it.
    """

    at: datetime
    is_whole: bool
    shares: tuple[Share, ...]


def state_of_city(tx: Tx, viewer: Viewer, at: datetime, *, with_classes: bool = True) -> State:
    """Count the devices of the schools that a person may see.

    with_classes: also for every grade and class; without them it takes a fraction of the time.
    """
    return State(
        at, viewer.school_ids is None, _shares(tx, visible(viewer), at, with_classes, CITY)
    )


def state_of_school(tx: Tx, school: School, at: datetime) -> State:
    """Count the devices of one school; whether it may be seen is the door's question."""
    root = Scope(ScopeKind.SCHOOL, school.number)
    return State(at, True, _shares(tx, Device.school_id == school.id, at, True, root))


def _shares(
    tx: Tx, here: ColumnElement[bool], at: datetime, with_classes: bool, root: Scope
) -> tuple[Share, ...]:
    counted = _counted(tx, here, at, with_classes)
    return shares(counted, _reasons(tx, here, with_classes), root)


def _counted(
    tx: Tx, here: ColumnElement[bool], at: datetime, with_classes: bool
) -> Iterator[Counted]:
    silences = [case((is_silent(span, at), 1), else_=0).label(span.name) for span in Silence]
    judged = case((is_enrolled(), EnrollmentOutcome.judged_at)).label("judged_at")
    one = _rows(
        _place(with_classes, compliance().label("compliance"), *silences, judged), here
    ).subquery()
    alike = (*_place_of(one), one.c.compliance)
    query = select(
        *alike,
        func.count(),
        *(func.sum(one.c[span.name]) for span in Silence),
        func.min(one.c.judged_at),
    ).group_by(*alike)
    for row in map(tuple, tx.execute(query)):
        where, (kind, devices, *silent, oldest) = Where(*row[:3]), row[3:]
        yield Counted(
            where, Compliance(kind), devices, dict(zip(Silence, silent, strict=True)), oldest
        )


def _reasons(
    tx: Tx, here: ColumnElement[bool], with_classes: bool
) -> Iterator[tuple[Where, ReasonCount]]:
    reasons = Reasons(tx)
    is_blocked = and_(is_enrolled(), EnrollmentOutcome.outcome == OutcomeKind.BLOCKED)
    columns = (reasons.subject.label("subject"), reasons.kind.label("kind"), Device.id)
    one = _rows(_place(with_classes, *columns), here).join(reasons.rows, true()).where(is_blocked)
    each = one.subquery()
    alike = (*_place_of(each), each.c.subject, each.c.kind)
    # A reason that stands twice on one device, with other words of the device, counts once.
    query = select(*alike, func.count(distinct(each.c.id))).group_by(*alike)
    for row in tx.execute(query):
        yield Where(*row[:3]), ReasonCount(OutcomeReason(*row[3:5]), row[5])


def _rows(columns: Rows, here: ColumnElement[bool]) -> Rows:
    return with_judgement(columns).outerjoin(School, School.id == Device.school_id).where(here)


def _place(with_classes: bool, *columns: Any) -> Rows:
    inside = (grade(), ClassGroup.name) if with_classes else (null(), null())
    names = ("grade", "class_name")
    return select(
        School.number.label("school"),
        *(column.label(name) for column, name in zip(inside, names, strict=True)),
        *columns,
    )


def _place_of(rows: Any) -> tuple[ColumnElement[str | None], ...]:
    return rows.c.school, rows.c.grade, rows.c.class_name
