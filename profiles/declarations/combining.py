"""What a device obeys when several active configurations of one type set the same key.

Here: the value that applies for each key, and which configurations decided it; so that a preview
can say it before the device does. Not here: types that stand side by side, and which of two
wishes is the better one (policies).

source: Apple, schema of declarations, rules of combining per key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from profiles.declarations.json_form import canonical
from profiles.schema.declaration_facts import Applying, DeclarationFacts, Merging
from profiles.schema.declaration_tables import declaration_facts
from profiles.schema.facts import KeyFacts

_JOINING = frozenset({Merging.UNION, Merging.INTERSECTION, Merging.APPEND})


@dataclass(frozen=True, slots=True)
class CombinedKey:
    """One key that at least one configuration sets.

    field: nested keys joined with full stops.
    rule: None when nobody says which value applies; then the first one is given.
    decided_by: places in the given sequence whose value applies, or is part of what applies.
    overruled: places whose value does not.
    """

    field: str
    value: object
    rule: Merging | None
    decided_by: tuple[int, ...]
    overruled: tuple[int, ...]

    @property
    def is_doubtful(self) -> bool:
        """Whether values differ and nobody says which one applies."""
        return self.rule is None and bool(self.overruled)


def combine(
    declaration_type: str, payloads: Sequence[Mapping[str, object]]
) -> tuple[CombinedKey, ...]:
    """Tell what applies of several payloads of one type, key by key, in order of appearance.

    payloads: as the checks of their type accept them.
    returns: nothing for types whose configurations do not combine.
    raises: InvalidPayload for a type without a table.
    """
    facts = declaration_facts(declaration_type)
    if facts.applying is not Applying.COMBINED:
        return ()
    found: dict[str, tuple[str, dict[int, object]]] = {}
    for place, payload in enumerate(payloads):
        for leaf in _leaves(facts, "", "", payload):
            found.setdefault(leaf.field, (leaf.path, {}))[1][place] = leaf.value
    return tuple(_decided(facts, field, path, said) for field, (path, said) in found.items())


@dataclass(frozen=True, slots=True)
class _Leaf:
    field: str
    path: str
    value: object


def _leaves(facts: DeclarationFacts, field: str, path: str, value: object) -> Iterator[_Leaf]:
    if not isinstance(value, Mapping) or path in facts.merging:
        yield _Leaf(field, path, value)
        return
    any_key = any(rule.startswith(f"{path}.*") for rule in facts.merging)
    for name, inner in value.items():
        step = "*" if any_key else name
        yield from _leaves(
            facts, f"{field}.{name}".lstrip("."), f"{path}.{step}".lstrip("."), inner
        )


def _decided(
    facts: DeclarationFacts, field: str, path: str, said: Mapping[int, object]
) -> CombinedKey:
    rule = _rule(facts, path)
    value = _value(rule, list(said.values()), _order(facts, path))
    if rule in _JOINING:
        return CombinedKey(field, value, rule, tuple(said), ())
    winners = tuple(place for place, each in said.items() if canonical(each) == canonical(value))
    losers = tuple(place for place in said if place not in winners)
    return CombinedKey(field, value, rule, winners, losers)


def _rule(facts: DeclarationFacts, path: str) -> Merging | None:
    inside = [rule for at, rule in facts.merging.items() if at.startswith(f"{path}[]")]
    return facts.merging.get(path, inside[0] if inside else None)


def _value(rule: Merging | None, values: list[object], order: Sequence[object]) -> object:
    match rule:
        case Merging.TRUE_WINS:
            return any(values)
        case Merging.FALSE_WINS:
            return all(values)
        case Merging.MINIMUM | Merging.MAXIMUM:
            numbers = [value for value in values if isinstance(value, int | float)]
            return min(numbers) if rule is Merging.MINIMUM else max(numbers)
        case Merging.LATER_WINS | Merging.EARLIER_WINS:
            ranked = sorted(values, key=order.index)
            return ranked[-1] if rule is Merging.LATER_WINS else ranked[0]
        case Merging.UNION | Merging.INTERSECTION | Merging.APPEND:
            return _joined(rule, values)
        case _:
            return values[0]


def _joined(rule: Merging, values: list[object]) -> list[object]:
    lists = [list(value) if isinstance(value, list | tuple) else [value] for value in values]
    everything = [element for elements in lists for element in elements]
    if rule is Merging.APPEND:
        return everything
    if rule is Merging.INTERSECTION:
        everything = [e for e in everything if all(e in elements for elements in lists)]
    return [element for at, element in enumerate(everything) if element not in everything[:at]]


def _order(facts: DeclarationFacts, path: str) -> Sequence[object]:
    if path in facts.orders:
        return facts.orders[path]
    key = _key(facts.keys, path.split("."))
    return key.allowed if key is not None else ()


def _key(keys: Mapping[str, KeyFacts] | None, steps: list[str]) -> KeyFacts | None:
    key = (keys or {}).get(steps[0])
    return key if key is None or len(steps) == 1 else _key(key.keys, steps[1:])
