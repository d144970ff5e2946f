"""The load generator: bounded in count and time, and it believes no wrong answer."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from mdm.cli.bench.errors import BenchFailed
from mdm.cli.bench.load import CONNECTIONS, replay
from mdm.cli.bench.processes import CpuClock, children, cpu_seconds, resident_mb
from mdm.cli.bench.requests import Exchange

_REQUEST = b" HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody"


class _Echo(BaseHTTPRequestHandler):
    """Answers with what it was sent; /refuse with 503."""

    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(503 if self.path == "/refuse" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        return


@pytest.fixture
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Echo)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def _talks(count: int, answer_bytes: int = 4) -> list[tuple[Exchange, ...]]:
    pair = (Exchange(_REQUEST, answer_bytes, False), Exchange(_REQUEST, answer_bytes, True))
    return [pair] * count


def test_every_conversation_is_held_once(port: int) -> None:
    seen = replay(port, "/", _talks(20), seconds=30)

    assert (seen.requests, seen.acknowledged) == (40, 20)
    assert len(seen.latencies) == 40


def test_when_time_is_over_what_was_sent_is_still_answered(port: int) -> None:
    seen = replay(port, "/", _talks(200), seconds=0)

    assert CONNECTIONS <= seen.requests < 400


@pytest.mark.parametrize(("path", "answer_bytes"), [("/refuse", 4), ("/", 3)])
def test_a_wrong_answer_ends_the_run(port: int, path: str, answer_bytes: int) -> None:
    with pytest.raises(BenchFailed, match="unexpected answer"):
        replay(port, path, _talks(1, answer_bytes), seconds=30)


def test_a_process_has_used_time_and_memory() -> None:
    own = threading.get_native_id()

    assert cpu_seconds(own) > 0
    assert resident_mb(own) > 1


def test_a_process_that_is_gone_has_used_no_time_and_has_no_children() -> None:
    # Larger than any number the kernel gives.
    gone = 2**30

    assert cpu_seconds(gone) == 0
    assert children(gone) == []


def test_a_clock_with_children_shows_at_least_the_process_itself() -> None:
    parent = threading.get_native_id()

    alone = CpuClock(parent).seconds()

    assert CpuClock(parent, with_children=True).seconds() >= alone
