"""Behind an enrolment link: a page for the person at the iPad, and the profile.

Opening the page uses nothing up; loading the profile does. A link that no longer admits
answers 410 with what to do next.
"""

import logging
from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, Flask, Response, render_template, request

from enrollment.errors import LinkRefusal, LinkRefused
from mdm.base.db import UNAVAILABLE
from mdm.base.errors import HouseError
from mdm.base.identifiers import new_reference
from mdm.base.logkeys import KIND, REFERENCE
from mdm.base.strict_transport import strict_transport
from mdm.base.tools import Tools
from mdm.doors.wire.answer import PROFILE
from mdm.doors.wire.throttle import Throttle
from mdm.rooms.links import service as links
from mdm.rooms.links.profile import enrollment_profile
from mdm.rooms.schools.models import ClassGroup, School

log = logging.getLogger(__name__)

_PATHS = ("/enroll/", "/enroll-files/")
_FILE = "attachment; filename=klassensatz.mobileconfig"


def install(app: Flask, tools: Tools, throttle: Throttle) -> None:
    """Serve enrolment links."""

    def page(token: str) -> Response:
        return _answered(throttle, lambda: _page(tools, token, tools.clock.now()))

    def profile(token: str) -> Response:
        # Whoever only asks whether it is there uses nothing up.
        load = _page if request.method == "HEAD" else _profile
        return _answered(throttle, lambda: load(tools, token, tools.clock.now()))

    pages = Blueprint(
        "wire_pages",
        __name__,
        template_folder="templates",
        static_folder="static",
        static_url_path="/enroll-files",
    )
    app.register_blueprint(pages)
    _insist_on_tls(app, tools)
    app.add_url_rule("/enroll/<token>", "wire_enroll_page", page)
    app.add_url_rule("/enroll/<token>/profile", "wire_enroll_profile", profile)


def _insist_on_tls(app: Flask, tools: Tools) -> None:
    headers = strict_transport(tools.settings)

    @app.after_request
    def insist(response: Response) -> Response:
        if request.path.startswith(_PATHS):
            response.headers.extend(headers)
        return response


def _answered(throttle: Throttle, act: Callable[[], Response]) -> Response:
    try:
        return throttle.turned_away() or act()
    except LinkRefused as error:
        # The other kinds are honest: a class comes too late, all of it.
        if error.kind is LinkRefusal.FORGED:
            throttle.count_guess()
        return _refused(error.kind)
    except (HouseError, *UNAVAILABLE) as error:
        return _not_ready(error)


def _page(tools: Tools, token: str, now: datetime) -> Response:
    with tools.database.reading() as tx:
        link = links.open_link(tx, tools.vault, tools.settings, token, now)
        school = tx.get_one(School, link.school_id)
        group = tx.get(ClassGroup, link.class_group_id) if link.class_group_id else None
        names = {"school": school.name, "group": group.name if group is not None else ""}
    return _html("wire/enroll.html", 200, token=token, **names)


def _profile(tools: Tools, token: str, now: datetime) -> Response:
    with tools.database.transaction() as tx:
        _, challenge = links.use_link(tx, tools.vault, tools.settings, token, now)
        body = enrollment_profile(tx, tools.vault, tools.settings, challenge)
    response = Response(body)
    response.headers["Content-Type"] = PROFILE
    response.headers["Content-Disposition"] = _FILE
    response.headers["Cache-Control"] = "no-store"
    return response


def _refused(kind: LinkRefusal) -> Response:
    log.warning("link_refused", extra={KIND: kind.value})
    return _html("wire/link_refused.html", 410, kind=kind.value)


def _not_ready(error: Exception) -> Response:
    reference = new_reference()
    log.error("enrollment_not_ready", extra={REFERENCE: reference, KIND: type(error).__name__})
    return _html("wire/not_ready.html", 503, reference=reference)


def _html(template: str, status: int, **values: str) -> Response:
    language = request.accept_languages.best_match(["de", "en"], default="de") or "de"
    response = Response(render_template(template, language=language, **values), status)
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response
