"""Values that a person wrote in a file, read into the dataclasses that payloads are built from.

Here: kinds of value, names of fields and of choices, which of several forms is meant. Not here:
which payload a file names (profiles.payloads.by_name), ranges and rules between fields (each
payload's own file).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from difflib import get_close_matches
from enum import Enum, Flag
from functools import cache, reduce
from operator import or_
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from profiles.errors import InvalidPayload

_PLAIN: Mapping[type, str] = {
    str: "a text",
    int: "a whole number",
    bool: "true or false",
    bytes: 'a file: { from_file = "name" }',
}
_LISTS = (tuple, frozenset, Iterable)
_LONGEST_NAME = 80


def read_typed(kind: Any, value: object, path: str) -> Any:
    """Read a value of TOML or JSON as a kind of Python's.

    kind: as annotated; dataclasses, enums (named by their members, in small letters), lists,
        dictionaries with any content, choices of several. path: of the value, for refusals.
    raises: InvalidPayload with the path of the field: wrong kind, unknown or missing field, and
        whatever the dataclass itself refuses, by Apple's key.
    """
    origin, inside = get_origin(kind), get_args(kind)
    if kind is Any:
        return value
    if origin in (Union, UnionType):
        return read_typed(
            _meant([one for one in inside if one is not NoneType], value), value, path
        )
    if origin in _LISTS:
        return _list(origin, inside, value, path)
    if origin is not None and issubclass(origin, Mapping):
        return _mapping(inside[1], value, path)
    if is_dataclass(kind):
        return _filled(kind, value, path)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _choice(kind, value, path)
    return _plain(kind, value, path)


def read_fields(
    wanted: Mapping[str, Any], required: Iterable[str], value: object, path: str
) -> dict[str, Any]:
    """Read the fields of a table. wanted: name → kind. raises: InvalidPayload."""
    if not isinstance(value, Mapping):
        raise InvalidPayload(path, "is no table", f"give {', '.join(wanted)}")
    for name in value:
        if name not in wanted:
            field = _below(path, str(name)[:_LONGEST_NAME])
            raise InvalidPayload(field, "is not a known field", _like(name, wanted))
    for name in required:
        if name not in value:
            hint = f"give {wording(wanted[name])}"
            raise InvalidPayload(_below(path, name), "is missing", hint)
    return {
        name: read_typed(wanted[name], entry, _below(path, name)) for name, entry in value.items()
    }


@cache
def fields_of(kind: type) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """The fields of a dataclass, name → kind, and the names of those that must be given."""
    hints = get_type_hints(kind)
    own = [one for one in fields(kind) if one.init]
    required = [
        one.name for one in own if _is_required(one) and NoneType not in get_args(hints[one.name])
    ]
    return {one.name: hints[one.name] for one in own}, tuple(required)


def choices_of(kind: type[Enum]) -> list[str]:
    """The names of an enum's members, as people write them."""
    return [name.lower() for name in kind.__members__]


def wording(kind: Any) -> str:
    """What to write for a kind of value, in a few words."""
    inside = [one for one in get_args(kind) if one not in (NoneType, Ellipsis)]
    if get_origin(kind) in (Union, UnionType):
        return " or ".join(wording(one) for one in inside)
    if get_origin(kind) in _LISTS:
        return f"a list of: {', '.join(wording(one) for one in inside)}"
    if isinstance(kind, type) and is_dataclass(kind):
        return f"{{ {', '.join(fields_of(kind)[0])} }}"
    if isinstance(kind, type) and issubclass(kind, Enum):
        return " | ".join(choices_of(kind))
    return _PLAIN.get(kind, "a table")


def tables_in(kind: Any, mark: str = "") -> Iterator[tuple[str, type]]:
    """The tables that a field takes, each with a mark such as `[]` for an element of a list."""
    if isinstance(kind, type) and is_dataclass(kind):
        yield mark, kind
    deeper = f"{mark}[]" if get_origin(kind) in _LISTS else mark
    for inside in get_args(kind):
        yield from tables_in(inside, deeper)


