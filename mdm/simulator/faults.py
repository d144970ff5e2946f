"""What goes wrong on demand: a network that loses things, commands that fail, a busy device.

Chances are drawn from the iPad's own seeded generator, so a run can be repeated.
"""

import random
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum

from mdm.simulator.errors import DeviceError, Unreachable


class Fate(Enum):
    """What the network does with one request.

    LOST: it never arrives. ANSWER_LOST: the server works on it, the iPad hears nothing.
    TWICE: it arrives twice, as after a retry on a lower layer.
    """

    ARRIVES = "arrives"
    LOST = "lost"
    ANSWER_LOST = "answer lost"
    TWICE = "twice"


@dataclass(frozen=True, slots=True)
class Failure:
    """An error to answer instead of obeying. times: how often still; None: always."""

    domain: str
    code: int
    english: str = "told to fail"
    times: int | None = 1

    def error(self) -> DeviceError:
        """Make the error that the device answers with."""
        return DeviceError(self.domain, self.code, self.english)


@dataclass(slots=True)
class Faults:
    """Settings of one iPad's bad luck; may be changed while it runs, as built nothing fails.

    lose_request, lose_answer, send_twice: chances from 0.0 to 1.0.
    next_fates: decide the next requests, before any chance does.
    delay_s: what a slow network adds to each request.
    failures: RequestType → how to fail.
    clock_skew: how far the iPad's clock is ahead.
    is_busy: answers NotNow to whatever may wait, as during an update of the system.
    invalid_declarations: identifier or type of a declaration → code, such as
        Error.ConfigurationIsInvalid, with which it is called invalid.
    lose_status_reports: so many reports get lost although the iPad believes them told.
    stop_sync_after: so many requests about declarations, then it stops once, in the middle.
    update_trouble: why updates of the system cannot be installed, while it lasts.
    """

    lose_request: float = 0.0
    lose_answer: float = 0.0
    send_twice: float = 0.0
    next_fates: list[Fate] = field(default_factory=list)
    delay_s: float = 0.0
    failures: dict[str, Failure] = field(default_factory=dict)
    clock_skew: timedelta = timedelta()
    is_busy: bool = False
    invalid_declarations: dict[str, str] = field(default_factory=dict)
    lose_status_reports: int = 0
    stop_sync_after: int | None = None
    update_trouble: str | None = None

    def fate(self, rng: random.Random) -> Fate:
        """Decide about the next request; draws nothing while no chance is set."""
        if self.next_fates:
            return self.next_fates.pop(0)
        if not (self.lose_request or self.lose_answer or self.send_twice):
            return Fate.ARRIVES
        drawn = rng.random()
        for chance, fate in (
            (self.lose_request, Fate.LOST),
            (self.lose_answer, Fate.ANSWER_LOST),
            (self.send_twice, Fate.TWICE),
        ):
            if drawn < chance:
                return fate
            drawn -= chance
        return Fate.ARRIVES

    def count_declarative_request(self) -> None:
        """Count one request about declarations. raises: Unreachable, when it is to stop here."""
        if self.stop_sync_after is None:
            return
        self.stop_sync_after -= 1
        if self.stop_sync_after < 0:
            self.stop_sync_after = None
            raise Unreachable("stopped in the middle")

    def failure_for(self, request_type: str) -> DeviceError | None:
        """Take the failure that was ordered for a command, if there is one."""
        failure = self.failures.get(request_type)
        if failure is None:
            return None
        if failure.times is not None:
            self._use_up(request_type, failure, failure.times)
        return failure.error()

    def _use_up(self, request_type: str, failure: Failure, times: int) -> None:
        if times <= 1:
            del self.failures[request_type]
        else:
            self.failures[request_type] = Failure(
                failure.domain, failure.code, failure.english, times - 1
            )
