"""iPads that have agreed to erase themselves: they may come back with any invitation.

Asked when a device authenticates, in the same transaction: it may be back before any job has
looked at its answer.
"""

from sqlalchemy import select

from mdm.base.db import Tx
from mdm.rooms.commands.models import Command
from mdm.rooms.commands.remote import REQUEST_TYPE
from mdm.rooms.devices import reports
from mdm.rooms.devices.models import Enrollment
from policies.actions import RemoteKind
from policies.delivery import DeliveryState


def expect_if_agreed(tx: Tx, device_key: str) -> None:
    """Expect a device back that has acknowledged an order to erase itself.

    What merely left is not enough: then anybody who knows its UDID could take its place.
    """
    agreed = tx.scalars(
        select(Command.enrollment_id)
        .join(Enrollment, Enrollment.id == Command.enrollment_id)
        .where(
            Enrollment.key == device_key,
            Command.state == DeliveryState.ACCEPTED,
            Command.request_type == REQUEST_TYPE[RemoteKind.ERASE],
        )
    ).all()
    if agreed:
        reports.expect_returns(tx, agreed)
