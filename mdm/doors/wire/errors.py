"""The one place that turns what went wrong into an answer for a device.

A doubtful device hears 400 or 503. Nothing here ever answers 401: it would make the iPad
remove its enrollment and all managed apps. To let a device go is a decision, and leaves from
release_device() alone.
"""

import json
import logging

import psycopg
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from enrollment.errors import EnrollmentError, MalformedCheckin
from enrollment.lifecycle import Refused
from mdm.base.db import UNAVAILABLE
from mdm.base.identifiers import new_reference
from mdm.base.logkeys import FINGERPRINT, KIND, REASON, REFERENCE
from mdm.base.metrics import DEVICE_ALARMS, DEVICE_REFUSALS
from mdm.doors.wire.answer import JSON, Answer
from profiles.errors import ProfileError

log = logging.getLogger(__name__)

# Come again in a minute; nothing is wrong with what was sent.
BUSY = Answer(503, headers=(("Retry-After", "60"),))


class TooLarge(Exception):
    """The body is larger than the door reads."""


class Encoded(Exception):
    """The body came compressed; what it would grow to is anybody's guess."""


class CutShort(Exception):
    """The body ended before its length."""


class NoIdentity(Exception):
    """Nothing in the request says who sends it. reason: constant words for the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def answer_for(error: Exception) -> Answer:
    """Translate an error once, and write it down with a reference.

    returns: 400 for what the sender did wrong, 413 and 415 for what we do not read, 503 when
    the device should come again, 500 for our own faults. Bodies are empty.
    """
    if isinstance(error, TooLarge):
        return _refuse(413, "too_large")
    if isinstance(error, Encoded):
        return _refuse(415, "content_encoding")
    if isinstance(error, CutShort):
        return _refuse(400, "cut_short")
    if isinstance(error, NoIdentity):
        return _refuse(400, "no_identity", error.reason)
    if isinstance(error, MalformedCheckin):
        return _refuse(400, "malformed", f"{error.field}: {error.problem}")
    if isinstance(error, ProfileError | EnrollmentError):
        return _refuse(400, type(error).__name__, str(error))
    if isinstance(error, UNAVAILABLE):
        log.error("database_unavailable", extra={REASON: type(error).__name__})
        return BUSY
    if isinstance(error, DataError | psycopg.DataError):
        return _refuse(400, "unstorable", _name(error))
    if isinstance(error, IntegrityError | psycopg.IntegrityError):
        # Lost every race: the device comes again, and somebody should look why.
        log.exception("device_conflict", extra={REFERENCE: new_reference(), KIND: _name(error)})
        return BUSY
    log.exception("device_door_failed", extra={REFERENCE: new_reference(), KIND: _name(error)})
    return Answer(500)


def refuse_certificate(refused: Refused, fingerprint: bytes) -> Answer:
    """A certificate that may not speak here: 400, and a person hears of it where it alarms."""
    if refused.alarm:
        DEVICE_ALARMS.labels(kind=refused.kind.value).inc()
        fields = {KIND: refused.kind.value, FINGERPRINT: fingerprint.hex()[:16]}
        log.warning("certificate_alarm", extra=fields)
    return _refuse(400, refused.kind.value)


def release_device(message: str) -> Answer:
    """Tell a device to remove its management. Only a person's recorded decision leads here.

    message: what the person at the device reads.
    source: Apple, ErrorCodeUnrecognizedDevice (iPadOS 17).
    """
    body = {"code": "com.apple.unrecognized.device", "description": "released", "message": message}
    return Answer(403, json.dumps(body, ensure_ascii=False).encode(), JSON)


def _refuse(status: int, kind: str, reason: str = "") -> Answer:
    DEVICE_REFUSALS.labels(kind=kind).inc()
    reference = new_reference()
    log.warning("device_refused", extra={REFERENCE: reference, KIND: kind, REASON: reason[:200]})
    return Answer(status)


def _name(error: Exception) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else error
    return type(cause).__name__
