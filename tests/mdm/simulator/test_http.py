"""The light HTTP client."""

import asyncio
import ssl
from pathlib import Path

import pytest

from mdm.base.clock import SystemClock
from mdm.simulator.apns_certificates import Identity, StandInAuthority
from mdm.simulator.errors import Unreachable
from mdm.simulator.exchange import Request, Response
from mdm.simulator.http import HttpClient, Route
from tests.mdm.simulator.loopback import serving

ORIGIN = "https://mdm.beispielstadt.example"


def exchange(answers: list[bytes], requests: int = 1) -> list[Response]:
    """Send requests to a server that writes these bytes, one block after another request."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while answers:
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"GET /path?a=b HTTP/1.1\r\nHost: mdm.beispielstadt.example\r\n")
            writer.write(answers.pop(0))
            await writer.drain()
        writer.close()

    async def talk() -> list[Response]:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        client = HttpClient((Route(ORIGIN, f"http://127.0.0.1:{port}"),), timeout_s=5)
        try:
            request = Request("GET", f"{ORIGIN}/path?a=b")
            return [await client.send(request) for _ in range(requests)]
        finally:
            await client.close()
            server.close()

    return asyncio.run(talk())


def test_a_body_of_known_length_is_read() -> None:
    (response,) = exchange([b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX-A: b\r\n\r\nabc"])

    assert (response.status, response.body, response.headers["x-a"]) == (200, b"abc", "b")


def test_a_body_in_chunks_is_read() -> None:
    chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"

    (response,) = exchange([chunks])

    assert response.body == b"abc"


def test_a_body_that_ends_with_the_connection_is_read() -> None:
    (response,) = exchange([b"HTTP/1.0 200 OK\r\n\r\nabc"])

    assert response.body == b"abc"


def test_a_connection_is_used_again() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

    responses = exchange([answer, answer], requests=2)

    assert [response.status for response in responses] == [200, 200]


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxx\r\n",
        b"nonsense\r\n\r\n",
    ],
)
def test_a_broken_answer_is_a_lost_one(answer: bytes) -> None:
    with pytest.raises(Unreachable):
        exchange([answer])


def test_https_needs_a_trusted_server_of_the_right_name(tmp_path: Path) -> None:
    # TLS compares certificates with the machine's clock.
    now = SystemClock().now()
    authority = StandInAuthority(now)
    identity = authority.issue_server(now)
    trust = ssl.create_default_context(cadata=authority.certificate_pem.decode())
    stranger = ssl.create_default_context()

    assert over_tls(identity, trust, "https://localhost", tmp_path).status == 200
    for context, origin in ((stranger, "https://localhost"), (trust, ORIGIN)):
        with pytest.raises(Unreachable):
            over_tls(identity, context, origin, tmp_path)


def over_tls(identity: Identity, trust: ssl.SSLContext, origin: str, folder: Path) -> Response:
    """Ask a server with this identity, known under `origin`."""
    (folder / "server.pem").write_bytes(identity.certificate_pem + identity.key_pem)
    own = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    own.load_cert_chain(folder / "server.pem")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async def talk() -> Response:
        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=own)
        port = server.sockets[0].getsockname()[1]
        client = HttpClient((Route(origin, f"https://127.0.0.1:{port}"),), trust, timeout_s=5)
        try:
            return await client.send(Request("GET", f"{origin}/"))
        finally:
            server.close()

    return asyncio.run(talk())


def test_a_closed_port_is_unreachable() -> None:
    with serving(lambda request: Response(200)) as address:
        pass

    with pytest.raises(Unreachable):
        asyncio.run(HttpClient(timeout_s=5).send(Request("GET", address)))
