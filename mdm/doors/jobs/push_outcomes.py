"""What became of pushes, written down: which are done, which are tried again and when.

source: Apple, "Handling notification responses from APNs".
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from mdm.apple.apns_alarm import alarm_for
from mdm.apple.push import PushKind, PushOutcome
from mdm.base.db import Tx
from mdm.rooms.commands import service as commands
from mdm.rooms.commands import waking
from mdm.rooms.devices import pushing
from mdm.rooms.devices.pushing import DeadToken
from mdm.rooms.outbox import service as outbox
from mdm.rooms.outbox.service import PUSH, Claimed
from policies.backoff import retry_at

# A person has to act first; looking more often would help nobody.
_UNTIL_SOMEBODY_ACTS = timedelta(hours=1)
_THROTTLED = timedelta(minutes=2)

Pair = tuple[Claimed, PushOutcome]


def record(
    tx: Tx,
    items: Sequence[Claimed],
    outcomes: Sequence[PushOutcome],
    now: datetime,
    *,
    resume_at: datetime,
) -> None:
    """Write down one outcome for each item.

    resume_at: until then Apple is left alone; nothing is tried earlier.
    """
    pairs = list(zip(items, outcomes, strict=True))
    _accepted(tx, [pair for pair in pairs if pair[1].kind is PushKind.ACCEPTED], now)
    refused = [pair for pair in pairs if pair[1].kind in (PushKind.TOKEN_DEAD, PushKind.BAD_TOKEN)]
    if _looks_like_our_fault(outcomes):
        _again(tx, refused, now + _UNTIL_SOMEBODY_ACTS)
    else:
        _dead(tx, refused, now)
    outbox.done(tx, [item for item, outcome in pairs if outcome.kind is PushKind.BUG], now)
    for item, outcome in pairs:
        at = _retry(item, outcome, now)
        if at is not None:
            outbox.again(tx, [item], max(at, resume_at), outcome.reason)


def _accepted(tx: Tx, pairs: Sequence[Pair], now: datetime) -> None:
    """Commands first, then the outbox, then enrollments: the order in which plans write them."""
    if not pairs:
        return
    ids = [int(item.key) for item, _ in pairs]
    commands.mark_pushed(tx, ids, now)
    outbox.done(tx, [item for item, _ in pairs], now)
    later = {str(number): at for number, at in waking.next_wakes(tx, ids, now).items()}
    outbox.put_all(tx, PUSH, later, now)
    pushing.mark_pushed(tx, ids, now)


def _looks_like_our_fault(outcomes: Sequence[PushOutcome]) -> bool:
    """Many refused tokens at once mean that the certificate is wrong, not the iPads."""
    alarm = alarm_for(outcomes)
    return alarm is not None and alarm.kind is PushKind.BAD_TOKEN


def _dead(tx: Tx, pairs: Sequence[Pair], now: datetime) -> None:
    dead = [
        DeadToken(
            outcome.push.enrollment_id,
            outcome.push.token,
            outcome.unregistered_since,
            outcome.reason,
        )
        for _, outcome in pairs
    ]
    marked = pushing.mark_dead(tx, dead)
    outbox.done(tx, [item for item, outcome in pairs if _id(outcome) in marked], now)
    for item, outcome in pairs:
        if _id(outcome) not in marked:
            # It has told a newer token meanwhile, and that one may be alive.
            outbox.again(tx, [item], retry_at(now, item.attempts, item.key), outcome.reason)


def _again(tx: Tx, pairs: Sequence[Pair], at: datetime) -> None:
    if pairs:
        outbox.again(tx, [item for item, _ in pairs], at, pairs[0][1].reason)


def _retry(item: Claimed, outcome: PushOutcome, now: datetime) -> datetime | None:
    """When to try again; None for outcomes that are settled otherwise."""
    match outcome.kind:
        case PushKind.TEMPORARY:
            return retry_at(now, item.attempts, item.key)
        case PushKind.THROTTLED:
            wait = outcome.retry_after_s
            return now + (timedelta(seconds=wait) if wait is not None else _THROTTLED)
        case PushKind.CONFIGURATION_FAULT:
            return now
        case PushKind.WRONG_TOPIC:
            return now + _UNTIL_SOMEBODY_ACTS
        case _:
            return None


def _id(outcome: PushOutcome) -> int:
    return outcome.push.enrollment_id
