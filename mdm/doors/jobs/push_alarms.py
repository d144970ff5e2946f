"""What a person must know about pushes: said once, and again only when it has changed."""

import logging
from collections.abc import Sequence

from mdm.apple.apns_alarm import alarm_for
from mdm.apple.push import PushKind, PushOutcome
from mdm.base.logkeys import COUNT, KIND, REASON
from mdm.base.metrics import PUSHES

log = logging.getLogger(__name__)


class Alarms:
    """Remembers what was told last."""

    def __init__(self) -> None:
        self._told = ""

    def raise_once(self, kind: str, reason: str = "", count: int = 0) -> None:
        """Tell it, unless it is what was told last."""
        PUSHES.labels(kind="alarm").inc()
        word = f"{kind} {reason}"
        if word != self._told:
            self._told = word
            log.error("push_alarm", extra={KIND: kind, REASON: reason, COUNT: count})

    def about(self, outcomes: Sequence[PushOutcome]) -> None:
        """Count outcomes and tell what is alarming about them; a success ends an alarm."""
        for outcome in outcomes:
            PUSHES.labels(kind=outcome.kind.value).inc()
        alarm = alarm_for(outcomes)
        if alarm is not None:
            self.raise_once(alarm.kind.value, alarm.reason, alarm.count)
        elif any(outcome.kind is PushKind.ACCEPTED for outcome in outcomes):
            self._told = ""
