"""Smart groups: the list, one with its rule, editing with a preview, taking one out of use.

Another rule for a group on which something depends is drafted as a change. Not here: the form
(group_form.py), trying a rule (mdm.rooms.groups.previewing).
"""

import json
from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from mdm.base.bell import Job
from mdm.base.db import Tx
from mdm.base.errors import Conflict, Forbidden, InvalidInput
from mdm.doors.console.blueprint import console, now, tools, viewer, writing
from mdm.doors.console.group_form import (
    FIELDS,
    OPERATORS,
    ROWS,
    GroupForm,
    Row,
    rows_of,
    rule_of,
    sent_rows,
)
from mdm.doors.console.paging import Page, wanted_page
from mdm.doors.console.problems import problem_text
from mdm.doors.console.schools import visible_school
from mdm.rooms.access.service import Act, require
from mdm.rooms.assignments.retiring import retire_group
from mdm.rooms.assignments.rules import rules_of_group
from mdm.rooms.changes.models import ChangePlan
from mdm.rooms.changes.replacing import change_group_rule
from mdm.rooms.groups import queries, service
from mdm.rooms.groups.models import SmartGroup
from mdm.rooms.groups.previewing import TriedRule, try_rule
from mdm.rooms.schools import queries as schools
from mdm.rooms.schools.models import School
from policies.group_json import write_rule
from policies.groups import Rule

_SHOWN = 50


@console.route("/groups")
def groups() -> ResponseReturnValue:
    """Those of the city and of one's schools, with how many iPads are in them now."""
    number = wanted_page()
    with tools().database.reading() as tx:
        rows = queries.groups(tx, viewer())
        page = Page(number, len(rows))
        listed = page.of(rows)
        ids = viewer().school_ids
        mine = schools.all_schools(tx) if ids is None else schools.schools(tx, ids)
    return render_template(
        "console/groups.html",
        groups=listed,
        page=page,
        lines={row.id: rule_lines(row.rule) for row in listed},
        schools=mine,
        may_manage=viewer().may(Act.MANAGE),
        may_city=_may_city(),
    )


@console.route("/groups/<int:group_id>")
def group(group_id: int) -> ResponseReturnValue:
    """One with its rule, its iPads, and what depends on it. raises: NotFound."""
    with tools().database.reading() as tx:
        found = queries.find_group(tx, viewer(), group_id)
        rule = service.checked_rule(found.rule)
        tried = try_rule(tx, viewer(), found.school_id, rule, now(), _SHOWN)
        rules = [
            row
            for row in rules_of_group(tx, found.id)
            if row.target.school_id is None or viewer().sees(row.target.school_id)
        ]
        return render_template(
            "console/group.html",
            group=found,
            lines=rule_lines(found.rule),
            tried=tried,
            rules=rules,
            school=_school(tx, found),
            may_manage=_may(found),
        )


@console.route("/groups/new", methods=["GET", "POST"])
def new_group() -> ResponseReturnValue:
    """A group of the city. raises: Forbidden."""
    if not _may_city():
        raise Forbidden("change the whole city")
    return _edit(None, None)


@console.route("/schools/<int:school_id>/groups/new", methods=["GET", "POST"])
def new_local_group(school_id: int) -> ResponseReturnValue:
    """A group of a school. raises: NotFound, Forbidden."""
    require(viewer(), Act.MANAGE, school_id)
    return _edit(None, school_id)


@console.route("/groups/<int:group_id>/edit", methods=["GET", "POST"])
def edit_group(group_id: int) -> ResponseReturnValue:
    """Give a group another rule. raises: NotFound, Forbidden."""
    with tools().database.reading() as tx:
        found = _mine(tx, group_id)
        tx.expunge(found)
    return _edit(found, found.school_id)


@console.post("/groups/<int:group_id>/retire")
def retire_smart_group(group_id: int) -> ResponseReturnValue:
    """Take a group out of use. raises: NotFound, Forbidden."""
    try:
        with writing(Job.RECONCILE) as tx:
            found = _mine(tx, group_id)
            retire_group(tx, found.id, viewer().actor, now())
    except InvalidInput:
        flash(gettext("Something still depends on it. End that first; nothing was changed."))
        return redirect(url_for("console.group", group_id=group_id))
    flash(gettext("“%(name)s” is out of use.", name=found.name))
    return redirect(url_for("console.groups"))


