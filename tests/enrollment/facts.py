"""Enrollments, certificates and messages of one iPad, with only what matters given."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from enrollment.checkin import Authenticate, CheckOut, TokenUpdate
from enrollment.identifiers import SHARED_IPAD_USER_ID, EnrollmentKey, channel_of
from enrollment.lifecycle import (
    Binding,
    CertificateFacts,
    CertificatePurpose,
    EnrollmentFacts,
    EnrollmentState,
    Outcome,
    Transition,
)

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
UDID = EnrollmentKey("00008030-001A2B3C4D5E6F70")
SERIAL = "DMPXX0001"
DEVICE = channel_of(udid=UDID)
MIA = channel_of(udid=UDID, user_id=SHARED_IPAD_USER_ID, user_short_name="mia@schule.example")
GUEST = channel_of(udid=UDID, user_id=SHARED_IPAD_USER_ID)

FOR_THIS_IPAD = Binding(device_key=UDID)
FOR_ANOTHER_IPAD = Binding(device_key=EnrollmentKey("ANOTHER"))

AUTHENTICATE = Authenticate(DEVICE, serial_number=SERIAL)
TOKEN_UPDATE = TokenUpdate(DEVICE, b"token", "magic")
CHECK_OUT = CheckOut(DEVICE)


def fresh(fingerprint: bytes = b"new", **facts: Any) -> CertificateFacts:
    """A certificate that has not been used yet, from a link that names nobody."""
    usual = CertificateFacts(fingerprint, NOW - timedelta(hours=1), NOW + timedelta(days=365))
    return replace(usual, **facts)


def used(fingerprint: bytes = b"own", **facts: Any) -> CertificateFacts:
    """A certificate that this iPad has used before."""
    return fresh(fingerprint, **{"used_by": UDID, **facts})


def renewal(fingerprint: bytes = b"renewed", **facts: Any) -> CertificateFacts:
    """A certificate issued to renew the enrollment `row-1`."""
    bound = Binding(device_key=UDID, enrollment_id="row-1")
    return fresh(fingerprint, **{"purpose": CertificatePurpose.RENEW, "bound_to": bound, **facts})


def enrolled(**facts: Any) -> EnrollmentFacts:
    """An iPad in normal service, pinned to the certificate "own"."""
    usual = EnrollmentFacts(
        enrollment_id="row-1",
        device_key=UDID,
        state=EnrollmentState.ENROLLED,
        pins=(b"own",),
        serial=SERIAL,
        completed=True,
    )
    return replace(usual, **facts)


def joining(**facts: Any) -> EnrollmentFacts:
    """An iPad between Authenticate and its first token."""
    return enrolled(**{"state": EnrollmentState.AUTHENTICATED, "completed": False, **facts})


def allowed(outcome: Outcome) -> Transition:
    assert isinstance(outcome, Transition), outcome
    return outcome
