"""One connection to the push service: socket, TLS and timers around a session.

Not here: what HTTP/2 frames mean (apns_session), reconnecting (apns).
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Sequence

from mdm.apple.apns_session import Fate, Missing, Request, Session
from mdm.apple.apns_timing import Timing
from mdm.apple.errors import ConnectionBroken
from mdm.apple.push import LocalReason

_CERTIFICATE_ALERTS = ("ALERT_BAD_CERTIFICATE", "ALERT_CERTIFICATE", "ALERT_UNKNOWN_CA")
_TLS_GOODBYE_S = 1.0


class ApnsConnection(asyncio.Protocol):
    """Carries rounds of requests, one round at a time, until it ends. Open it with `open_to`."""

    def __init__(self, timing: Timing, most_streams: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._timing = timing
        self._session = Session(most_streams)
        self._transport: asyncio.Transport | None = None
        self._round_over = asyncio.Event()
        self._round_over.set()
        self._ended = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._seen_progress = 0
        self._moved_at = self._loop.time()
        self._fault: ConnectionBroken | None = None

    @property
    def is_usable(self) -> bool:
        """False when the next round needs another connection."""
        return self._session.is_usable and not self._ended.is_set() and self._fault is None

    @property
    def must_calm_down(self) -> bool:
        """True if the server asked for a pause."""
        return self._session.must_calm_down

    @property
    def fault(self) -> ConnectionBroken | None:
        """Say what ended the connection; None while it lives or after a friendly end."""
        return self._fault

    async def carry(self, requests: Sequence[Request], longest_s: float) -> list[Fate]:
        """Send the requests and wait until each has a fate, at most `longest_s` seconds.

        returns: one fate each, in their order. Never raises; a cancelled call leaves the
            connection unusable, because it would not know whose answers come next.
        """
        self._round_over.clear()
        self._session.begin(requests)
        self._expect_movement()
        self._after_change()
        try:
            async with asyncio.timeout(longest_s):
                await self._round_over.wait()
        except TimeoutError:
            self._break(ConnectionBroken(LocalReason.OUT_OF_TIME), Missing.LOST)
        finally:
            if not self._round_over.is_set():
                self._break(ConnectionBroken(LocalReason.CLOSED), Missing.LOST)
        self._watch(self._timing.idle_ping_s, self._on_idle)
        return self._session.fates()

    async def close(self) -> None:
        """End the connection and wait until the socket is gone."""
        self._fault = self._fault or ConnectionBroken(LocalReason.CLOSED)
        if self._timer:
            self._timer.cancel()
        if self._transport:
            self._transport.close()
        try:
            async with asyncio.timeout(2 * _TLS_GOODBYE_S):
                await self._ended.wait()
        except TimeoutError:
            if self._transport:
                self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet (called by asyncio)."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._flush()

    def data_received(self, data: bytes) -> None:
        """Take bytes (called by asyncio)."""
        try:
            self._session.receive(data)
        except ConnectionBroken as broken:
            self._break(broken, Missing.LOST)
            return
        self._after_change()

    def connection_lost(self, exc: Exception | None) -> None:
        """Decide what is still undecided (called by asyncio)."""
        self._ended.set()
        if self._fault is None:
            greeted = self._session.is_greeted
            usual = LocalReason.CONNECTION_LOST if greeted else LocalReason.NOT_GREETED
            self._fault = _as_broken(exc, usual)
        self._break(self._fault, Missing.LOST)

    def _after_change(self) -> None:
        self._flush()
        if self._session.progress != self._seen_progress:
            self._seen_progress = self._session.progress
            self._moved_at = self._loop.time()
        if self._session.is_done:
            self._round_over.set()

    def _flush(self) -> None:
        if self._transport and not self._transport.is_closing():
            self._transport.write(self._session.outgoing())

    def _break(self, fault: ConnectionBroken, missing: Missing) -> None:
        """Stop using the connection: all under way gets `missing`, the socket is cut."""
        self._fault = self._fault or fault
        if self._timer:
            self._timer.cancel()
        self._session.give_up(missing)
        self._round_over.set()
        if self._transport and not self._ended.is_set():
            self._transport.abort()

    def _expect_movement(self) -> None:
        self._moved_at = self._loop.time()
        self._watch(self._timing.stall_s, self._on_stall)

    def _watch(self, after_s: float, then: Callable[[], None]) -> None:
        if self._timer:
            self._timer.cancel()
        if self._fault is None:
            self._timer = self._loop.call_later(after_s, then)

    def _on_stall(self) -> None:
        """Give up if nothing has moved for too long; otherwise look again in time."""
        left_s = self._moved_at + self._timing.stall_s - self._loop.time()
        if self._session.is_done and not self._session.awaits_pong:
            self._watch(self._timing.idle_ping_s, self._on_idle)
        elif left_s > 0:
            self._watch(left_s, self._on_stall)
        else:
            self._break(ConnectionBroken(LocalReason.NO_ANSWER), Missing.STALLED)

    def _on_idle(self) -> None:
        self._session.ping()
        self._flush()
        self._expect_movement()


async def open_to(
    host: str, port: int, tls: ssl.SSLContext, timing: Timing, most_streams: int
) -> ApnsConnection:
    """Connect, with TLS and HTTP/2 agreed.

    raises: ConnectionBroken, `is_configuration` set when waiting cannot help: the server's
        certificate is not trusted (often a proxy that breaks TLS open), ours was refused, or
        HTTP/2 is not spoken there.
    """
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(timing.connect_s):
            transport, connection = await loop.create_connection(
                lambda: ApnsConnection(timing, most_streams),
                host,
                port,
                ssl=tls,
                ssl_shutdown_timeout=_TLS_GOODBYE_S,
            )
    except (OSError, TimeoutError) as error:
        raise _as_broken(error, LocalReason.CONNECT_FAILED) from error
    agreed = transport.get_extra_info("ssl_object").selected_alpn_protocol()
    if agreed != "h2":
        await connection.close()
        raise ConnectionBroken(LocalReason.NO_HTTP2, is_configuration=True)
    return connection


def _as_broken(error: Exception | None, usual: LocalReason) -> ConnectionBroken:
    match error:
        case ssl.SSLCertVerificationError():
            return ConnectionBroken(LocalReason.SERVER_NOT_TRUSTED, is_configuration=True)
        case ssl.SSLError(reason=str(reason)) if any(a in reason for a in _CERTIFICATE_ALERTS):
            return ConnectionBroken(LocalReason.CERTIFICATE_REFUSED, is_configuration=True)
        case ssl.SSLError():
            return ConnectionBroken(LocalReason.TLS_FAILED)
        case socket.gaierror():
            return ConnectionBroken(LocalReason.NAME_UNKNOWN)
        case _:
            return ConnectionBroken(usual)
