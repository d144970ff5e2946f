"""The MDM push certificate: what it says, whether it may replace the one in use.

Here: reading, the topic, the check before a replacement, the days left. Pure.
Not here: how one is requested (push_request), who keeps key and certificate (rooms.authority).
source: Apple, "Setting up push notifications for your MDM customers".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from mdm.apple.errors import CertificateUnusable

TOPIC_PREFIX = "com.apple.mgmt."
WARN_DAYS = (90, 60, 30, 14, 7, 3, 1)
"""Days before the end on which somebody is told; without the certificate no iPad is reached."""


class RefusalKind(Enum):
    """Why a certificate may not take the place of the present one."""

    NO_TOPIC = "no_topic"
    """It is no MDM push certificate."""
    KEY_MISMATCH = "key_mismatch"
    """It belongs to another private key."""
    TOPIC_CHANGED = "topic_changed"
    """Every enrolled iPad would be silently out of reach: it was created, not renewed."""
    NOT_LATER = "not_later"
    """It ends no later than the one in use."""
    NOT_VALID_YET = "not_valid_yet"
    EXPIRED = "expired"
    FOREIGN_ISSUER = "foreign_issuer"
    """None of the expected authorities issued it."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The certificate may be used from now on.

    topic_is_new: True if none was used before, or one with another topic and no enrollments.
    """

    topic: str
    not_after: datetime
    topic_is_new: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """The certificate may not be used; `expected` and `found` say what differs, for people."""

    kind: RefusalKind
    expected: str = ""
    found: str = ""


def read_certificate(data: bytes) -> x509.Certificate:
    """Read a certificate in PEM or DER form, as the portal gives it or as a person stored it.

    raises: CertificateUnusable.
    """
    try:
        if b"-----BEGIN" in data:
            return x509.load_pem_x509_certificate(data)
        return x509.load_der_x509_certificate(data)
    except ValueError as error:
        raise CertificateUnusable("certificate", "not a certificate in PEM or DER form") from error


def topic_of(certificate: x509.Certificate) -> str:
    """Read the topic, which is the UID of the subject.

    raises: CertificateUnusable when there is not exactly one, or it is no topic of management.
    """
    uids = certificate.subject.get_attributes_for_oid(NameOID.USER_ID)
    if len(uids) != 1:
        raise CertificateUnusable("certificate", "its subject has not exactly one UID")
    topic = str(uids[0].value)
    if not topic.startswith(TOPIC_PREFIX) or topic == TOPIC_PREFIX:
        raise CertificateUnusable("certificate", f"its UID does not start with {TOPIC_PREFIX}")
    return topic


def check_replacement(
    new: x509.Certificate,
    key: PrivateKeyTypes,
    current: x509.Certificate | None,
    now: datetime,
    *,
    has_enrollments: bool,
    issuers: Sequence[x509.Certificate] = (),
) -> Accepted | Refused:
    """Decide whether a certificate may take the place of the present one.

    key: the private key the certificate is meant for.
    current: the certificate in use; None if there is none yet.
    has_enrollments: whether any device knows the present topic. Then the topic must stay: an
        iPad learns another one only by enrolling anew.
    issuers: authorities of which one must have issued it; empty leaves the issuer unchecked.
    """
    try:
        topic = topic_of(new)
    except CertificateUnusable as error:
        return Refused(RefusalKind.NO_TOPIC, f"{TOPIC_PREFIX}…", error.problem)
    old_topic = None if current is None else topic_of(current)
    refusal = _refusal_of_key(new, key) or _refusal_of_dates(new, now)
    refusal = refusal or _refusal_of_issuer(new, issuers)
    if not refusal and current is not None and old_topic is not None:
        refusal = _refusal_beside(new, topic, current, old_topic, has_enrollments)
    return refusal or Accepted(topic, new.not_valid_after_utc, topic != old_topic)


def days_left(certificate: x509.Certificate, now: datetime) -> int:
    """Count the whole days until the certificate ends; negative once it has ended."""
    return (certificate.not_valid_after_utc - now) // timedelta(days=1)


def warning_due(days: int, last_warned: int | None) -> int | None:
    """Find the threshold of `WARN_DAYS` to warn for; None if that warning is already out.

    days: as from `days_left`. last_warned: the threshold of the last warning, None before any.
    """
    reached = [threshold for threshold in WARN_DAYS if days <= threshold]
    if not reached or (last_warned is not None and last_warned <= reached[-1]):
        return None
    return reached[-1]


def _refusal_of_key(new: x509.Certificate, key: PrivateKeyTypes) -> Refused | None:
    if _public_bytes(new.public_key()) == _public_bytes(key.public_key()):
        return None
    return Refused(RefusalKind.KEY_MISMATCH)


def _refusal_of_dates(new: x509.Certificate, now: datetime) -> Refused | None:
    if now < new.not_valid_before_utc:
        begins = new.not_valid_before_utc.isoformat()
        return Refused(RefusalKind.NOT_VALID_YET, now.isoformat(), begins)
    if now >= new.not_valid_after_utc:
        return Refused(RefusalKind.EXPIRED, now.isoformat(), new.not_valid_after_utc.isoformat())
    return None


def _refusal_of_issuer(
    new: x509.Certificate, issuers: Sequence[x509.Certificate]
) -> Refused | None:
    if not issuers or any(_is_issued_by(new, issuer) for issuer in issuers):
        return None
    return Refused(RefusalKind.FOREIGN_ISSUER, found=new.issuer.rfc4514_string())


def _refusal_beside(
    new: x509.Certificate,
    topic: str,
    current: x509.Certificate,
    old_topic: str,
    has_enrollments: bool,
) -> Refused | None:
    if topic != old_topic:
        return Refused(RefusalKind.TOPIC_CHANGED, old_topic, topic) if has_enrollments else None
    if new.not_valid_after_utc <= current.not_valid_after_utc:
        ends = current.not_valid_after_utc.isoformat()
        return Refused(RefusalKind.NOT_LATER, ends, new.not_valid_after_utc.isoformat())
    return None


def _is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _public_bytes(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
