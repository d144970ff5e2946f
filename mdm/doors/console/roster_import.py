"""A roster's file comes in: choose it, say what its columns mean, and see what is wrong with it.

Not here: what it would change and what becomes of it (roster_pages.py), reading it
(mdm.rooms.rosters.reading).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from mdm.base.errors import InvalidInput, NotFound
from mdm.doors.console import roster_words
from mdm.doors.console.blueprint import console, now, tools, viewer, writing
from mdm.doors.console.schools import visible_school
from mdm.doors.console.uploads import Sent, keep, sent_file
from mdm.doors.console.words import Text
from mdm.rooms.access.service import Act, require
from mdm.rooms.rosters import mappings, reading, service
from mdm.rooms.rosters.mappings import StoredMapping
from mdm.rooms.rosters.reading import Finding, Reading, Upload
from mdm.rooms.schools.models import School
from policies.roster.errors import InvalidMapping, UnreadableRoster
from policies.roster.formats.content import Content, table_of
from policies.roster.formats.limits import Limits
from policies.roster.formats.mapping import Column, ColumnMapping, guess_mapping
from policies.roster.formats.recognise import Format, format_of, look_into
from policies.roster.formats.table import Table
from policies.roster.values import Role

_SAMPLES = 3
_AUTO = "auto"
_REFUSED = {
    "school": _l(
        "The file is about another school, or names one that does not exist here. Choose the "
        "right school, or correct the school numbers."
    ),
    "people": _l(
        "People or iPads of this file belong to a school that you do not look after. Whoever looks "
        "after both schools brings the file in."
    ),
    "file": _l(
        "A school that keeps no names needs a column of identifiers in the file, and only schools "
        "without names beside it."
    ),
}
_BAD_MAPPING = {
    "mapped twice": _l("Two columns have the same meaning. Choose only one of them."),
    "not mapped": _l("Say which column is the family name, or at least the serial number."),
}


@dataclass(frozen=True, slots=True)
class MappedColumn:
    """One column of a table: its heading, what it means, and its first cells."""

    heading: str
    column: Column | None
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coming:
    """A file under way, for one school. known_as: what the file calls it; empty: its number."""

    school: School
    saved: Sequence[StoredMapping]
    file: Sent
    is_complete: bool
    known_as: str
    limits: Limits


@console.route("/schools/<int:school_id>/roster", methods=["GET", "POST"])
def roster_import(school_id: int) -> ResponseReturnValue:
    """Take a file, step by step; the last one drafts an import and shows its difference.

    raises: NotFound, Forbidden.
    """
    require(viewer(), Act.MANAGE, school_id)
    with tools().database.reading() as tx:
        school = visible_school(tx, school_id)
        saved = mappings.mappings(tx, viewer(), school_id)
    if request.method == "GET":
        return _choosing(school, saved)
    limits = reading.limits_of(tools().settings)
    file = sent_file(limits.file_bytes)
    if file is None:
        return _choosing(school, saved, problem=gettext("Please choose a file.")), 400
    known_as = request.form.get("known_as", "").strip()
    coming = Coming(school, saved, file, "partial" not in request.form, known_as, limits)
    try:
        return _next_step(coming)
    except UnreadableRoster as error:
        return _choosing(school, saved, findings=(reading.finding_of(error),)), 400


def _next_step(coming: Coming) -> ResponseReturnValue:
    wanted = _wanted()
    content = look_into(coming.file.content, coming.limits, wanted)
    kind = wanted or format_of(content)
    if kind is not Format.GENERIC:
        return _read(coming, content, kind, None)
    table = table_of(content)
    if request.form.get("step") == "map":
        return _mapped(coming, table)
    known = _saved_mapping(coming, table)
    if known is not None:
        return _read(coming, table, kind, known)
    return _mapping(coming, table, _guess(table))


def _wanted() -> Format | None:
    """The format that was chosen; None to recognise it. raises: InvalidInput (there is none)."""
    wanted = request.form.get("format", _AUTO)
    if wanted != _AUTO and wanted not in set(Format):
        raise InvalidInput("format", "there is no such format")
    return Format(wanted) if wanted != _AUTO else None


def _saved_mapping(coming: Coming, table: Table) -> ColumnMapping | None:
    """The saved mapping that was chosen, if its columns are there."""
    wanted = request.form.get("mapping", "")
    found = next((one.mapping for one in coming.saved if str(one.id) == wanted), None)
    if found is None or not {heading for heading, _ in found.columns} <= set(table.header):
        return None
    return found


def _guess(table: Table) -> ColumnMapping | None:
    try:
        return guess_mapping(table.header)
    except InvalidMapping:
        return None


def _mapped(coming: Coming, table: Table) -> ResponseReturnValue:
    """Read with the meanings that a person has chosen, and save them if he wants to."""
    chosen = {
        heading: field
        for place, heading in enumerate(table.header)
        if (field := request.form.get(f"column-{place}", ""))
    }
    try:
        mapping = ColumnMapping.saved(
            chosen,
            request.form.get("role", Role.PUPIL),
            "local_ids" in request.form,
        )
    except InvalidMapping as error:
        problem = _BAD_MAPPING.get(error.problem, _BAD_MAPPING["not mapped"])
        return _mapping(coming, table, _guess(table), problem=problem), 400
    if name := request.form.get("save_as", "").strip():
        with writing() as tx:
            school = visible_school(tx, coming.school.id)
            mappings.save(tx, viewer(), school, name, mapping, now())
    return _read(coming, table, Format.GENERIC, mapping, asked=True)


def _read(
    coming: Coming,
    content: Content,
    kind: Format,
    mapping: ColumnMapping | None,
    *,
    asked: bool = False,
) -> ResponseReturnValue:
    """asked: a person has just said what the columns mean, and may say so again."""
    upload = Upload(coming.file.name, coming.file.content, coming.is_complete, coming.known_as)
    problem: Text = ""
    read = Reading(None)
    try:
        read = reading.read(upload, coming.school, kind, mapping, coming.limits, content)
        if read.file is not None:
            with writing() as tx:
                row = service.draft(tx, tools().vault, viewer(), read.file, now())
                return redirect(url_for("console.roster", import_id=row.id))
    except InvalidInput as error:
        problem = _REFUSED.get(error.field, _REFUSED["file"])
    except NotFound:
        # A foreign school in the file looks like one that does not exist.
        problem = _REFUSED["school"]
    if asked:
        return _mapping(coming, table_of(content), mapping, read.findings, problem), 400
    return _choosing(coming.school, coming.saved, read.findings, problem), 400


def _choosing(
    school: School,
    saved: Sequence[StoredMapping],
    findings: Sequence[Finding] = (),
    problem: Text = "",
) -> str:
    return render_template(
        "console/roster_import.html",
        school=school,
        saved=saved,
        findings=findings,
        problem=problem,
        formats=roster_words.FORMAT,
        roster_words=roster_words,
        megabytes=tools().settings.roster_megabytes,
    )


def _mapping(
    coming: Coming,
    table: Table,
    mapping: ColumnMapping | None,
    findings: Sequence[Finding] = (),
    problem: Text = "",
) -> str:
    return render_template(
        "console/roster_mapping.html",
        school=coming.school,
        columns=_columns(table, mapping),
        mapping=mapping,
        rows=len(table.rows),
        kept=keep(coming.file.content),
        file_name=coming.file.name,
        is_complete=coming.is_complete,
        known_as=coming.known_as,
        findings=findings,
        problem=problem,
        roster_words=roster_words,
    )


def _columns(table: Table, mapping: ColumnMapping | None) -> list[MappedColumn]:
    meanings = dict(mapping.columns) if mapping is not None else {}
    return [
        MappedColumn(heading, meanings.get(heading), _samples(table, place))
        for place, heading in enumerate(table.header)
    ]


def _samples(table: Table, place: int) -> tuple[str, ...]:
    cells = (row.cells[place] for row in table.rows if place < len(row.cells))
    filled = (cell.strip()[:40] for cell in cells if cell.strip())
    return tuple(text for text, _ in zip(filled, range(_SAMPLES), strict=False))
