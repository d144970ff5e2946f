"""Frozen values as JSON, both ways, and the digest that tells equal values.

Here: one rule for every dataclass of this package, by its annotations: its class goes under
`is`, its fields under their names; instants in ISO 8601, bytes in Base64, tuples as lists, sets
as sorted lists. Not here: what people write by hand, which has readers of its own
(policies.blueprint_json, policies.group_json).
"""

from __future__ import annotations

import base64
import hashlib
import json
import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import cache
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

from policies.errors import InvalidStored

_CLASS = "is"
# Read as they are stored. A preview lists every iPad of a city, so they are not read one by one.
_NAMES_AND_NUMBERS = (int, str)


def write_value(value: object) -> Any:
    """Write a value as JSON; equal values give equal JSON."""
    writer = _WRITERS.get(type(value))
    if writer is not None:
        return writer(value)
    if is_dataclass(value):
        return _write_dataclass(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): write_value(value[key]) for key in sorted(value)}
    raise InvalidStored(type(value).__name__, "has no form in JSON")


def read_value(kind: Any, stored: object, path: str = "") -> Any:
    """Read what `write_value` wrote.

    kind: a class, or a union of classes. path: of the value, for errors.
    raises: InvalidStored with the path of the field.
    """
    try:
        return _read(kind, stored, path)
    except (TypeError, ValueError, KeyError) as error:
        if isinstance(error, InvalidStored):
            raise
        raise InvalidStored(path, "cannot be read") from error


def digest(value: object, now: datetime | None = None) -> str:
    """64 characters that change exactly when the value does.

    now: an instant that counts as the word `now`, so that looking twice comes to the same.
    """
    text = json.dumps(write_value(value), separators=(",", ":"), ensure_ascii=False)
    if now is not None:
        text = text.replace(json.dumps(write_value(now)), '"now"')
    return hashlib.sha256(text.encode()).hexdigest()


def _same(value: object) -> object:
    return value


_WRITERS: dict[type, Callable[[Any], Any]] = {
    str: _same,
    int: _same,
    bool: _same,
    float: _same,
    type(None): _same,
    datetime: datetime.isoformat,
    timedelta: timedelta.total_seconds,
    bytes: lambda value: base64.b64encode(value).decode(),
    tuple: lambda value: [write_value(entry) for entry in value],
    list: lambda value: [write_value(entry) for entry in value],
    frozenset: lambda value: sorted(map(write_value, value), key=json.dumps),
}


def _write_dataclass(value: object) -> dict[str, Any]:
    kind: type = type(value)
    names = _field_names(kind)
    return {_CLASS: kind.__name__, **{name: write_value(getattr(value, name)) for name in names}}


@cache
def _field_names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _read(kind: Any, stored: Any, path: str) -> Any:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _read_union(get_args(kind), stored, path)
    if origin in (tuple, frozenset):
        member = get_args(kind)[0]
        if member in _NAMES_AND_NUMBERS and set(map(type, stored)) <= {member}:
            return origin(stored)
        entries = [_read(member, entry, f"{path}[{place}]") for place, entry in enumerate(stored)]
        return origin(entries)
    if origin is not None:
        keys, values = get_args(kind)
        return {keys(key): _read(values, entry, f"{path}.{key}") for key, entry in stored.items()}
    if is_dataclass(kind):
        return _read_dataclass(cast(type, kind), stored, path)
    return _read_plain(kind, stored, path)


def _read_plain(kind: Any, stored: Any, path: str) -> Any:
    try:
        return _plain(kind, stored, path)
    except (TypeError, ValueError) as error:
        if isinstance(error, InvalidStored):
            raise
        raise InvalidStored(path, f"is no {kind.__name__}") from error


def _read_union(kinds: tuple[Any, ...], stored: Any, path: str) -> Any:
    if stored is None and type(None) in kinds:
        return None
    named = stored.get(_CLASS) if isinstance(stored, Mapping) else None
    for kind in kinds:
        fits = kind.__name__ == named if named else not is_dataclass(kind)
        if fits and kind is not type(None):
            return _read(kind, stored, path)
    raise InvalidStored(path, "is of no known kind")


def _read_dataclass(kind: type, stored: Any, path: str) -> Any:
    if not isinstance(stored, Mapping) or stored.get(_CLASS) != kind.__name__:
        raise InvalidStored(path, f"is no {kind.__name__}")
    hints = _hints(kind)
    # A field that an older version did not write has the default it got since.
    known = [name for name in _field_names(kind) if name in stored]
    return kind(**{n: _read(hints[n], stored[n], f"{path}.{n}".lstrip(".")) for n in known})


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _plain(kind: Any, stored: Any, path: str) -> Any:
    if kind is datetime:
        return datetime.fromisoformat(stored)
    if kind is timedelta:
        return timedelta(seconds=stored)
    if kind is bytes:
        return base64.b64decode(stored)
    if issubclass(kind, Enum):
        return kind(stored)
    if not isinstance(stored, kind) or (kind is int and isinstance(stored, bool)):
        raise InvalidStored(path, f"is no {kind.__name__}")
    return stored
