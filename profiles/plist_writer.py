"""Writing XML property lists for devices.

Here: the one way from Python values to bytes; the same value gives the same bytes.
Not here: reading (plist_reader).
"""

import binascii
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import isfinite
from typing import TypeAlias

from profiles.errors import MalformedMessage

WritableValue: TypeAlias = (
    "str | int | float | bool | bytes | datetime"
    " | Sequence[WritableValue] | Mapping[str, WritableValue]"
)

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN"'
    ' "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n'
    '<plist version="1.0">'
)
_TAIL = "</plist>\n"
_SPECIAL = re.compile(r"[&<>\r]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def write(value: WritableValue) -> bytes:
    """Write a value as an XML property list, keys in the order given.

    raises: MalformedMessage with the path of the field that has no form in a property list:
        None, a time without zone, an integer beyond 64 bits, a control character and the like.
    """
    parts = [_HEAD]
    _write(parts, value, "")
    parts.append(_TAIL)
    return "".join(parts).encode()


def _write(parts: list[str], value: object, path: str) -> None:
    match value:
        case str():
            parts.append(f"<string>{_escaped(value, path)}</string>")
        case bool():
            parts.append("<true/>" if value else "<false/>")
        case int():
            parts.append(f"<integer>{_integer(value, path)}</integer>")
        case float():
            parts.append(f"<real>{_real(value, path)}</real>")
        case bytes():
            parts.append(f"<data>{binascii.b2a_base64(value, newline=False).decode()}</data>")
        case datetime():
            parts.append(f"<date>{_date(value, path)}</date>")
        case Mapping():
            _write_dictionary(parts, value, path)
        case list() | tuple():
            _write_array(parts, value, path)
        case _:
            raise MalformedMessage(path or "root", "a property list has no such value")


def _write_dictionary(parts: list[str], value: Mapping[object, object], path: str) -> None:
    parts.append("<dict>")
    for key, item in value.items():
        if not isinstance(key, str):
            raise MalformedMessage(path or "root", "a key is not a string")
        inner = f"{path}.{key}" if path else key
        parts.append(f"<key>{_escaped(key, inner)}</key>")
        _write(parts, item, inner)
    parts.append("</dict>")


def _write_array(parts: list[str], value: Sequence[object], path: str) -> None:
    parts.append("<array>")
    for index, item in enumerate(value):
        _write(parts, item, f"{path}[{index}]")
    parts.append("</array>")


def _escaped(text: str, path: str) -> str:
    if _FORBIDDEN.search(text):
        raise MalformedMessage(path or "root", "a character that XML cannot carry")
    # A bare carriage return would come back as a line feed: XML normalises line ends.
    return _SPECIAL.sub(lambda found: _ENTITIES[found[0]], text)


def _integer(number: int, path: str) -> int:
    if not -(2**63) <= number < 2**64:
        raise MalformedMessage(path or "root", "an integer beyond 64 bits")
    return int(number)


def _real(number: float, path: str) -> str:
    if not isfinite(number):
        raise MalformedMessage(path or "root", "a real that is no number")
    return repr(float(number))


def _date(instant: datetime, path: str) -> str:
    if instant.tzinfo is None:
        raise MalformedMessage(path or "root", "a time without zone")
    try:
        utc = instant.astimezone(UTC)
    except OverflowError as error:
        raise MalformedMessage(path or "root", "a time outside the calendar") from error
    return f"{utc.year:04}-{utc:%m-%dT%H:%M:%S}Z"
