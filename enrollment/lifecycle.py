"""The whole state machine of an enrollment, as a pure function.

Here: what a message changes, given the enrollment it belongs to and the certificate that signed
it. Next: standing.py (the facts), transition.py (the outcome), newcomer.py (who may join).
Not here: HTTP, rows, the clock, and a person's decision to release a device.

    awaited ─Authenticate→ authenticated ─first TokenUpdate→ enrolled ─CheckOut→ checked out
                               │                                │
                               └── the device joins anew ───────┴──→ replaced
    replaced ─speaks again before its successor is complete→ enrolled (revived)

source: Apple, device management, check-in protocol.
"""

from dataclasses import replace
from datetime import datetime

from enrollment.checkin_messages import Authenticate, CheckinMessage, CheckOut, TokenUpdate
from enrollment.errors import CertificateRefusal
from enrollment.identifiers import Channel, ChannelKind
from enrollment.newcomer import Proof, admit, proof_of
from enrollment.standing import (
    Binding,
    CertificateFacts,
    CertificatePurpose,
    EnrollmentFacts,
    EnrollmentState,
    HoldReason,
    Successor,
)
from enrollment.transition import Note, Outcome, Refused, Transition

__all__ = [
    "Binding",
    "CertificateFacts",
    "CertificatePurpose",
    "EnrollmentFacts",
    "EnrollmentState",
    "HoldReason",
    "Note",
    "Outcome",
    "Refused",
    "Successor",
    "Transition",
    "accept",
    "advance",
    "contact",
]

_IN_FORCE = frozenset({EnrollmentState.AUTHENTICATED, EnrollmentState.ENROLLED})


def advance(
    current: EnrollmentFacts | None,
    message: CheckinMessage,
    certificate: CertificateFacts,
    now: datetime,
    *,
    serial_in_use: bool = False,
) -> Outcome:
    """Decide what a check-in message changes.

    current: the enrollment of this device that pins the certificate, or else the device's
        current one, or None. A held newcomer beside a current enrollment is not current.
    serial_in_use: whether the serial number in an Authenticate belongs to an enrolled device
        with another UDID.
    """
    return _judge(current, message.channel, message, certificate, now, serial_in_use)


def contact(
    current: EnrollmentFacts | None,
    channel: Channel,
    certificate: CertificateFacts,
    now: datetime,
) -> Outcome:
    """Decide what it changes that a device speaks on the command channel.

    Mostly nothing; but it may be the first word of a renewed certificate, or an old enrollment
    that goes on since its replacement has failed.
    """
    return _judge(current, channel, None, certificate, now, serial_in_use=False)


def accept(held: EnrollmentFacts, current: EnrollmentFacts | None) -> Outcome:
    """Do what a person decided: a held newcomer is who it says it is.

    current: the device's enrollment that stayed in force meanwhile, or None.
    returns: Refused (ENDED), if the newcomer has left again.
    """
    if held.state not in _IN_FORCE:
        return Refused(CertificateRefusal.ENDED)
    rival = current if current and current.enrollment_id != held.enrollment_id else None
    ends = rival is not None and rival.state in _IN_FORCE
    return replace(
        _unchanged(held),
        hold_reason=None,
        replaces=rival.enrollment_id if rival else None,
        cancel_queue=ends,
        end_user_channels=ends,
        forget_replaced=held.completed,
        notes=(Note.ACCEPTED,),
    )


def _judge(
    current: EnrollmentFacts | None,
    channel: Channel,
    message: CheckinMessage | None,
    certificate: CertificateFacts,
    now: datetime,
    serial_in_use: bool,
) -> Outcome:
    refusal = _untrusted(current, channel, certificate)
    if refusal is not None:
        return Refused(refusal)
    if current is not None and certificate.fingerprint in current.pins:
        return _with_expiry_noted(_pinned(current, channel, message, certificate), certificate, now)
    if isinstance(message, CheckOut) and current is not None and certificate.used_by is not None:
        return _unchanged(current, Note.LATE_CHECK_OUT_IGNORED)
    refusal = _outside_validity(certificate, now)
    if refusal is not None:
        return Refused(refusal)
    if certificate.purpose is CertificatePurpose.RENEW:
        return _renewed(current, channel, message, certificate)
    if isinstance(message, Authenticate):
        return admit(current, message, certificate, serial_in_use)
    return Refused(CertificateRefusal.NOT_PINNED)


