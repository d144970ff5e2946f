"""The WSGI callable in front of Flask for the two device URLs, and nothing else.

It calls the same door as the Flask views do. What it saves is the framework, which costs
more than everything else on this path together.
"""

from collections.abc import Callable, Iterable
from typing import Any

from mdm.doors.wire.answer import Answer
from mdm.doors.wire.door import DeviceDoor

CHECKIN_PATH = "/mdm/checkin"
CONNECT_PATH = "/mdm/connect"
DEVICE_PATHS = frozenset({CHECKIN_PATH, CONNECT_PATH})

StartResponse = Callable[..., Any]
WsgiApp = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]

_REASONS = {
    200: "200 OK",
    400: "400 Bad Request",
    403: "403 Forbidden",
    404: "404 Not Found",
    405: "405 Method Not Allowed",
    410: "410 Gone",
    413: "413 Content Too Large",
    415: "415 Unsupported Media Type",
    500: "500 Internal Server Error",
    503: "503 Service Unavailable",
}
_NOT_PUT = Answer(405, headers=(("Allow", "PUT"),))


def in_front_of(app: WsgiApp, door: DeviceDoor) -> WsgiApp:
    """Serve the device URLs here, everything else by `app`."""

    def serve(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("PATH_INFO") not in DEVICE_PATHS:
            return app(environ, start_response)
        answer = door.handle(environ) if environ["REQUEST_METHOD"] == "PUT" else _NOT_PUT
        start_response(_REASONS[answer.status], headers_of(answer))
        return [answer.body]

    return serve


def headers_of(answer: Answer) -> list[tuple[str, str]]:
    """The headers of an answer; an empty body says its length, which ends the conversation."""
    headers = [("Content-Length", str(len(answer.body))), *answer.headers]
    if answer.content_type:
        headers.append(("Content-Type", answer.content_type))
    return headers
