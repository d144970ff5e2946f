"""How many iPads are as they should be: for each class, grade and school, and for the city.

Here: counting, out of one row a device. Not here: how one device stands (policies.outcome),
loading the rows, pages and files (mdm.rooms.compliance, the doors).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum

from policies.outcome import OutcomeKind, OutcomeReason
from policies.scope import CITY, Scope, ScopeKind

MOST_REASONS = 10


class Silence(IntEnum):
    """For how many days an iPad has not been heard of, at least."""

    WEEK = 7
    MONTH = 30
    TWO_MONTHS = 60


@dataclass(frozen=True, slots=True)
class Standing:
    """One device as it stands.

    school: its number, None for a device of no school. outcome: None while nothing was planned
    for it. last_contact: None if it never connected; such a device is silent from the beginning.
    """

    school: str | None
    grade: str | None
    class_name: str | None
    outcome: OutcomeKind | None
    reasons: tuple[OutcomeReason, ...] = ()
    last_contact: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """What is in the way, and on how many devices."""

    reason: OutcomeReason
    devices: int


@dataclass(frozen=True, slots=True)
class Share:
    """How the devices of one scope stand.

    outcomes: devices by outcome; they sum up to `devices`. silent: devices by span, whoever is
    silent for two months also being so for a week; how they stand is their last known outcome.
    reasons: the ten most frequent ones, most devices first.
    """

    scope: Scope
    devices: int
    outcomes: Mapping[OutcomeKind, int]
    silent: Mapping[Silence, int]
    reasons: tuple[ReasonCount, ...]

    def share_of(self, outcome: OutcomeKind) -> float:
        """From 0 to 1; of no devices at all, 0."""
        return self.outcomes.get(outcome, 0) / self.devices if self.devices else 0.0


@dataclass(slots=True)
class _Tally:
    devices: int = 0
    outcomes: Counter[OutcomeKind] = field(default_factory=Counter)
    silent: Counter[Silence] = field(default_factory=Counter)
    reasons: Counter[OutcomeReason] = field(default_factory=Counter)


def shares(standings: Iterable[Standing], now: datetime) -> tuple[Share, ...]:
    """Count for the city and for every school, grade and class that has a device.

    returns: the city first, then schools, grades and classes, each sorted by name.
    """
    tallies: dict[Scope, _Tally] = {CITY: _Tally()}
    for standing in standings:
        for scope in _scopes(standing):
            _count(tallies.setdefault(scope, _Tally()), standing, now)
    ordered = sorted(tallies, key=lambda scope: (scope.narrowness, _by_number(scope.name)))
    return tuple(_share(scope, tallies[scope]) for scope in ordered)


def _scopes(standing: Standing) -> Iterator[Scope]:
    yield CITY
    if standing.school is None:
        return
    yield Scope(ScopeKind.SCHOOL, standing.school)
    if standing.grade is not None:
        yield Scope(ScopeKind.GRADE, f"{standing.school}/{standing.grade}")
    if standing.class_name is not None:
        yield Scope(ScopeKind.CLASS, f"{standing.school}/{standing.class_name}")


def _count(tally: _Tally, standing: Standing, now: datetime) -> None:
    tally.devices += 1
    # For whom nothing was planned yet, something still has to happen.
    tally.outcomes[standing.outcome or OutcomeKind.ON_ITS_WAY] += 1
    # A reason that stands twice on one device, with other words of the device, counts once.
    tally.reasons.update({OutcomeReason(r.subject, r.kind) for r in standing.reasons})
    for span in Silence:
        heard = standing.last_contact
        if heard is None or now - heard >= timedelta(days=span):
            tally.silent[span] += 1


def _share(scope: Scope, tally: _Tally) -> Share:
    frequent = sorted(tally.reasons.items(), key=lambda item: (-item[1], item[0]))
    return Share(
        scope,
        tally.devices,
        {outcome: tally.outcomes[outcome] for outcome in OutcomeKind},
        {span: tally.silent[span] for span in Silence},
        tuple(ReasonCount(*item) for item in frequent[:MOST_REASONS]),
    )


def _by_number(name: str) -> list[tuple[int, str]]:
    """School 9 comes before school 12, and 12/9 before 12/10."""
    return [(int(part), "") if part.isdecimal() else (1 << 30, part) for part in name.split("/")]
