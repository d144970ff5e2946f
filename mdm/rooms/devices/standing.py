"""Loads what enrollment.lifecycle decides from: an enrollment, and the certificate that speaks.

Here: rows to frozen facts, in few statements. Not here: the decision, and writing it down
(service.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Select, and_, or_, select

from enrollment.identifiers import Channel, EnrollmentKey
from enrollment.lifecycle import (
    Binding,
    CertificateFacts,
    CertificatePurpose,
    EnrollmentFacts,
    EnrollmentState,
    Successor,
)
from mdm.base.db import Tx, alone
from mdm.rooms.devices.models import Device, Enrollment, FormerToken, IdentityCertificate

IN_FORCE = (EnrollmentState.AUTHENTICATED, EnrollmentState.ENROLLED)


@dataclass(slots=True)
class Known:
    """The rows around one device key: its device, its enrollments, their pinned certificates.

    serial_device: the device that has the claimed serial number, if that is another one.
    """

    device: Device | None = None
    serial_device: Device | None = None
    enrollments: list[Enrollment] = field(default_factory=list)
    pins: dict[int, list[IdentityCertificate]] = field(default_factory=dict)
    serial_in_use: bool = False

    def in_question(self, fingerprint: bytes) -> Enrollment | None:
        """The enrollment that pins the certificate, or else the device's current one."""
        for enrollment in self.enrollments:
            if any(pin.fingerprint == fingerprint for pin in self.pins.get(enrollment.id, ())):
                return enrollment
        return self.current()

    def current(self) -> Enrollment | None:
        """The device's current enrollment; a held newcomer beside it does not count."""
        accepted = [row for row in self.enrollments if row.held_reason is None]
        in_force = [row for row in accepted if row.ended_at is None]
        latest = in_force or accepted or self.enrollments
        return max(latest, key=lambda row: row.generation, default=None)


@dataclass(frozen=True, slots=True)
class Speaker:
    """The certificate's row, and for whom it was issued."""

    row: IdentityCertificate
    bound_device: Device | None
    renews: Enrollment | None
    used_by: EnrollmentKey | None


def hold(tx: Tx, device_key: str, serial: str | None = None) -> None:
    """Let nobody else judge or change this device until the transaction ends.

    Call it before anything is read: a device that opens two connections, or two iPads that
    claim one serial number, are then judged one after the other.
    """
    alone(tx, *names_of(device_key, serial))


def names_of(device_key: str, serial: str | None) -> tuple[str, ...]:
    """By which names a device is held."""
    return (f"device:{device_key}", *([f"serial:{serial}"] if serial is not None else []))


def speaker(tx: Tx, fingerprint: bytes) -> Speaker | None:
    """Find the certificate that speaks; None when we never issued it."""
    found = tx.execute(speakers(fingerprint)).first()
    if found is None:
        return None
    certificate, device, enrollment = found
    return speaker_in(tx, certificate, device, enrollment)


def speakers(fingerprint: bytes) -> Select[IdentityCertificate, Device, Enrollment]:
    """The query for a certificate, whom it was issued for, and who uses it.

    The certificate is locked: two devices that show one are judged one after the other.
    """
    return (
        select(IdentityCertificate, Device, Enrollment)
        .outerjoin(Device, Device.id == IdentityCertificate.bound_device_id)
        .outerjoin(Enrollment, Enrollment.id == IdentityCertificate.enrollment_id)
        .where(IdentityCertificate.fingerprint == fingerprint)
        .with_for_update(of=IdentityCertificate)
    )


def speaker_in(
    tx: Tx, row: IdentityCertificate, device: Device | None, enrollment: Enrollment | None
) -> Speaker:
    """Read one row of `speakers`."""
    if enrollment is None and row.enrollment_id is not None:
        # The lock waited: the certificate is as it is now, what it was joined with is older.
        enrollment = tx.get_one(Enrollment, row.enrollment_id)
    is_used = row.pinned_at is not None
    used_by = EnrollmentKey(enrollment.key) if enrollment is not None and is_used else None
    renews = enrollment if row.purpose is CertificatePurpose.RENEW else None
    return Speaker(row, device, renews, used_by)


def known(tx: Tx, channel: Channel, serial: str | None) -> Known:
    """Load a device by its key, or by the serial number it claims, with all its enrollments."""
    claims = Device.udid == channel.device_key
    if serial is not None:
        claims = or_(claims, Device.serial == serial)
    rows = tx.execute(
        select(Device, Enrollment, IdentityCertificate)
        .outerjoin(
            Enrollment, and_(Enrollment.device_id == Device.id, Enrollment.parent_id.is_(None))
        )
        .outerjoin(
            IdentityCertificate,
            and_(
                IdentityCertificate.enrollment_id == Enrollment.id,
                IdentityCertificate.pinned_at.is_not(None),
                IdentityCertificate.unpinned_at.is_(None),
            ),
        )
        .where(claims)
        .order_by(Enrollment.generation, IdentityCertificate.id)
        # What the certificate was joined with may be older than the lock on it.
        .execution_options(populate_existing=True)
    ).all()
    found = Known()
    for device, enrollment, pin in rows:
        _collect(found, channel.device_key, device, enrollment, pin)
    return found


