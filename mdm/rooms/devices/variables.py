"""The facts of a device that the texts of a profile may refer to."""

from mdm.base.db import Tx
from mdm.rooms.devices.models import Device
from mdm.rooms.schools.models import ClassGroup, School
from profiles.variables import DeviceVariables


def variables_of(tx: Tx, device: Device) -> DeviceVariables:
    """Everything a profile may say about one device; what is not known stays None."""
    school = tx.get(School, device.school_id) if device.school_id else None
    group = tx.get(ClassGroup, device.class_group_id) if device.class_group_id else None
    return DeviceVariables(
        serial=device.serial,
        udid=device.udid,
        device_name=device.name or None,
        school=school.name if school is not None else None,
        school_number=school.number if school is not None else None,
        class_name=group.name if group is not None else None,
    )
