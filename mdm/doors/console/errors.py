"""Error pages: what happened, what to do, and a number that joins the page with the log.

NotFound, and whatever does not exist  → 404, alike
Forbidden                              → 403
a form that is not from our page       → 403
InvalidInput, a malformed request      → 400
Conflict                               → 409
too many attempts                      → 429
anything else                          → 500
"""

import logging

from flask import Response, make_response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from mdm.base.errors import Conflict, Forbidden, InvalidInput, NotFound
from mdm.base.identifiers import new_reference
from mdm.base.logkeys import KIND, REFERENCE, STATUS
from mdm.doors.console.blueprint import console

log = logging.getLogger(__name__)

_TITLES = {
    400: _l("This request could not be understood"),
    403: _l("You may not do this"),
    404: _l("This page does not exist"),
    405: _l("This page does not exist"),
    409: _l("Somebody else was faster"),
    413: _l("That was too much at once"),
    429: _l("Too many attempts"),
    500: _l("Something went wrong on our side"),
}
_ADVICE = {
    400: _l("Nothing was changed. Please go back and check what you entered."),
    403: _l("Nothing was changed. If you need this for your work, ask your administrator."),
    404: _l("It may have been removed, or it belongs to a school that you do not look after."),
    405: _l("It may have been removed, or it belongs to a school that you do not look after."),
    409: _l("Nothing was changed. Reload the page to see how things stand now."),
    413: _l("Nothing was changed. Please send less at once: less text, or a smaller file."),
    429: _l("Please wait a moment before you try again."),
    500: _l(
        "Whatever you were doing was undone as a whole. Try again in a minute; if it happens "
        "again, tell us the number below."
    ),
}
_STALE_FORM = _l(
    "The page was open for too long, or the form did not come from this site. Nothing was "
    "changed. Go back, reload the page and try again."
)


@console.errorhandler(CSRFError)
def forged_form(error: CSRFError) -> ResponseReturnValue:
    return _page(403, error, advice=_STALE_FORM)


@console.errorhandler(RateLimitExceeded)
def too_many_attempts(error: RateLimitExceeded) -> ResponseReturnValue:
    response = _page(429, error)
    seconds = error.limit.limit.get_expiry() if error.limit else 60
    response.headers["Retry-After"] = str(seconds)
    return response


@console.errorhandler(NotFound)
def not_found(error: NotFound) -> ResponseReturnValue:
    return _page(404, error)


@console.errorhandler(Forbidden)
def forbidden(error: Forbidden) -> ResponseReturnValue:
    return _page(403, error)


@console.errorhandler(InvalidInput)
def invalid_input(error: InvalidInput) -> ResponseReturnValue:
    return _page(400, error)


@console.errorhandler(Conflict)
def conflict(error: Conflict) -> ResponseReturnValue:
    return _page(409, error)


@console.errorhandler(HTTPException)
def http_error(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    if 300 <= code < 400:
        return error
    return _page(code if code in _TITLES else 400, error)


@console.errorhandler(Exception)
def surprise(error: Exception) -> ResponseReturnValue:
    """The last net of this door: the person gets a page with a number, the log the rest."""
    return _page(500, error)


def _page(code: int, error: Exception, advice: object = None) -> Response:
    reference = new_reference()
    extra = {REFERENCE: reference, STATUS: code, KIND: type(error).__name__}
    if code >= 500:
        log.error("console_error", extra=extra, exc_info=error)
    else:
        log.info("console_refused", extra=extra)
    page = render_template(
        "console/error.html",
        code=code,
        title=_TITLES[code],
        advice=advice or _ADVICE[code],
        reference=reference,
    )
    return make_response(page, code)
