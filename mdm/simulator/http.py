"""A light HTTP/1.1 client for many iPads in one process.

Here: sockets, keep-alive, and the way to the server. Not here: what is said (exchange), faults
(fleet). A general client costs more per request than all else an iPad does, so this one knows
only what devices need: no cookies, no compression, no pipelining.
"""

import asyncio
import ssl
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from mdm.simulator.errors import Unreachable
from mdm.simulator.exchange import Request, Response

MAX_BODY_BYTES = 64 * 1024 * 1024

_TIMEOUT_S = 60.0
_DEFAULT_PORTS = {"http": 80, "https": 443}
_LOST = (OSError, EOFError, ValueError, asyncio.LimitOverrunError)


@dataclass(frozen=True, slots=True)
class Route:
    """The way to an address, in the place of name service and proxy.

    origin: scheme, host and port, as profiles name them. target: where the server really listens.
    """

    origin: str
    target: str


Address = tuple[str, int, bool]


@dataclass(slots=True)
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @property
    def is_usable(self) -> bool:
        return not self.reader.at_eof() and not self.writer.is_closing()


@dataclass(slots=True)
class HttpClient:
    """Requests of many iPads over few connections; used within one event loop.

    routes: origins that live elsewhere. trust: for https; None: the system's trust.
    limit: connections at a time.
    """

    routes: tuple[Route, ...] = ()
    trust: ssl.SSLContext | None = None
    limit: int = 64
    timeout_s: float = _TIMEOUT_S
    requests: int = 0
    _idle: dict[Address, list[_Connection]] = field(default_factory=lambda: defaultdict(list))
    _slots: asyncio.Semaphore | None = None

    async def send(self, request: Request) -> Response:
        """Send one request. raises: Unreachable, whatever went wrong on the way."""
        if self._slots is None:
            self._slots = asyncio.Semaphore(self.limit)
        async with self._slots:
            self.requests += 1
            try:
                async with asyncio.timeout(self.timeout_s):
                    return await self._exchange(request)
            except (TimeoutError, *_LOST) as error:
                raise Unreachable(type(error).__name__) from error

    async def close(self) -> None:
        """Close all connections."""
        for connections in self._idle.values():
            for connection in connections:
                connection.writer.close()
        self._idle.clear()

    async def _exchange(self, request: Request) -> Response:
        url = urlsplit(request.url)
        address = self._address(url)
        connection = await self._connection(address, url.hostname or "")
        try:
            connection.writer.write(_head(request, url) + request.body)
            await connection.writer.drain()
            response, stays_open = await _read(connection.reader)
        except BaseException:
            connection.writer.close()
            raise
        if stays_open:
            self._idle[address].append(connection)
        else:
            connection.writer.close()
        return response

    def _address(self, url: SplitResult) -> Address:
        origin = f"{url.scheme}://{url.netloc}"
        target = next((one.target for one in self.routes if one.origin == origin), origin)
        parts = urlsplit(target)
        port = parts.port or _DEFAULT_PORTS[parts.scheme]
        return parts.hostname or "", port, parts.scheme == "https"

    async def _connection(self, address: Address, name: str) -> _Connection:
        waiting = self._idle[address]
        while waiting:
            connection = waiting.pop()
            if connection.is_usable:
                return connection
            connection.writer.close()
        host, port, is_tls = address
        if not is_tls:
            return _Connection(*await asyncio.open_connection(host, port))
        trust = self.trust or ssl.create_default_context()
        stream = await asyncio.open_connection(host, port, ssl=trust, server_hostname=name)
        return _Connection(*stream)


def _head(request: Request, url: SplitResult) -> bytes:
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    lines = [f"{request.method} {target} HTTP/1.1", f"Host: {url.netloc}"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    if request.body or request.method in ("PUT", "POST"):
        lines.append(f"Content-Length: {len(request.body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


async def _read(reader: asyncio.StreamReader) -> tuple[Response, bool]:
    """Read one response; the second value tells whether the connection may be used again."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    status_line, *lines = head.split("\r\n")
    version, status, *_ = status_line.split(" ")
    pairs = (line.partition(":") for line in lines if line)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    body, is_framed = await _read_body(reader, headers, int(status))
    is_kept = version == "HTTP/1.1" and headers.get("connection", "").lower() != "close"
    return Response(int(status), body, headers), is_framed and is_kept


async def _read_body(
    reader: asyncio.StreamReader, headers: Mapping[str, str], status: int
) -> tuple[bytes, bool]:
    if status in (204, 304):
        return b"", True
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return await _read_chunks(reader), True
    if "content-length" in headers:
        return await reader.readexactly(_size(headers["content-length"], 10)), True
    return await reader.read(MAX_BODY_BYTES), False


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = bytearray()
    while size := _size((await reader.readuntil(b"\r\n")).split(b";")[0].decode(), 16):
        body += await reader.readexactly(size)
        _size(str(len(body)), 10)
        await reader.readexactly(2)
    while await reader.readuntil(b"\r\n") != b"\r\n":
        pass
    return bytes(body)


def _size(text: str, base: int) -> int:
    size = int(text, base)
    if not 0 <= size <= MAX_BODY_BYTES:
        raise ValueError("a body of impossible size")
    return size
