"""Restrictions: what an iPad does not allow, or insists on.

Here: a set of restrictions, checked by the table of keys, and how two sets add up on a device.
Not here: the keys (profiles.schema), what a school wishes (policies).

A key that is absent has no opinion. Writing a default "to be sure" only makes noise: false for a
key that forces something loosens nothing that another profile demands.

source: Apple, "Restrictions" payload documentation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from profiles.configuration_profile import Payload
from profiles.errors import InvalidPayload
from profiles.payloads.checked_payload import checked_payload, refuse_faulty
from profiles.schema.facts import Combining
from profiles.schema.tables import facts_of

PAYLOAD_TYPE = "com.apple.applicationaccess"

RestrictionValue = bool | int | float | str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Restrictions:
    """Keys and values, checked when made; lists become tuples, the mapping read-only.

    values: key as Apple spells it → value; at delivery texts are filled (profiles.variables).
    raises: InvalidPayload naming the key and the next step.
    """

    values: Mapping[str, Any]

    def __post_init__(self) -> None:
        refuse_faulty(PAYLOAD_TYPE, self.values)
        fixed = {key: _fixed(value) for key, value in self.values.items()}
        object.__setattr__(self, "values", MappingProxyType(fixed))


def restrictions_payload(
    restrictions: Restrictions, identifier: str, display_name: str = "Einschränkungen"
) -> Payload:
    """Write restrictions as a payload, keys in alphabetical order.

    identifier: PayloadIdentifier, unique in its profile.
    The same restrictions give the same PayloadUUID, in whatever order they were given.
    """
    content = {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in sorted(restrictions.values.items())
    }
    return checked_payload(PAYLOAD_TYPE, identifier, display_name, content)


def most_restrictive(first: Restrictions, second: Restrictions) -> Restrictions:
    """Tell what a device obeys that has both: the stricter value of every key.

    raises: InvalidPayload when both set a key differently for which Apple gives no rule.
    source: Apple, "Restrictions": the most restrictive value applies.
    """
    together = dict(first.values)
    for key, value in second.values.items():
        together[key] = _combined(key, together[key], value) if key in together else value
    return Restrictions(together)


def _combined(key: str, first: Any, second: Any) -> RestrictionValue:
    rule = facts_of(PAYLOAD_TYPE).keys[key].combining
    match rule:
        case Combining.FALSE_WINS:
            return bool(first and second)
        case Combining.TRUE_WINS:
            return bool(first or second)
        case Combining.MINIMUM:
            return min(first, second)  # type: ignore[no-any-return]
        case Combining.MAXIMUM:
            return max(first, second)  # type: ignore[no-any-return]
        case Combining.UNION:
            return tuple(sorted({*first, *second}))
        case Combining.INTERSECTION:
            return tuple(sorted({*first} & {*second}))
        case None:
            return _agreed(key, first, second)


def _agreed(key: str, first: Any, second: Any) -> RestrictionValue:
    if first != second:
        raise InvalidPayload(
            key, "is set in two ways and has no rule which one applies", "set it in one place"
        )
    return first  # type: ignore[no-any-return]


def _fixed(value: Any) -> RestrictionValue:
    return tuple(value) if isinstance(value, list) else value
