"""Rings of a roll-out: which iPads go first, and the gate between one ring and the next.

Here: dividing devices into rings, and the next step of a roll-out. Not here: what a change does
(policies.change_plan), how a device stands (policies.outcome), carrying it out
(mdm.rooms.changes).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from policies.city import Place
from policies.errors import InvalidOperation
from policies.scope import Scope, ScopeKind


class RingKind(StrEnum):
    """Whom a ring takes in."""

    TRAINING = "training"  # the training school
    CHOSEN = "chosen"  # classes or schools that somebody named
    ALL = "all"  # everybody who is left


@dataclass(frozen=True, slots=True)
class RingSpec:
    """One ring. scopes: of a chosen ring, at least one; empty for the others."""

    kind: RingKind
    scopes: tuple[Scope, ...] = ()

    def __post_init__(self) -> None:
        if (self.kind is RingKind.CHOSEN) is not bool(self.scopes):
            raise InvalidOperation("ring.scopes", "belong to a chosen ring, and only there")


@dataclass(frozen=True, slots=True)
class Gate:
    """What must be true of a ring before the next one is released.

    max_failed_share: from 0 to 1, of the iPads of a ring that told how it went; more stop the
        roll-out. min_devices: so many must have it proven, or the whole ring if it is smaller.
    wait: at least so long after the release. patience: so long after the last release silent
        iPads keep the roll-out open.
    """

    max_failed_share: float = 0.1
    min_devices: int = 5
    wait: timedelta = timedelta(hours=1)
    patience: timedelta = timedelta(days=14)

    def __post_init__(self) -> None:
        if not 0 <= self.max_failed_share <= 1:
            raise InvalidOperation("gate.max_failed_share", "is not between 0 and 1")
        if self.min_devices < 0:
            raise InvalidOperation("gate.min_devices", "is below zero")
        if min(self.wait, self.patience) < timedelta(0):
            raise InvalidOperation("gate.wait", "is below zero")


@dataclass(frozen=True, slots=True)
class RingProgress:
    """How far one ring has come. released_at: None before.

    proven, failed: iPads that have what they should, and those where something that the change
        touches is in the way. set_aside: those that say nothing about the change, because
        something else is in their way, or because they are no longer under management.
    is_let_pass: a person has seen that nothing is proven here, and lets the next ring follow.
    """

    number: int
    devices: int
    released_at: datetime | None = None
    proven: int = 0
    failed: int = 0
    set_aside: int = 0
    is_let_pass: bool = False

    @property
    def counted(self) -> int:
        """How many devices the gate goes by."""
        return self.devices - self.set_aside


class WaitingFor(StrEnum):
    TIME = "time"
    PROOFS = "proofs"
    SILENT_DEVICES = "silent_devices"


@dataclass(frozen=True, slots=True)
class Wait:
    """until: when time alone may change the answer, None if it cannot."""

    waiting_for: WaitingFor
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """ring: the number of the ring that comes next.

    is_last: the change then holds for whoever comes into its scope later, too: they are in no
        ring, as if they were in the last one.
    """

    ring: int
    is_last: bool


@dataclass(frozen=True, slots=True)
class Stop:
    """Too many failures in a ring."""

    ring: int
    failed: int
    devices: int


@dataclass(frozen=True, slots=True)
class StopUnproven:
    """No iPad of a ring can prove the change, so that a person must say whether it goes on."""

    ring: int


@dataclass(frozen=True, slots=True)
class Finish:
    """Every ring is through; the change holds for everybody."""


NextStep: TypeAlias = Wait | Release | Stop | StopUnproven | Finish


@dataclass(frozen=True, slots=True)
class Rings:
    """Devices divided into rings.

    by_device: the number of the ring of each device, from zero. specs: of each ring, in order.
    """

    by_device: Mapping[int, int]
    specs: tuple[RingSpec, ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many devices each ring has; at least one."""
        counts = Counter(self.by_device.values())
        return tuple(counts[number] for number in range(len(self.specs)))


