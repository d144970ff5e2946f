"""The journal of the whole city, for administrators: narrowed to a school or a thing, by pages."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from mdm.base.errors import Forbidden, InvalidInput
from mdm.doors.console import phrases
from mdm.doors.console.blueprint import console, tools, viewer
from mdm.doors.console.paging import PAGE_SIZE, query_number
from mdm.doors.console.people import journal_rows
from mdm.rooms.access.service import Act
from mdm.rooms.audit import queries
from mdm.rooms.audit.queries import JournalFilter
from mdm.rooms.schools import queries as schools

_LONGEST_ID = 255


@console.route("/journal")
def journal() -> ResponseReturnValue:
    """The latest acts, newest first. raises: Forbidden, InvalidInput (an unknown kind)."""
    if not viewer().may(Act.ADMINISTER):
        raise Forbidden(Act.ADMINISTER.value)
    narrowed = _filter()
    with tools().database.reading() as tx:
        # One more than shown tells whether there are older ones.
        entries = queries.latest(tx, PAGE_SIZE + 1, narrowed)
        rows = journal_rows(tx, entries[:PAGE_SIZE])
        listed = schools.all_schools(tx)
    return render_template(
        "console/journal.html",
        rows=rows,
        older=entries[PAGE_SIZE - 1].id if len(entries) > PAGE_SIZE else None,
        narrowed=narrowed,
        schools=listed,
        school_names={row.id: row.name for row in listed},
        kinds=phrases.subject_kinds(),
    )


def _filter() -> JournalFilter:
    kind = request.args.get("kind", "")
    if kind and kind not in phrases.subject_kinds():
        raise InvalidInput("kind", "not a kind of thing the journal knows")
    return JournalFilter(
        query_number("school"),
        kind,
        request.args.get("id", "").strip()[:_LONGEST_ID],
        query_number("before"),
    )
