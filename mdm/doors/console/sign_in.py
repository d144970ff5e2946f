"""Signing in and out, choosing a language, and the way to the first page."""

import logging
import re

from flask import redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from mdm.base.errors import NotFound
from mdm.base.logkeys import ADDRESS
from mdm.doors.console import sessions
from mdm.doors.console.blueprint import PREFIX, console, now, tools, viewer
from mdm.doors.console.forms import SignInForm
from mdm.doors.console.languages import LANGUAGES
from mdm.rooms.access import service as access
from mdm.rooms.access.service import Viewer

log = logging.getLogger(__name__)

# A path of ours in plain characters: no other host, no way out by a backslash or a line feed.
_OUR_PATH = re.compile(re.escape(PREFIX) + r"/[\x21-\x5b\x5d-\x7e]{0,500}")


@console.route("/")
def home() -> ResponseReturnValue:
    return redirect(url_for("console.schools"))


@console.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    form = SignInForm()
    if not form.is_submitted():
        return render_template("console/sign_in.html", form=form, is_refused=False)
    if form.validate():
        found = _enter((form.login.data or "").strip().lower(), form.password.data or "")
        if found is not None:
            sessions.begin(*found)
            return redirect(safe_target(request.args.get("next")))
    log.warning("sign_in_refused", extra={ADDRESS: request.remote_addr})
    page = render_template("console/sign_in.html", form=form, is_refused=form.validate())
    return page, 401


@console.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    sessions.end(viewer())
    return redirect(url_for("console.sign_in"))


@console.post("/language")
def language() -> ResponseReturnValue:
    """Switch the language and go back to the page the person came from.

    raises: BadRequest (a language we do not speak).
    """
    chosen = request.form.get("language", "")
    if chosen not in LANGUAGES:
        raise BadRequest("unknown language")
    session[sessions.LANGUAGE] = chosen
    return redirect(safe_target(request.form.get("next")))


@console.route("/<path:rest>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
def nowhere(rest: str) -> ResponseReturnValue:
    """Answer what does not exist with a page of the console. raises: NotFound."""
    raise NotFound("page")


def _enter(login: str, password: str) -> tuple[Viewer, int] | None:
    """Check a password between two transactions, so that no lock is held while it is hashed."""
    with tools().database.reading() as tx:
        found = access.credentials(tx, login)
    if not found.fit(password):
        return None
    with tools().database.transaction() as tx:
        return access.sign_in(tx, found, now())


def safe_target(wanted: str | None) -> str:
    """Where to go next: a path of the console, else its first page."""
    if wanted is not None and _OUR_PATH.fullmatch(wanted):
        return wanted
    return url_for("console.schools")