def assign_rings(
    places: Iterable[Place], specs: Sequence[RingSpec], training_schools: Collection[str] = ()
) -> Rings:
    """Divide devices into rings, in the order of the specs.

    training_schools: numbers of schools. A device is in the first ring that takes it in; who is
        in none is in a last ring for all, so every device is in exactly one. Rings without
        devices are left out.
    """
    everybody = (*specs, RingSpec(RingKind.ALL))
    members = [_members(spec, training_schools) for spec in everybody]
    chosen = {place.device: _first(place, members) for place in places}
    used = sorted(set(chosen.values()))
    numbers = {ring: number for number, ring in enumerate(used)}
    by_device = {device: numbers[ring] for device, ring in chosen.items()}
    return Rings(by_device, tuple(everybody[ring] for ring in used))


def usual_rings(
    places: Sequence[Place], training_schools: Collection[str] = ()
) -> tuple[RingSpec, ...]:
    """Propose rings: the training school, one class, its school, all.

    The class is the largest one outside the training school, by name among equals.
    """
    training = _members(RingSpec(RingKind.TRAINING), training_schools) or frozenset()
    classes = Counter(
        scope
        for place in places
        if training.isdisjoint(place.around)
        for scope in place.around
        if scope.kind is ScopeKind.CLASS
    )
    first = min(classes, key=lambda scope: (-classes[scope], scope.name), default=None)
    chosen = () if first is None else (first, Scope(ScopeKind.SCHOOL, first.name.split("/")[0]))
    rings = (RingSpec(RingKind.CHOSEN, (scope,)) for scope in chosen)
    return (RingSpec(RingKind.TRAINING), *rings, RingSpec(RingKind.ALL))


def next_step(progress: Sequence[RingProgress], gate: Gate, now: datetime) -> NextStep:
    """Say what to do about a roll-out.

    progress: of every ring, in order.
    """
    released = [ring for ring in progress if ring.released_at is not None]
    for ring in released:
        if _has_failed(ring, gate):
            return Stop(ring.number, ring.failed, ring.devices)
    waiting = [ring for ring in progress if ring.released_at is None]
    if not released:
        return _release(waiting) if waiting else Finish()
    if waiting:
        return _before_next(released[-1], waiting, gate, now)
    return _before_end(released, gate, now)


def _members(spec: RingSpec, training_schools: Collection[str]) -> frozenset[Scope] | None:
    """Whom a ring takes in: None for everybody."""
    match spec.kind:
        case RingKind.TRAINING:
            return frozenset(Scope(ScopeKind.SCHOOL, number) for number in training_schools)
        case RingKind.CHOSEN:
            return frozenset(spec.scopes)
        case RingKind.ALL:
            return None


def _first(place: Place, rings: Sequence[frozenset[Scope] | None]) -> int:
    return next(
        number
        for number, members in enumerate(rings)
        if members is None or place.itself in members or not members.isdisjoint(place.around)
    )


def _has_failed(ring: RingProgress, gate: Gate) -> bool:
    """Whether too many have failed, or so many that the rest cannot make up for it."""
    if not ring.failed:
        return False
    decided = ring.proven + ring.failed
    known = decided if decided >= _enough(ring, gate) else ring.counted
    return ring.failed > gate.max_failed_share * known


def _enough(ring: RingProgress, gate: Gate) -> int:
    return min(gate.min_devices, ring.counted)


def _release(waiting: Sequence[RingProgress]) -> Release:
    return Release(waiting[0].number, is_last=len(waiting) == 1)


def _before_next(
    last: RingProgress, waiting: Sequence[RingProgress], gate: Gate, now: datetime
) -> Wait | Release | StopUnproven:
    due = (last.released_at or now) + gate.wait
    if now < due:
        return Wait(WaitingFor.TIME, due)
    if last.is_let_pass:
        return _release(waiting)
    if gate.min_devices and last.set_aside and not last.counted:
        return StopUnproven(last.number)
    # What was allowed to fail does not have to be proven as well.
    if last.proven + last.failed < _enough(last, gate):
        return Wait(WaitingFor.PROOFS)
    return _release(waiting)


def _before_end(released: Sequence[RingProgress], gate: Gate, now: datetime) -> Wait | Finish:
    if all(ring.proven + ring.failed >= ring.counted for ring in released):
        return Finish()
    given_up = max(ring.released_at or now for ring in released) + gate.patience
    return Finish() if now >= given_up else Wait(WaitingFor.SILENT_DEVICES, given_up)
