"""Many simulated iPads in one process, awake only while they have something to do.

Here: waking, enrolling, the passing of time. Not here: what one iPad does (ipad, connection), its
network (carrier), a fleet beside code without asyncio (fleet_thread), the push service (apns).

A sleeping iPad costs memory and nothing else: there is no task per iPad.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from mdm.simulator.carrier import Carrier
from mdm.simulator.connection import connect
from mdm.simulator.declarative.conversation import catch_up_all
from mdm.simulator.enrolment import enrol_by_link, enrol_with_profile
from mdm.simulator.errors import EnrolmentFailed
from mdm.simulator.exchange import Conversation
from mdm.simulator.http import HttpClient
from mdm.simulator.ipad import SimulatedIpad
from mdm.simulator.statistics import FleetStatistics, figures_of

T = TypeVar("T")

TICK_S = 1.0
_CONCURRENCY = 32
_LOOK_EVERY_S = 0.05


class Fleet:
    """iPads and their network; belongs to one event loop.

    tick_s: seconds of real time for one tick of every iPad's life.
    """

    def __init__(
        self, ipads: Sequence[SimulatedIpad], client: HttpClient, *, tick_s: float = TICK_S
    ) -> None:
        self.ipads = list(ipads)
        self._carrier = Carrier(client)
        self._tick_s = tick_s
        self._awake: set[int] = set()
        self._again: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._connections = 0
        self._pushes = 0
        self._failed_enrolments = 0

    async def enrol_all(
        self,
        link: str,
        concurrency: int = _CONCURRENCY,
        on_done: Callable[[SimulatedIpad], None] = lambda ipad: None,
    ) -> dict[str, EnrolmentFailed]:
        """Let every iPad that is not enrolled open the same link.

        on_done: called after each one, for a progress bar.
        returns: serial number → why it failed; empty if all are enrolled.
        """
        places = asyncio.Semaphore(concurrency)
        failed: dict[str, EnrolmentFailed] = {}

        async def enrol(ipad: SimulatedIpad) -> None:
            async with places:
                try:
                    await self.enrol(ipad, link)
                except EnrolmentFailed as error:
                    failed[ipad.serial_number] = error
                on_done(ipad)

        await asyncio.gather(*(enrol(ipad) for ipad in self.ipads if not ipad.is_enrolled))
        return failed

    async def enrol(self, ipad: SimulatedIpad, link: str) -> None:
        """Let one iPad open a link and enrol. raises: EnrolmentFailed."""
        try:
            await self.carry(ipad, lambda: enrol_by_link(ipad, link))
        except EnrolmentFailed:
            self._failed_enrolments += 1
            raise

    async def poll(self, ipad: SimulatedIpad) -> int:
        """Let an iPad connect now, if it can; returns how many commands it carried out."""
        if not ipad.is_online:
            return 0
        self._connections += 1
        return await self.carry(ipad, lambda: connect(ipad))

    async def poll_all(self) -> int:
        """Let every enrolled iPad connect once; returns how many commands were carried out."""
        enrolled = [ipad for ipad in self.ipads if ipad.is_enrolled]
        return sum(await asyncio.gather(*(self.poll(ipad) for ipad in enrolled)))

    def wake(self, ipad: SimulatedIpad) -> None:
        """Let an iPad connect soon; a second wish while it talks makes it connect once more."""
        if ipad.number in self._awake:
            self._again.add(ipad.number)
            return
        self._awake.add(ipad.number)
        self._start(self._serve(ipad))

    def push(self, ipad: SimulatedIpad, magic: str) -> None:
        """Hand a push to an iPad; one with a magic it does not know is ignored."""
        if any(channel.magic == magic for channel in ipad.channels()):
            self._pushes += 1
            self.wake(ipad)

    async def live(self) -> None:
        """Let time pass, for ever; to be run as a task and cancelled."""
        while True:
            await asyncio.sleep(self._tick_s)
            self.tick()

    async def run(self, until: Callable[[], bool], timeout_s: float) -> bool:
        """Let time pass until something is so; returns whether it came to be in time."""
        life = asyncio.get_running_loop().create_task(self.live())
        try:
            return await self.wait_until(until, timeout_s)
        finally:
            life.cancel()

    async def wait_until(self, condition: Callable[[], bool], timeout_s: float) -> bool:
        """Wait while time passes anyway; returns whether the condition came true in time."""
        try:
            async with asyncio.timeout(timeout_s):
                while not condition():
                    await asyncio.sleep(min(self._tick_s, _LOOK_EVERY_S))
        except TimeoutError:
            return condition()
        return True

    def tick(self) -> None:
        """Let a little time pass for all, and wake those who want to connect by themselves."""
        for ipad in self.ipads:
            if ipad.number in self._awake or self._carrier.is_talking(ipad):
                continue
            ipad.tick()
            if ipad.enrols_with is not None and ipad.is_on:
                self._awake.add(ipad.number)
                self._start(self._return_to_service(ipad, ipad.enrols_with))
            elif ipad.wants_connection:
                self.wake(ipad)
            elif ipad.wants_to_report:
                self._awake.add(ipad.number)
                self._start(self._serve(ipad, only_reports=True))

    async def settle(self) -> None:
        """Wait until no iPad is awake."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    def statistics(self) -> FleetStatistics:
        """Count what there is."""
        return figures_of(
            self.ipads,
            requests=self._carrier.client.requests,
            connections=self._connections,
            pushes=self._pushes,
            failed_enrolments=self._failed_enrolments,
        )

    async def close(self) -> None:
        """End all talks and close all connections."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._carrier.close()

    async def carry(self, ipad: SimulatedIpad, begin: Callable[[], Conversation[T]]) -> T:
        """Carry out one conversation of an iPad; raises what the conversation raises."""
        return await self._carrier.carry(ipad, begin)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, ipad: SimulatedIpad, *, only_reports: bool = False) -> None:
        try:
            while True:
                self._again.discard(ipad.number)
                if only_reports:
                    await self.carry(ipad, lambda: catch_up_all(ipad))
                    only_reports = False
                else:
                    await self.poll(ipad)
                if ipad.number not in self._again:
                    return
        finally:
            self._awake.discard(ipad.number)

    async def _return_to_service(self, ipad: SimulatedIpad, profile: bytes) -> None:
        try:
            await self.carry(ipad, lambda: enrol_with_profile(ipad, profile))
        except EnrolmentFailed as error:
            self._failed_enrolments += 1
            ipad.complaints.append(f"return to service failed: {error}")
            ipad.enrols_with = None
        finally:
            self._awake.discard(ipad.number)
