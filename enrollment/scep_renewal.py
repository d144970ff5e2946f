"""Renewal by signature: an identity that is about to expire asks for its successor.

Here: the decision on a RenewalReq, which brings no challenge. Not here: renewal of an Apple device;
it gets a new profile with a fresh challenge and sends an ordinary request (`scep_challenge`).

source: RFC 8894 §2.3 and §3.3.1.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from enrollment.scep_challenge import (
    ChallengePurpose,
    Grant,
    IssuedBefore,
    RefusalReason,
    Refused,
    Repeat,
    repeat_of,
)
from enrollment.scep_request import ScepRequest
from enrollment.scep_words import FailInfo


@dataclass(frozen=True, slots=True)
class RenewalPolicy:
    """When an identity may be renewed by its own signature.

    window: how long before its end; grace: how long after.
    """

    window: timedelta = timedelta(days=14)
    grace: timedelta = timedelta(0)
    allow_same_key: bool = False


@dataclass(frozen=True, slots=True)
class SignerFacts:
    """What we know about the certificate that signed a RenewalReq.

    issued_by_us: the chain was checked, not the name alone.
    enrollment_retired: its iPad has left, or its enrollment has ended.
    public_key_digest: SHA-256 of its SubjectPublicKeyInfo.
    successor: what it was renewed with; one renewal is all a certificate gets.
    """

    issued_by_us: bool
    is_revoked: bool
    enrollment_retired: bool
    not_after: datetime
    public_key_digest: bytes
    successor: IssuedBefore | None


def may_renew(
    signer: SignerFacts, request: ScepRequest, now: datetime, policy: RenewalPolicy
) -> Grant | Repeat | Refused:
    """Decide whether the signer may have a successor.

    returns: BAD_CERT_ID for a certificate that never or no longer speaks for an iPad, BAD_TIME
        outside the window, BAD_REQUEST for a second renewal or an old key.
    """
    refused = _unfit(signer)
    if refused is not None:
        return refused
    if signer.successor is not None:
        again = repeat_of(signer.successor, request)
        return again or Refused(RefusalReason.USED, FailInfo.BAD_REQUEST)
    return _in_time(signer, request, now, policy)


def _unfit(signer: SignerFacts) -> Refused | None:
    if not signer.issued_by_us:
        return Refused(RefusalReason.NOT_OURS, FailInfo.BAD_CERT_ID)
    if signer.is_revoked:
        return Refused(RefusalReason.REVOKED, FailInfo.BAD_CERT_ID)
    if signer.enrollment_retired:
        return Refused(RefusalReason.RETIRED, FailInfo.BAD_CERT_ID)
    return None


def _in_time(
    signer: SignerFacts, request: ScepRequest, now: datetime, policy: RenewalPolicy
) -> Grant | Refused:
    if now < signer.not_after - policy.window:
        return Refused(RefusalReason.TOO_EARLY, FailInfo.BAD_TIME)
    if now >= signer.not_after + policy.grace:
        return Refused(RefusalReason.EXPIRED, FailInfo.BAD_TIME)
    same_key = signer.public_key_digest == request.public_key_digest
    if same_key and not policy.allow_same_key:
        return Refused(RefusalReason.SAME_KEY, FailInfo.BAD_REQUEST)
    return Grant(ChallengePurpose.RENEW)