def _filled(kind: Any, value: object, path: str) -> Any:
    wanted, required = fields_of(kind)
    values = read_fields(wanted, required, value, path)
    # A file has no word for "none": where a field may be absent, leaving it out says so.
    return below(path, lambda: kind(**{**_unstated(kind), **values}))


def _unstated(kind: Any) -> dict[str, None]:
    wanted, required = fields_of(kind)
    with_default = {one.name for one in fields(kind) if not _is_required(one)}
    return {name: None for name in wanted if name not in {*required, *with_default}}


def _is_required(field: Field[Any]) -> bool:
    return field.default is field.default_factory is MISSING


def below(path: str, make: Callable[[], Any]) -> Any:
    """Make a value; where it refuses one of Apple's keys, say where that stands."""
    try:
        return make()
    except InvalidPayload as error:
        if error.field.startswith(path):
            raise
        raise InvalidPayload(_below(path, error.field), error.problem, error.next_step) from error


def _meant(kinds: list[Any], value: object) -> Any:
    """The one of several forms that a value comes closest to, by the names of its fields."""
    if not isinstance(value, Mapping):
        return kinds[0]
    return min(kinds, key=lambda kind: _distance(kind, value))


def _distance(kind: Any, value: Mapping[Any, object]) -> int:
    if not (isinstance(kind, type) and is_dataclass(kind)):
        return len(value) + 1
    wanted, required = fields_of(kind)
    return len(value.keys() - wanted.keys()) + len(set(required) - value.keys())


def _list(origin: Any, inside: tuple[Any, ...], value: object, path: str) -> Any:
    if not isinstance(value, list | tuple):
        raise InvalidPayload(path, "is no list", "write it in square brackets")
    if origin is tuple and inside[-1] is not Ellipsis:
        return _fixed(inside, value, path)
    read = [read_typed(inside[0], entry, f"{path}[{n}]") for n, entry in enumerate(value)]
    return frozenset(read) if origin is frozenset else tuple(read)


def _fixed(inside: tuple[Any, ...], value: list[Any] | tuple[Any, ...], path: str) -> Any:
    if len(value) != len(inside):
        raise InvalidPayload(path, f"has not {len(inside)} entries", "give each of them")
    pairs = enumerate(zip(inside, value, strict=True))
    return tuple(read_typed(kind, entry, f"{path}[{n}]") for n, (kind, entry) in pairs)


def _mapping(inside: Any, value: object, path: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise InvalidPayload(path, "is no table", "give its keys")
    return {key: read_typed(inside, entry, _below(path, key)) for key, entry in value.items()}


def _choice(kind: type[Enum], value: object, path: str) -> Any:
    if issubclass(kind, Flag):
        several = value if isinstance(value, list | tuple) else [value]
        return reduce(or_, (_member(kind, one, path) for one in several), kind(0))
    return _member(kind, value, path)


def _member(kind: type[Enum], value: object, path: str) -> Any:
    choices = choices_of(kind)
    if not isinstance(value, str) or value not in choices:
        raise InvalidPayload(path, "is not one of the choices", f"write {', '.join(choices)}")
    return kind[value.upper()]


def _plain(kind: Any, value: object, path: str) -> Any:
    # A password may stand in a file of its own, and a fingerprint needs none.
    if kind is str and isinstance(value, bytes):
        return _decoded(value, path)
    if kind is bytes and isinstance(value, str):
        return _digits(value, path)
    if type(value) is not kind:
        raise InvalidPayload(path, "has the wrong kind of value", f"give {wording(kind)}")
    return value


def _decoded(value: bytes, path: str) -> str:
    try:
        return value.decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise InvalidPayload(path, "is not written in UTF-8", "save the file as UTF-8") from error


def _digits(value: str, path: str) -> bytes:
    try:
        return bytes.fromhex(value.replace(":", ""))
    except ValueError as error:
        hint = f"give {_PLAIN[bytes]}"
        raise InvalidPayload(path, "is no file, and no hexadecimal digits", hint) from error


def _like(name: object, wanted: Mapping[str, Any]) -> str:
    similar = get_close_matches(str(name), wanted, n=1)
    return f"did you mean {similar[0]}?" if similar else f"the fields are {', '.join(wanted)}"


def _below(path: str, name: str) -> str:
    return f"{path}.{name}".lstrip(".")
