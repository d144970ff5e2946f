"""Where an iPad stands in a report, as conditions of statements: one rule for counts and lists.

Here: columns over devices with their current enrollment and its judgement. Not here: which of
them are asked for (queries.py, members.py), what the words mean (policies.compliance).
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    String,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
)

from enrollment.standing import EnrollmentState
from mdm.base.db import Tx
from mdm.rooms.devices.models import Device, Enrollment
from mdm.rooms.devices.queries import Rows, joined
from mdm.rooms.reconciler.models import EnrollmentOutcome
from mdm.rooms.schools.models import ClassGroup, Member
from policies.compliance import Compliance, Silence
from policies.outcome import OutcomeKind, OutcomeReason


def with_judgement(columns: Rows) -> Rows:
    """Devices that were not retired, with class, current enrollment and its judgement."""
    return (
        joined(columns)
        .outerjoin(EnrollmentOutcome, EnrollmentOutcome.enrollment_id == Enrollment.id)
        # Whoever has a class is of its grade.
        .outerjoin(Member, and_(Member.id == Device.owner_id, Device.class_group_id.is_(None)))
        .where(Device.retired_at.is_(None))
    )


def grade() -> ColumnElement[str | None]:
    """The grade of its class, or of its owner when it has none."""
    return func.coalesce(ClassGroup.grade, Member.grade)


def compliance() -> ColumnElement[str]:
    """Where a device stands, as the value of a Compliance."""
    judged = EnrollmentOutcome.outcome
    is_away = or_(Enrollment.id.is_(None), ~is_enrolled())
    # What has happened since a judgement may have changed it: then it is proof of nothing.
    is_current = Enrollment.due_generation <= Enrollment.done_generation
    return case(
        (and_(is_away, ~_was_seen()), _word(Compliance.NEVER_SEEN)),
        (is_away, _word(Compliance.NOT_ENROLLED)),
        (judged == OutcomeKind.NOT_MANAGED, _word(Compliance.NOT_ENROLLED)),
        (judged == OutcomeKind.BLOCKED, _word(Compliance.BLOCKED)),
        (and_(judged == OutcomeKind.AS_WISHED, is_current), _word(Compliance.AS_WISHED)),
        else_=_word(Compliance.ON_ITS_WAY),
    )


def is_enrolled() -> ColumnElement[bool]:
    """Whether a device is under management now; unknown without an enrollment."""
    return Enrollment.state == EnrollmentState.ENROLLED


def is_silent(span: Silence, at: datetime) -> ColumnElement[bool]:
    """Whether an enrolled device has not been heard of for a span; unknown for others."""
    heard = func.coalesce(Enrollment.last_seen_at, Enrollment.enrolled_at)
    return and_(is_enrolled(), heard <= at - timedelta(days=span))


class Reasons:
    """What is in the way of each device, one row a reason, in the words of either engine."""

    def __init__(self, tx: Tx) -> None:
        stored = EnrollmentOutcome.reasons
        self._is_sqlite = tx.get_bind().dialect.name == "sqlite"
        self.rows: FromClause
        if self._is_sqlite:
            self.rows = func.json_each(stored).table_valued("value")
        else:
            each = func.jsonb_array_elements(stored).table_valued("value")
            self.rows = each.render_derived().lateral()

    @property
    def subject(self) -> ColumnElement[str]:
        return self._field("subject")

    @property
    def kind(self) -> ColumnElement[str]:
        return self._field("kind")

    def names(self, reason: OutcomeReason) -> ColumnElement[bool]:
        """Whether a reason stands in the way of a device, whatever its codes."""
        of = select(literal(1)).select_from(self.rows)
        return of.where(self.subject == reason.subject, self.kind == reason.kind).exists()

    def _field(self, name: str) -> ColumnElement[str]:
        value: Any = self.rows.c.value
        if self._is_sqlite:
            return func.json_extract(value, f"$.{name}", type_=String)
        return func.jsonb_extract_path_text(value, name, type_=String)


def _was_seen() -> ColumnElement[bool]:
    earlier = Enrollment.__table__.alias("earlier")
    return exists().where(
        earlier.c.device_id == Device.id,
        earlier.c.parent_id.is_(None),
        earlier.c.last_seen_at.is_not(None),
    )


def _word(stands: Compliance) -> ColumnElement[str]:
    return literal(stands.value)
