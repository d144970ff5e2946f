"""Reading a request's body with a cap, before anything looks at it."""

from collections.abc import Mapping
from typing import Any

from mdm.doors.wire.errors import CutShort, Encoded, TooLarge

MAX_DEVICE_BODY = 8 * 1024 * 1024
_MOST_DIGITS = 20


def read_body(environ: Mapping[str, Any], limit: int) -> bytes:
    """Read the raw body; with or without a length, never more than `limit` bytes.

    raises: TooLarge (before reading, where the length is told), Encoded, CutShort.
    """
    if environ.get("HTTP_CONTENT_ENCODING", "identity").strip().lower() not in ("", "identity"):
        raise Encoded
    told = environ.get("CONTENT_LENGTH") or ""
    stream = environ["wsgi.input"]
    if not told:
        return _read_unknown(stream, limit)
    # Its digits are counted first: Python refuses to read thousands of them.
    if not (told.isascii() and told.isdigit()) or len(told) > _MOST_DIGITS or int(told) > limit:
        raise TooLarge
    body: bytes = stream.read(int(told))
    if len(body) < int(told):
        raise CutShort
    return body


def _read_unknown(stream: Any, limit: int) -> bytes:
    body: bytes = stream.read(limit + 1)
    if len(body) > limit:
        raise TooLarge
    return body
