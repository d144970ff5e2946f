"""A fleet in a thread of its own, beside code without asyncio: tests, command line, demo.

Here: building a fleet and speaking to it. Not here: what the fleet does (fleet).
"""

import asyncio
import random
import ssl
import threading
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, TypeVar

from mdm.base.clock import Clock, SystemClock
from mdm.simulator.apns import ApnsStandIn
from mdm.simulator.errors import EnrolmentFailed
from mdm.simulator.exchange import Conversation
from mdm.simulator.fleet import TICK_S, Fleet
from mdm.simulator.fleet_push import StandInPush
from mdm.simulator.hardware import Habits, Hardware, hardware_of
from mdm.simulator.http import HttpClient, Route
from mdm.simulator.ipad import SimulatedIpad
from mdm.simulator.keys import KeyFolder
from mdm.simulator.push_link import NoPush, PushLink
from mdm.simulator.releases import RELEASES, Release
from mdm.simulator.statistics import FleetStatistics
from mdm.simulator.store import Store
from mdm.simulator.surroundings import Environment

T = TypeVar("T")

_PATIENCE_S = 300.0
# More than a slow server takes for one, busy with others.
_ENROLMENT_S = 2.0


@dataclass(frozen=True, slots=True)
class FleetPlan:
    """What a fleet is made of.

    first_number: of the iPads, which decides about their keys; two fleets must not overlap.
    hardware: None: as many as `count` made-up iPads. os_versions: of these, in turn, such as
        ("16.7.12", "27.0"); none: a mixture. releases: versions that Apple offers.
    seed: the same seed, the same chances.
    routes: where the origins named in profiles really listen. trust: for https.
    stand_in: of the push service; None: nobody wakes these iPads.
    """

    count: int
    keys: KeyFolder
    routes: tuple[Route, ...] = ()
    first_number: int = 0
    seed: int = 1
    stand_in: ApnsStandIn | None = None
    store: Store = field(default_factory=Store)
    hardware: Sequence[Hardware] | None = None
    os_versions: Sequence[str] = ()
    releases: tuple[Release, ...] = RELEASES
    habits: Habits = Habits()  # noqa: RUF009  a frozen value
    clock: Clock = field(default_factory=SystemClock)
    trust: ssl.SSLContext | None = None
    tick_s: float = TICK_S
    connections: int = 64


class FleetThread:
    """A running fleet; a context manager, or closed by `close`.

    ipads: may be read, and their faults and lives changed, while they are not talking.
    """

    def __init__(self, plan: FleetPlan) -> None:
        numbers = range(plan.first_number, plan.first_number + plan.count)
        plan.keys.prepare(numbers)
        self._loop = asyncio.new_event_loop()
        self.ipads = [self._ipad(plan, number) for number in numbers]
        client = HttpClient(plan.routes, plan.trust, plan.connections)
        self.fleet = Fleet(self.ipads, client, tick_s=plan.tick_s)
        self._thread = threading.Thread(target=self._loop.run_forever, name="fleet", daemon=True)
        self._thread.start()
        self._ticker = asyncio.run_coroutine_threadsafe(self.fleet.live(), self._loop)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def enrol_all(
        self,
        link: str,
        concurrency: int = 32,
        on_done: Callable[[SimulatedIpad], None] = lambda ipad: None,
    ) -> dict[str, EnrolmentFailed]:
        """Let all iPads open one link; returns serial number → why it failed."""
        work = self.fleet.enrol_all(link, concurrency, on_done)
        return self.call(work, _PATIENCE_S + len(self.ipads) * _ENROLMENT_S)

    def enrol(self, ipad: SimulatedIpad, link: str) -> None:
        """Let one iPad enrol. raises: EnrolmentFailed."""
        self.call(self.fleet.enrol(ipad, link))

    def poll(self, ipad: SimulatedIpad) -> int:
        """Let one iPad connect now; returns how many commands it carried out."""
        return self.call(self.fleet.poll(ipad))

    def poll_all(self) -> int:
        """Let all enrolled iPads connect now; returns how many commands they carried out."""
        return self.call(self.fleet.poll_all())

    def carry(self, ipad: SimulatedIpad, begin: Callable[[], Conversation[T]]) -> T:
        """Carry out any other conversation, such as `people.sign_in`."""
        return self.call(self.fleet.carry(ipad, begin))

    def wait_until(self, condition: Callable[[], bool], timeout_s: float) -> bool:
        """Let the fleet live until something is so; returns whether it came to be in time."""
        return self.call(self.fleet.wait_until(condition, timeout_s), timeout_s + _PATIENCE_S)

    def statistics(self) -> FleetStatistics:
        """Count what there is."""
        return self.fleet.statistics()

    def call(self, work: Coroutine[Any, Any, T], timeout_s: float = _PATIENCE_S) -> T:
        """Do something in the thread of the fleet and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout_s)

    def close(self) -> None:
        """Stop all iPads; what they had not delivered stays with them."""
        self._ticker.cancel()
        self.call(self.fleet.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _ipad(self, plan: FleetPlan, number: int) -> SimulatedIpad:
        hardware = _hardware(plan, number)
        environment = Environment(plan.clock, plan.keys, plan.store, releases=plan.releases)
        rng = random.Random(f"{plan.seed}/{hardware.serial_number}")
        ipad = SimulatedIpad(number, hardware, environment, rng, plan.habits)
        environment.push = self._push_link(plan, ipad)
        return ipad

    def _push_link(self, plan: FleetPlan, ipad: SimulatedIpad) -> PushLink:
        if plan.stand_in is None:
            return NoPush()

        def on_push(token: bytes, magic: str) -> None:
            # The stand-in may outlive the fleet by the length of one push.
            if not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self.fleet.push, ipad, magic)

        return StandInPush(plan.stand_in, plan.clock, on_push)


def _hardware(plan: FleetPlan, number: int) -> Hardware:
    place = number - plan.first_number
    if plan.hardware:
        return plan.hardware[place]
    version = plan.os_versions[place % len(plan.os_versions)] if plan.os_versions else None
    return hardware_of(number, os_version=version)
