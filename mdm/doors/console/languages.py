"""German and English: which one a page speaks, and where its words come from.

The catalogues (translations/<language>/LC_MESSAGES/messages.po) are read as they are; nothing
has to be compiled. The message of an entry is the English sentence in the code. A test finds
every message of code and templates and demands it in both catalogues.
"""

from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, has_request_context, session
from flask_babel import Babel, Domain, get_locale

from mdm.doors.console.sessions import LANGUAGE

LANGUAGES = {"de": "Deutsch", "en": "English"}
DEFAULT = "de"
_CATALOGUES = Path(__file__).parent / "translations"
_TIME_ZONE = "Europe/Berlin"


class _Catalogues(Domain):
    """Takes translations from the source catalogues instead of compiled files."""

    def get_translations(self) -> NullTranslations:
        return catalogue(str(get_locale() or DEFAULT))


class _ConsoleBabel(Babel):
    @property
    def domain_instance(self) -> Domain:
        return _Catalogues()


def configure(app: Flask) -> None:
    """Teach pages their language; German until somebody chooses another."""
    _ConsoleBabel().init_app(
        app,
        default_locale=DEFAULT,
        default_timezone=_TIME_ZONE,
        locale_selector=chosen,
    )
    app.jinja_env.globals.update(languages=LANGUAGES, current_language=chosen)


def chosen() -> str:
    """The language of the present page."""
    language = session.get(LANGUAGE) if has_request_context() else None
    return language if language in LANGUAGES else DEFAULT


@cache
def catalogue(language: str) -> NullTranslations:
    """Read one catalogue; an unknown language has an empty one."""
    path = _CATALOGUES / language / "LC_MESSAGES" / "messages.po"
    if language not in LANGUAGES or not path.is_file():
        return NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return Translations(compiled)
