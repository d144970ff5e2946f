"""The journal of the whole city, for administrators."""

from flask import render_template
from flask.typing import ResponseReturnValue

from mdm.base.errors import Forbidden
from mdm.doors.console.blueprint import console, tools, viewer
from mdm.doors.console.people import journal_rows
from mdm.rooms.access.service import Act
from mdm.rooms.audit import queries

_SHOWN = 200


@console.route("/journal")
def journal() -> ResponseReturnValue:
    """The latest acts, newest first. raises: Forbidden."""
    if not viewer().may(Act.ADMINISTER):
        raise Forbidden(Act.ADMINISTER.value)
    with tools().database.reading() as tx:
        rows = journal_rows(tx, queries.latest(tx, _SHOWN))
    return render_template("console/journal.html", rows=rows)
