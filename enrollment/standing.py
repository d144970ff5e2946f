"""What is known before a message is judged: the enrollment, and the certificate that speaks.

Here: the facts that lifecycle.py decides from, loaded and handed in by the caller.
Not here: the decisions.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from enrollment.identifiers import EnrollmentKey


class EnrollmentState(StrEnum):
    """Where one period of management stands.

    AWAITED: expected, has not spoken. AUTHENTICATED: joining, cannot be woken yet.
    ENROLLED: has told how to wake it. CHECKED_OUT: has said goodbye.
    REPLACED: the device has joined anew. RETIRED: released by a person's decision.
    """

    AWAITED = "awaited"
    AUTHENTICATED = "authenticated"
    ENROLLED = "enrolled"
    CHECKED_OUT = "checked_out"
    REPLACED = "replaced"
    RETIRED = "retired"


class HoldReason(StrEnum):
    """Why a newcomer gets no profiles, secrets or apps until a person accepts it."""

    UNEXPECTED_SERIAL = "unexpected_serial"
    KNOWN_DEVICE_FOREIGN_CERTIFICATE = "known_device_foreign_certificate"
    SERIAL_NOT_SHOWN = "serial_not_shown"


class CertificatePurpose(StrEnum):
    """What the challenge was issued for that led to a certificate.

    NETWORK: opens a school's WLAN to a device, and never speaks for it here.
    """

    ENROLL = "enroll"
    RENEW = "renew"
    NETWORK = "network"


@dataclass(frozen=True, slots=True)
class Binding:
    """For whom a certificate was issued; None where the challenge did not say.

    enrollment_id: of the very enrollment that is to be renewed.
    """

    device_key: EnrollmentKey | None = None
    serial: str | None = None
    enrollment_id: str | None = None

    @property
    def names_nobody(self) -> bool:
        return self.device_key is None and self.serial is None and self.enrollment_id is None


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """The identity certificate whose signature came with a message.

    fingerprint: SHA-256 over the certificate's DER, 32 bytes.
    used_by: the device key it was first used with; None if it has never been used.
    serial_expected: False if the link it came from admits only known serials and this is none.
    """

    fingerprint: bytes
    not_before: datetime
    not_after: datetime
    issued_by_us: bool = True
    revoked: bool = False
    purpose: CertificatePurpose = CertificatePurpose.ENROLL
    bound_to: Binding = Binding()
    used_by: EnrollmentKey | None = None
    serial_expected: bool = True


@dataclass(frozen=True, slots=True)
class Successor:
    """The enrollment that is current in place of a replaced one."""

    enrollment_id: str
    generation: int
    state: EnrollmentState


@dataclass(frozen=True, slots=True)
class EnrollmentFacts:
    """One enrollment of a device.

    Which one to hand in: the enrollment of this device that pins the certificate, and if none
    does, the device's current one.

    generation: counts the enrollments of one device, from 1.
    latest_generation: the highest that this device has had.
    pins: fingerprints that may speak for it, oldest first.
    completed: whether it has ever told how to wake it.
    device_known: whether any enrollment of the device, except held ones, has ever been completed.
    held: None once a person has accepted it, or if there was no doubt.
    successor: set only if the state is REPLACED.
    return_expected: whether this device may come back with a certificate that names nobody,
        since a person said so or it acknowledged an order to erase itself.
    former_tokens: `TokenUpdate.token_digest` of tokens that newer ones have replaced within this
        enrollment, on the channel concerned.
    user_channels: keys of user channels that have told how to wake them.
    """

    enrollment_id: str
    device_key: EnrollmentKey
    state: EnrollmentState
    generation: int = 1
    latest_generation: int = 1
    pins: tuple[bytes, ...] = ()
    serial: str | None = None
    completed: bool = False
    device_known: bool = False
    held: HoldReason | None = None
    successor: Successor | None = None
    return_expected: bool = False
    former_tokens: frozenset[str] = frozenset()
    user_channels: frozenset[EnrollmentKey] = frozenset()
