"""Restrictions as somebody types them: Apple's keys, values by the kind the key wants."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from profiles.errors import InvalidPayload
from profiles.payloads.restrictions import PAYLOAD_TYPE, Restrictions
from profiles.schema.facts import ValueKind
from profiles.schema.tables import facts_of

_WORDS = {"true": True, "yes": True, "false": False, "no": False}


def read_restrictions(pairs: Iterable[str]) -> Restrictions:
    """Read texts of the form key=value.

    raises: InvalidPayload naming the key (unknown, or a value of the wrong kind or range).
    """
    return Restrictions(dict(_pair(text) for text in pairs))


def _pair(text: str) -> tuple[str, Any]:
    key, separator, value = text.partition("=")
    if not separator:
        raise InvalidPayload(key, "has no value", "write it as key=value")
    facts = facts_of(PAYLOAD_TYPE).keys.get(key)
    # An unknown key goes through as it is, so that it is refused where its like is suggested.
    read = _READERS.get(facts.kind) if facts is not None else None
    return key, read(key, value) if read is not None else value


def _boolean(key: str, value: str) -> bool:
    if value.lower() not in _WORDS:
        raise InvalidPayload(key, "is a choice of two", "say true or false")
    return _WORDS[value.lower()]


def _whole(key: str, value: str) -> int:
    try:
        return int(value)
    except ValueError as error:
        raise InvalidPayload(key, "is a whole number", "write it in digits") from error


def _real(key: str, value: str) -> float:
    try:
        return float(value)
    except ValueError as error:
        raise InvalidPayload(key, "is a number", "write it in digits") from error


def _list(_key: str, value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


_READERS: Mapping[ValueKind, Callable[[str, str], Any]] = {
    ValueKind.BOOLEAN: _boolean,
    ValueKind.INTEGER: _whole,
    ValueKind.REAL: _real,
    ValueKind.ARRAY: _list,
}
