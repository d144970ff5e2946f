"""What profiles.commands.applicability has to know about a device, out of its rows."""

from sqlalchemy import select

from mdm.base.db import Tx
from mdm.rooms.devices.models import Device, Enrollment, ReportedItem
from profiles.commands.device_facts import DeviceFacts
from profiles.commands.vocabulary import AccessRight, Channel, Platform
from profiles.schema.os_version import OsVersion

_FACT = "fact"
_LOST_MODE = "is_in_lost_mode"
_APPLE_TV = "AppleTV"


def command_facts(tx: Tx, device: Device, enrollment: Enrollment) -> DeviceFacts:
    """The facts of one channel of a device, as last reported."""
    return DeviceFacts(
        os_version=_os_version(device.os_version),
        platform=_platform(device.product_name),
        supervised=device.is_supervised,
        shared_ipad=bool(device.is_shared_ipad),
        # Only Automated Device Enrollment makes a device wait in Setup Assistant.
        ade=enrollment.is_awaiting_configuration,
        # Account-driven User Enrollment is the only one that hides the serial number.
        user_enrollment=device.serial is None and enrollment.claimed_serial is None,
        access_rights=AccessRight(enrollment.access_rights),
        channel=Channel.DEVICE if enrollment.parent_id is None else Channel.USER,
        lost_mode=_is_lost(tx, enrollment),
        awaiting_configuration=enrollment.is_awaiting_configuration,
    )


def _os_version(text: str) -> OsVersion | None:
    try:
        return OsVersion.parse(text)
    except ValueError:
        return None


def _platform(product_name: str) -> Platform:
    return Platform.TVOS if product_name.startswith(_APPLE_TV) else Platform.IPADOS


def _is_lost(tx: Tx, enrollment: Enrollment) -> bool:
    said = tx.scalar(
        select(ReportedItem.value).where(
            ReportedItem.enrollment_id == (enrollment.parent_id or enrollment.id),
            ReportedItem.kind == _FACT,
            ReportedItem.subject == _LOST_MODE,
        )
    )
    return said is not None and said.get("value") is True
