"""Who may join: an Authenticate with a certificate that no enrollment of the device pins yet.

Here: what a certificate proves about the device that shows it, and when a newcomer is held.
Not here: enrollments that go on (lifecycle.py).
"""

from enum import Enum, auto

from enrollment.checkin_messages import Authenticate
from enrollment.errors import CertificateRefusal
from enrollment.standing import CertificateFacts, EnrollmentFacts, EnrollmentState, HoldReason
from enrollment.transition import Note, Outcome, Refused, Transition

_IN_FORCE = frozenset({EnrollmentState.AUTHENTICATED, EnrollmentState.ENROLLED})


class Proof(Enum):
    """What a certificate's binding says about the device that shows it."""

    ISSUED_FOR_IT = auto()
    SAYS_NOTHING = auto()
    ISSUED_FOR_ANOTHER = auto()


def proof_of(
    current: EnrollmentFacts | None, claimed_serial: str | None, certificate: CertificateFacts
) -> Proof:
    """Weigh for whom a certificate was issued against who shows it.

    The device key itself is compared earlier, for every message. A serial number that a device
    claims proves nothing against one that we already know for its UDID.
    """
    bound = certificate.bound_to
    known_serial = current.serial if current else None
    if bound.enrollment_id and (current is None or bound.enrollment_id != current.enrollment_id):
        return Proof.ISSUED_FOR_ANOTHER
    if bound.serial and {claimed_serial, known_serial} - {None, bound.serial}:
        return Proof.ISSUED_FOR_ANOTHER
    if bound.device_key or bound.enrollment_id:
        return Proof.ISSUED_FOR_IT
    if bound.serial is None or (_is_known(current) and known_serial is None):
        return Proof.SAYS_NOTHING
    shown = claimed_serial or known_serial
    return Proof.ISSUED_FOR_IT if shown else Proof.SAYS_NOTHING


def admit(
    current: EnrollmentFacts | None,
    message: Authenticate,
    certificate: CertificateFacts,
    serial_in_use: bool,
) -> Outcome:
    """Let a newcomer in, hold it, or refuse it.

    serial_in_use: whether the serial number it claims belongs to another enrolled device.
    """
    if certificate.used_by is not None:
        return Refused(CertificateRefusal.SUPERSEDED)
    proof = proof_of(current, message.serial_number, certificate)
    if proof is Proof.ISSUED_FOR_ANOTHER:
        return Refused(CertificateRefusal.BOUND_ELSEWHERE)
    if proof is Proof.SAYS_NOTHING:
        hold = _hold(current, certificate, serial_in_use)
        if hold is not None:
            return _held(current, message, certificate, hold)
    return _joined(current, message, certificate)


def _hold(
    current: EnrollmentFacts | None, certificate: CertificateFacts, serial_in_use: bool
) -> HoldReason | None:
    if serial_in_use or (_is_known(current) and not (current and current.return_expected)):
        return HoldReason.KNOWN_DEVICE_FOREIGN_CERTIFICATE
    if not certificate.serial_expected:
        return HoldReason.UNEXPECTED_SERIAL
    if certificate.bound_to.serial is not None:
        return HoldReason.SERIAL_NOT_SHOWN
    return current.held if current else None


def _is_known(current: EnrollmentFacts | None) -> bool:
    # A device that never got as far as its first token has nothing that could be taken over,
    # and a second attempt after a failed installation is the commonest thing in a classroom.
    return current is not None and (current.completed or current.device_known)


def _held(
    current: EnrollmentFacts | None,
    message: Authenticate,
    certificate: CertificateFacts,
    reason: HoldReason,
) -> Transition:
    # Beside the current enrollment, which goes on untouched: whoever can read a link must not
    # be able to knock out a real iPad.
    return Transition(
        enrollment_id=_awaited_row(current),
        device_key=message.channel.device_key,
        state=EnrollmentState.AUTHENTICATED,
        generation=_next_generation(current),
        new_generation=True,
        pin=certificate.fingerprint,
        hold_reason=reason,
        notes=(Note.HELD,),
    )


def _joined(
    current: EnrollmentFacts | None, message: Authenticate, certificate: CertificateFacts
) -> Transition:
    awaited = _awaited_row(current)
    replaced = current if current and awaited is None else None
    ends = replaced is not None and replaced.state in _IN_FORCE
    return Transition(
        enrollment_id=awaited,
        device_key=message.channel.device_key,
        state=EnrollmentState.AUTHENTICATED,
        generation=_next_generation(current),
        new_generation=True,
        pin=certificate.fingerprint,
        replaces=replaced.enrollment_id if replaced else None,
        cancel_queue=ends,
        end_user_channels=ends,
        notes=(Note.JOINED_AGAIN if replaced else Note.JOINED,),
    )


def _awaited_row(current: EnrollmentFacts | None) -> str | None:
    if current is not None and current.state is EnrollmentState.AWAITED:
        return current.enrollment_id
    return None


def _next_generation(current: EnrollmentFacts | None) -> int:
    if current is None:
        return 1
    if current.state is EnrollmentState.AWAITED:
        return current.generation
    return current.latest_generation + 1
