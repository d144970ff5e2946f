"""Which web addresses may stand in a payload.

Here: the form of an address. Not here: who answers there.
"""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from profiles.errors import InvalidPayload

# Devices on the server's own machine (simulated ones) need no TLS; an iPad never sees these.
_SAME_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})


def require_https(field: str, url: str) -> None:
    """Refuse an address that a device would not trust; http only to the same machine.

    field: the payload's key, for the error.
    raises: InvalidPayload.
    source: Apple, "MDM payload": addresses begin with https.
    """
    parts = _split(field, url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _SAME_MACHINE):
        raise InvalidPayload(field, "is not an https address", "begin it with https://")


def require_web(field: str, url: str) -> str:
    """Refuse anything but a plain http or https address, and tell which of the two it is.

    raises: InvalidPayload.
    """
    parts = _split(field, url)
    if parts.scheme not in ("http", "https"):
        raise InvalidPayload(field, "is not a web address", "begin it with https://")
    return parts.scheme


def _split(field: str, url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port_is_readable = parts.port is None or parts.port > 0
    except ValueError:
        raise InvalidPayload(field, "is not a web address", "begin it with https://") from None
    if not parts.hostname or not port_is_readable or not url.isascii() or not url.isprintable():
        raise InvalidPayload(field, "is not a web address", "write https://, host and path")
    if parts.username is not None or parts.fragment or " " in url:
        raise InvalidPayload(field, "says more than a web address", "leave out user and fragment")
    return parts
