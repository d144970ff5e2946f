"""Enrolment links as rows."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from mdm.base.db import Tx
from mdm.rooms.links.models import EnrollmentLink
from mdm.rooms.schools.models import ClassGroup, School
from tests.factories.times import NOW

_numbers = count(1)


def a_link(
    tx: Tx,
    school: School,
    class_group: ClassGroup | None = None,
    *,
    now: datetime = NOW,
    **columns: Any,
) -> EnrollmentLink:
    """An open link for thirty iPads."""
    values: dict[str, Any] = {
        "token_id": f"token-{next(_numbers)}",
        "school_id": school.id,
        "class_group_id": class_group.id if class_group else None,
        "created_by": "system:factory",
        "created_at": now,
        "expires_at": now + timedelta(hours=72),
        "max_uses": 30,
    }
    link = EnrollmentLink(**(values | columns))
    tx.add(link)
    tx.flush()
    return link
