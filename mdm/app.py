"""create_app(): the only file that joins everything. Read it first.

The two device URLs are served by a small WSGI callable in front of Flask, which calls the
same door as the Flask views do.
"""

from flask import Flask

from mdm.base.settings import Settings, read_settings
from mdm.base.tools import EXTENSION, Tools, build_tools
from mdm.doors import console, wire
from mdm.doors.wire.device_app import in_front_of
from mdm.rooms.authority import service as authority


def create_app(settings: Settings | None = None, tools: Tools | None = None) -> Flask:
    """Build the application with every door.

    tools: handed in by tests; built from the settings otherwise.
    """
    tools = tools or build_tools(settings or read_settings())
    with tools.database.transaction() as tx:
        authority.ensure(tx, tools.vault, tools.settings.organization, tools.clock.now())
    app = Flask("mdm", static_folder=None)
    app.extensions[EXTENSION] = tools
    door = wire.install(app, tools)
    console.install(app, tools)
    app.wsgi_app = in_front_of(app.wsgi_app, door)  # type: ignore[method-assign, assignment]
    return app
