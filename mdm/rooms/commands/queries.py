"""Reading the queue: what a device was told, how far it came, what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from mdm.base.db import Tx
from mdm.rooms.access.service import Viewer
from mdm.rooms.commands.models import Command
from mdm.rooms.devices.models import Device, Enrollment
from mdm.rooms.devices.queries import visible
from policies.delivery import DeliveryState


@dataclass(frozen=True, slots=True)
class CommandRow:
    """One command. parameters: without secrets. outcome: a short word, or empty."""

    id: int
    uuid: str
    request_type: str
    state: DeliveryState
    parameters: Mapping[str, Any]
    reason: str
    ordered_by: str
    is_guarded: bool
    created_at: datetime
    reached_at: datetime | None
    refusals: int
    answered_at: datetime | None
    proven_at: datetime | None
    expires_at: datetime
    outcome: str


def commands_of(tx: Tx, viewer: Viewer, device_id: int, limit: int = 40) -> list[CommandRow]:
    """List the latest commands of a device over all its enrollments, newest first.

    returns: nothing for a device that is out of sight.
    """
    query = (
        select(
            Command.id,
            Command.uuid,
            Command.request_type,
            Command.state,
            Command.parameters,
            Command.reason,
            Command.ordered_by,
            Command.is_guarded,
            Command.created_at,
            Command.reached_at,
            Command.refusals,
            Command.answered_at,
            Command.proven_at,
            Command.expires_at,
            Command.outcome,
        )
        .join(Enrollment, Enrollment.id == Command.enrollment_id)
        .join(Device, Device.id == Enrollment.device_id)
        .where(Device.id == device_id, visible(viewer))
        .order_by(Command.id.desc())
        .limit(limit)
    )
    return [CommandRow(*row) for row in tx.execute(query)]
