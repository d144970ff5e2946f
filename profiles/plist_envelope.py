"""The short way through a small report on the command channel.

Here: one anchored regular expression for the commonest body, which holds only short strings.
Not here: every other body; whoever gets None asks plist.read_dict.

Law: what is accepted here, read_dict reads alike. tests/profiles/test_plist_envelope.py holds it.
"""

import re
from typing import NamedTuple

MAX_BYTES = 2048

_KEYS = (
    "Status",
    "CommandUUID",
    "UDID",
    "EnrollmentID",
    "EnrollmentUserID",
    "UserID",
    "UserShortName",
    "UserLongName",
    "RequestType",
)
# Printable ASCII that means itself in XML; anything else takes the long way.
_KEY = rf"<key>({'|'.join(_KEYS)})</key>[ \t\r\n]*+"
_STRING = r"<string>([ -%'-;=?-~]{1,256}+)</string>"
_PAIR = re.compile(_KEY + _STRING)
_PROLOG = (
    r'(?:<\?xml version="1\.0" encoding="(?:UTF|utf)-8"\?>[ \t\r\n]*+)?+'
    r'(?:<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1\.0//EN"'
    r' "https?+://www\.apple\.com/DTDs/PropertyList-1\.0\.dtd">[ \t\r\n]*+)?+'
)
_ENVELOPE = re.compile(
    _PROLOG
    + r'<plist version="1\.0">[ \t\r\n]*+(?P<start><dict>)[ \t\r\n]*+'
    + rf"(?:{_KEY}{_STRING}[ \t\r\n]*+){{1,9}}+</dict>[ \t\r\n]*+</plist>[ \t\r\n]*+"
)


class ReportEnvelope(NamedTuple):
    """Who reports, about which command, with which Status; no value is empty.

    A named tuple, because a frozen dataclass of nine fields takes longer to make than the
    body takes to read.
    """

    status: str
    command_uuid: str | None
    udid: str | None
    enrollment_id: str | None
    enrollment_user_id: str | None
    user_id: str | None
    user_short_name: str | None
    user_long_name: str | None
    request_type: str | None


def read_report_envelope(body: bytes) -> ReportEnvelope | None:
    """Read a small report that holds nothing but identifiers and a Status.

    returns: None whenever the body deviates in any way, be it good or bad: ask read_dict.
    """
    if len(body) > MAX_BYTES:
        return None
    # Never fails, and letters outside ASCII do not match.
    text = body.decode("latin-1")
    shape = _ENVELOPE.fullmatch(text)
    if shape is None:
        return None
    pairs = _PAIR.findall(text, shape.end("start"))
    found = dict(pairs)
    if len(found) != len(pairs) or "Status" not in found:
        return None
    return ReportEnvelope(found["Status"], *map(found.get, _KEYS[1:]))
