"""The breaker of the push queue: after many failures in a row, leave Apple alone for a while.

A pure value; the push worker keeps it and hands in the instant.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self


@dataclass(frozen=True, slots=True)
class Circuit:
    """Closed (may try) or open until an instant.

    allowed_failures: how many connections may fail in a row before the pause.
    """

    allowed_failures: int = 5
    pause: timedelta = timedelta(minutes=2)
    open_until: datetime | None = None

    def after_send(self, failures_in_a_row: int, now: datetime) -> Self:
        """Take note of a finished send.

        failures_in_a_row: connection-level failures since the last answer, as counted by
            `PushSender.failures_in_a_row`.
        """
        if failures_in_a_row >= self.allowed_failures:
            return replace(self, open_until=now + self.pause)
        return replace(self, open_until=None)

    def may_try(self, now: datetime) -> bool:
        """Tell whether a connection may be tried now."""
        return self.open_until is None or now >= self.open_until
