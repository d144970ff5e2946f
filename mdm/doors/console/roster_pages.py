"""Imports of rosters: what one would change, deciding about it, the list of them, and exports.

Not here: how a file comes in (roster_import.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from mdm.base.db import Tx
from mdm.base.errors import Conflict, InvalidInput
from mdm.doors.console import roster_words
from mdm.doors.console.blueprint import console, now, tools, viewer, writing
from mdm.doors.console.people import names
from mdm.doors.console.schools import visible_school
from mdm.doors.console.words import Text
from mdm.rooms.access.service import Act, require
from mdm.rooms.changes import service as changes
from mdm.rooms.changes.giving_up import discard_without_import
from mdm.rooms.changes.service import Wanted
from mdm.rooms.rosters import exporting, service
from mdm.rooms.rosters.lines import Line, SeatLine, lines_of, people_of, seat_lines
from mdm.rooms.rosters.models import ImportState, RosterImport
from mdm.rooms.rosters.service import ShownMoved
from mdm.rooms.rosters.shown import Shown
from mdm.rooms.schools import queries as schools
from mdm.rooms.schools.models import School
from policies.operations import ApplyRosterImport
from policies.roster.changes import Ambiguous
from policies.roster.formats.recognise import Format

_MOST_LINES = 200
_NEW = "new"
_WRONG_NUMBERS = _l("These are not the numbers of the schools. Nothing was confirmed.")
_MOVED = _l("Others would leave by now than this page showed. Nothing was confirmed: look again.")
_SAME_PERSON = _l("Somebody else has to confirm this, not the person who read the file.")


@dataclass(frozen=True, slots=True)
class Question:
    """A row that may mean several people. candidates: source_id → name."""

    row: Ambiguous
    candidates: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """Everything a page tells of an import. schools: those that the stops are about."""

    shown: Shown
    lines: Sequence[Line]
    seats: Sequence[SeatLine]
    questions: Sequence[Question]
    schools: Sequence[School]
    drafted_by: str
    confirmed_by: str
    is_own: bool

    @property
    def is_nothing(self) -> bool:
        return self.shown.difference.is_empty and not self.questions


@console.route("/rosters")
def rosters() -> ResponseReturnValue:
    """The imports of the viewer's schools, newest first."""
    with tools().database.reading() as tx:
        rows = service.drafts(tx, viewer())
        who = names(tx, [row.created_by for row in rows])
        at = {school.id: school for school in schools.all_schools(tx) if viewer().sees(school.id)}
    return render_template(
        "console/rosters.html",
        imports=rows,
        who=who,
        schools=at,
        roster_words=roster_words,
        drafted=ImportState.DRAFTED,
        may_manage=viewer().may(Act.MANAGE),
        now=now(),
    )


@console.route("/rosters/<int:import_id>")
def roster(import_id: int) -> ResponseReturnValue:
    """What an import would change as things stand now. raises: NotFound, Forbidden."""
    return _page(import_id)


@console.post("/rosters/<int:import_id>/choose")
def choose_in_roster(import_id: int) -> ResponseReturnValue:
    """Say whom ambiguous rows mean. raises: NotFound, Forbidden, InvalidInput (no candidate)."""
    chosen = {
        key.removeprefix("row-"): "" if value == _NEW else value
        for key, value in request.form.items()
        if key.startswith("row-") and value
    }
    with writing() as tx:
        service.show(tx, tools().vault, viewer(), import_id)
        service.choose(tx, tools().vault, viewer(), import_id, chosen)
    return redirect(url_for("console.roster", import_id=import_id))


@console.post("/rosters/<int:import_id>/confirm")
def confirm_roster(import_id: int) -> ResponseReturnValue:
    """Say as a second person that so many really leave. raises: NotFound, Forbidden."""
    typed, seen = request.form.get("numbers", ""), request.form.get("digest", "")
    try:
        with writing() as tx:
            service.confirm(tx, tools().vault, viewer(), import_id, typed, now(), seen)
    except InvalidInput:
        return _page(import_id, _WRONG_NUMBERS), 400
    except ShownMoved:
        return _page(import_id, _MOVED), 409
    except Conflict:
        return _page(import_id, _SAME_PERSON), 409
    flash(gettext("Confirmed. Now it can be written."))
    return redirect(url_for("console.roster", import_id=import_id))


@console.post("/rosters/<int:import_id>/discard")
def discard_roster(import_id: int) -> ResponseReturnValue:
    """Give an import up. raises: NotFound, Forbidden."""
    with writing() as tx:
        service.discard(tx, tools().vault, viewer(), import_id, now())
        discard_without_import(tx, viewer().actor, now())
    flash(gettext("Given up. What the file held is gone; nothing was changed."))
    return redirect(url_for("console.rosters"))


@console.post("/rosters/<int:import_id>/apply")
def apply_roster(import_id: int) -> ResponseReturnValue:
    """Draft the change plan that writes what was shown, and go to its preview.

    raises: NotFound, Forbidden, Conflict (things have moved since, or somebody has to confirm).
    """
    with writing() as tx:
        row = service.show(tx, tools().vault, viewer(), import_id).row
        if request.form.get("digest") != row.shown_digest:
            raise Conflict("another difference was shown")
        title = gettext("Class lists, import %(number)s", number=import_id)
        wanted = Wanted(title, (ApplyRosterImport(import_id),))
        plan_id = changes.draft(tx, tools().vault, viewer(), wanted, now()).id
    return redirect(url_for("console.change", plan_id=plan_id))


@console.route("/schools/<int:school_id>/roster/export")
def roster_export(school_id: int) -> ResponseReturnValue:
    """The roster as a file. raises: NotFound, Forbidden, InvalidInput (an unknown format)."""
    require(viewer(), Act.MANAGE, school_id)
    wanted = request.args.get("format", Format.GENERIC.value)
    if wanted not in set(exporting.FORMATS):
        raise InvalidInput("format", "there is no such format")
    with writing() as tx:
        school = visible_school(tx, school_id)
        made = exporting.export(tx, viewer(), school, Format(wanted), now())
    response = Response(made.content, mimetype=made.media_type)
    response.headers.set("Content-Disposition", "attachment", filename=made.name)
    return response


def _page(import_id: int, problem: Text = "") -> str:
    with writing() as tx:
        told = _difference(tx, import_id)
        # Drawn before the transaction ends: the page speaks of the row as it was read.
        return render_template(
            "console/roster.html",
            told=told,
            row=told.shown.row,
            counts=_counts(told.shown.row),
            most=_MOST_LINES,
            problem=problem,
            roster_words=roster_words,
            new=_NEW,
            now=now(),
        )


def _difference(tx: Tx, import_id: int) -> Difference:
    shown = service.look_again(tx, tools().vault, viewer(), import_id)
    row, people = shown.row, people_of(shown)
    who = names(tx, [row.created_by, *([row.confirmed_by] if row.confirmed_by else [])])
    stopped = {stop.school for stop in shown.verdict.stops}
    return Difference(
        shown,
        lines_of(shown),
        seat_lines(shown),
        [
            Question(one, {key: people.get(key, key) for key in one.candidates})
            for one in shown.difference.ambiguous
        ],
        [school for school in schools.all_schools(tx) if school.number in stopped],
        who[row.created_by],
        who.get(row.confirmed_by or "", ""),
        row.created_by == viewer().actor.name,
    )


def _counts(row: RosterImport) -> dict[Text, Sequence[int]]:
    return {
        text: row.summary.get(about.value, (0, 0, 0)) for about, text in roster_words.ABOUT.items()
    }
