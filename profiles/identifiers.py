"""Stable names: identifiers in reverse DNS, and UUIDs that follow from the content.

Equal content has an equal UUID on every server and in every run, so the `PayloadUUID` that an
iPad lists tells which revision it has.
"""

import hashlib
import re
import uuid
from collections.abc import Mapping

from profiles import plist
from profiles.errors import InvalidPayload
from profiles.plist import WritableValue

MAX_IDENTIFIER_LENGTH = 255

_PART = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")


def payload_identifier(*parts: str) -> str:
    """Join parts with full stops; a part may be in several pieces already (`de.beispielstadt`).

    raises: InvalidPayload, if a part is empty or holds other than A-Z, a-z, 0-9, `_`, `-`.
    """
    if not parts or any(_PART.fullmatch(part) is None for part in parts):
        raise InvalidPayload(
            "PayloadIdentifier",
            "a part is empty or holds other characters than letters, digits, - and _",
            "write it like de.beispielstadt.wlan",
        )
    joined = ".".join(parts)
    if len(joined) > MAX_IDENTIFIER_LENGTH:
        raise InvalidPayload("PayloadIdentifier", "longer than 255 characters", "shorten it")
    return joined


def payload_uuid(content: WritableValue, namespace: str) -> str:
    """Derive an upper-case UUID from content; the order of keys in dictionaries does not matter.

    namespace: what the content belongs to, such as the identifier of the payload; the same
        content elsewhere has another UUID.
    raises: MalformedMessage, if the content has no form in a property list.
    source: RFC 9562 §5.5, with SHA-256 in place of SHA-1.
    """
    canonical = content if isinstance(content, bytes) else plist.write(_sorted(content))
    # Length first, so that no pair of namespace and content can be cut in two ways.
    name = namespace.encode()
    digest = hashlib.sha256(len(name).to_bytes(4, "big") + name + canonical).digest()
    return str(uuid.UUID(bytes=digest[:16], version=5)).upper()


def _sorted(value: WritableValue) -> WritableValue:
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list | tuple):
        return [_sorted(member) for member in value]
    return value