def _collect(
    found: Known,
    device_key: str,
    device: Device,
    enrollment: Enrollment | None,
    pin: IdentityCertificate | None,
) -> None:
    if device.udid != device_key:
        found.serial_device = device
        if enrollment is not None and _uses_its_serial(enrollment):
            found.serial_in_use = True
        return
    found.device = device
    if enrollment is None:
        return
    if enrollment not in found.enrollments:
        found.enrollments.append(enrollment)
    if pin is not None:
        found.pins.setdefault(enrollment.id, []).append(pin)


def _uses_its_serial(enrollment: Enrollment) -> bool:
    # A held newcomer only claims its serial number; it must not keep the real iPad out.
    return (
        enrollment.state in IN_FORCE
        and enrollment.ended_at is None
        and enrollment.held_reason is None
    )


def certificate_facts(speaker: Speaker, *, expected: bool) -> CertificateFacts:
    """The facts of the certificate that speaks.

    expected: whether the serial number it comes with may join without a person's look.
    """
    row = speaker.row
    return CertificateFacts(
        fingerprint=row.fingerprint,
        not_before=row.not_before,
        not_after=row.not_after,
        revoked=row.revoked_at is not None,
        purpose=row.purpose,
        bound_to=_binding(speaker),
        used_by=speaker.used_by,
        serial_expected=expected,
    )


def enrollment_facts(
    tx: Tx, found: Known, enrollment: Enrollment | None, channel: Channel, *, with_tokens: bool
) -> EnrollmentFacts | None:
    """The facts of an enrollment; None when there is none.

    with_tokens: also load which tokens were replaced and which user channels exist; only a
        TokenUpdate is judged by them.
    """
    if enrollment is None or found.device is None:
        return None
    device = found.device
    return EnrollmentFacts(
        enrollment_id=str(enrollment.id),
        device_key=EnrollmentKey(enrollment.key),
        state=enrollment.state,
        generation=enrollment.generation,
        latest_generation=max(row.generation for row in found.enrollments),
        pins=tuple(pin.fingerprint for pin in found.pins.get(enrollment.id, ())),
        serial=device.serial,
        completed=enrollment.enrolled_at is not None,
        held=enrollment.held_reason,
        successor=_successor(found, enrollment),
        return_expected=device.is_return_expected,
        device_known=any(
            row.enrolled_at is not None and row.held_reason is None for row in found.enrollments
        ),
        former_tokens=_former_tokens(tx, enrollment, channel) if with_tokens else frozenset(),
        user_channels=_user_channels(tx, enrollment) if with_tokens else frozenset(),
    )


def user_enrollments(tx: Tx, parent_ids: Sequence[int]) -> Sequence[Enrollment]:
    """The user channels of device enrollments that have not ended."""
    return tx.scalars(
        select(Enrollment).where(
            Enrollment.parent_id.in_(parent_ids), Enrollment.ended_at.is_(None)
        )
    ).all()


def _binding(speaker: Speaker) -> Binding:
    device, renews = speaker.bound_device, speaker.renews
    return Binding(
        device_key=EnrollmentKey(device.udid) if device is not None and device.udid else None,
        serial=device.serial if device is not None else None,
        enrollment_id=str(renews.id) if renews is not None else None,
    )


def _successor(found: Known, enrollment: Enrollment) -> Successor | None:
    if enrollment.state is not EnrollmentState.REPLACED:
        return None
    current = found.current()
    if current is None or current.id == enrollment.id:
        return None
    return Successor(str(current.id), current.generation, current.state)


def _former_tokens(tx: Tx, enrollment: Enrollment, channel: Channel) -> frozenset[str]:
    query = select(FormerToken.digest).join(Enrollment, Enrollment.id == FormerToken.enrollment_id)
    mine = or_(Enrollment.id == enrollment.id, Enrollment.parent_id == enrollment.id)
    return frozenset(tx.scalars(query.where(mine, Enrollment.key == channel.key)))


def _user_channels(tx: Tx, enrollment: Enrollment) -> frozenset[EnrollmentKey]:
    return frozenset(EnrollmentKey(row.key) for row in user_enrollments(tx, [enrollment.id]))