def _untrusted(
    current: EnrollmentFacts | None, channel: Channel, certificate: CertificateFacts
) -> CertificateRefusal | None:
    device = channel.device_key
    if not certificate.issued_by_us:
        return CertificateRefusal.NOT_ISSUED_BY_US
    if certificate.purpose is CertificatePurpose.NETWORK:
        return CertificateRefusal.NOT_FOR_MANAGEMENT
    if certificate.used_by not in (None, device):
        return CertificateRefusal.USED_BY_ANOTHER
    if current is not None and current.device_key != device:
        return CertificateRefusal.USED_BY_ANOTHER
    if certificate.bound_to.device_key not in (None, device):
        return CertificateRefusal.BOUND_ELSEWHERE
    if current is not None and current.state is EnrollmentState.RETIRED:
        return CertificateRefusal.RETIRED
    return CertificateRefusal.REVOKED if certificate.revoked else None


def _outside_validity(certificate: CertificateFacts, now: datetime) -> CertificateRefusal | None:
    # Only for certificates that are not pinned: an iPad that lay in a cupboard past the end of
    # its certificate must still be reachable, or it can never be renewed.
    if now > certificate.not_after:
        return CertificateRefusal.EXPIRED
    return CertificateRefusal.NOT_YET_VALID if now < certificate.not_before else None


def _with_expiry_noted(outcome: Outcome, certificate: CertificateFacts, now: datetime) -> Outcome:
    if isinstance(outcome, Refused) or now <= certificate.not_after:
        return outcome
    return replace(outcome, notes=(*outcome.notes, Note.CERTIFICATE_EXPIRED))


def _pinned(
    current: EnrollmentFacts,
    channel: Channel,
    message: CheckinMessage | None,
    certificate: CertificateFacts,
) -> Outcome:
    match current.state:
        case EnrollmentState.REPLACED:
            outcome = _from_replaced(current, channel, message, certificate)
        case EnrollmentState.CHECKED_OUT:
            outcome = _from_checked_out(current, channel, message)
        case _:
            outcome = _from_current(current, message)
    if isinstance(outcome, Refused) or outcome.state not in _IN_FORCE:
        return outcome
    return replace(outcome, unpin_others=_settles_renewal(current, message, certificate))


def _settles_renewal(
    current: EnrollmentFacts, message: CheckinMessage | None, certificate: CertificateFacts
) -> bool:
    # An Authenticate does not: the rest of the profile may still fail, and the device then goes
    # on with its old certificate.
    is_newest = current.pins[-1] == certificate.fingerprint
    return is_newest and len(current.pins) > 1 and not isinstance(message, Authenticate)


def _from_current(current: EnrollmentFacts, message: CheckinMessage | None) -> Transition:
    match message:
        case Authenticate():
            return _unchanged(current, Note.AUTHENTICATE_REPEATED)
        case TokenUpdate():
            return _token_update(current, message)
        case CheckOut():
            return replace(
                _unchanged(current, Note.CHECKED_OUT),
                state=EnrollmentState.CHECKED_OUT,
                cancel_queue=True,
                end_user_channels=True,
                forget_tokens=True,
            )
        case _:
            return _unchanged(current)


def _token_update(current: EnrollmentFacts, message: TokenUpdate) -> Transition:
    if message.channel.kind is ChannelKind.SHARED_IPAD_GUEST:
        return _unchanged(current, Note.GUEST_IGNORED)
    if message.token_digest in current.former_tokens:
        return _unchanged(current, Note.STALE_TOKEN_IGNORED)
    if not message.channel.is_device:
        first = message.channel.key not in current.user_channels
        return replace(_unchanged(current), store_tokens=True, first_token=first)
    first = not current.completed
    return replace(
        _unchanged(current),
        state=EnrollmentState.ENROLLED,
        store_tokens=True,
        first_token=first,
        forget_replaced=first and current.held is None,
    )


