"""Check a declaration's payload against what is known about its keys, and find what it names.

Here: errors that no device forgives; references to assets. Not here: what only some devices
refuse (profiles.schema.declaration_hints), rules between keys (profiles.declarations).

A device calls a declaration with one unknown key invalid as a whole, so spelling matters more
than in profiles.

source: Apple, "Declarative device management", reasons; the tables beside this file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from profiles.errors import InvalidPayload
from profiles.schema import reader
from profiles.schema.declaration_tables import declaration_facts
from profiles.schema.reader import Problem


@dataclass(frozen=True, slots=True)
class AssetReference:
    """A key that names an asset.

    field: its path, with places in lists in brackets. types: what the asset may be.
    """

    field: str
    identifier: str
    types: frozenset[str]


def check(declaration_type: str, payload: Mapping[str, object]) -> None:
    """Refuse a payload that every device would call invalid.

    raises: InvalidPayload for the first problem, or for a type without a table.
    """
    for problem in problems_in(declaration_type, payload):
        raise InvalidPayload(problem.field, problem.problem, problem.next_step)


def problems_in(declaration_type: str, payload: Mapping[str, object]) -> list[Problem]:
    """List every error in the order of the payload, missing keys last.

    raises: InvalidPayload for a type without a table.
    """
    facts = declaration_facts(declaration_type)
    if facts.any_key:
        return []
    return list(reader.in_dictionary("", payload, facts.keys))


def references_in(
    declaration_type: str, payload: Mapping[str, object]
) -> tuple[AssetReference, ...]:
    """List the assets that a payload names, in the order of the table; none for unknown types."""
    try:
        facts = declaration_facts(declaration_type)
    except InvalidPayload:
        return ()
    return tuple(
        AssetReference(field, identifier, types)
        for path, types in facts.references.items()
        for field, identifier in _texts_at("", payload, path.split("."))
    )


def _texts_at(field: str, value: object, steps: list[str]) -> Iterator[tuple[str, str]]:
    if isinstance(value, list | tuple):
        for place, element in enumerate(value):
            yield from _texts_at(f"{field}[{place}]", element, steps)
    elif not steps:
        if isinstance(value, str):
            yield field, value
    elif isinstance(value, Mapping):
        name = steps[0].removesuffix("[]")
        chosen = list(value) if name == "*" else [name] if name in value else []
        for key in chosen:
            yield from _texts_at(f"{field}.{key}".lstrip("."), value[key], steps[1:])
