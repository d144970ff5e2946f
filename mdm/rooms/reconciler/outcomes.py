"""What each enrollment should have, and how it stands to that: written down by difference.

Alone in writing tables `desired_content`, `desired_span` and `enrollment_outcome`. Nothing is
written while nothing changes. Not here: the judgement (policies.outcome), counting
(mdm.rooms.compliance).
"""

import json
import zlib
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from mdm.base.db import Tx, alone
from mdm.rooms.declarations.service import NEW_CONTENT
from mdm.rooms.reconciler.models import DesiredContent, DesiredSpan, EnrollmentOutcome
from policies.desired import DesiredState
from policies.outcome import Outcome
from policies.value_json import digest, read_value, write_value


@dataclass(frozen=True, slots=True)
class Written:
    """What is written down about some enrollments now, by enrollment."""

    outcomes: Mapping[int, EnrollmentOutcome]
    spans: Mapping[int, DesiredSpan]


def load(tx: Tx, enrollment_ids: Collection[int]) -> Written:
    """Read what is written down, in two statements."""
    outcomes = tx.scalars(
        select(EnrollmentOutcome).where(EnrollmentOutcome.enrollment_id.in_(enrollment_ids))
    )
    spans = tx.scalars(
        select(DesiredSpan).where(
            DesiredSpan.enrollment_id.in_(enrollment_ids), DesiredSpan.until.is_(None)
        )
    )
    return Written(
        {row.enrollment_id: row for row in outcomes}, {row.enrollment_id: row for row in spans}
    )


def note(
    tx: Tx,
    written: Written,
    enrollment_id: int,
    desired: DesiredState | None,
    outcome: Outcome,
    now: datetime,
) -> None:
    """Write down what a plan was for and how it judged, where that is news.

    desired: None for a device that nothing is wished for, because it is not ours to manage.
    """
    _note_wishes(tx, written.spans.get(enrollment_id), enrollment_id, desired, now)
    _note_outcome(tx, written.outcomes.get(enrollment_id), enrollment_id, outcome, now)


def content(tx: Tx, content_digest: str) -> DesiredState:
    """Read wishes that were written down. raises: InvalidStored."""
    row = tx.get_one(DesiredContent, content_digest)
    stored = json.loads(zlib.decompress(row.compressed))
    return read_value(DesiredState, stored)  # type: ignore[no-any-return]


def _note_wishes(
    tx: Tx,
    span: DesiredSpan | None,
    enrollment_id: int,
    desired: DesiredState | None,
    now: datetime,
) -> None:
    # How often to ask and when to look again are no wishes.
    wished = None if desired is None else replace(desired, freshness=(), changes_at=None)
    wanted = None if wished is None else digest(wished)
    if span is not None and span.digest == wanted:
        return
    if span is not None:
        span.until = now
    if wanted is None:
        return
    _keep_content(tx, wanted, wished, now)
    tx.add(DesiredSpan(enrollment_id=enrollment_id, digest=wanted, since=now))


def _keep_content(tx: Tx, content_digest: str, wished: object, now: datetime) -> None:
    """Whoever is first writes it, for everybody."""
    if tx.get(DesiredContent, content_digest) is not None:
        return
    alone(tx, NEW_CONTENT)
    text = json.dumps(write_value(wished), separators=(",", ":"), ensure_ascii=False)
    insert = pg_insert if tx.get_bind().dialect.name == "postgresql" else sqlite_insert
    tx.execute(
        insert(DesiredContent)
        .values(digest=content_digest, compressed=zlib.compress(text.encode()), created_at=now)
        .on_conflict_do_nothing(index_elements=[DesiredContent.digest])
    )


def _note_outcome(
    tx: Tx, row: EnrollmentOutcome | None, enrollment_id: int, outcome: Outcome, now: datetime
) -> None:
    reasons: list[dict[str, Any]] = [
        {**asdict(reason), "codes": list(reason.codes)} for reason in outcome.reasons
    ]
    if row is None:
        row = EnrollmentOutcome(enrollment_id=enrollment_id, since=now)
        tx.add(row)
    elif row.outcome is outcome.kind and row.reasons == reasons:
        return
    if row.outcome is not outcome.kind:
        row.since = now
    row.outcome, row.reasons, row.judged_at = outcome.kind, reasons, now
