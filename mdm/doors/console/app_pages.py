"""The apps of the library: the list, and a form that adds one or corrects it.

Adding reaches nobody. Not here: what is accepted (mdm.rooms.blueprints.service), giving an app to
somebody (assignment_pages.py, blueprint_pages.py).
"""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField, StringField
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from mdm.base.db import Tx
from mdm.base.errors import Forbidden, InvalidInput, NotFound
from mdm.doors.console.blueprint import console, now, tools, viewer, writing
from mdm.doors.console.forms import NEEDED
from mdm.doors.console.paging import query_number
from mdm.doors.console.problems import problem_alone
from mdm.doors.console.words import Text
from mdm.rooms.access.service import Act
from mdm.rooms.assignments.apps import NumberInUse, save_app
from mdm.rooms.blueprints.library_queries import LibraryApp, library_apps
from mdm.rooms.blueprints.models import App

_LARGEST_NUMBER = (1 << 31) - 1
_NUMBER_IN_USE = _l(
    "Assignments in force give this app, itself or in a blueprint. End them first, correct the "
    "number, and then give the app again, a blueprint in a new version."
)


class AppForm(FlaskForm):
    """An app; one of this bundle identifier is corrected. store_id: None when by manifest."""

    name = StringField(
        _l("Name"),
        [DataRequired(NEEDED), Length(max=200, message=_l("At most %(max)d characters."))],
    )
    bundle_id = StringField(_l("Bundle identifier"), [DataRequired(NEEDED)])
    store_id = IntegerField(
        _l("Number in the App Store (optional)"),
        [
            Optional(),
            NumberRange(1, _LARGEST_NUMBER, _l("Say a number from %(min)s to %(max)s.")),
        ],
    )


@console.get("/blueprints/apps")
def blueprint_apps() -> ResponseReturnValue:
    """All apps, and the form; with ?correct=ID it holds that app. raises: NotFound, Forbidden."""
    _require()
    wanted = query_number("correct")
    with tools().database.reading() as tx:
        apps = library_apps(tx)
    if wanted is None:
        return _page(apps, AppForm())
    return _page(apps, AppForm(obj=_one(apps, wanted)))


@console.post("/blueprints/apps")
def save_blueprint_app() -> ResponseReturnValue:
    """Add an app, or correct the one of this bundle identifier. raises: Forbidden."""
    _require()
    form = AppForm()
    if not form.validate():
        return _again(form)
    try:
        with writing() as tx:
            name = _save(tx, form).name
    except InvalidInput as error:
        field = form[error.field]
        field.errors = (*field.errors, _problem(error))
        return _again(form)
    flash(gettext("“%(name)s” is in the library.", name=name))
    return redirect(url_for("console.blueprint_apps"))


def _save(tx: Tx, form: AppForm) -> App:
    """raises: InvalidInput, Forbidden (a correction by somebody who does not see every school)."""
    bundle_id, name = form.bundle_id.data or "", form.name.data or ""
    return save_app(tx, viewer(), bundle_id, form.store_id.data, name, now())


def _problem(error: InvalidInput) -> Text:
    return _NUMBER_IN_USE if isinstance(error, NumberInUse) else problem_alone(error)


def _again(form: AppForm) -> ResponseReturnValue:
    with tools().database.reading() as tx:
        return _page(library_apps(tx), form), 400


def _page(apps: list[LibraryApp], form: AppForm) -> str:
    return render_template("console/apps.html", apps=apps, form=form)


def _one(apps: list[LibraryApp], app_id: int) -> LibraryApp:
    for app in apps:
        if app.id == app_id:
            return app
    raise NotFound("app", str(app_id))


def _require() -> None:
    if not viewer().may(Act.MANAGE):
        raise Forbidden(Act.MANAGE.value)