def _from_replaced(
    current: EnrollmentFacts,
    channel: Channel,
    message: CheckinMessage | None,
    certificate: CertificateFacts,
) -> Outcome:
    if isinstance(message, CheckOut):
        return _unchanged(current, Note.LATE_CHECK_OUT_IGNORED)
    successor = current.successor
    if successor is None or isinstance(message, Authenticate):
        return Refused(CertificateRefusal.SUPERSEDED)
    if not _may_be_revived(current, channel, message, certificate, successor):
        return Refused(CertificateRefusal.SUPERSEDED)
    going_on = _from_current(replace(current, state=EnrollmentState.ENROLLED), message)
    return replace(
        going_on,
        revive=True,
        replaces=successor.enrollment_id,
        cancel_queue=successor.state in _IN_FORCE,
        end_user_channels=successor.state in _IN_FORCE,
        notes=(*going_on.notes, Note.REVIVED),
    )


def _may_be_revived(
    current: EnrollmentFacts,
    channel: Channel,
    message: CheckinMessage | None,
    certificate: CertificateFacts,
    successor: Successor,
) -> bool:
    if current.held is not None:
        return False
    tells_token = isinstance(message, TokenUpdate) and channel.is_device
    if successor.generation > current.generation:
        # A replacement in place that fails after its Authenticate leaves the old configuration
        # in force, and the device goes on with its old certificate.
        unfinished = successor.state is EnrollmentState.AUTHENTICATED
        return unfinished and (current.completed or tells_token)
    # The other way round: the old certificate had spoken once more while this one was joining.
    issued_for_it = proof_of(current, None, certificate) is Proof.ISSUED_FOR_IT
    return tells_token and issued_for_it


def _from_checked_out(
    current: EnrollmentFacts, channel: Channel, message: CheckinMessage | None
) -> Outcome:
    if isinstance(message, CheckOut):
        return _unchanged(current, Note.LATE_CHECK_OUT_IGNORED)
    if not isinstance(message, TokenUpdate) or not channel.is_device:
        return Refused(CertificateRefusal.ENDED)
    # A backup restored to the same device brings its enrollment back without an Authenticate.
    back = _token_update(replace(current, completed=False), message)
    if not back.store_tokens:
        return back
    revive = current.held is None
    return replace(back, revive=revive, notes=(Note.RETURNED_AFTER_CHECK_OUT,))


def _renewed(
    current: EnrollmentFacts | None,
    channel: Channel,
    message: CheckinMessage | None,
    certificate: CertificateFacts,
) -> Outcome:
    """Pin a certificate issued to renew this very enrollment, whichever message shows it first.

    Some versions of iPadOS begin to use it without an Authenticate.
    """
    if certificate.used_by is not None:
        return Refused(CertificateRefusal.SUPERSEDED)
    if current is None or current.enrollment_id != certificate.bound_to.enrollment_id:
        return Refused(CertificateRefusal.BOUND_ELSEWHERE)
    serial = message.serial_number if isinstance(message, Authenticate) else None
    if proof_of(current, serial, certificate) is Proof.ISSUED_FOR_ANOTHER:
        return Refused(CertificateRefusal.BOUND_ELSEWHERE)
    if current.state not in _IN_FORCE:
        return Refused(CertificateRefusal.ENDED)
    if isinstance(message, Authenticate):
        renewed = _unchanged(current, Note.CERTIFICATE_RENEWED)
        return replace(renewed, pin=certificate.fingerprint)
    going_on = _from_current(current, message)
    return replace(
        going_on,
        pin=certificate.fingerprint,
        unpin_others=True,
        notes=(*going_on.notes, Note.CERTIFICATE_RENEWED),
    )


def _unchanged(current: EnrollmentFacts, *notes: Note) -> Transition:
    return Transition(
        enrollment_id=current.enrollment_id,
        device_key=current.device_key,
        state=current.state,
        generation=current.generation,
        hold_reason=current.held,
        notes=notes,
    )
