"""How settings become the keys of a payload, and the forms that many keys share.

Here: leaving out what has no opinion; names of apps, hosts, addresses. Not here: kinds and ranges
(profiles.schema), web addresses (profiles.payloads.web_address).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

from profiles.errors import InvalidPayload
from profiles.variables import literal

_BUNDLE_ID = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", re.ASCII)
_LABEL = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = re.compile(rf"{_LABEL}(\.{_LABEL})*", re.ASCII)
_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LONGEST_HOST = 253


def stated(keys: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the keys with an opinion: None and empty lists and dictionaries fall away.

    Tuples become lists and enums their values, at every depth.
    """
    written = {key: _written(value) for key, value in keys.items()}
    return {key: value for key, value in written.items() if value is not None and value != {}}


def as_typed(text: str | None) -> str | None:
    """Write a secret or a name so that no dollar sign in it becomes a variable."""
    return None if text is None else literal(text)


def foreign(key: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Write what an app of somebody else wants to be told, untouched; nothing when it is empty."""
    return {key: dict(settings)} if settings else {}


def switch(on: bool | None) -> int | None:
    """Write a switch as 0 or 1, as only the VPN payloads want it."""
    return None if on is None else int(on)


def require_text(field: str, text: str, next_step: str = "give it, in one line") -> None:
    """Refuse an empty text, and one with control characters.

    raises: InvalidPayload.
    """
    if not text.strip():
        raise InvalidPayload(field, "is empty", next_step)
    if _CONTROL.search(text):
        raise InvalidPayload(field, "holds control characters", "write it in one line")


def require_app(field: str, bundle_id: str) -> None:
    """Refuse what cannot be an app's bundle identifier.

    raises: InvalidPayload.
    """
    if not _BUNDLE_ID.fullmatch(bundle_id):
        raise InvalidPayload(field, "is no app's identifier", "write it like com.example.app")


def require_host(field: str, host: str) -> None:
    """Refuse what is neither the name nor the address of a server.

    raises: InvalidPayload.
    """
    if _is_address(host) or (_HOST.fullmatch(host) and len(host) <= _LONGEST_HOST):
        return
    raise InvalidPayload(
        field, "is no server's name", "write it without https:// and path, like mail.example.org"
    )


def require_addresses(field: str, addresses: Iterable[str]) -> None:
    """Refuse what is no IPv4 or IPv6 address.

    raises: InvalidPayload.
    """
    for place, address in enumerate(addresses):
        if not _is_address(address):
            raise InvalidPayload(
                f"{field}[{place}]", "is no IP address", "write it like 192.0.2.53 or 2001:db8::53"
            )


def require_uuid(field: str, text: str) -> None:
    """Refuse what has not the form of a UUID.

    raises: InvalidPayload.
    """
    if not _UUID.fullmatch(text):
        raise InvalidPayload(field, "is no UUID", "write it as 8-4-4-4-12 hexadecimal digits")


def require_some(field: str, entries: Iterable[object], next_step: str) -> None:
    """Refuse an empty list.

    raises: InvalidPayload.
    """
    if not list(entries):
        raise InvalidPayload(field, "is empty", next_step)


def require_distinct(field: str, values: Iterable[str]) -> None:
    """Refuse a value that comes twice, upper and lower case taken as equal.

    raises: InvalidPayload.
    """
    found = [value.casefold() for value in values]
    for place, value in enumerate(found):
        if value in found[:place]:
            raise InvalidPayload(f"{field}[{place}]", "comes twice", "keep one of the two")


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    # A zone such as fe80::1%en0 says something about one machine only.
    return "%" not in text


def _written(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return stated(value)
    if isinstance(value, list | tuple):
        return [_written(element) for element in value] or None
    return value
