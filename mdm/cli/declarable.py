"""`mdm blueprint declarations`: what a setting of the kind declaration may say.

Not here: the facts (profiles.schema), what the keys must not say together (profiles.declarations).
"""

from collections.abc import Iterator, Mapping

import click

from mdm.cli.output import print_table
from policies.blueprint import declarable_types
from profiles.schema.declaration_tables import declaration_facts
from profiles.schema.facts import KeyFacts, ValueKind

_PREFIX = "com.apple.configuration."


@click.command()
@click.argument("name", metavar="[TYPE]", required=False)
def declarations(name: str | None) -> None:
    """List the declarations that a blueprint may hold, or the keys of one and what they take.

    TYPE: in full, or without com.apple.configuration.
    """
    if name is None:
        types = [(one, str(declaration_facts(one).since)) for one in declarable_types()]
        return print_table(("Type", "From iPadOS"), types)
    full = name if name.startswith(_PREFIX) else f"{_PREFIX}{name}"
    if full not in declarable_types():
        raise click.UsageError(f"{name[:80]} is none of them; leave it out to see the list")
    facts = declaration_facts(full)
    rows = [
        (path, "required" if key.required else "", str(key.since or facts.since), _wording(key))
        for path, key in _keys("", facts.keys)
        if path not in facts.references
    ]
    return print_table(("Key", "", "From iPadOS", "What to write"), rows)


def _keys(above: str, keys: Mapping[str, KeyFacts]) -> Iterator[tuple[str, KeyFacts]]:
    for name, key in keys.items():
        path = f"{above}{name}"
        element = key.item or key
        if element.keys:
            yield from _keys(f"{path}{'[]' if key.item else ''}.", element.keys)
        else:
            yield path, key


def _wording(key: KeyFacts) -> str:
    if key.allowed:
        return " | ".join(str(value) for value in key.allowed)
    if key.minimum is not None and key.maximum is not None:
        return f"{key.kind.value}, {key.minimum:g} to {key.maximum:g}"
    if key.kind is ValueKind.ARRAY and key.item is not None:
        return f"array of: {_wording(key.item)}"
    return key.kind.value