def rule_lines(rule: Mapping[str, Any]) -> tuple[str, list[str]]:
    """`all` or `any`, and the lines of a rule in words; one line of JSON for a nested one."""
    found = rows_of(rule)
    if found is None:
        return "all", [json.dumps(rule, ensure_ascii=False)]
    combine, rows = found
    return combine, [_line(row) for row in rows]


def _line(row: Row) -> str:
    if row.field in ("supervised", "enrolled"):
        answer = gettext("yes") if row.operator == "is" else gettext("no")
        return f"{FIELDS[row.field]}: {answer}"
    return f"{FIELDS[row.field]} {OPERATORS[row.operator]} {row.value}"


def _edit(found: SmartGroup | None, school_id: int | None) -> ResponseReturnValue:
    """Draw the form, try its rule, or save it."""
    before = rows_of(found.rule) if found is not None else ("all", [])
    name, combine = (found.name if found is not None else ""), (before[0] if before else "all")
    form = GroupForm(data={"name": name, "combine": combine})
    rows = sent_rows() if request.method == "POST" else list(before[1] if before else ())
    problem, tried = "", None
    lines: tuple[str, ...] = ()
    if form.validate_on_submit():
        try:
            rule = rule_of(form.combine.data, rows)
            tried, lines = _tried(found, school_id, rule), tuple(rule_lines(write_rule(rule))[1])
            if request.form.get("step") == "save":
                return _save(found, school_id, form.name.data or "", rule)
        except InvalidInput as error:
            problem = problem_text(error)
        except Conflict as error:
            problem = str(error)
    with tools().database.reading() as tx:
        school = visible_school(tx, school_id) if school_id is not None else None
    status = 400 if problem or form.errors else 200
    return render_template(
        "console/group_edit.html",
        form=form,
        rows=[*rows, *[Row()] * (ROWS - len(rows))],
        fields=FIELDS,
        operators=OPERATORS,
        school=school,
        group=found,
        nested=before is None,
        tried=tried,
        tried_lines=lines,
        problem=problem,
    ), status


def _tried(found: SmartGroup | None, school_id: int | None, rule: Rule) -> TriedRule:
    """Whom a rule takes in. raises: InvalidInput (a circle, a group that is not there)."""
    with tools().database.reading() as tx:
        if found is not None:
            service.check_rule(tx, found.id, rule)
        return try_rule(tx, viewer(), school_id, rule, now(), _SHOWN)


def _save(
    found: SmartGroup | None, school_id: int | None, name: str, rule: Rule
) -> ResponseReturnValue:
    with writing(Job.RECONCILE) as tx:
        if found is not None:
            group = _mine(tx, found.id)
            title = gettext("Another rule for the group “%(name)s”", name=group.name)
            done = change_group_rule(tx, tools().vault, viewer(), group.id, rule, title, now())
            if isinstance(done, ChangePlan):
                flash(gettext("Something depends on this group: here is what would change."))
                return redirect(url_for("console.change", plan_id=done.id))
        else:
            school = tx.get_one(School, school_id) if school_id is not None else None
            _require_new(tx, school_id, name)
            done = service.save_group(tx, school, name, rule, viewer().actor, now())
        number = done.group.id
    flash(gettext("Saved. Nothing depends on this group yet, so no iPad has changed."))
    return redirect(url_for("console.group", group_id=number))


def _require_new(tx: Tx, school_id: int | None, name: str) -> None:
    """A form for a new group must not give an old one another rule. raises: InvalidInput."""
    clean = " ".join(name.split())
    taken = any(
        row.name == clean and row.school_id == school_id for row in queries.groups(tx, viewer())
    )
    if taken:
        raise InvalidInput("name", "exists already")


def _mine(tx: Tx, group_id: int) -> SmartGroup:
    """Find one that somebody sees and may change. raises: NotFound, Forbidden."""
    found = queries.find_group(tx, viewer(), group_id)
    if not _may(found):
        raise Forbidden(Act.MANAGE.value)
    return found


def _may(found: SmartGroup) -> bool:
    return _may_city() if found.school_id is None else viewer().may(Act.MANAGE)


def _may_city() -> bool:
    return viewer().school_ids is None and viewer().may(Act.MANAGE)


def _school(tx: Tx, found: SmartGroup) -> School | None:
    return tx.get(School, found.school_id) if found.school_id is not None else None
