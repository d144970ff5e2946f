"""A push and what became of it, as values.

A push carries nothing: it asks one enrollment to connect. Here: the push, the kinds of outcome.
Not here: what Apple's answers mean (apns_answers), how pushes travel (apns, apns_session).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, StrEnum


@dataclass(frozen=True, slots=True)
class Push:
    """The wish that one enrollment connects.

    token, magic, topic: from the newest TokenUpdate of the enrollment.
    expires_at: aware; until then Apple keeps the push for a device that is offline.
    raises: ValueError for an instant without zone.
    """

    enrollment_id: int
    token: bytes = field(repr=False)
    magic: str = field(repr=False)
    topic: str
    expires_at: datetime

    def __post_init__(self) -> None:
        if self.expires_at.tzinfo is None:
            raise ValueError("expires_at: an instant without zone")


class PushKind(Enum):
    """What an outcome asks of the caller."""

    ACCEPTED = "accepted"
    """Apple took it, which does not say that the device got it."""
    TOKEN_DEAD = "token_dead"  # noqa: S105 a kind, no secret
    """Stop pushing to this token if it is older than `unregistered_since`. Delete no device."""
    BAD_TOKEN = "bad_token"  # noqa: S105 a kind, no secret
    """Stop for this token and count: many at once mean a wrong certificate."""
    WRONG_TOPIC = "wrong_topic"
    """The token belongs to another certificate. Change no device, tell a person."""
    CONFIGURATION_FAULT = "configuration_fault"
    """Stop the whole queue and tell a person: nothing will pass until somebody acts."""
    THROTTLED = "throttled"
    """Too many pushes to this token: leave it alone for `retry_after_s`."""
    TEMPORARY = "temporary"
    """Try again later."""
    BUG = "bug"
    """Apple does not understand us. Do not repeat; somebody must read the log."""


class LocalReason(StrEnum):
    """Reasons that we find ourselves, beside those that Apple names."""

    OTHER_TOPIC = "TopicDiffersFromCertificate"
    NO_TOKEN = "MissingDeviceToken"  # noqa: S105 a reason, no secret
    NO_MAGIC = "MissingPushMagic"
    OUT_OF_TIME = "OutOfTime"
    NO_ANSWER = "NoAnswer"
    CONNECTION_LOST = "ConnectionLost"
    STREAM_RESET = "StreamReset"
    CONNECT_FAILED = "ConnectFailed"
    NAME_UNKNOWN = "HostNameUnknown"
    TLS_FAILED = "TlsFailed"
    SERVER_NOT_TRUSTED = "ServerNotTrusted"
    CERTIFICATE_REFUSED = "ClientCertificateRefused"
    NOT_GREETED = "ClosedBeforeGreeting"
    """Closed after TLS, before any HTTP/2: if it lasts, the certificate is the first suspect."""
    NO_HTTP2 = "Http2NotOffered"
    PROTOCOL = "ProtocolViolated"
    CLOSED = "SenderClosed"


@dataclass(frozen=True, slots=True)
class PushOutcome:
    """What became of one push.

    reason: Apple's word or a `LocalReason`; empty when accepted.
    retry_after_s: seconds; None leaves the wait to the caller.
    unregistered_since: the instant from which Apple knows the token to be dead; None if not told.
    """

    push: Push
    kind: PushKind
    reason: str = ""
    retry_after_s: int | None = None
    unregistered_since: datetime | None = None
