"""JSON as devices and this server exchange it: one spelling out, a cautious reader in.

Here: canonical bytes; reading an object with limits on size and depth.
Not here: what the keys mean (declaration.py, status_report.py).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import NoReturn

from profiles.errors import InvalidPayload, MalformedMessage

JsonValue = None | bool | int | float | str | Sequence["JsonValue"] | Mapping[str, "JsonValue"]
JsonObject = dict[str, JsonValue]

# A day's full report of an iPad with a thousand apps stays below one megabyte.
LARGEST_BYTES = 8 * 1024 * 1024
DEEPEST = 32

_NOT_STORABLE = re.compile("[\\x00\\ud800-\\udfff]")


def canonical(value: object) -> bytes:
    """Write a value so that equal content has equal bytes, whatever the order of its keys.

    raises: InvalidPayload for what JSON cannot say: bytes, infinite numbers, halves of
        characters, keys that are no texts.
    """
    _require_text_keys(value, DEEPEST)
    try:
        text = json.dumps(
            value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
        )
        return text.encode()
    except (TypeError, ValueError) as error:
        raise InvalidPayload(
            "Payload", "holds a value that JSON cannot say", "use texts, numbers, lists"
        ) from error


def read_object(body: bytes, name: str) -> JsonObject:
    """Read a JSON object from a device or a person.

    name: stands for the whole document in errors. Characters that no database keeps (NUL, halves
        of pairs) are replaced by U+FFFD.
    raises: MalformedMessage: no JSON, no object, a key twice, larger than 8 MiB, nested deeper
        than 32, or with a number that JSON does not have.
    """
    if len(body) > LARGEST_BYTES:
        raise MalformedMessage(name, "larger than 8 MiB")
    try:
        value = json.loads(
            body, object_pairs_hook=_distinct, parse_constant=_refuse, parse_float=_finite
        )
    except (ValueError, RecursionError):
        # The cause is not kept: its message would repeat what was sent.
        raise MalformedMessage(name, "no readable JSON") from None
    if not isinstance(value, dict):
        raise MalformedMessage(name, "no JSON object")
    return {_storable(key): _cleaned(entry, name, DEEPEST) for key, entry in value.items()}


def _cleaned(value: object, name: str, levels: int) -> JsonValue:
    if levels == 0:
        raise MalformedMessage(name, "nested too deeply")
    if isinstance(value, dict):
        return {_storable(key): _cleaned(entry, name, levels - 1) for key, entry in value.items()}
    if isinstance(value, list):
        return [_cleaned(element, name, levels - 1) for element in value]
    if isinstance(value, str):
        return _storable(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    raise MalformedMessage(name, "a value of an unknown kind")


def _storable(text: str) -> str:
    return _NOT_STORABLE.sub("\ufffd", text)


def _distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key comes twice")
    return found


def _refuse(_: str) -> NoReturn:
    raise ValueError("no number of JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("too large a number")
    return number


def _require_text_keys(value: object, levels: int) -> None:
    if levels == 0:
        raise InvalidPayload("Payload", "is nested too deeply", "flatten it")
    if isinstance(value, Mapping):
        if any(not isinstance(key, str) for key in value):
            raise InvalidPayload("Payload", "has a key that is no text", "write it as text")
        value = list(value.values())
    if isinstance(value, list | tuple):
        for element in value:
            if not isinstance(element, str):
                _require_text_keys(element, levels - 1)
