"""Check the content of a payload against what is known about its keys.

Here: errors that no device would forgive: unknown keys, wrong kinds, values out of range.
Not here: what only some devices refuse (profiles.schema.hints); rules between keys
(profiles.payloads, one file per payload).

source: Apple, "Profile-specific payload keys"; the tables beside this file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from profiles.errors import InvalidPayload
from profiles.schema.facts import KeyFacts, ValueKind
from profiles.schema.tables import facts_of

# Exact types: Python counts True as an integer, an iPad does not.
_TYPES: Mapping[ValueKind, tuple[type, ...]] = {
    ValueKind.BOOLEAN: (bool,),
    ValueKind.INTEGER: (int,),
    ValueKind.REAL: (float,),
    ValueKind.STRING: (str,),
    ValueKind.DATA: (bytes,),
    ValueKind.ARRAY: (list, tuple),
    ValueKind.DICTIONARY: (dict,),
    ValueKind.STRING_OR_STRINGS: (str, list, tuple),
}

# A foreign key is named in errors, but not at any length.
_LONGEST_SHOWN = 80

_KIND_WORDS: Mapping[ValueKind, str] = {
    ValueKind.BOOLEAN: "true or false",
    ValueKind.INTEGER: "a whole number",
    ValueKind.REAL: "a number with a decimal point",
    ValueKind.STRING: "a text",
    ValueKind.DATA: "bytes",
    ValueKind.ARRAY: "a list",
    ValueKind.DICTIONARY: "a dictionary",
    ValueKind.STRING_OR_STRINGS: "a text or a list of texts",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One error of a payload.

    field: the key; nested keys are joined with full stops, places in lists stand in brackets.
    next_step: what the author can do, never empty.
    """

    field: str
    problem: str
    next_step: str


def check(payload_type: str, content: Mapping[str, object]) -> None:
    """Refuse content that every device would refuse or misread.

    content: the payload's own keys, without PayloadType and its companions.
    raises: InvalidPayload for the first problem, or for a type without a table.
    """
    for problem in problems_in(payload_type, content):
        raise InvalidPayload(problem.field, problem.problem, problem.next_step)


def problems_in(payload_type: str, content: Mapping[str, object]) -> list[Problem]:
    """List every error in the order of the content, missing keys last.

    raises: InvalidPayload for a type without a table.
    """
    return list(in_dictionary("", content, facts_of(payload_type).keys))


def in_dictionary(
    path: str, content: Mapping[str, object], keys: Mapping[str, KeyFacts]
) -> Iterator[Problem]:
    """Go through the keys of any dictionary of which there is a table.

    path: what stands before each key in `field`; empty, or ending with a full stop.
    """
    for name, value in content.items():
        if name in keys:
            yield from _in_value(path + name, value, keys[name])
        else:
            shown = str(name)[:_LONGEST_SHOWN]
            yield Problem(path + shown, "is not a known key", _similar(shown, keys))
    for name, facts in keys.items():
        if facts.required and name not in content:
            yield Problem(path + name, "is missing", f"add it: {_KIND_WORDS[facts.kind]}")


def _in_value(path: str, value: object, facts: KeyFacts) -> Iterator[Problem]:
    if type(value) not in _TYPES[facts.kind]:
        yield Problem(path, "has the wrong kind of value", f"write {_KIND_WORDS[facts.kind]}")
    elif isinstance(value, dict) and facts.keys is not None:
        yield from in_dictionary(f"{path}.", value, facts.keys)
    elif isinstance(value, list | tuple):
        yield from _in_array(path, value, facts)
    elif isinstance(value, str):
        yield from _in_text(path, value, facts)
    elif isinstance(value, int | float):
        yield from _in_number(path, value, facts)


def _in_array(
    path: str, value: list[object] | tuple[object, ...], facts: KeyFacts
) -> Iterator[Problem]:
    if not _within(len(value), facts):
        yield Problem(path, "has the wrong number of elements", f"give {_bounds(facts)}")
    item = facts.item or KeyFacts(facts.name, ValueKind.STRING)
    for place, element in enumerate(value):
        yield from _in_value(f"{path}[{place}]", element, item)


def _in_text(path: str, value: str, facts: KeyFacts) -> Iterator[Problem]:
    if facts.allowed and value not in facts.allowed:
        yield Problem(path, "is not one of the known values", f"use {_listed(facts)}")
    elif facts.pattern and not re.fullmatch(facts.pattern, value, re.ASCII | re.DOTALL):
        yield Problem(path, "is not in the expected form", f"it must match {facts.pattern}")


def _in_number(path: str, value: float, facts: KeyFacts) -> Iterator[Problem]:
    if facts.allowed and value not in facts.allowed:
        yield Problem(path, "is not one of the known values", f"use {_listed(facts)}")
    elif not _within(value, facts):
        yield Problem(path, "is out of range", f"give {_bounds(facts)}")


def _within(number: float, facts: KeyFacts) -> bool:
    # Written so that "not a number" is never within.
    above = facts.minimum is None or number >= facts.minimum
    return above and (facts.maximum is None or number <= facts.maximum)


def _bounds(facts: KeyFacts) -> str:
    if facts.maximum is None:
        return f"{facts.minimum} or more"
    return f"{facts.minimum or 0} to {facts.maximum}"


def _listed(facts: KeyFacts) -> str:
    return ", ".join(str(value) for value in facts.allowed)


def _similar(name: str, keys: Mapping[str, KeyFacts]) -> str:
    by_lower_case = {key.lower(): key for key in keys}
    near = get_close_matches(name.lower(), by_lower_case, n=1, cutoff=0.8)
    return f"did you mean {by_lower_case[near[0]]}?" if near else "remove it"
