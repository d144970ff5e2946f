"""Reading orders: which ones were about a device."""

from sqlalchemy import select

from mdm.base.db import Tx
from mdm.rooms.access.service import Viewer
from mdm.rooms.actions.models import ActionDevice
from mdm.rooms.devices.models import Device
from mdm.rooms.devices.queries import visible


def orders_about(tx: Tx, viewer: Viewer, device_id: int, limit: int = 20) -> list[int]:
    """List the numbers of the latest orders about a device, newest first.

    returns: nothing for a device that is out of sight.
    """
    query = (
        select(ActionDevice.action_id)
        .join(Device, Device.id == ActionDevice.device_id)
        .where(ActionDevice.device_id == device_id, visible(viewer))
        .order_by(ActionDevice.action_id.desc())
        .limit(limit)
    )
    return list(tx.scalars(query))
