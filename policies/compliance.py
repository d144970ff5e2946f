"""How many iPads are as they should be: for each class, grade and school, and for the city.

Here: adding up what was counted of classes. Not here: how one device stands (policies.outcome),
counting in the database (mdm.rooms.compliance), pages and files (the doors).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum

from policies.outcome import OutcomeReason
from policies.scope import CITY, Scope, ScopeKind

MOST_REASONS = 10


class Compliance(StrEnum):
    """Where an iPad stands in a report: each at exactly one of these.

    ON_ITS_WAY: also one whose last judgement is older than what has happened since.
    NOT_ENROLLED: was here, and nothing is planned for it now. NEVER_SEEN: has never connected.
    """

    AS_WISHED = "as_wished"
    ON_ITS_WAY = "on_its_way"
    BLOCKED = "blocked"
    NOT_ENROLLED = "not_enrolled"
    NEVER_SEEN = "never_seen"


class Silence(IntEnum):
    """For how many days an enrolled iPad has not been heard of, at least."""

    WEEK = 7
    MONTH = 30
    TWO_MONTHS = 60


@dataclass(frozen=True, slots=True)
class Where:
    """Where devices belong. school: its number, None for devices of no school."""

    school: str | None = None
    grade: str | None = None
    class_name: str | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """Devices of one place that stand alike.

    silent: devices by span; whoever is silent for two months is so for a week, too.
    oldest_judgement: since when the judgement of none of them has changed; None without any.
    """

    where: Where
    compliance: Compliance
    devices: int
    silent: Mapping[Silence, int] = field(default_factory=dict)
    oldest_judgement: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """What is in the way, and on how many devices. The codes of the reason are left out."""

    reason: OutcomeReason
    devices: int


@dataclass(frozen=True, slots=True)
class Share:
    """How the devices of one scope stand.

    by_compliance: devices by where they stand; they sum up to `devices`.
    silent: enrolled devices by span. How they stand is what was last known of them.
    unheard: of those as wished, the ones that are silent for a week: nobody knows about today.
    reasons: the ten most frequent ones, most devices first.
    oldest_judgement: no judgement that is counted here was written down before.
    """

    scope: Scope
    devices: int
    by_compliance: Mapping[Compliance, int]
    silent: Mapping[Silence, int]
    unheard: int
    reasons: tuple[ReasonCount, ...]
    oldest_judgement: datetime | None

    def percent(self, compliance: Compliance) -> int:
        """Rounded down, so that a hundred means every single one; of no devices at all, 0."""
        return self.by_compliance[compliance] * 100 // self.devices if self.devices else 0


@dataclass(slots=True)
class _Tally:
    devices: Counter[Compliance] = field(default_factory=Counter)
    silent: Counter[Silence] = field(default_factory=Counter)
    unheard: int = 0
    reasons: Counter[OutcomeReason] = field(default_factory=Counter)
    oldest: datetime | None = None


def shares(
    counted: Iterable[Counted],
    reasons: Iterable[tuple[Where, ReasonCount]] = (),
    root: Scope = CITY,
) -> tuple[Share, ...]:
    """Add up for every school, grade and class that has a device, and for all together.

    root: what all together are, the city or one school.
    returns: the root first, then schools, grades and classes, each sorted by name.
    """
    around = _Around(root)
    for one in counted:
        for tally in around.tallies(one.where):
            _count(tally, one)
    for where, reason in reasons:
        for tally in around.tallies(where):
            tally.reasons[reason.reason] += reason.devices
    found = around.by_scope
    ordered = sorted(found, key=lambda scope: (scope.narrowness, _by_number(scope.name)))
    return tuple(_share(scope, found[scope]) for scope in ordered)


class _Around:
    """The tallies of every scope, and which of them a place counts for, found out once each."""

    def __init__(self, root: Scope) -> None:
        self._root = root
        self._by_place: dict[Where, list[_Tally]] = {}
        self.by_scope: dict[Scope, _Tally] = {root: _Tally()}

    def tallies(self, where: Where) -> list[_Tally]:
        if where not in self._by_place:
            self._by_place[where] = [
                self.by_scope.setdefault(scope, _Tally()) for scope in _scopes(where, self._root)
            ]
        return self._by_place[where]


def _scopes(where: Where, root: Scope) -> list[Scope]:
    """The root and the scopes inside it; a device without a school is in no other one."""
    if where.school is None:
        return [root]
    inside = [Scope(ScopeKind.SCHOOL, where.school)]
    if where.grade is not None:
        inside.append(Scope(ScopeKind.GRADE, f"{where.school}/{where.grade}"))
    if where.class_name is not None:
        inside.append(Scope(ScopeKind.CLASS, f"{where.school}/{where.class_name}"))
    return inside if root in inside else [root, *inside]


def _count(tally: _Tally, one: Counted) -> None:
    tally.devices[one.compliance] += one.devices
    for span, devices in one.silent.items():
        tally.silent[span] += devices
    if one.compliance is Compliance.AS_WISHED:
        tally.unheard += one.silent.get(Silence.WEEK, 0)
    if one.oldest_judgement is not None:
        tally.oldest = min(tally.oldest or one.oldest_judgement, one.oldest_judgement)


def _share(scope: Scope, tally: _Tally) -> Share:
    frequent = sorted(tally.reasons.items(), key=lambda item: (-item[1], item[0]))
    return Share(
        scope,
        tally.devices.total(),
        {compliance: tally.devices[compliance] for compliance in Compliance},
        {span: tally.silent[span] for span in Silence},
        tally.unheard,
        tuple(ReasonCount(*item) for item in frequent[:MOST_REASONS]),
        tally.oldest,
    )


def _by_number(name: str) -> list[tuple[int, str]]:
    """School 9 comes before school 12, and 12/9 before 12/10."""
    return [(int(part), "") if part.isdecimal() else (1 << 30, part) for part in name.split("/")]
