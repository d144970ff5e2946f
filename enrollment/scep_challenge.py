"""One-time challenges: the password that lets one iPad have one certificate.

Here: making them, and judging a request that brings one. Not here: their rows, and marking one as
used, which belongs into the transaction that stores the certificate: a challenge that is spent
before the certificate exists locks the iPad out.

source: RFC 8894 §2.3 and §7.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from enrollment.scep_request import ScepRequest
from enrollment.scep_words import FailInfo

_FEWEST_RANDOM_BYTES = 16


class ChallengePurpose(StrEnum):
    """What a challenge was made for. It says where the certificate is bound afterwards."""

    ENROLL = "enroll"
    RENEW = "renew"
    NETWORK = "network"


@dataclass(frozen=True, slots=True)
class IssuedBefore:
    """The certificate that a challenge or an old certificate has already led to."""

    transaction_id: str
    public_key_digest: bytes
    certificate_id: str


@dataclass(frozen=True, slots=True)
class ChallengeFacts:
    """What we know about the challenge that a request brought.

    expires_at: from this instant on it is worth nothing; also set when an enrollment ends it.
    attempts: how often it was brought by requests that were refused for another reason.
    """

    purpose: ChallengePurpose
    expires_at: datetime
    issued: IssuedBefore | None
    attempts: int
    most_attempts: int


class RefusalReason(StrEnum):
    """Why no certificate is issued. For logs: the client sees only a FailInfo."""

    UNKNOWN = "unknown"
    EXPIRED = "expired"
    USED = "used"
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    NOT_OURS = "not_ours"
    REVOKED = "revoked"
    RETIRED = "retired"
    TOO_EARLY = "too_early"
    SAME_KEY = "same_key"


@dataclass(frozen=True, slots=True)
class Grant:
    """Issue a certificate."""

    purpose: ChallengePurpose


@dataclass(frozen=True, slots=True)
class Repeat:
    """Send the certificate again that this very request has already led to."""

    certificate_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Issue nothing, and answer FAILURE with `fail_info`."""

    reason: RefusalReason
    fail_info: FailInfo


def new_challenge(random_octets: bytes) -> str:
    """Write random octets as a challenge.

    random_octets: 16 or more.
    returns: letters and digits only, so that every string type of ASN.1 can carry it.
    raises: ValueError (too few octets).
    """
    if len(random_octets) < _FEWEST_RANDOM_BYTES:
        raise ValueError("a challenge needs at least 128 random bits")
    return base64.b32encode(random_octets).decode().rstrip("=")


def challenge_digest(challenge: str) -> bytes:
    """What is stored and looked up in the challenge's place (SHA-256)."""
    return hashlib.sha256(challenge.encode("utf-8", "surrogatepass")).digest()


def judge_challenge(
    facts: ChallengeFacts | None, request: ScepRequest, now: datetime
) -> Grant | Repeat | Refused:
    """Decide whether a challenge admits a request.

    facts: `None` if no such challenge was ever made, or the request has none.
    returns: the same `fail_info` for unknown, used and expired, so that guessing teaches nothing.
        A repeat is answered even after the expiry: its certificate is out already.
    """
    if facts is None:
        return _refused(RefusalReason.UNKNOWN)
    if facts.issued is not None:
        return repeat_of(facts.issued, request) or _refused(RefusalReason.USED)
    if now >= facts.expires_at:
        return _refused(RefusalReason.EXPIRED)
    if facts.attempts >= facts.most_attempts:
        return _refused(RefusalReason.TOO_MANY_ATTEMPTS)
    return Grant(facts.purpose)


def repeat_of(issued: IssuedBefore, request: ScepRequest) -> Repeat | None:
    """Recognise a request whose reply got lost.

    The transaction alone would not do: its name is the client's to choose.
    """
    same_key = hmac.compare_digest(issued.public_key_digest, request.public_key_digest)
    if same_key and issued.transaction_id == request.transaction_id:
        return Repeat(issued.certificate_id)
    return None


def _refused(reason: RefusalReason) -> Refused:
    return Refused(reason, FailInfo.BAD_REQUEST)
