"""What protects every answer: headers, and a token against forged forms.

Scripts and styles come from our own files only, so that a name which slipped through as
markup could still do nothing.
"""

from collections.abc import Mapping

from flask import Flask, Response, request
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import BadRequest

from mdm.base.strict_transport import strict_transport
from mdm.base.tools import Tools
from mdm.doors.console.blueprint import console
from mdm.doors.console.uploads import limit_size

_OURS = ("console", "bootstrap")
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "font-src 'self'",
        # Bootstrap draws its small arrows as data.
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_csrf = CSRFProtect()


def configure(app: Flask, tools: Tools) -> None:
    """Protect the console's answers and forms; the device door keeps its own rules."""
    app.config.update(WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_TIME_LIMIT=None)
    _csrf.init_app(app)
    headers = {**_HEADERS, **strict_transport(tools.settings)}

    @app.after_request
    def protect(response: Response) -> Response:
        if request.blueprint in _OURS:
            _put_headers(response, headers)
        return response


# Before any form is read, and so before its token is looked for.
console.before_request(limit_size)


@console.before_request
def refuse_forged_forms() -> None:
    """Refuse a change that was not sent from one of our pages.

    raises: CSRFError.
    """
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return
    # Browsers say where a form came from; a sibling host is a stranger, too.
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        raise CSRFError("the form was sent from another site")
    _csrf.protect()


@console.before_request
def refuse_unstorable_text() -> None:
    """Refuse the one character that PostgreSQL cannot keep in a text. raises: BadRequest."""
    for _, text in (*request.args.items(multi=True), *request.form.items(multi=True)):
        if "\x00" in text:
            raise BadRequest("a text holds a null character")


def _put_headers(response: Response, headers: Mapping[str, str]) -> None:
    response.headers.extend(headers)
    if not (request.endpoint or "").endswith(".static"):
        response.headers["Cache-Control"] = "no-store"
