"""Files that people send: how large, under which name, and kept in the page between two steps.

A file stays nowhere on the server between two steps: in a school without names it must not.
So the page carries it, compressed, and sends it back; one too large for that is chosen again.
"""

import base64
import binascii
import zlib
from dataclasses import dataclass

from flask import request

from mdm.base.errors import InvalidInput
from mdm.doors.console.blueprint import tools
from profiles.configuration_profile import MAX_BYTES

ROSTER_ENDPOINT = "console.roster_import"
PROFILE_ENDPOINTS = frozenset({"console.upload_profile", "console.upload_local_profile"})
# The largest of the others: a profile of 8 MiB.
_USUAL = 10_000_000
_MEGABYTE = 1_000_000
_LONGEST_KEPT = 1_500_000
_FIELDS = 2 * _LONGEST_KEPT
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Sent:
    """A file with the last part of its name."""

    name: str
    content: bytes


def limit_size() -> None:
    """Refuse what is too large before a form is read; the answer is 413."""
    if request.endpoint == ROSTER_ENDPOINT:
        request.max_content_length = tools().settings.roster_megabytes * _MEGABYTE + _FIELDS
        request.max_form_memory_size = _FIELDS
    elif request.endpoint in PROFILE_ENDPOINTS:
        request.max_content_length = MAX_BYTES + _USUAL
    else:
        request.max_content_length = _USUAL


def sent_file(limit: int) -> Sent | None:
    """The file of a form: chosen just now, or kept from the step before; None for neither.

    limit: bytes; of a larger file one byte more is read, so that its reader refuses it.
    raises: InvalidInput (what was kept is not what we wrote).
    """
    chosen = request.files.get("file")
    if chosen is not None and chosen.filename:
        return Sent(plain_name(chosen.filename), chosen.stream.read(limit + 1))
    kept = request.form.get("kept", "")
    if not kept:
        return None
    return Sent(plain_name(request.form.get("file_name", "")), unpack(kept, limit))


def keep(content: bytes) -> str:
    """A file for a hidden field; empty for one that is too large to be carried."""
    text = base64.b64encode(zlib.compress(content)).decode()
    return text if len(text) <= _LONGEST_KEPT else ""


def unpack(text: str, limit: int) -> bytes:
    """What `keep` wrote, and not much more than `limit` bytes of anything else.

    raises: InvalidInput.
    """
    try:
        return zlib.decompressobj().decompress(base64.b64decode(text, validate=True), limit + 1)
    except (binascii.Error, zlib.error, ValueError) as error:
        raise InvalidInput("file", "was damaged on its way", "Choose it once more.") from error


def plain_name(text: str) -> str:
    """The last part of a file's name, of characters that can be seen."""
    last = text.replace("\\", "/").rpartition("/")[2]
    return "".join(sign for sign in last if sign.isprintable())[-_LONGEST_NAME:]
