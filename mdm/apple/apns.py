"""The push client: hands pushes to Apple and says what became of each.

Here: one connection kept open, reconnecting, back-off, the bounds of a call.
Not here: HTTP/2 (apns_session), sockets (apns_connection), Apple's words (apns_answers), the
use from ordinary code without asyncio (push_sender), when to push whom (the push worker).
source: Apple, "Sending notification requests to APNs".
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from mdm.apple import push_certificate
from mdm.apple.apns_connection import ApnsConnection, open_to
from mdm.apple.apns_delivery import Delivery
from mdm.apple.apns_timing import Timing
from mdm.apple.apns_tls import tls_context
from mdm.apple.errors import ConnectionBroken
from mdm.apple.push import LocalReason, Push, PushKind, PushOutcome

__all__ = ["APPLE_HOST", "ApnsClient", "Push", "PushKind", "PushOutcome", "Timing"]

APPLE_HOST = "api.push.apple.com"
MOST_STREAMS = 400


class ApnsClient:
    """Sends pushes under one push certificate; lives in one event loop.

    The topic is read from the certificate. `sleep` waits between fruitless rounds.
    raises: CertificateUnusable when built with a certificate or key that does not serve.
    """

    def __init__(
        self,
        host: str,
        port: int,
        certificate_pem: bytes,
        key_pem: bytes,
        *,
        trust_pem: bytes | None = None,
        timing: Timing | None = None,
        most_streams: int = MOST_STREAMS,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self.topic = push_certificate.topic_of(push_certificate.read_certificate(certificate_pem))
        self._host = host
        self._port = port
        self._tls = tls_context(certificate_pem, key_pem, trust_pem)
        self._timing = timing or Timing()
        self._most_streams = self._streams = most_streams
        self._sleep = sleep
        self._connection: ApnsConnection | None = None
        self._turn = asyncio.Lock()
        self.failures_in_a_row = 0
        """Rounds without any answer since the last one that brought one, over all calls."""

    async def send(
        self, pushes: Sequence[Push], timeout_s: float | None = None
    ) -> list[PushOutcome]:
        """Send, and tell what became of each push.

        returns: one outcome for each push, in their order. Never raises because of a push, a
            connection or a server; what could not be sent in time is TEMPORARY.
        """
        longest_s = self._timing.whole_s if timeout_s is None else timeout_s
        deadline = asyncio.get_running_loop().time() + longest_s
        delivery = Delivery(pushes, self.topic, self._host)
        async with self._turn:
            fruitless = 0
            while not delivery.is_done:
                answered = await self._round(delivery, deadline)
                fruitless = 0 if answered else fruitless + 1
                self.failures_in_a_row = 0 if answered else self.failures_in_a_row + 1
                await self._before_next_round(delivery, fruitless, deadline)
        return delivery.outcomes()

    async def close(self) -> None:
        """Close the connection; a later `send` opens a new one."""
        connection, self._connection = self._connection, None
        if connection:
            await connection.close()

    async def _round(self, delivery: Delivery, deadline: float) -> bool:
        """Send what waits, once. returns: True if at least one push was answered."""
        try:
            connection = await self._connected(_left_s(deadline))
        except ConnectionBroken as broken:
            _note(delivery, broken)
            return False
        fates = await connection.carry(delivery.requests(), _left_s(deadline))
        answered = delivery.settle(fates)
        if connection.fault:
            _note(delivery, connection.fault)
        return answered

    async def _connected(self, longest_s: float) -> ApnsConnection:
        if self._connection and self._connection.is_usable:
            return self._connection
        await self.close()
        self._connection = await open_to(
            self._host,
            self._port,
            self._tls,
            replace(self._timing, connect_s=min(self._timing.connect_s, longest_s)),
            self._streams,
        )
        return self._connection

    async def _before_next_round(self, delivery: Delivery, fruitless: int, deadline: float) -> None:
        """Pause as long as the last round suggests, or give up."""
        calm = self._connection is not None and self._connection.must_calm_down
        self._streams = max(1, self._streams // 2) if calm or fruitless else self._more_streams()
        pause_s = self._timing.wait_after(max(fruitless, int(calm)))
        if fruitless >= self._timing.fruitless_rounds:
            delivery.give_up(PushKind.TEMPORARY, delivery.last_reason)
        elif _left_s(deadline) <= pause_s:
            delivery.give_up(PushKind.TEMPORARY, LocalReason.OUT_OF_TIME)
        elif pause_s and not delivery.is_done:
            await self._sleep(pause_s)

    def _more_streams(self) -> int:
        return min(self._most_streams, 2 * self._streams)


def _left_s(deadline: float) -> float:
    return max(0.0, deadline - asyncio.get_running_loop().time())


def _note(delivery: Delivery, broken: ConnectionBroken) -> None:
    """Let a delivery know why a connection failed; some reasons end it."""
    if broken.is_configuration:
        delivery.give_up(PushKind.CONFIGURATION_FAULT, broken.reason)
    else:
        delivery.last_reason = broken.reason
