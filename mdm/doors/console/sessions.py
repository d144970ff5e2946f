"""Who is signed in: what the cookie holds, and how long it is believed.

The cookie is signed and holds a number, a version and an instant, no right. A version that is
no longer the person's (signed out, new password, new role) ends it everywhere at once.
Cookies are opened for the console's own paths only, never for those of devices.
"""

from datetime import datetime, timedelta

from flask import Flask, g, redirect, request, session, url_for
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask.typing import ResponseReturnValue
from flask.wrappers import Request

from mdm.base.tools import Tools
from mdm.doors.console.blueprint import PREFIX, console, now, tools
from mdm.rooms.access import service as access
from mdm.rooms.access.service import Viewer

_PERSON, _VERSION, _SINCE = "person", "version", "since"
LANGUAGE = "language"
_OPEN_TO_ALL = {"console.sign_in", "console.language", "console.static"}


class ConsoleSessions(SecureCookieSessionInterface):
    """Opens cookies below the console's prefix and nowhere else."""

    def open_session(self, app: Flask, request: Request) -> SessionMixin | None:  # type: ignore[override]
        if request.path != PREFIX and not request.path.startswith(f"{PREFIX}/"):
            return None
        return super().open_session(app, request)


def configure(app: Flask, tools: Tools) -> None:
    """Set up the cookie: its key, its name, how long it lives."""
    is_https = tools.settings.public_url.startswith("https://")
    app.session_interface = ConsoleSessions()
    app.config.update(
        SECRET_KEY=tools.vault.derive("console-cookie"),
        # With this prefix browsers refuse a cookie that a sibling host wants to plant.
        SESSION_COOKIE_NAME="__Host-klassensatz" if is_https else "klassensatz",
        SESSION_COOKIE_SECURE=is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=tools.settings.session_hours),
    )


def begin(viewer: Viewer, version: int) -> None:
    """Sign a person in with a fresh cookie; nothing of an older one is kept but the language."""
    language = session.get(LANGUAGE)
    session.clear()
    if language is not None:
        session[LANGUAGE] = language
    session.permanent = True
    session[_PERSON] = viewer.person_id
    session[_VERSION] = version
    session[_SINCE] = now().isoformat()


def end(viewer: Viewer) -> None:
    """Sign a person out: this cookie and every copy of it are worth nothing afterwards."""
    with tools().database.transaction() as tx:
        access.end_sessions(tx, viewer.person_id, now())
    language = session.get(LANGUAGE)
    session.clear()
    if language is not None:
        session[LANGUAGE] = language


def current() -> Viewer | None:
    """Find who the cookie of this request speaks for; None when it is not believed."""
    person, version = session.get(_PERSON), session.get(_VERSION)
    if not isinstance(person, int) or not isinstance(version, int) or _is_over():
        return None
    with tools().database.reading() as tx:
        return access.viewer(tx, person, version)


@console.before_request
def require_sign_in() -> ResponseReturnValue | None:
    """Let nobody pass who has not signed in, except to the sign-in page itself."""
    if request.endpoint == "console.static":
        return None
    g.viewer = current()
    if g.viewer is not None or request.endpoint in _OPEN_TO_ALL:
        return None
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("console.sign_in", next=wanted))


def _is_over() -> bool:
    since = session.get(_SINCE)
    try:
        signed_in_at = datetime.fromisoformat(since) if isinstance(since, str) else None
    except ValueError:
        return True
    if signed_in_at is None or signed_in_at.tzinfo is None:
        return True
    return now() - signed_in_at >= timedelta(hours=tools().settings.session_hours)
