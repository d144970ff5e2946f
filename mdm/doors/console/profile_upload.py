"""A profile made elsewhere, or a file of settings: judged, saved in the library or refused.

Saving reaches nobody. When iPads have a profile of that name, saving drafts the change that gives
them the new version. Not here: what is judged (profiles.uploaded_profile,
mdm.rooms.blueprints.custom and .written), giving it to somebody (assignment_pages.py).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from werkzeug.datastructures import FileStorage
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from mdm.base.errors import Forbidden, InvalidInput
from mdm.doors.console.blueprint import console, now, tools, viewer, writing
from mdm.doors.console.change_words import HIDES_SETTINGS
from mdm.doors.console.forms import NEEDED
from mdm.doors.console.problems import problem_text
from mdm.doors.console.schools import visible_school
from mdm.doors.console.words import Text
from mdm.rooms.access.service import Act, require
from mdm.rooms.blueprints import service as blueprints
from mdm.rooms.blueprints.service import Saved
from mdm.rooms.blueprints.written import FROM_FILE, is_written, profile_from_text
from mdm.rooms.changes.replacing import draft_profile
from mdm.rooms.schools.models import School
from policies.hidden_settings import restrictions_hide_settings
from profiles.configuration_profile import MAX_BYTES
from profiles.uploaded_profile import WarningKind

WARNING: Mapping[WarningKind, Text] = {
    WarningKind.UNKNOWN_TYPE: _l("we do not know this kind of payload, so nobody checked its keys"),
    WarningKind.NOT_FOR_IPAD: _l("iPads do not take this kind of payload"),
    WarningKind.REMOVAL_DISALLOWED: _l("says nothing: only we remove what we installed"),
    WarningKind.SIGNER_NOT_VALID: _l("the certificate of its signature is not valid now"),
}


class UploadForm(FlaskForm):
    name = StringField(_l("Name of the profile"), [InputRequired(NEEDED), Length(max=60)])
    file = FileField(_l("File (.mobileconfig or .toml)"), [FileRequired(NEEDED)])


@console.route("/profiles/upload", methods=["GET", "POST"])
def upload_profile() -> ResponseReturnValue:
    """A profile for the whole city. raises: Forbidden."""
    if viewer().school_ids is not None or not viewer().may(Act.MANAGE):
        raise Forbidden("change the whole city")
    return _upload(None)


@console.route("/schools/<int:school_id>/profiles/upload", methods=["GET", "POST"])
def upload_local_profile(school_id: int) -> ResponseReturnValue:
    """A profile for a school. raises: NotFound, Forbidden."""
    require(viewer(), Act.MANAGE, school_id)
    return _upload(school_id)


def _upload(school_id: int | None) -> ResponseReturnValue:
    form, problem = UploadForm(), ""
    with tools().database.reading() as tx:
        school = visible_school(tx, school_id) if school_id is not None else None
    if form.validate_on_submit():
        try:
            return _saved_page(*_save(form, school), school)
        except InvalidInput as error:
            problem = gettext(
                "Refused: %(problem)s. Nothing was saved.", problem=problem_text(error).rstrip(".")
            )
    status = 400 if form.errors or problem else 200
    return render_template(
        "console/profile_upload.html", form=form, school=school, problem=problem
    ), status


def _save(form: UploadForm, school: School | None) -> tuple[Saved, int | None]:
    """Save what was uploaded. returns: with the draft for whoever has another version, if any.

    raises: InvalidInput; then nothing stays of it.
    """
    name = form.name.data or ""
    body = _body(form.file.data)
    with writing() as tx:
        saved = blueprints.save_custom(tx, tools().vault, school, name, body, viewer().actor, now())
        title = gettext(
            "%(name)s: version %(number)s for everybody who has it",
            name=saved.profile.name,
            number=saved.version.version,
        )
        plan = draft_profile(tx, tools().vault, viewer(), saved, title, now())
        return saved, plan.id if plan is not None else None


def _body(file: FileStorage) -> bytes:
    """The profile that was uploaded, or the one that a file of settings makes."""
    with file.stream as stream:
        raw = stream.read(MAX_BYTES + 1)
    name = file.filename or ""
    return profile_from_text(name, raw, _no_other_file, now()) if is_written(name) else raw


def _no_other_file(name: str) -> bytes:
    raise InvalidInput(FROM_FILE, "names a file beside this one")


def _saved_page(saved: Saved, plan_id: int | None, school: School | None) -> str:
    summary: Mapping[str, Any] = saved.version.summary
    signer = summary.get("signed_by") or {}
    return render_template(
        "console/profile_saved.html",
        school=school,
        plan_id=plan_id,
        name=saved.profile.name,
        version=saved.version.version,
        is_new=saved.is_new,
        payload_types=summary.get("payload_types", ()),
        signed_by=signer.get("subject", ""),
        warnings=_warnings(summary),
    )


def _warnings(summary: Mapping[str, Any]) -> list[Text]:
    """What its author should know: of its keys, and of what it does on an iPad."""
    stored: Sequence[Mapping[str, str]] = summary.get("warnings", ())
    hidden = restrictions_hide_settings(summary["restrictions"])
    return [
        *(
            f"{one.get('about') or one['field']}: {WARNING[WarningKind(one['kind'])]}"
            for one in stored
        ),
        *((HIDES_SETTINGS,) if hidden else ()),
    ]
