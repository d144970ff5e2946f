"""The device door: check-in, declarations, commands, SCEP, and profiles to fetch.

Start at door.py; device_app.py is the WSGI callable in front of Flask. The views here serve
the same door through Flask, for tests and wherever nothing is mounted in front.
"""

from flask import Flask, Response, request

from mdm.base.tools import Tools
from mdm.doors.wire import declarations, enroll, health, scep
from mdm.doors.wire.device_app import DEVICE_PATHS, headers_of
from mdm.doors.wire.door import DeviceDoor
from mdm.doors.wire.throttle import Throttle

DOOR = "klassensatz_device_door"


def install(app: Flask, tools: Tools) -> DeviceDoor:
    """Serve devices; returns the door for the WSGI callable in front."""
    door = DeviceDoor(tools)
    app.extensions[DOOR] = door

    def device() -> Response:
        answer = door.handle(request.environ)
        response = Response(answer.body, answer.status)
        response.headers.clear()
        response.headers.extend(headers_of(answer))
        return response

    def nothing(rest: str) -> Response:
        # An unknown address under a device path gets an empty answer, never a page.
        return Response(status=404)

    for path in sorted(DEVICE_PATHS):
        app.add_url_rule(path, f"wire{path}", device, methods=["PUT"])
    app.add_url_rule("/mdm/<path:rest>", "wire_nothing", nothing, methods=_ANY)
    throttle = Throttle(tools.clock, tools.settings.trusted_proxies)
    scep.install(app, tools, throttle)
    enroll.install(app, tools, throttle)
    declarations.install(app, tools)
    health.install(app, tools)
    return door


_ANY = ["GET", "POST", "PUT", "DELETE", "PATCH"]
