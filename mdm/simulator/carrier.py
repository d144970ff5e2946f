"""Carrying the conversations of many iPads over one client: the network with its bad luck.

Here: one conversation at a time for each iPad, faults, and the work of signing in threads. Not
here: who talks when (fleet), the steps themselves (dialogue).
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from mdm.simulator.dialogue import Dialogue
from mdm.simulator.errors import Unreachable
from mdm.simulator.exchange import Conversation, Request, Response
from mdm.simulator.faults import Fate
from mdm.simulator.http import HttpClient
from mdm.simulator.ipad import SimulatedIpad

T = TypeVar("T")

_SIGNING_THREADS = 2


class Carrier:
    """The network of a fleet; belongs to one event loop."""

    def __init__(self, client: HttpClient) -> None:
        self.client = client
        self._locks: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._signers = ThreadPoolExecutor(_SIGNING_THREADS, "ipad-signs")

    def is_talking(self, ipad: SimulatedIpad) -> bool:
        """Whether an iPad is in the middle of a conversation."""
        return self._locks[ipad.number].locked()

    async def carry(self, ipad: SimulatedIpad, begin: Callable[[], Conversation[T]]) -> T:
        """Carry out one conversation of an iPad, which has one at a time.

        raises: what the conversation raises.
        """
        async with self._locks[ipad.number]:
            # An answer is worked on in a thread, since it ends in a signature of the iPad.
            dialogue = await self._in_thread(lambda: Dialogue(begin()))
            while not dialogue.is_over:
                await self._step(ipad, dialogue)
        return dialogue.result

    async def _step(self, ipad: SimulatedIpad, dialogue: Dialogue[Any]) -> None:
        try:
            response = await self._attempt(ipad, dialogue.request)
        except Unreachable as error:
            lost = error
            await self._in_thread(lambda: dialogue.lose(lost))
        else:
            await self._in_thread(lambda: dialogue.answer(response))

    async def _attempt(self, ipad: SimulatedIpad, request: Request) -> Response:
        fate = ipad.faults.fate(ipad.rng)
        if not ipad.is_online or fate is Fate.LOST:
            raise Unreachable("no network, or the request got lost")
        if ipad.faults.delay_s:
            await asyncio.sleep(ipad.faults.delay_s)
        response = await self.client.send(request)
        if fate is Fate.ANSWER_LOST:
            raise Unreachable("the answer got lost")
        return await self.client.send(request) if fate is Fate.TWICE else response

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._signers, work)

    async def close(self) -> None:
        """Close all connections; no conversation may be under way."""
        await self.client.close()
        self._signers.shutdown()
