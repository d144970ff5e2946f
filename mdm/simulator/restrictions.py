"""Restrictions in force: several profiles combined as an iPad combines them.

source: Apple, RestrictionsListResponse; the rules of combining are facts of profiles.schema.
"""

from collections.abc import Iterable, Mapping
from functools import reduce
from typing import Any

from profiles.configuration_profile import Payload
from profiles.plist import WritableValue
from profiles.schema.facts import Combining
from profiles.schema.hints import DeviceTraits, HintKind, unsupported_on
from profiles.schema.tables import facts_of

TYPE = "com.apple.applicationaccess"

_OBEYED_ANYWAY = HintKind.DEPRECATED


def obeyed(payload: Payload, device: DeviceTraits) -> dict[str, Any]:
    """Take the restrictions of one payload that this device obeys.

    A restriction for supervised or newer iPads is no error on another one: it is passed over.
    """
    refused = {
        hint.field.partition(".")[0]
        for hint in unsupported_on(TYPE, payload.content, device)
        if hint.kind is not _OBEYED_ANYWAY
    }
    known = facts_of(TYPE).keys
    return {k: v for k, v in payload.content.items() if k in known and k not in refused}


def combine(restrictions: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Combine the restrictions of several payloads, key by key."""
    combined: dict[str, Any] = {}
    for one in restrictions:
        for key, value in one.items():
            combined[key] = _combined(key, combined[key], value) if key in combined else value
    return combined


def in_answer(restrictions: Mapping[str, Any]) -> dict[str, WritableValue]:
    """Write restrictions in the four groups of the answer to the command Restrictions."""
    groups: dict[str, dict[str, WritableValue]] = {
        "restrictedBool": {},
        "restrictedValue": {},
        "intersection": {},
        "union": {},
    }
    for key, value in restrictions.items():
        if isinstance(value, bool):
            groups["restrictedBool"][key] = {"value": value}
        elif isinstance(value, int):
            groups["restrictedValue"][key] = {"value": value}
        elif isinstance(value, list):
            is_shared = facts_of(TYPE).keys[key].combining is Combining.INTERSECTION
            groups["intersection" if is_shared else "union"][key] = {"values": value}
    return dict(groups)


def _combined(key: str, first: Any, second: Any) -> Any:
    match facts_of(TYPE).keys[key].combining:
        case Combining.FALSE_WINS:
            return first and second
        case Combining.TRUE_WINS:
            return first or second
        case Combining.MINIMUM:
            return min(first, second)
        case Combining.MAXIMUM:
            return max(first, second)
        case Combining.INTERSECTION:
            return [member for member in first if member in second]
        case Combining.UNION:
            return reduce(lambda all_, one: all_ if one in all_ else [*all_, one], second, first)
        case None:
            return second
