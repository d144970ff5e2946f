"""One HTTP/2 connection to the push service, without the socket.

Bytes in, bytes out; it knows which push travels on which stream, and in the end the fate of each.
Not here: sockets and timers (apns_connection), what is sent again (apns_delivery).
source: RFC 9113; Apple, "Sending notification requests to APNs".
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

import h2.config
import h2.connection
import h2.events
import h2.exceptions
from h2.errors import ErrorCodes
from h2.settings import SettingCodes, Settings

from mdm.apple.apns_answers import Judgement, Next, judge, read_error_body
from mdm.apple.apns_frames import FrameSplitter, GoAway
from mdm.apple.errors import ConnectionBroken
from mdm.apple.push import LocalReason, PushKind

_SETTINGS = {SettingCodes.ENABLE_PUSH: 0, SettingCodes.MAX_HEADER_LIST_SIZE: 16_384}
_LONGEST_BODY = 4096
_LAST_USEFUL_STREAM = 2**31 - 100_000


class Missing(Enum):
    """Why a push has no answer."""

    UNSENT = "unsent"
    """Apple has not processed it."""
    RESET = "reset"
    """Its stream was ended by the server."""
    STALLED = "stalled"
    """Sent, and nothing came for too long."""
    LOST = "lost"
    """The connection ended before the answer."""


Fate = Judgement | Missing


@dataclass(frozen=True, slots=True)
class Request:
    """One push in the form of HTTP: header fields in their order, and the body."""

    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(slots=True)
class _Exchange:
    """A request under way."""

    place: int
    unsent: bytes
    status: int = 0
    retry_after_s: int | None = None
    body: bytearray = field(default_factory=bytearray)


class Session:
    """Carries one round of requests after another over one connection.

    most_streams: our own limit of requests under way, beside the server's.
    """

    def __init__(self, most_streams: int) -> None:
        # Header checks are off for what we send: token (hex), topic (from the certificate) and
        # the rest are ours, and the checks cost a tenth of the whole.
        self._h2 = h2.connection.H2Connection(
            h2.config.H2Configuration(
                client_side=True,
                header_encoding=None,
                validate_outbound_headers=False,
                normalize_outbound_headers=False,
            )
        )
        self._h2.local_settings = Settings(client=True, initial_values=_SETTINGS)
        self._h2.initiate_connection()
        self._splitter = FrameSplitter()
        self._most_streams = most_streams
        self.is_greeted = False
        """True once the server has sent its settings; before that nothing is sent to it."""
        self._leaving = False
        self._calm = False
        self._stop: Judgement | None = None
        self._requests: Sequence[Request] = ()
        self._waiting: deque[int] = deque()
        self._open: dict[int, _Exchange] = {}
        self._fates: list[Fate | None] = []
        self.awaits_pong = False
        """True between a ping and its answer."""
        self.progress = 0
        """Grows with each sign of life that brings a push or a ping further."""

    @property
    def is_usable(self) -> bool:
        """False once no further request may be opened here."""
        return not self._leaving and self._h2.highest_outbound_stream_id < _LAST_USEFUL_STREAM

    @property
    def is_done(self) -> bool:
        """True when each request of the round has its fate."""
        return not self._waiting and not self._open

    @property
    def must_calm_down(self) -> bool:
        """True if the server complained about our haste: pause before the next round."""
        return self._calm

    def begin(self, requests: Sequence[Request]) -> None:
        """Take a round of requests; the one before must be done."""
        self._requests = requests
        self._fates = [None] * len(requests)
        self._waiting = deque(range(len(requests)))
        self.pump()

    def fates(self) -> list[Fate]:
        """List the fate of each request, in their order; UNSENT where nothing is known."""
        return [fate or Missing.UNSENT for fate in self._fates]

    def outgoing(self) -> bytes:
        """Hand over what must be written to the socket."""
        return self._h2.data_to_send()

    def ping(self) -> None:
        """Ask for a sign of life; the answer counts as progress."""
        self.awaits_pong = True
        self._h2.ping(b"mdm-ping")

    def receive(self, data: bytes) -> None:
        """Take what came from the socket.

        raises: ConnectionBroken if the server breaks the rules of HTTP/2.
        """
        try:
            for part in self._splitter.feed(data):
                if isinstance(part, GoAway):
                    self._on_goaway(part)
                    continue
                for event in self._h2.receive_data(part):
                    self._on_event(event)
            self.pump()
        except h2.exceptions.H2Error as error:
            raise ConnectionBroken(LocalReason.PROTOCOL) from error

    def pump(self) -> None:
        """Open as many requests as both sides allow at this moment."""
        if not self.is_greeted:
            return
        for stream_id in [s for s, exchange in self._open.items() if exchange.unsent]:
            self._send_body(stream_id)
        while self._waiting and len(self._open) < self._limit():
            self._open_next()

    def give_up(self, missing: Missing) -> None:
        """End the round: `missing` is the fate of all under way, UNSENT of all that wait."""
        for exchange in self._open.values():
            self._fates[exchange.place] = missing
        self._open.clear()
        self._drop_waiting()
        self._leaving = True

    def _limit(self) -> int:
        if self._h2.outbound_flow_control_window <= 0:
            return 0
        return min(self._most_streams, self._h2.remote_settings.max_concurrent_streams)

    def _open_next(self) -> None:
        place = self._waiting.popleft()
        request = self._requests[place]
        stream_id = self._h2.get_next_available_stream_id()
        self._h2.send_headers(stream_id, request.headers)
        self._open[stream_id] = _Exchange(place, request.body)
        self._send_body(stream_id)
        if not self.is_usable:
            self._drop_waiting()

    def _send_body(self, stream_id: int) -> None:
        """Send of the body what the windows allow; the rest follows when they open."""
        exchange = self._open[stream_id]
        window = self._h2.local_flow_control_window(stream_id)
        size = min(window, self._h2.max_outbound_frame_size, len(exchange.unsent))
        if size > 0:
            part, exchange.unsent = exchange.unsent[:size], exchange.unsent[size:]
            self._h2.send_data(stream_id, part, end_stream=not exchange.unsent)

    def _on_event(self, event: h2.events.Event) -> None:
        match event:
            case h2.events.RemoteSettingsChanged():
                self.is_greeted = True
            case h2.events.PingAckReceived():
                self.awaits_pong = False
                self.progress += 1
            case h2.events.ResponseReceived():
                self._on_response(event)
            case h2.events.DataReceived():
                self._on_data(event)
            case h2.events.StreamEnded():
                self._on_answer(event.stream_id)
            case h2.events.StreamReset():
                self._on_reset(event)
            case _:
                pass

    def _on_response(self, event: h2.events.ResponseReceived) -> None:
        exchange = self._open.get(event.stream_id)
        if exchange is None:
            return
        fields = {bytes(name): bytes(value) for name, value in event.headers}
        exchange.status = _number(fields.get(b":status")) or 0
        exchange.retry_after_s = _number(fields.get(b"retry-after"))

    def _on_data(self, event: h2.events.DataReceived) -> None:
        self._h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        exchange = self._open.get(event.stream_id)
        if exchange is not None and len(exchange.body) < _LONGEST_BODY:
            exchange.body += event.data

    def _on_answer(self, stream_id: int) -> None:
        exchange = self._open.pop(stream_id, None)
        if exchange is None:
            return
        self.progress += 1
        if exchange.unsent:
            # Answered before it was all sent: close our half, or h2 counts it as open for ever.
            self._h2.reset_stream(stream_id, ErrorCodes.CANCEL)
        reason, timestamp_ms = read_error_body(bytes(exchange.body))
        answer = judge(exchange.status, reason, timestamp_ms, exchange.retry_after_s)
        self._fates[exchange.place] = answer
        if answer.next is Next.STOP:
            self._stop_queue(answer)
        elif answer.next is Next.RECONNECT:
            self._leave()

    def _on_reset(self, event: h2.events.StreamReset) -> None:
        exchange = self._open.pop(event.stream_id, None)
        if exchange is None:
            return
        self.progress += 1
        # A refused stream was not processed at all (RFC 9113 §8.7), so it does not count.
        refused = event.error_code == ErrorCodes.REFUSED_STREAM
        self._fates[exchange.place] = Missing.UNSENT if refused else Missing.RESET
        if event.error_code == ErrorCodes.ENHANCE_YOUR_CALM:
            self._calm_down()

    def _on_goaway(self, frame: GoAway) -> None:
        self.progress += 1
        for stream_id in [s for s in self._open if s > frame.last_stream_id]:
            self._fates[self._open.pop(stream_id).place] = Missing.UNSENT
        reason, _ = read_error_body(frame.debug)
        if frame.error_code == ErrorCodes.ENHANCE_YOUR_CALM:
            self._calm_down()
        complaint = judge(403, reason, None)
        if complaint.kind is PushKind.CONFIGURATION_FAULT:
            self._stop_queue(complaint)
        self._leave()

    def _stop_queue(self, complaint: Judgement) -> None:
        """Give the complaint as fate to all that wait: none of them would pass."""
        for place in self._waiting:
            self._fates[place] = complaint
        self._waiting.clear()

    def _calm_down(self) -> None:
        self._calm = True
        self._leave()

    def _leave(self) -> None:
        """Open nothing more here; what is under way may still be answered."""
        self._leaving = True
        self._drop_waiting()

    def _drop_waiting(self) -> None:
        for place in self._waiting:
            self._fates[place] = Missing.UNSENT
        self._waiting.clear()


def _number(text: bytes | None) -> int | None:
    """Read a header field of digits; None for anything else, such as an HTTP date."""
    return int(text) if text and len(text) <= 9 and text.isdigit() else None
