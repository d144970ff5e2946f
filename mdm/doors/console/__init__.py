"""The console: pages for people, German and English. One module for each noun.

Here: putting it together. A page turns a form into values, opens one transaction, asks the
rooms, and draws; it decides nothing. Start reading at schools.py.
"""

from flask import Flask, redirect
from flask_bootstrap import Bootstrap5

from mdm.base.tools import Tools
from mdm.doors.console import (
    app_pages,
    assignment_pages,
    blueprint_pages,
    change_decisions,
    change_pages,
    decisions,
    device_actions,
    devices,
    errors,
    formats,
    group_pages,
    held,
    journal,
    languages,
    links,
    order_pages,
    phrases,
    placing,
    profile_upload,
    restrictions,
    roster_import,
    roster_pages,
    schools,
    security,
    sessions,
    sign_in,
    state_pages,
    stop,
    structure,
    throttle,
    wifi,
    words,
)
from mdm.doors.console.blueprint import PREFIX, console

# Named, so that nobody takes these imports for unused: loading a module adds its pages.
PAGES = (
    app_pages,
    assignment_pages,
    blueprint_pages,
    change_decisions,
    change_pages,
    decisions,
    device_actions,
    devices,
    errors,
    group_pages,
    held,
    journal,
    links,
    order_pages,
    placing,
    profile_upload,
    restrictions,
    roster_import,
    roster_pages,
    schools,
    sign_in,
    state_pages,
    stop,
    structure,
    wifi,
)


def install(app: Flask, tools: Tools) -> None:
    """Put the console into an application, below its own prefix."""
    sessions.configure(app, tools)
    languages.configure(app)
    security.configure(app, tools)
    _serve_bootstrap(app)
    app.jinja_env.globals.update(
        words=words, phrases=phrases, ago=formats.ago, moment=formats.moment
    )
    app.register_blueprint(console)
    throttle.configure(app, tools)
    app.add_url_rule("/", "front_door", lambda: redirect(PREFIX + "/"))


def _serve_bootstrap(app: Flask) -> None:
    app.config["BOOTSTRAP_SERVE_LOCAL"] = True
    # The extension puts its files below this path, even of an application without own ones.
    app.static_url_path = "/files"
    Bootstrap5().init_app(app)
