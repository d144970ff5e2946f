"""Walking through a command's values together with their descriptions.

Here: which description belongs to which value, also inside arrays, dictionaries and the items
of Settings. Used wherever parts of a command are judged: secrets, demands, danger.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from profiles import plist
from profiles.commands.parameters import Kind, Parameter

ITEM = Parameter("Item", Kind.STRING)


class Visit(NamedTuple):
    """One value that is present. path: as in `Settings[0].DeviceName`."""

    path: str
    parameter: Parameter
    value: plist.PlistValue


def walk(
    values: Mapping[str, plist.PlistValue], parameters: tuple[Parameter, ...], path: str = ""
) -> Iterator[Visit]:
    """Visit every present value that has a description, containers before their content."""
    for parameter in parameters:
        if parameter.key in values:
            value = values[parameter.key]
            yield from _visits(inner(path, parameter.key), parameter, value)


def inner(path: str, key: str) -> str:
    """Name a key inside the dictionary at `path`."""
    return f"{path}.{key}" if path else key


def variant_of(value: Mapping[str, object], parameter: Parameter) -> Parameter | None:
    """Find the description that the `Item` key of a dictionary names."""
    return next((known for known in parameter.variants if known.key == value.get("Item")), None)


def keys_of(value: Mapping[str, object], parameter: Parameter) -> tuple[Parameter, ...]:
    """List the descriptions that apply inside a dictionary, also if `Item` chooses among them."""
    if not parameter.variants:
        return parameter.keys
    variant = variant_of(value, parameter)
    return (ITEM, *variant.keys) if variant else ()


def _visits(path: str, parameter: Parameter, value: plist.PlistValue) -> Iterator[Visit]:
    if isinstance(value, Mapping):
        variant = variant_of(value, parameter)
        yield Visit(path, variant or parameter, value)
        yield from walk(value, keys_of(value, parameter), path)
        return
    yield Visit(path, parameter, value)
    if isinstance(value, list) and parameter.item is not None:
        for index, member in enumerate(value):
            yield from _visits(f"{path}[{index}]", parameter.item, member)
