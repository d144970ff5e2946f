"""Blueprints: the list, one with its versions, editing, comparing, restoring, retiring.

Saving reaches nobody. When somebody has an earlier version, saving drafts the change that gives
him the new one. Not here: the form (blueprint_form.py), settings in words (blueprint_words.py).
"""

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from mdm.base.db import Tx
from mdm.base.errors import Conflict, Forbidden, InvalidInput
from mdm.doors.console import blueprint_form, blueprint_words
from mdm.doors.console.blueprint import console, now, tools, viewer, writing
from mdm.doors.console.blueprint_form import BlueprintForm
from mdm.doors.console.change_words import HIDES_SETTINGS
from mdm.doors.console.paging import Page, query_number, wanted_page
from mdm.doors.console.people import names
from mdm.doors.console.problems import problem_text
from mdm.doors.console.schools import visible_school
from mdm.doors.console.words import Text
from mdm.rooms.access.service import Act, require
from mdm.rooms.assignments.retiring import retire_blueprint
from mdm.rooms.assignments.rules import rules_of_blueprint
from mdm.rooms.blueprints import blueprint_queries as queries
from mdm.rooms.blueprints import versions
from mdm.rooms.blueprints.library_queries import library_apps, library_profiles
from mdm.rooms.blueprints.models import Blueprint
from mdm.rooms.blueprints.versions import SavedBlueprint
from mdm.rooms.changes.models import ChangePlan
from mdm.rooms.changes.replacing import draft_replacement
from mdm.rooms.schools import queries as schools
from mdm.rooms.schools.models import School
from policies.blueprint import Setting
from policies.errors import InvalidSetting
from policies.hidden_settings import hides_settings


@console.route("/blueprints")
def blueprints() -> ResponseReturnValue:
    """Those of the city and of one's schools."""
    number = wanted_page()
    with tools().database.reading() as tx:
        rows = queries.blueprints(tx, viewer(), retired=True)
        in_use = [row for row in rows if not row.is_retired]
        page = Page(number, len(in_use))
        listed = page.of(in_use)
        people = names(tx, {row.created_by for row in listed})
        ids = viewer().school_ids
        mine = schools.all_schools(tx) if ids is None else schools.schools(tx, ids)
    return render_template(
        "console/blueprints.html",
        blueprints=listed,
        page=page,
        retired=[row for row in rows if row.is_retired],
        people=people,
        schools=mine,
        now=now(),
        may_manage=viewer().may(Act.MANAGE),
        may_city=_may_city(),
    )


@console.route("/blueprints/<int:blueprint_id>")
def blueprint(blueprint_id: int) -> ResponseReturnValue:
    """One with its settings, its versions and who has it. raises: NotFound."""
    wanted = query_number("version")
    with tools().database.reading() as tx:
        found = queries.find_blueprint(tx, viewer(), blueprint_id)
        shown = queries.find_version(tx, found.id, wanted)
        listed = queries.versions_of(tx, found.id)
        rules = [
            row
            for row in rules_of_blueprint(tx, found.id)
            if row.target.school_id is None or viewer().sees(row.target.school_id)
        ]
        return render_template(
            "console/blueprint.html",
            blueprint=found,
            shown=shown,
            settings=blueprint_words.lines(tx, queries.settings_of(shown)),
            versions=listed,
            people=names(tx, {row.created_by for row in listed}),
            school=_school(tx, found),
            rules=rules,
            now=now(),
            may_manage=_may(found),
        )


@console.route("/blueprints/new", methods=["GET", "POST"])
def new_blueprint() -> ResponseReturnValue:
    """A blueprint of the city. raises: Forbidden."""
    if not _may_city():
        raise Forbidden("change the whole city")
    return _edit(None, None)


@console.route("/schools/<int:school_id>/blueprints/new", methods=["GET", "POST"])
def new_local_blueprint(school_id: int) -> ResponseReturnValue:
    """A blueprint of a school. raises: NotFound, Forbidden."""
    require(viewer(), Act.MANAGE, school_id)
    return _edit(None, school_id)


@console.route("/blueprints/<int:blueprint_id>/edit", methods=["GET", "POST"])
def edit_blueprint(blueprint_id: int) -> ResponseReturnValue:
    """Change a blueprint, as another version. raises: NotFound, Forbidden."""
    with tools().database.reading() as tx:
        found = _mine(tx, blueprint_id)
    return _edit(found.id, found.school_id)


@console.route("/blueprints/<int:blueprint_id>/compare")
def compare_blueprint(blueprint_id: int) -> ResponseReturnValue:
    """What two versions differ in; without numbers, the newest two. raises: NotFound."""
    before, after = query_number("before"), query_number("after")
    with tools().database.reading() as tx:
        found = queries.find_blueprint(tx, viewer(), blueprint_id)
        after = after or found.current_version
        before = before or max(1, after - 1)
        change = queries.compare(tx, found.id, before, after)
        return render_template(
            "console/blueprint_compare.html",
            blueprint=found,
            before=before,
            after=after,
            versions=queries.versions_of(tx, found.id),
            added=blueprint_words.lines(tx, change.added),
            removed=blueprint_words.lines(tx, change.removed),
            changed=blueprint_words.changed_lines(tx, change.changed),
        )


@console.post("/blueprints/<int:blueprint_id>/restore")
def restore_blueprint(blueprint_id: int) -> ResponseReturnValue:
    """Make an old version the newest again. raises: NotFound, Forbidden, InvalidInput."""
    with writing() as tx:
        found = _mine(tx, blueprint_id)
        number = _wanted_version()
        note = gettext("Version %(number)s restored", number=number)
        saved = versions.restore(tx, found.id, number, viewer().actor, now(), note=note)
        plan = _drafted(tx, saved)
    return _after(saved, plan)


