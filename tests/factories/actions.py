"""Orders as rows, as the actions room keeps them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from mdm.base.db import Tx
from mdm.rooms.actions.models import Action, ActionDevice
from mdm.rooms.devices.models import Enrollment
from policies.actions import RemoteKind
from tests.factories.times import NOW


def an_order(
    tx: Tx,
    ordered_by: str,
    enrollments: Sequence[Enrollment],
    kind: RemoteKind = RemoteKind.ERASE,
    *,
    now: datetime = NOW,
    **columns: Any,
) -> Action:
    """An erase of these iPads that waits for a second person. ordered_by: an actor."""
    values: dict[str, Any] = {
        "kind": kind,
        "reason": "Rückgabe",
        "ordered_by": ordered_by,
        "needs_second": True,
        "valid_until": now + timedelta(days=7),
        "created_at": now,
    }
    action = Action(**(values | columns))
    tx.add(action)
    tx.flush()
    tx.add_all(
        ActionDevice(action_id=action.id, device_id=row.device_id, enrollment_id=row.id)
        for row in enrollments
    )
    tx.flush()
    return action
