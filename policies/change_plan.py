"""The preview of a change: exactly which iPads it touches, and what it does to each.

Here: the preview and the fingerprint of its inputs. Not here: what a change is made of
(policies.operations), its way through the rings (policies.rings), its words
(policies.change_wording), drafting and approving (mdm.rooms.changes).
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime

from policies.city import Compiler, Place, RuleBook, Rules
from policies.effects import Effect, Loss, effect_between, losses
from policies.operations import BeginAssignment, Operation, write_operations
from policies.value_json import digest


@dataclass(frozen=True, slots=True)
class Situated:
    """A device where it is and where it will be. None: it is not there before, or after."""

    now: Place | None
    then: Place | None

    @classmethod
    def staying(cls, place: Place) -> Situated:
        return cls(place, place)


@dataclass(frozen=True, slots=True)
class EffectGroup:
    """Devices to which the same happens. digest: of the effect. devices: numbers, sorted."""

    digest: str
    effect: Effect
    devices: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LossCount:
    """Something that does not come back, and on how many devices."""

    loss: Loss
    devices: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change does. Devices that it leaves as they are appear nowhere.

    groups: most devices first. losses: what cannot be undone, each with its devices counted.
    fingerprint: of everything the preview rests on; another one as soon as an input has moved.
    """

    groups: tuple[EffectGroup, ...]
    losses: tuple[LossCount, ...]
    fingerprint: str

    @property
    def devices(self) -> tuple[int, ...]:
        """The numbers of all touched devices, sorted."""
        return tuple(sorted(device for group in self.groups for device in group.devices))

    @property
    def device_count(self) -> int:
        return sum(len(group.devices) for group in self.groups)

    @property
    def conflict_count(self) -> int:
        """On how many devices wishes begin to contradict each other."""
        return sum(len(group.devices) for group in self.groups if group.effect.conflicts)


@dataclass(frozen=True, slots=True)
class _Touch:
    """before, after: digests of the states; empty where the device has no place."""

    device: int
    before: str
    after: str


def preview(
    operations: Sequence[Operation],
    rules_now: Rules,
    rules_then: Rules,
    devices: Iterable[Situated],
    now: datetime,
    rollout: int | None = None,
) -> Preview:
    """Say what a change does to every device that it touches.

    operations: what leads from now to then; they are part of the fingerprint.
    devices: may contain any number that is not concerned; their order does not matter.
    now: of the decision; looking again later gives the same fingerprint, if nothing else moved.
    rollout: the number of the change's own roll-out, if its rules have one: the preview shows
        the end of its way, when it has released everybody.
    """
    book, book_then = RuleBook.of(rules_now), RuleBook.of(rules_then)
    released = frozenset() if rollout is None else frozenset({rollout})
    at = effective_at(operations, now)
    before = Compiler(book, at, decided_at=now)
    after = Compiler(book_then, at, released, decided_at=now)
    touches = list(_touches(before, after, book.changed(book_then), devices))
    groups = tuple(_groups(before, after, touches))
    return Preview(groups, _counted_losses(groups), _fingerprint(operations, touches))


def narrowed(whole: Preview, devices: AbstractSet[int]) -> Preview:
    """The part of a preview that is about some devices, for whoever may see no others.

    The fingerprint stays that of the whole: there is no approving a part.
    """
    parts = (
        replace(group, devices=tuple(one for one in group.devices if one in devices))
        for group in whole.groups
    )
    groups = tuple(sorted((part for part in parts if part.devices), key=_largest_first))
    return Preview(groups, _counted_losses(groups), whole.fingerprint)


def effective_at(operations: Iterable[Operation], now: datetime) -> datetime:
    """When everything that a change begins has begun: now, unless a window opens later."""
    starts = (
        operation.spec.starts_at
        for operation in operations
        if isinstance(operation, BeginAssignment)
    )
    return max((start for start in starts if start is not None and start > now), default=now)


def _touches(
    before: Compiler, after: Compiler, changed: RuleBook, devices: Iterable[Situated]
) -> Iterator[_Touch]:
    for device in devices:
        if not _may_differ(device, changed):
            continue
        was, becomes = _digest(before, device.now), _digest(after, device.then)
        if was != becomes:
            yield _Touch(_number(device), was, becomes)


def _may_differ(device: Situated, changed: RuleBook) -> bool:
    if device.now is not device.then and device.now != device.then:
        return True
    return device.now is not None and changed.concerns(device.now)


def _number(device: Situated) -> int:
    place = device.now or device.then
    return 0 if place is None else place.device


def _digest(compiler: Compiler, place: Place | None) -> str:
    return compiler.nothing.digest if place is None else compiler.compiled(place).digest


def _groups(before: Compiler, after: Compiler, touches: Iterable[_Touch]) -> list[EffectGroup]:
    by_states: dict[tuple[str, str], list[int]] = defaultdict(list)
    for touch in touches:
        by_states[touch.before, touch.after].append(touch.device)
    by_effect: dict[Effect, list[int]] = defaultdict(list)
    for (was, becomes), numbers in by_states.items():
        by_effect[effect_between(before.states[was], after.states[becomes])].extend(numbers)
    groups = (
        EffectGroup(digest(effect), effect, tuple(sorted(numbers)))
        for effect, numbers in by_effect.items()
    )
    return sorted(groups, key=_largest_first)


def _largest_first(group: EffectGroup) -> tuple[int, str]:
    return -len(group.devices), group.digest


def _counted_losses(groups: Iterable[EffectGroup]) -> tuple[LossCount, ...]:
    counts: dict[Loss, int] = defaultdict(int)
    for group in groups:
        for loss in losses(group.effect):
            counts[loss] += len(group.devices)
    ordered = sorted(counts.items(), key=lambda item: (item[0].kind, item[0].subject))
    return tuple(LossCount(loss, count) for loss, count in ordered)


def _fingerprint(operations: Iterable[Operation], touches: Iterable[_Touch]) -> str:
    """Of what is done, and of every touched device with its wishes before and after.

    What moves elsewhere does not count: otherwise nothing could be approved in a busy city.
    """
    sha = hashlib.sha256(digest(tuple(write_operations(operations))).encode())
    for touch in sorted(touches, key=lambda touch: touch.device):
        sha.update(f"\n{touch.device} {touch.before} {touch.after}".encode())
    return sha.hexdigest()
