"""A profile that somebody made elsewhere: chosen, judged, saved in the library or refused.

Saving reaches nobody, unless a profile of that name is in force already: then its iPads get the
new version, which the form asks about first. Not here: what is judged (profiles.uploaded_profile,
mdm.rooms.blueprints.custom), giving it to somebody (assignment_pages.py).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, StringField
from wtforms.validators import InputRequired, Length

from mdm.base.bell import Job
from mdm.base.db import Tx
from mdm.base.errors import Forbidden, InvalidInput
from mdm.doors.console.blueprint import console, now, tools, viewer, writing
from mdm.doors.console.forms import NEEDED
from mdm.doors.console.problems import problem_text
from mdm.doors.console.schools import visible_school
from mdm.doors.console.words import Text
from mdm.rooms.access.service import Act, require
from mdm.rooms.assignments import service as assignments
from mdm.rooms.assignments.targets import inside, target_of
from mdm.rooms.blueprints import service as blueprints
from mdm.rooms.blueprints.service import Saved
from mdm.rooms.devices.due import count_scopes
from mdm.rooms.schools.models import School
from profiles.configuration_profile import MAX_BYTES
from profiles.uploaded_profile import WarningKind

WARNING: Mapping[WarningKind, Text] = {
    WarningKind.UNKNOWN_TYPE: _l("we do not know this kind of payload, so nobody checked its keys"),
    WarningKind.NOT_FOR_IPAD: _l("iPads do not take this kind of payload"),
    WarningKind.REMOVAL_DISALLOWED: _l("says nothing: only we remove what we installed"),
    WarningKind.SIGNER_NOT_VALID: _l("the certificate of its signature is not valid now"),
}


class UploadForm(FlaskForm):
    """replace: whoever has the profile of this name gets the new one."""

    name = StringField(_l("Name of the profile"), [InputRequired(NEEDED), Length(max=60)])
    file = FileField(_l("File (.mobileconfig)"), [FileRequired(NEEDED)])
    replace = BooleanField(_l("Also give the new version to all iPads that have this profile"))


class _NeedsConsent(Exception):
    """Iron rule of this page: nobody's iPad changes unasked. reached: how many would."""

    def __init__(self, reached: int) -> None:
        super().__init__(reached)
        self.reached = reached


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
    form, problem, reached = UploadForm(), "", 0
    with tools().database.reading() as tx:
        school = visible_school(tx, school_id) if school_id is not None else None
    if form.validate_on_submit():
        try:
            return _saved_page(_save(form, school), school)
        except InvalidInput as error:
            problem = gettext(
                "Refused: %(problem)s. Nothing was saved.", problem=problem_text(error)
            )
        except _NeedsConsent as asked:
            reached = asked.reached
            problem = ngettext(
                "%(num)d iPad has a profile of this name and would get the new version. Tick the "
                "box and choose the file again, or take another name. Nothing was saved.",
                "%(num)d iPads have a profile of this name and would get the new version. Tick the "
                "box and choose the file again, or take another name. Nothing was saved.",
                reached,
            )
    status = 400 if form.errors or problem else 200
    return render_template(
        "console/profile_upload.html", form=form, school=school, problem=problem, reached=reached
    ), status


def _save(form: UploadForm, school: School | None) -> Saved:
    """raises: InvalidInput, _NeedsConsent; then nothing stays of it."""
    name = form.name.data or ""
    with form.file.data.stream as stream:
        body = stream.read(MAX_BYTES + 1)
    with writing(Job.RECONCILE) as tx:
        saved = blueprints.save_custom(tx, tools().vault, school, name, body, viewer().actor, now())
        reached = _reached(tx, saved)
        if reached and not form.replace.data:
            raise _NeedsConsent(reached)
        assignments.announce(tx, saved)
    return saved


def _reached(tx: Tx, saved: Saved) -> int:
    """How many iPads have it, and so would get the new version."""
    if not saved.is_new:
        return 0
    rules = assignments.having(tx, saved.profile.id)
    return count_scopes(tx, [inside(target_of(row)) for row in rules]) if rules else 0


def _saved_page(saved: Saved, school: School | None) -> str:
    summary: Mapping[str, Any] = saved.version.summary
    signer = summary.get("signed_by") or {}
    return render_template(
        "console/profile_saved.html",
        school=school,
        name=saved.profile.name,
        version=saved.version.version,
        is_new=saved.is_new,
        payload_types=summary.get("payload_types", ()),
        signed_by=signer.get("subject", ""),
        warnings=_warnings(summary.get("warnings", ())),
    )


def _warnings(stored: Sequence[Mapping[str, str]]) -> list[str]:
    return [
        f"{one.get('about') or one['field']}: {WARNING[WarningKind(one['kind'])]}" for one in stored
    ]