@console.post("/blueprints/<int:blueprint_id>/retire")
def retire_one_blueprint(blueprint_id: int) -> ResponseReturnValue:
    """Take a blueprint out of use. raises: NotFound, Forbidden."""
    try:
        with writing() as tx:
            found = _mine(tx, blueprint_id)
            retire_blueprint(tx, found.id, viewer().actor, now())
    except InvalidInput:
        flash(gettext("Somebody still has it. End its assignments first; nothing was changed."))
        return redirect(url_for("console.blueprint", blueprint_id=blueprint_id))
    flash(gettext("“%(name)s” is out of use. Its versions are kept.", name=found.name))
    return redirect(url_for("console.blueprints"))


def _edit(blueprint_id: int | None, school_id: int | None) -> ResponseReturnValue:
    """Draw the form, or save what it says."""
    with tools().database.reading() as tx:
        before = _before(tx, blueprint_id)
        profiles, apps = library_profiles(tx, school_id), library_apps(tx)
        school = visible_school(tx, school_id) if school_id is not None else None
        further = blueprint_words.lines(tx, blueprint_form.others(before, profiles, apps))
        form = BlueprintForm(data=_filled(tx, blueprint_id, before))
    problem: Text = ""
    asks = False
    if form.validate_on_submit():
        try:
            settings = form.settings(profiles, apps, before)
            if form.hides_settings.data or not hides_settings(settings):
                return _save(blueprint_id, school_id, form, settings)
            asks, problem = True, HIDES_SETTINGS
        except InvalidSetting as error:
            problem = problem_text(InvalidInput(error.field, error.problem, error.next_step))
        except InvalidInput as error:
            problem = problem_text(error)
        except Conflict:
            problem = _l("Somebody else has saved this blueprint meanwhile. Open it again.")
    status = 400 if form.errors or problem else 200
    return render_template(
        "console/blueprint_edit.html",
        form=form,
        problem=problem,
        asks=asks,
        blueprint_id=blueprint_id,
        school=school,
        profiles=profiles,
        apps=apps,
        others=further,
        chosen_profiles=blueprint_form.chosen_profiles(before, profiles),
        chosen_apps=blueprint_form.chosen_apps(before, apps),
        profile_choices=blueprint_form.PROFILE_CHOICES,
        app_choices=blueprint_form.APP_CHOICES,
    ), status


def _filled(tx: Tx, blueprint_id: int | None, before: Sequence[Setting]) -> dict[str, Any]:
    """What the form shows at first."""
    values = blueprint_form.values_of(before)
    if blueprint_id is None:
        return {**values, "name": "", "based_on": 0}
    found = queries.find_blueprint(tx, viewer(), blueprint_id)
    return {**values, "name": found.name, "based_on": found.current_version}


def _save(
    blueprint_id: int | None,
    school_id: int | None,
    form: BlueprintForm,
    settings: Sequence[Setting],
) -> ResponseReturnValue:
    with writing() as tx:
        school = tx.get_one(School, school_id) if school_id is not None else None
        name, based_on = form.name.data or "", form.based_on.data or 0
        if blueprint_id is not None:
            name = _mine(tx, blueprint_id).name
        saved = versions.save_blueprint(
            tx,
            school,
            name,
            settings,
            viewer().actor,
            now(),
            note=form.note.data or "",
            based_on=based_on,
        )
        plan = _drafted(tx, saved)
    return _after(saved, plan)


def _drafted(tx: Tx, saved: SavedBlueprint) -> ChangePlan | None:
    """Draft the new version for whoever has an earlier one."""
    title = gettext(
        "%(name)s: version %(number)s for everybody who has it",
        name=saved.blueprint.name,
        number=saved.version.version,
    )
    note = saved.version.note
    return draft_replacement(tx, tools().vault, viewer(), saved.version, title, now(), note)


def _after(saved: SavedBlueprint, plan: ChangePlan | None) -> ResponseReturnValue:
    if plan is not None:
        flash(gettext("Saved. Nobody has it yet: here is who would get it."))
        return redirect(url_for("console.change", plan_id=plan.id))
    if saved.is_new:
        flash(
            gettext("Saved as version %(number)s. Nobody has it yet.", number=saved.version.version)
        )
    else:
        flash(gettext("Nothing has changed: it was exactly that before."))
    return redirect(url_for("console.blueprint", blueprint_id=saved.blueprint.id))


def _before(tx: Tx, blueprint_id: int | None) -> tuple[Setting, ...]:
    return (
        () if blueprint_id is None else queries.settings_of(queries.find_version(tx, blueprint_id))
    )


def _wanted_version() -> int:
    text: Any = request.form.get("version", "")
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise InvalidInput("version", "a whole number is needed")
    return int(text)


def _mine(tx: Tx, blueprint_id: int) -> Blueprint:
    """Find one that somebody sees and may change. raises: NotFound, Forbidden."""
    found = queries.find_blueprint(tx, viewer(), blueprint_id)
    if not _may(found):
        raise Forbidden(Act.MANAGE.value)
    return found


def _may(found: Blueprint) -> bool:
    return _may_city() if found.school_id is None else viewer().may(Act.MANAGE)


def _may_city() -> bool:
    return viewer().school_ids is None and viewer().may(Act.MANAGE)


def _school(tx: Tx, found: Blueprint) -> School | None:
    return tx.get(School, found.school_id) if found.school_id is not None else None
