"""How often a payload type may be on a device, and what several of them do to each other.

Here: one answer per type, and the clashes in a set of payloads that are to be on one device.
Not here: which values of two such payloads apply (profiles.payloads.restrictions,
profiles.payloads.passcode), which of two wishes wins (policies).

source: Apple, "Profile-specific payload keys", column of allowed duplicates; MDM error codes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from profiles.configuration_profile import Payload
from profiles.schema.facts import Channel, Coexistence, PayloadFacts
from profiles.schema.tables import facts_of, payload_types


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Where a type may be, and how often.

    channels: of a Shared iPad; empty: never there.
    refused_with: error code of a device for a second one; None: none of its own.
    distinct_by: the key by which several must differ.
    excludes: types that cannot be beside it.
    """

    payload_type: str
    coexistence: Coexistence
    channels: frozenset[Channel]
    supervised: bool
    mdm_only: bool
    refused_with: int | None = None
    distinct_by: str | None = None
    excludes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TypeConflict:
    """Types of which a device would refuse one: the same twice, or two that exclude each other.

    payload_types: in alphabetical order; one name when the type itself comes too often.
    refused_with: what the device would answer, where it is known.
    """

    payload_types: tuple[str, ...]
    refused_with: int | None = None


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """Payloads that a device accepts, though nobody says which one it obeys.

    field: the key that has the same value in all of them.
    identifiers: PayloadIdentifier of each, in alphabetical order.
    """

    payload_type: str
    field: str
    identifiers: tuple[str, ...]


def occurrence_of(payload_type: str) -> Occurrence:
    """Tell how often and where a type may be.

    raises: InvalidPayload for a type without a table.
    """
    facts = facts_of(payload_type)
    return Occurrence(
        facts.payload_type,
        facts.coexistence,
        facts.channels,
        facts.supervised,
        facts.mdm_only,
        facts.refused_with,
        facts.distinct_by,
        facts.excludes,
    )


def conflicts_in(types: Iterable[str]) -> tuple[TypeConflict, ...]:
    """List what a device would refuse of payloads with these types.

    types: one entry per payload, in any order; types without a table are passed over.
    """
    counts = Counter(types)
    known = [facts_of(name) for name in sorted(payload_types() & counts.keys())]
    twice = [
        TypeConflict((facts.payload_type,), facts.refused_with)
        for facts in known
        if facts.coexistence is Coexistence.SINGLE and counts[facts.payload_type] > 1
    ]
    pairs = [_pair(*two) for two in combinations(known, 2) if _exclude_each_other(*two)]
    return (*twice, *pairs)


def ambiguities_in(payloads: Iterable[Payload]) -> tuple[Ambiguity, ...]:
    """List payloads of different profiles that would leave the device undecided.

    A key with a list counts as equal when one element is.
    """
    found: dict[tuple[str, str, str], set[str]] = {}
    for payload in payloads:
        for field, value in _telling_values(payload):
            found.setdefault((payload.type, field, value), set()).add(payload.identifier)
    return tuple(
        Ambiguity(payload_type, field, tuple(sorted(identifiers)))
        for (payload_type, field, _), identifiers in sorted(found.items())
        if len(identifiers) > 1
    )


def _telling_values(payload: Payload) -> list[tuple[str, str]]:
    if payload.type not in payload_types():
        return []
    field = facts_of(payload.type).distinct_by
    if field is None:
        return []
    name, _, inner = field.partition("[].")
    value = payload.content.get(name)
    values = value if isinstance(value, list | tuple) else [value]
    told = (entry.get(inner) if isinstance(entry, dict) else entry for entry in values)
    return [(field, text) for text in dict.fromkeys(told) if isinstance(text, str) and text]


def _exclude_each_other(first: PayloadFacts, second: PayloadFacts) -> bool:
    return second.payload_type in first.excludes or first.payload_type in second.excludes


def _pair(first: PayloadFacts, second: PayloadFacts) -> TypeConflict:
    return TypeConflict((first.payload_type, second.payload_type), first.refused_with)
