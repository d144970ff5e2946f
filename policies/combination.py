"""Settings that a device combines: both are delivered, and for each key the device has a rule.

Here: what applies where two wishes set the same key differently, said before the device does.
Where Apple has no rule, the wider wish loses the key, so that the narrower scope decides.
Not here: the rules (profiles.schema, profiles.declarations.combining).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from policies.conflicts import Conflict, Precedence, precedence, strongest_first
from policies.wishes import WantedDeclaration, WantedProfile
from profiles.declarations.combining import CombinedKey, combine
from profiles.declarations.json_form import canonical
from profiles.errors import InvalidPayload
from profiles.payloads.restrictions import PAYLOAD_TYPE as RESTRICTIONS
from profiles.payloads.restrictions import Restrictions, most_restrictive
from profiles.schema.declaration_facts import Merging
from profiles.schema.facts import Combining
from profiles.schema.tables import facts_of

_LISTS = frozenset({Combining.UNION, Combining.INTERSECTION})


def combined_declarations(
    wishes: Iterable[WantedDeclaration],
) -> tuple[tuple[WantedDeclaration, ...], tuple[Conflict, ...]]:
    """Say what applies of declarations of one type.

    returns: the wishes in the order of their identifiers, wider ones without the keys that no
        rule decides, and a conflict for each key on which two disagree.
    """
    kept: list[WantedDeclaration] = []
    conflicts: list[Conflict] = []
    ordered = sorted(wishes, key=lambda wish: wish.declaration_type)
    for declaration_type, group in groupby(ordered, key=lambda wish: wish.declaration_type):
        ranked = strongest_first(group)
        payloads = [_payload(wish) for wish in ranked]
        decided = _combine(declaration_type, payloads)
        conflicts.extend(c for key in decided for c in _about_key(key, ranked))
        kept.extend(_without_undecided(ranked, payloads, decided))
    return tuple(sorted(kept, key=lambda wish: wish.identifier)), tuple(conflicts)


def combined_restrictions(profiles: Iterable[WantedProfile]) -> tuple[Conflict, ...]:
    """Say what applies where several profiles restrict the same key differently."""
    said: dict[str, list[tuple[WantedProfile, str]]] = {}
    for profile in strongest_first(profiles):
        for key, value in profile.content.restrictions:
            said.setdefault(key, []).append((profile, value))
    return tuple(c for key in sorted(said) for c in _about_restriction(key, said[key]))


def _payload(wish: WantedDeclaration) -> Mapping[str, object]:
    found = json.loads(wish.content)
    return found if isinstance(found, dict) else {}


def _combine(
    declaration_type: str, payloads: Sequence[Mapping[str, object]]
) -> tuple[CombinedKey, ...]:
    if len(payloads) < 2:
        return ()
    try:
        return combine(declaration_type, payloads)
    except InvalidPayload:
        # A type without a table stands side by side; whether a device takes it, it says itself.
        return ()


def _about_key(key: CombinedKey, ranked: Sequence[WantedDeclaration]) -> Iterator[Conflict]:
    value = canonical(key.value).decode()
    winner = ranked[key.decided_by[0]]
    for place in key.overruled:
        loser = ranked[place]
        because = precedence(winner, loser) if _undecided(key) else Precedence.MOST_RESTRICTIVE
        yield Conflict(loser.declaration_type, winner, loser, because, key.field, value)
    for place in key.decided_by[1:]:
        if _joins_differently(key, ranked, place):
            loser = ranked[place]
            why = Precedence.COMBINED
            yield Conflict(loser.declaration_type, winner, loser, why, key.field, value)


def _joins_differently(key: CombinedKey, ranked: Sequence[WantedDeclaration], place: int) -> bool:
    """Whether one of several that share in a list said another one than the first."""
    if key.rule not in (Merging.UNION, Merging.INTERSECTION, Merging.APPEND):
        return False
    first, other = (_at(_payload(ranked[p]), key.field) for p in (key.decided_by[0], place))
    return canonical(first) != canonical(other)


def _at(payload: object, field: str) -> object:
    """The value at a path; keys with full stops in them are tried whole."""
    if not isinstance(payload, Mapping) or not field:
        return payload
    if field in payload:
        return payload[field]
    for name, inner in payload.items():
        if field.startswith(f"{name}."):
            return _at(inner, field.removeprefix(f"{name}."))
    return None


def _undecided(key: CombinedKey) -> bool:
    return key.rule is None or key.rule is Merging.FIRST_WINS


def _without_undecided(
    ranked: Sequence[WantedDeclaration],
    payloads: Sequence[Mapping[str, object]],
    decided: Iterable[CombinedKey],
) -> Iterator[WantedDeclaration]:
    """Take from each what no rule decides and a stronger one decides otherwise.

    The whole top-level key goes, for what stands inside belongs together.
    """
    lost: dict[int, set[str]] = {}
    for key in decided:
        for place in key.overruled if _undecided(key) else ():
            lost.setdefault(place, set()).add(key.field.partition(".")[0])
    for place, (wish, payload) in enumerate(zip(ranked, payloads, strict=True)):
        left = {name: v for name, v in payload.items() if name not in lost.get(place, ())}
        if place not in lost:
            yield wish
        elif left:
            yield replace(wish, content=canonical(left))


def _about_restriction(key: str, said: Sequence[tuple[WantedProfile, str]]) -> Iterator[Conflict]:
    if len({value for _, value in said}) < 2:
        return
    applies = _applying(key, [value for _, value in said])
    winner = next((profile for profile, value in said if value == applies), said[0][0])
    for profile, value in said:
        if profile is not winner and value != applies:
            yield Conflict(RESTRICTIONS, winner, profile, _why(key), key, applies)


def _applying(key: str, values: Sequence[str]) -> str:
    """The value that applies, as JSON; the first one where Apple gives no rule."""
    try:
        together = Restrictions({key: json.loads(values[0])})
        for value in values[1:]:
            together = most_restrictive(together, Restrictions({key: json.loads(value)}))
    except InvalidPayload:
        return values[0]
    return canonical(together.values[key]).decode()


def _why(key: str) -> Precedence:
    facts = facts_of(RESTRICTIONS).keys.get(key)
    if facts is None or facts.combining is None:
        return Precedence.NO_RULE
    return Precedence.COMBINED if facts.combining in _LISTS else Precedence.MOST_RESTRICTIVE
