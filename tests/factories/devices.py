"""iPads as rows: expected, enrolled, held; and what they said."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from enrollment.standing import CertificatePurpose, EnrollmentState, HoldReason
from mdm.base.db import Tx
from mdm.rooms.authority.models import KeyPurpose, ServerKey
from mdm.rooms.devices.models import (
    Device,
    Enrollment,
    IdentityCertificate,
    Report,
    ReportedItem,
)
from mdm.rooms.schools.models import ClassGroup, School
from tests.factories.times import NOW


def a_device(
    tx: Tx,
    school: School | None = None,
    serial: str | None = "SIM0000001",
    *,
    class_group: ClassGroup | None = None,
    now: datetime = NOW,
    **columns: Any,
) -> Device:
    """A device that has never enrolled; its UDID follows from its serial number."""
    values: dict[str, Any] = {
        "serial": serial,
        "udid": f"UDID-{serial}",
        "school_id": school.id if school else None,
        "class_group_id": class_group.id if class_group else None,
        "name": f"iPad {serial}",
        "product_name": "iPad13,18",
        "os_version": "26.1",
        "is_supervised": True,
        "created_at": now,
    }
    device = Device(**(values | columns))
    tx.add(device)
    tx.flush()
    return device


def an_enrollment(tx: Tx, device: Device, now: datetime = NOW, **columns: Any) -> Enrollment:
    """The current enrollment of a device, complete and able to be pushed."""
    values: dict[str, Any] = {
        "device_id": device.id,
        "key": device.udid or f"EID-{device.id}",
        "claimed_serial": device.serial,
        "state": EnrollmentState.ENROLLED,
        "topic": "com.apple.mgmt.External.example",
        "push_token": b"\x01" * 32,
        "push_magic": "magic",
        "token_updated_at": now,
        "authenticated_at": now,
        "enrolled_at": now,
        "last_seen_at": now,
    }
    enrollment = Enrollment(**(values | columns))
    tx.add(enrollment)
    tx.flush()
    return enrollment


def an_ipad(
    tx: Tx,
    school: School | None = None,
    serial: str = "SIM0000001",
    *,
    class_group: ClassGroup | None = None,
    now: datetime = NOW,
    **columns: Any,
) -> Enrollment:
    """An enrolled, supervised iPad; returns its current enrollment."""
    device = a_device(tx, school, serial, class_group=class_group, now=now, **columns)
    return an_enrollment(tx, device, now)


def an_enrolled_ipad(
    tx: Tx, now: datetime, *, udid: str, fingerprint: bytes, school: School | None = None
) -> Enrollment:
    """An enrolled iPad with its pinned certificate, as the device door finds it."""
    device = a_device(tx, school, f"S{udid}"[:64], now=now, udid=udid)
    enrollment = an_enrollment(tx, device, now)
    a_certificate(tx, enrollment, now, fingerprint=fingerprint)
    return enrollment


def a_certificate(
    tx: Tx, enrollment: Enrollment, now: datetime = NOW, **columns: Any
) -> IdentityCertificate:
    """A certificate pinned to an enrollment; its bytes are none, its fingerprint counts."""
    values: dict[str, Any] = {
        "fingerprint": enrollment.key.encode().ljust(32, b"\0")[:32],
        "authority_id": an_authority(tx, now),
        "purpose": CertificatePurpose.ENROLL,
        "enrollment_id": enrollment.id,
        "public_key_digest": b"k" * 32,
        "der": b"",
        "not_before": now - timedelta(days=1),
        "not_after": now + timedelta(days=700),
        "issued_at": now,
        "pinned_at": now,
    }
    certificate = IdentityCertificate(**(values | columns))
    tx.add(certificate)
    tx.flush()
    return certificate


def an_authority(tx: Tx, now: datetime) -> int:
    """The number of some authority's key, for rows that must name one."""
    row = tx.scalars(select(ServerKey)).first()
    if row is None:
        row = ServerKey(
            purpose=KeyPurpose.DEVICE_AUTHORITY,
            certificate=b"",
            sealed_key=b"",
            not_after=now + timedelta(days=3650),
            created_at=now,
        )
        tx.add(row)
        tx.flush()
    return row.id


def a_held_ipad(
    tx: Tx,
    school: School | None = None,
    serial: str = "SIM0000099",
    reason: HoldReason = HoldReason.UNEXPECTED_SERIAL,
    *,
    link_id: int | None = None,
    now: datetime = NOW,
) -> Enrollment:
    """An iPad that waits for a person to accept it; returns its held enrollment."""
    device = a_device(tx, school, serial, now=now)
    return an_enrollment(tx, device, now, held_reason=reason, link_id=link_id)


def a_report(
    tx: Tx, enrollment: Enrollment, kind: str = "device_information", now: datetime = NOW
) -> Report:
    """A complete report, without its content."""
    report = Report(
        device_id=enrollment.device_id,
        enrollment_id=enrollment.id,
        kind=kind,
        observed_at=now,
        is_complete=True,
        digest=b"\x00" * 32,
    )
    tx.add(report)
    tx.flush()
    return report


def a_reported_item(
    tx: Tx,
    enrollment: Enrollment,
    kind: str,
    subject: str,
    value: dict[str, Any],
    now: datetime = NOW,
) -> ReportedItem:
    """The latest a device said about one thing."""
    item = ReportedItem(
        enrollment_id=enrollment.id, kind=kind, subject=subject, value=value, observed_at=now
    )
    tx.add(item)
    tx.flush()
    return item
