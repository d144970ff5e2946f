"""The push client for ordinary code: a thread with its own loop and one lasting connection.

For the push worker, which does not fork; a connection per job would look like abuse to Apple.
Not here: anything about pushes (apns).
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import CancelledError as FutureCancelled
from concurrent.futures import Future
from typing import Any, Self, TypeVar

from mdm.apple.apns import ApnsClient
from mdm.apple.push import LocalReason, Push, PushKind, PushOutcome

_T = TypeVar("_T")
_SPARE_S = 5.0


class PushSender:
    """Keeps a client alive in a thread of its own. Use from several threads is allowed.

    make_client: called once, for example `lambda: ApnsClient(host, port, certificate, key)`.
    raises: what `make_client` raises.
    """

    def __init__(self, make_client: Callable[[], ApnsClient]) -> None:
        self._client = make_client()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="apns", daemon=True)
        self._closed = False
        self._lock = threading.Lock()
        self._thread.start()

    @property
    def topic(self) -> str:
        """The topic of our certificate."""
        return self._client.topic

    @property
    def failures_in_a_row(self) -> int:
        """Connection-level failures since the last answer, for `Circuit.after_send`."""
        return self._client.failures_in_a_row

    def send(self, pushes: Sequence[Push], timeout_s: float) -> list[PushOutcome]:
        """Send and wait; see `ApnsClient.send`. Returns in time, whatever happens outside."""
        sending = self._submit(self._client.send(pushes, timeout_s))
        if sending is None:
            return _all(pushes, LocalReason.CLOSED)
        try:
            return sending.result(timeout_s + _SPARE_S)
        except TimeoutError:
            sending.cancel()
            return _all(pushes, LocalReason.OUT_OF_TIME)
        except FutureCancelled:
            return _all(pushes, LocalReason.CLOSED)

    def close(self) -> None:
        """Close the connection and end the thread; a send under way ends as TEMPORARY."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_SPARE_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _submit(self, work: Coroutine[Any, Any, _T]) -> Future[_T] | None:
        """Hand work to the loop; None once the sender is closed."""
        with self._lock:
            if not self._closed:
                return asyncio.run_coroutine_threadsafe(work, self._loop)
        work.close()
        return None

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
            self._loop.run_until_complete(self._finish())
        finally:
            self._loop.close()

    async def _finish(self) -> None:
        under_way = asyncio.all_tasks() - {asyncio.current_task()}
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        await self._client.close()


def _all(pushes: Sequence[Push], reason: LocalReason) -> list[PushOutcome]:
    return [PushOutcome(push, PushKind.TEMPORARY, reason) for push in pushes]
