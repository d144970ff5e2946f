"""create_app(): the only file that joins everything. Read it first.

The two device URLs are served by a small WSGI callable in front of Flask (device_app), which
calls the same functions as the Flask views of the wire door.
"""

from flask import Flask

from mdm.base.settings import Settings, read_settings
from mdm.base.tools import EXTENSION, Tools, build_tools
from mdm.doors import console, wire


def create_app(settings: Settings | None = None, tools: Tools | None = None) -> Flask:
    """Build the application with every door.

    tools: handed in by tests; built from the settings otherwise.
    """
    tools = tools or build_tools(settings or read_settings())
    app = Flask("mdm", static_folder=None)
    app.extensions[EXTENSION] = tools
    wire.install(app, tools)
    console.install(app, tools)
    return app
