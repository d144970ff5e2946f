"""The answer to Restrictions: what is in force, and which profile asks for what."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from profiles import plist
from profiles.commands.answers.fields import Fields, Values

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RestrictionSet:
    """Restrictions by name.

    flags: allowed or not. numbers: limits. intersections: what all profiles allow.
    unions: what any profile names. problems: members of a wrong kind.
    """

    flags: Mapping[str, bool]
    numbers: Mapping[str, int]
    intersections: Mapping[str, tuple[str, ...]]
    unions: Mapping[str, tuple[str, ...]]
    problems: int = 0


@dataclass(frozen=True, slots=True)
class Restrictions:
    """effective: the sum of all. by_profile: profile identifier → what it asks for."""

    effective: RestrictionSet
    by_profile: Mapping[str, RestrictionSet]


def read_restrictions(body: Values) -> Restrictions:
    """Read `GlobalRestrictions` and, where given, `ProfileRestrictions`.

    raises: MalformedMessage, if GlobalRestrictions is missing or no dictionary.
    """
    effective = _restriction_set(plist.dictionary(body, "GlobalRestrictions"))
    profiles = Fields(body).dictionary("ProfileRestrictions")
    return Restrictions(
        effective,
        {name: _restriction_set(v) for name, v in profiles.items() if isinstance(v, dict)},
    )


def _restriction_set(values: Values) -> RestrictionSet:
    groups = Fields(values)
    flags, bad_flags = _values(groups.dictionary("restrictedBool"), Fields.flag)
    numbers, bad_numbers = _values(groups.dictionary("restrictedValue"), Fields.integer)
    intersections, bad_shared = _lists(groups.dictionary("intersection"))
    unions, bad_unions = _lists(groups.dictionary("union"))
    problems = groups.problems + bad_flags + bad_numbers + bad_shared + bad_unions
    return RestrictionSet(flags, numbers, intersections, unions, problems)


def _values(group: Values, take: Callable[[Fields, str], T | None]) -> tuple[dict[str, T], int]:
    found: dict[str, T] = {}
    for name, member in group.items():
        value = take(Fields(member), "value") if isinstance(member, dict) else None
        if value is not None:
            found[name] = value
    return found, len(group) - len(found)


def _lists(group: Values) -> tuple[dict[str, tuple[str, ...]], int]:
    found: dict[str, tuple[str, ...]] = {}
    problems = 0
    for name, member in group.items():
        fields = Fields(member if isinstance(member, dict) else {})
        found[name] = fields.texts("values")
        problems += fields.problems + (not isinstance(member, dict))
    return found, problems
