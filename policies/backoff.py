"""When to try again: growing intervals, spread so that a school does not call in one second.

Here: intervals as functions of counts and instants. Not here: who waits for them
(policies.reconcile, mdm.doors.jobs).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

NOT_NOW_STEPS = (timedelta(hours=1), timedelta(hours=4), timedelta(days=1))
"""A device that said NotNow is pushed again after these; the last one repeats."""

TEMPORARY_STEPS = (
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=8),
    timedelta(minutes=30),
)
"""After a failure outside (Apple, network) that may pass; the last one repeats."""

WISH_STEPS = (*TEMPORARY_STEPS, timedelta(hours=4), timedelta(days=1))
"""After a device refused what a wish asks for; the last one repeats."""

_SPREAD = 0.2


def spread(key: str) -> float:
    """A number from -1.0 to below 1.0 that belongs to the key: chance that can be repeated."""
    digest = hashlib.sha256(key.encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**47 - 1.0


def delay(steps: Sequence[timedelta], count: int, key: str) -> timedelta:
    """How long to wait after the `count`-th failure (from 1), at most 20 % more or less.

    key: whatever waits; another key or another count waits a little longer or shorter.
    """
    step = steps[min(max(count, 1), len(steps)) - 1]
    return step * (1 + _SPREAD * spread(f"{key}\n{count}"))


def push_again_at(refused_at: datetime, refusals: int, key: str) -> datetime:
    """When to push a device again that last answered NotNow at `refused_at`."""
    return refused_at + delay(NOT_NOW_STEPS, refusals, key)


def retry_at(failed_at: datetime, failures: int, key: str) -> datetime:
    """When to try again what failed temporarily for the `failures`-th time."""
    return failed_at + delay(TEMPORARY_STEPS, failures, key)


def wish_retry_at(failed_at: datetime, failures: int, key: str) -> datetime:
    """When to offer a device again what it refused for the `failures`-th time."""
    return failed_at + delay(WISH_STEPS, failures, key)


PROFILE_CHECKS = (timedelta(0), timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))
"""An accepted profile is on the device at once, so the first look follows in the same breath."""

APP_CHECKS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
"""An accepted app must be loaded first. Beyond the list, intervals grow fourfold up to a day."""


def next_check_at(
    accepted_at: datetime, observed_at: datetime | None, intervals: Sequence[timedelta]
) -> datetime:
    """When to look for the proof of something accepted, given the last look.

    Derived from two instants instead of a counter: each look moves `observed_at` past one point of
    the schedule, so the next point lies in a growing distance and no look follows itself at once.
    """
    if observed_at is None or observed_at < accepted_at:
        return accepted_at + intervals[0]
    point = accepted_at
    for interval in _growing(intervals):
        point += interval
        if point > observed_at:
            break
    return point


def _growing(intervals: Sequence[timedelta]) -> Iterator[timedelta]:
    """The intervals, then for ever four times the one before, up to a day."""
    yield from intervals
    last = intervals[-1]
    while True:
        last = min(last * 4, timedelta(days=1))
        yield last
