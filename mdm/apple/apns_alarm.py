"""When outcomes of pushes, taken together, must be told to a person.

A single refused token says nothing; many at once mean that the certificate is wrong, not the
devices. Pure: the push worker asks after each batch, or over the outcomes of the last minutes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from mdm.apple.push import PushKind, PushOutcome

_FEWEST = 5
_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class PushAlarm:
    """Something a person must look at.

    reason: the most frequent reason; count: how many outcomes gave an alarming one.
    """

    kind: PushKind
    reason: str
    count: int


def alarm_for(outcomes: Sequence[PushOutcome]) -> PushAlarm | None:
    """Find what a person must know about a batch; None if all is usual."""
    for kind in (PushKind.CONFIGURATION_FAULT, PushKind.BUG):
        if alarm := _alarm(outcomes, kind):
            return alarm
    for kind in (PushKind.WRONG_TOPIC, PushKind.BAD_TOKEN):
        alarm = _alarm(outcomes, kind)
        if alarm and alarm.count >= max(_FEWEST, _SHARE * len(outcomes)):
            return alarm
    return None


def _alarm(outcomes: Sequence[PushOutcome], kind: PushKind) -> PushAlarm | None:
    reasons = Counter(outcome.reason for outcome in outcomes if outcome.kind is kind)
    if not reasons:
        return None
    return PushAlarm(kind, reasons.most_common(1)[0][0], reasons.total())
