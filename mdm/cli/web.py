"""The web server: granian around create_app(), one application in each of its processes."""

import os
import signal
from dataclasses import dataclass
from enum import Enum

from granian.constants import HTTPModes, Interfaces, SSLProtocols
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer

from mdm.app import create_app
from mdm.base import log
from mdm.base.settings import Settings
from mdm.cli.certificate import Tls
from mdm.cli.leash import end_with_parent
from mdm.doors.wire.device_app import StartResponse, WsgiApp

# Requests at work at once in one process. PostgreSQL has a pool of eight connections; on SQLite
# the device path takes turns on one, and more threads only cost time for changing between them.
_THREADS = 8
_THREADS_ON_SQLITE = 2
# Requests taken in by one process before it leaves new connections to the kernel's queue: a
# school that unlocks at eight o'clock waits there, where waiting costs nothing.
_BACKPRESSURE = 64
_BACKLOG = 2048
# All headers of a request. A signature of 16 KiB and what a proxy adds pass, a flood does not.
_HEADERS = 64 * 1024
_HEADER_MS = 10_000
_ENDING_S = 10


class Part(Enum):
    """Which doors a web server opens."""

    EVERYTHING = "everything"
    DEVICE = "device"
    CONSOLE = "console"


_CLOSED = {
    Part.EVERYTHING: (),
    Part.DEVICE: ("/", "/console", "/files"),
    Part.CONSOLE: ("/mdm", "/scep", "/enroll", "/enroll-files"),
}


@dataclass(frozen=True, slots=True)
class Listening:
    """Where to listen, with how many processes; tls: None for plain HTTP behind a proxy."""

    host: str
    port: int
    workers: int = 1
    tls: Tls | None = None


def serve(settings: Settings, part: Part, listening: Listening) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are answered first."""
    parent = os.getpid()

    def load() -> WsgiApp:
        # A web process whose granian was killed would go on holding the port.
        end_with_parent(parent, signal.SIGKILL)
        log.configure(settings.log_level)
        # Past Flask's own entrance, which the device path needs not.
        return without(create_app(settings).wsgi_app, _CLOSED[part])

    on_sqlite = settings.database.startswith("sqlite")
    server(listening, on_sqlite=on_sqlite).serve(target_loader=load, wrap_loader=False)


def without(app: WsgiApp, closed: tuple[str, ...]) -> WsgiApp:
    """An application without what lies below some paths; "/" means the first page alone."""

    def serve_open(environ: dict[str, object], start_response: StartResponse) -> object:
        path = str(environ.get("PATH_INFO"))
        if any(path == door or (door != "/" and path.startswith(door + "/")) for door in closed):
            start_response("404 Not Found", [("Content-Length", "0")])
            return (b"",)
        return app(environ, start_response)

    return serve_open if closed else app  # type: ignore[return-value]


def server(listening: Listening, *, on_sqlite: bool) -> MPServer:
    """granian with the options of production."""
    tls = listening.tls
    return MPServer(
        "mdm.app:create_app",
        address=listening.host,
        port=listening.port,
        interface=Interfaces.WSGI,
        workers=listening.workers,
        blocking_threads=_THREADS_ON_SQLITE if on_sqlite else _THREADS,
        # Each thread keeps a database connection, so it is not sent away between two lessons.
        blocking_threads_idle_timeout=600,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(
            header_read_timeout=_HEADER_MS, keep_alive=True, max_buffer_size=_HEADERS
        ),
        websockets=False,
        backlog=_BACKLOG,
        backpressure=_BACKPRESSURE,
        respawn_failed_workers=True,
        workers_kill_timeout=_ENDING_S,
        log_level=LogLevels.error,
        ssl_cert=tls.certificate if tls is not None else None,
        ssl_key=tls.key if tls is not None else None,
        ssl_protocol_min=SSLProtocols.tls12,
    )
