"""What an answer of the push service means for the push and for the queue.

A table of Apple's reasons, and what holds for words not yet in it. Pure.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from mdm.apple.push import PushKind

THROTTLE_S = 300
"""Seconds to leave a throttled token alone when Apple names no time."""


class Next(Enum):
    """What an answer means for the pushes that follow it."""

    GO_ON = "go_on"
    RECONNECT = "reconnect"
    """This one and the rest go over a new connection, after a pause."""
    STOP = "stop"
    """Nothing will pass; send no more."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One answer, understood. The fields mean the same as in `PushOutcome`."""

    kind: PushKind
    reason: str = ""
    retry_after_s: int | None = None
    unregistered_since: datetime | None = None
    next: Next = Next.GO_ON


_STOP = (PushKind.CONFIGURATION_FAULT, Next.STOP)
_RECONNECT = (PushKind.TEMPORARY, Next.RECONNECT)
_BUG = (PushKind.BUG, Next.GO_ON)

REASONS: dict[str, tuple[PushKind, Next]] = {
    "Unregistered": (PushKind.TOKEN_DEAD, Next.GO_ON),
    "ExpiredToken": (PushKind.TOKEN_DEAD, Next.GO_ON),
    "BadDeviceToken": (PushKind.BAD_TOKEN, Next.GO_ON),
    "DeviceTokenNotForTopic": (PushKind.WRONG_TOPIC, Next.GO_ON),
    "MissingTopic": _STOP,
    "BadTopic": _STOP,
    "TopicDisallowed": _STOP,
    "BadCertificate": _STOP,
    "BadCertificateEnvironment": _STOP,
    "Forbidden": _STOP,
    "PayloadEmpty": _BUG,
    "PayloadTooLarge": _BUG,
    "BadPriority": _BUG,
    "BadExpirationDate": _BUG,
    "BadMessageId": _BUG,
    "BadCollapseId": _BUG,
    "BadPath": _BUG,
    "MethodNotAllowed": _BUG,
    "DuplicateHeaders": _BUG,
    "InvalidPushType": _BUG,
    "MissingDeviceToken": _BUG,
    # These three say that no client certificate was seen, which our TLS context cannot do.
    "ExpiredProviderToken": _BUG,
    "InvalidProviderToken": _BUG,
    "MissingProviderToken": _BUG,
    "TooManyProviderTokenUpdates": _BUG,
    "TooManyRequests": (PushKind.THROTTLED, Next.GO_ON),
    "InternalServerError": (PushKind.TEMPORARY, Next.GO_ON),
    "IdleTimeout": _RECONNECT,
    "ServiceUnavailable": _RECONNECT,
    "Shutdown": _RECONNECT,
}
"""Every reason Apple documents. source: Apple, "Handling notification responses from APNs"."""

_STATUSES: dict[int, tuple[PushKind, Next]] = {
    200: (PushKind.ACCEPTED, Next.GO_ON),
    410: (PushKind.TOKEN_DEAD, Next.GO_ON),
    429: (PushKind.THROTTLED, Next.GO_ON),
    503: _RECONNECT,
}


def judge(
    status: int, reason: str, timestamp_ms: int | None, retry_after_s: int | None = None
) -> Judgement:
    """Say what an answer means.

    timestamp_ms: milliseconds since 1970, only with a dead token.
    returns: for a reason not in the table what its status says; a status below 500 is then final
        for this push, one from 500 upwards may pass later.
    """
    kind, following = _meaning(status, reason)
    if kind is PushKind.ACCEPTED:
        return Judgement(kind)
    return Judgement(
        kind,
        reason or f"Status{status}",
        _wait(kind, retry_after_s),
        _instant(timestamp_ms) if kind is PushKind.TOKEN_DEAD else None,
        following,
    )


def read_error_body(body: bytes) -> tuple[str, int | None]:
    """Read reason and timestamp from the body of a refusal, or of a GOAWAY frame.

    returns: an empty reason and None for anything that is not as documented.
    """
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return "", None
    if not isinstance(answer, dict):
        return "", None
    reason, timestamp = answer.get("reason"), answer.get("timestamp")
    is_instant = isinstance(timestamp, int) and not isinstance(timestamp, bool)
    return reason[:64] if isinstance(reason, str) else "", timestamp if is_instant else None


def _meaning(status: int, reason: str) -> tuple[PushKind, Next]:
    if status == 200:
        return _STATUSES[200]
    if reason in REASONS:
        return REASONS[reason]
    if status in _STATUSES:
        return _STATUSES[status]
    return (PushKind.TEMPORARY, Next.GO_ON) if status >= 500 else _BUG


def _wait(kind: PushKind, told_s: int | None) -> int | None:
    if kind is PushKind.THROTTLED:
        return max(told_s or 0, THROTTLE_S)
    return told_s if kind is PushKind.TEMPORARY else None


def _instant(timestamp_ms: int | None) -> datetime | None:
    if timestamp_ms is None:
        return None
    try:
        return datetime.fromtimestamp(timestamp_ms / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return None
