"""Commands as rows, in any state."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from mdm.base.db import Tx
from mdm.rooms.commands.models import Command
from mdm.rooms.devices.models import Enrollment
from policies.delivery import DeliveryState
from tests.factories.times import NOW

_numbers = count(1)


def a_command(
    tx: Tx,
    enrollment: Enrollment,
    request_type: str = "DeviceInformation",
    state: DeliveryState = DeliveryState.QUEUED,
    *,
    now: datetime = NOW,
    **columns: Any,
) -> Command:
    """A command for an enrollment; each has a UUID of its own."""
    uuid = f"00000000-0000-4000-8000-{next(_numbers):012d}"
    values: dict[str, Any] = {
        "uuid": uuid,
        "enrollment_id": enrollment.id,
        "request_type": request_type,
        "state": state,
        "acknowledged_state": DeliveryState.ACCEPTED,
        "body": f"<plist>{uuid}</plist>".encode(),
        "ordered_by": "job:reconcile",
        "expires_at": now + timedelta(days=30),
        "created_at": now,
    }
    command = Command(**(values | columns))
    tx.add(command)
    tx.flush()
    return command
