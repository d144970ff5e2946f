"""The load generator, a process of its own: eight connections, each in its own conversation.

Requests and expected answers are prepared; the loop only sends, receives and compares, so
that it is faster than what it measures. The first wrong answer ends the run.
"""

import os
import select
import socket
import time
from array import array
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from mdm.cli.bench.errors import BenchFailed
from mdm.cli.bench.processes import pin
from mdm.cli.bench.requests import Conversation, Exchange

Books = Mapping[str, Sequence[Conversation]]

CONNECTIONS = 8
_WINDOW = 65536
_PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class Replay:
    """What one replay saw. latencies: seconds from sending to the last byte of the answer.

    acknowledged: how many of the requests answered a command.
    """

    requests: int
    acknowledged: int
    seconds: float
    latencies: "array[float]"


class Generator:
    """Handle of the generator process."""

    def __init__(self, port: int, books: Books, cpu: int | None) -> None:
        context = get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=_work, args=(theirs, port, books, cpu), name="bench-load", daemon=True
        )
        self._process.start()
        theirs.close()

    def replay(self, book: str, path: str, seconds: float) -> Replay:
        """Play one book against a path, for `seconds` at most.

        raises: BenchFailed (another answer than expected, or not done in time).
        """
        self._pipe.send((book, path, seconds))
        if not self._pipe.poll(seconds + 30):
            raise BenchFailed("the load generator does not answer")
        outcome: Any = self._pipe.recv()
        if isinstance(outcome, str):
            raise BenchFailed(outcome)
        replay: Replay = outcome
        return replay

    def close(self) -> None:
        """End the process."""
        self._pipe.close()
        self._process.join(5)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


def _work(pipe: Connection, port: int, books: Books, cpu: int | None) -> None:
    if cpu is not None:
        pin([os.getpid()], cpu)
    while True:
        try:
            book, path, seconds = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send(replay(port, path, books[book], seconds))
        except (BenchFailed, OSError) as error:
            pipe.send(str(error))


class _Line:
    """One connection with the conversations it still has before it."""

    __slots__ = ("_received", "_waiting", "exchange", "sent_at", "socket")

    def __init__(self, port: int, share: Sequence[Conversation]) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.exchange: Exchange | None = None
        self.sent_at = 0.0
        self._waiting: Iterator[Exchange] = (each for talk in share for each in talk)
        self._received = b""

    def send_next(self, prefix: bytes) -> bool:
        """Send the next request; False when there is none."""
        following = self.exchange = next(self._waiting, None)
        if following is None:
            return False
        self._received = b""
        self.sent_at = time.perf_counter()
        self.socket.sendall(prefix + following.request)
        return True

    def is_answered(self, exchange: Exchange) -> bool:
        """Take what has arrived; True when the answer is whole and right.

        raises: BenchFailed.
        """
        arrived = self.socket.recv(_WINDOW)
        if not arrived:
            raise BenchFailed("the server closed a connection")
        received = self._received = self._received + arrived
        head = received.find(b"\r\n\r\n")
        if head < 0:
            return False
        body = len(received) - head - 4
        if not received.startswith(b"HTTP/1.1 200") or body > exchange.answer_bytes:
            raise BenchFailed(f"unexpected answer: {received[:200]!r}, {body} bytes of body")
        return body == exchange.answer_bytes


class _Players:
    """Eight connections that hold conversations until there are none, or no time is left."""

    def __init__(self, port: int, talks: Sequence[Conversation]) -> None:
        lines = [_Line(port, talks[number::CONNECTIONS]) for number in range(CONNECTIONS)]
        self._lines = {line.socket.fileno(): line for line in lines}
        self._poll = select.epoll()
        for number in self._lines:
            self._poll.register(number, select.EPOLLIN)
        self._acknowledged = 0
        self._latencies = array("d")

    def play(self, prefix: bytes, seconds: float) -> Replay:
        started = time.perf_counter()
        deadline = started + seconds
        busy = sum(line.send_next(prefix) for line in self._lines.values())
        while busy:
            for number, _ in self._poll.poll(_PATIENCE):
                line = self._lines[number]
                if self._note(line):
                    # Nobody is cut off: what was sent is answered, and nothing more is sent.
                    is_over = time.perf_counter() > deadline
                    busy -= is_over or not line.send_next(prefix)
            if time.perf_counter() > deadline + _PATIENCE:
                raise BenchFailed("a request was not answered in time")
        took = time.perf_counter() - started
        return Replay(len(self._latencies), self._acknowledged, took, self._latencies)

    def _note(self, line: _Line) -> bool:
        exchange = line.exchange
        if exchange is None or not line.is_answered(exchange):
            return False
        self._latencies.append(time.perf_counter() - line.sent_at)
        self._acknowledged += exchange.is_acknowledgement
        return True

    def close(self) -> None:
        self._poll.close()
        for line in self._lines.values():
            line.socket.close()


def replay(port: int, path: str, talks: Sequence[Conversation], seconds: float) -> Replay:
    """Hold every conversation once, each on one of the connections.

    raises: BenchFailed.
    """
    with closing(_Players(port, talks)) as players:
        return players.play(f"PUT {path}".encode(), seconds)
