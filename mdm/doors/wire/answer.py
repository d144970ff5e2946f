"""What the device door answers: a status from a closed list, a type, a body.

200, 400, 403 (account or release), 404, 405, 410, 413, 415, 500, 503. The one answer that
makes a device leave is built in errors.release_device() and nowhere else.
"""

from dataclasses import dataclass

PLIST = "application/xml; charset=UTF-8"
JSON = "application/json"
PROFILE = "application/x-apple-aspen-config"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to a device."""

    status: int
    body: bytes = b""
    content_type: str = ""
    headers: tuple[tuple[str, str], ...] = ()


EMPTY = Answer(200)
GONE = Answer(410)
NOT_FOUND = Answer(404)


def plist_answer(body: bytes) -> Answer:
    """200 with a property list, a command among others."""
    return Answer(200, body, PLIST)


def json_answer(body: bytes) -> Answer:
    """200 with JSON, as declarative management wants it."""
    return Answer(200, body, JSON)
