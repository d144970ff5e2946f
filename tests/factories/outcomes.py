"""How iPads stand to their wishes, as a plan has judged them."""

from datetime import datetime
from typing import Any

from mdm.base.db import Tx
from mdm.rooms.devices.models import Enrollment
from mdm.rooms.reconciler.models import EnrollmentOutcome
from policies.outcome import OutcomeKind, OutcomeReason
from tests.factories.times import NOW


def an_outcome(
    tx: Tx,
    enrollment: Enrollment,
    outcome: OutcomeKind = OutcomeKind.AS_WISHED,
    *reasons: OutcomeReason,
    at: datetime = NOW,
) -> EnrollmentOutcome:
    """The judgement of one enrollment; give a blocked one its reasons."""
    stored: list[dict[str, Any]] = [
        {"subject": reason.subject, "kind": reason.kind, "codes": list(reason.codes)}
        for reason in reasons
    ]
    row = EnrollmentOutcome(
        enrollment_id=enrollment.id, outcome=outcome, reasons=stored, since=at, judged_at=at
    )
    tx.add(row)
    tx.flush()
    return row
