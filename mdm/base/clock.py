"""The only place that reads the clock. Everybody else is handed `now`."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the present instant, aware and in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class FixedClock:
    """A clock that stands still until somebody moves it; for tests and replays."""

    instant: datetime

    def now(self) -> datetime:
        return self.instant
