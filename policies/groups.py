"""Smart groups: a rule over the facts of an iPad, and whom it takes in.

Here: criteria, trees of them, and matching with three answers: what is not known is neither true
nor false, so a silent iPad joins no group by accident. Not here: the JSON of a rule
(policies.group_json), groups that name each other (policies.group_cycles), rows of members
(mdm.rooms.groups).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TypeAlias

from profiles.schema.os_version import OsVersion

GIGABYTE = 1_000_000_000


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """What rules may ask about one iPad; None where it has not told.

    apps: bundle identifiers of a complete list. groups: numbers of the groups it is in.
    free_bytes: on the device. last_contact: None if it never connected.
    """

    model: str | None = None
    os_version: OsVersion | None = None
    free_bytes: int | None = None
    last_contact: datetime | None = None
    apps: frozenset[str] | None = None
    is_supervised: bool | None = None
    is_enrolled: bool = False
    name: str | None = None
    school: str | None = None
    grade: str | None = None
    groups: frozenset[int] = frozenset()


class Comparison(StrEnum):
    BELOW = "below"
    AT_LEAST = "at_least"


@dataclass(frozen=True, slots=True)
class ModelIs:
    """patterns: Apple's identifiers, say `iPad13,18`; a star stands for anything."""

    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OsVersionIs:
    comparison: Comparison
    version: str


@dataclass(frozen=True, slots=True)
class FreeStorage:
    """gigabytes: of 1,000,000,000 bytes, as the settings of an iPad count."""

    comparison: Comparison
    gigabytes: int


@dataclass(frozen=True, slots=True)
class SilentFor:
    """No contact for so many days; an iPad that never connected is not silent."""

    days: int


@dataclass(frozen=True, slots=True)
class HasApp:
    bundle_id: str


@dataclass(frozen=True, slots=True)
class LacksApp:
    bundle_id: str


@dataclass(frozen=True, slots=True)
class Supervised:
    expected: bool = True


@dataclass(frozen=True, slots=True)
class Enrolled:
    expected: bool = True


@dataclass(frozen=True, slots=True)
class AtSchool:
    """numbers: of schools."""

    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InGrade:
    """grades: as schools say them: 9, EF, Q1."""

    grades: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NameIs:
    """patterns: of the name of the iPad; a star stands for anything."""

    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MemberOf:
    group_id: int


@dataclass(frozen=True, slots=True)
class AllOf:
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class NotThis:
    rule: Rule


Criterion: TypeAlias = (
    ModelIs
    | OsVersionIs
    | FreeStorage
    | SilentFor
    | HasApp
    | LacksApp
    | Supervised
    | Enrolled
    | AtSchool
    | InGrade
    | NameIs
    | MemberOf
)
Rule: TypeAlias = Criterion | AllOf | AnyOf | NotThis


@dataclass(frozen=True, slots=True)
class MembershipDifference:
    """joins, leaves: numbers of devices, sorted."""

    joins: tuple[int, ...] = ()
    leaves: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Crossing:
    """A distance from the last contact at which an iPad may join or leave a group.

    after: zero for the contact itself, which ends a silence.
    """

    after: timedelta
    may_join: bool
    may_leave: bool


def matches(rule: Rule, facts: GroupFacts, now: datetime) -> bool:
    """Whether an iPad certainly fits; what is not known keeps it out."""
    return _fits(rule, facts, now) is True


def membership_difference(before: Collection[int], after: Collection[int]) -> MembershipDifference:
    """Who joins and who leaves; everybody else stays untouched."""
    was, becomes = frozenset(before), frozenset(after)
    return MembershipDifference(tuple(sorted(becomes - was)), tuple(sorted(was - becomes)))


def crossings(rule: Rule) -> tuple[Crossing, ...]:
    """When time alone may change who fits, earliest first; nothing if it never does.

    Between two of them everybody stays inside or outside, as long as no other fact changes.
    """
    ways: dict[timedelta, set[bool]] = {}
    for days, lets_in in _silences(rule):
        ways.setdefault(timedelta(0), set()).add(not lets_in)
        ways.setdefault(timedelta(days=days), set()).add(lets_in)
    return tuple(Crossing(after, True in way, False in way) for after, way in sorted(ways.items()))


def criteria(rule: Rule) -> Iterator[Criterion]:
    """Every criterion of a rule, from left to right."""
    match rule:
        case AllOf() | AnyOf():
            for part in rule.rules:
                yield from criteria(part)
        case NotThis():
            yield from criteria(rule.rule)
        case _:
            yield rule


def _silences(rule: Rule, *, lets_in: bool = True) -> Iterator[tuple[int, bool]]:
    """Each silence that a rule names: its days, and whether it can only let in or only keep out."""
    match rule:
        case AllOf() | AnyOf():
            for part in rule.rules:
                yield from _silences(part, lets_in=lets_in)
        case NotThis():
            yield from _silences(rule.rule, lets_in=not lets_in)
        case SilentFor():
            yield rule.days, lets_in


def _fits(rule: Rule, facts: GroupFacts, now: datetime) -> bool | None:
    match rule:
        case AllOf():
            answers = {_fits(part, facts, now) for part in rule.rules}
            return False if False in answers else None if None in answers else True
        case AnyOf():
            answers = {_fits(part, facts, now) for part in rule.rules}
            return True if True in answers else None if None in answers else False
        case NotThis():
            answer = _fits(rule.rule, facts, now)
            return None if answer is None else not answer
        case _:
            return _holds(rule, facts, now)


def _holds(criterion: Criterion, facts: GroupFacts, now: datetime) -> bool | None:
    match criterion:
        case AtSchool():
            return facts.school in criterion.numbers
        case InGrade():
            return facts.grade in criterion.grades
        case MemberOf():
            return criterion.group_id in facts.groups
        case Enrolled():
            return facts.is_enrolled is criterion.expected
        case _:
            return _told(criterion, facts, now)


def _told(criterion: Criterion, facts: GroupFacts, now: datetime) -> bool | None:
    """Criteria about what only the iPad itself can tell."""
    match criterion:
        case ModelIs():
            return _like(facts.model, criterion.patterns)
        case NameIs():
            return _like(facts.name, criterion.patterns)
        case OsVersionIs():
            version = OsVersion.parse(criterion.version)
            return _compare(criterion.comparison, facts.os_version, version)
        case FreeStorage():
            size = criterion.gigabytes * GIGABYTE
            return _compare(criterion.comparison, facts.free_bytes, size)
        case SilentFor():
            return _silent(facts.last_contact, now, timedelta(days=criterion.days))
        case HasApp():
            return None if facts.apps is None else criterion.bundle_id in facts.apps
        case LacksApp():
            return None if facts.apps is None else criterion.bundle_id not in facts.apps
        case Supervised():
            told = facts.is_supervised
            return None if told is None else told is criterion.expected
        case _:
            raise TypeError(type(criterion).__name__)


def _like(text: str | None, patterns: tuple[str, ...]) -> bool | None:
    return None if not text else any(fnmatchcase(text, pattern) for pattern in patterns)


def _compare(
    comparison: Comparison, told: OsVersion | int | None, bound: OsVersion | int
) -> bool | None:
    if told is None:
        return None
    is_below: bool = told < bound  # type: ignore[operator]
    return is_below is (comparison is Comparison.BELOW)


def _silent(last_contact: datetime | None, now: datetime, span: timedelta) -> bool | None:
    return None if last_contact is None else now - last_contact >= span
