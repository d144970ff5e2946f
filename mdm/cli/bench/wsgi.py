"""The server under test: the real application, and beside it what it is compared with.

All of it is one process: the yardstick, the Flask view without the callable in front, and the
same door on other databases. The parent process names these in MDM_BENCH_DATABASES.
"""

import json
import os
from collections.abc import Iterable
from typing import Any

from mdm.app import create_app
from mdm.base.settings import Settings, read_settings
from mdm.base.tools import build_tools
from mdm.cli.bench.routes import DATABASES, EMPTY, FLASK, PROCESS, path_of
from mdm.doors.wire.device_app import CONNECT_PATH, StartResponse, WsgiApp, in_front_of
from mdm.doors.wire.door import DeviceDoor


def build() -> WsgiApp:
    """Build everything from the environment; called once in the worker process."""
    settings = read_settings()
    app = create_app(settings)
    routes: dict[str, WsgiApp] = {
        EMPTY: _read_and_say_nothing,
        PROCESS: _tell_process,
        FLASK: _at_connect(app.__class__.wsgi_app.__get__(app)),
    }
    for name, url in json.loads(os.environ[DATABASES]).items():
        routes[path_of(name)] = _at_connect(_another_door(settings, url))

    def serve(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        route = routes.get(environ["PATH_INFO"])
        # Straight to the callable in front of Flask, as production names it to the server.
        return (route or app.wsgi_app)(environ, start_response)

    return serve


def _another_door(settings: Settings, url: str) -> WsgiApp:
    values = {name: getattr(settings, name) for name in ("home", "master_key")}
    return in_front_of(_nothing, DeviceDoor(build_tools(Settings(database_url=url, **values))))


def _at_connect(app: WsgiApp) -> WsgiApp:
    def serve(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        environ["PATH_INFO"] = CONNECT_PATH
        return app(environ, start_response)

    return serve


def _read_and_say_nothing(
    environ: dict[str, Any], start_response: StartResponse
) -> Iterable[bytes]:
    environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    start_response("200 OK", [("Content-Length", "0")])
    return (b"",)


def _tell_process(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    body = str(os.getpid()).encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return (body,)


def _nothing(_environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    start_response("404 Not Found", [("Content-Length", "0")])
    return (b"",)
