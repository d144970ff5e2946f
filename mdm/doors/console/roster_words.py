"""Words for rosters: what is wrong with a file, what an import would change, why it waits.

Not here: the pages (roster_import.py, roster_pages.py).
"""

from collections.abc import Mapping

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from mdm.doors.console.words import Text, Tone, Word
from mdm.rooms.rosters.lines import About, Happening
from mdm.rooms.rosters.models import ImportState
from mdm.rooms.rosters.reading import Finding
from policies.roster.changes import AmbiguousReason, MoveKind
from policies.roster.errors import Unreadable
from policies.roster.formats.mapping import Column
from policies.roster.formats.problems import ProblemKind
from policies.roster.formats.recognise import Format
from policies.roster.judgement import Stop, StopReason
from policies.roster.values import Role

FORMAT: Mapping[Format, Text] = {
    Format.GENERIC: _l("Table (CSV)"),
    Format.ONEROSTER: _l("OneRoster (ZIP)"),
    Format.APPLE: _l("Apple School Manager (ZIP)"),
    Format.SCHILD: _l("SchILD-NRW"),
}

COLUMN: Mapping[Column, Text] = {
    Column.SOURCE_ID: _l("Identifier"),
    Column.ROLE: _l("Role"),
    Column.FAMILY_NAME: _l("Family name"),
    Column.GIVEN_NAME: _l("Given name"),
    Column.GRADE: _l("Grade"),
    Column.ACCOUNT: _l("Account"),
    Column.SCHOOL: _l("School number"),
    Column.CLASS: _l("Class"),
    Column.COURSE: _l("Course"),
    Column.SUBJECT: _l("Subject"),
    Column.SERIAL: _l("Serial number"),
    Column.TROLLEY: _l("Trolley"),
    Column.SLOT: _l("Slot"),
    Column.STATUS: _l("Status"),
}

MEMBER_ROLE: Mapping[Role, Text] = {
    Role.PUPIL: _l("pupils"),
    Role.TEACHER: _l("teachers"),
}

STATE: Mapping[ImportState, Word] = {
    ImportState.DRAFTED: Word(_l("waits for a decision"), Tone.WAITING),
    ImportState.APPLIED: Word(_l("written"), Tone.HERE),
    ImportState.DISCARDED: Word(_l("given up"), Tone.QUIET),
}

ABOUT: Mapping[About, Text] = {
    About.PERSONS: _l("People"),
    About.CLASSES: _l("Classes"),
    About.COURSES: _l("Courses"),
    About.MEMBERSHIPS: _l("Who is where"),
    About.PLACES: _l("Places of iPads"),
}

HAPPENING: Mapping[Happening, Word] = {
    Happening.ADDED: Word(_l("new"), Tone.HERE),
    Happening.CHANGED: Word(_l("changed"), Tone.WAITING),
    Happening.REMOVED: Word(_l("goes"), Tone.CARE),
    Happening.MOVED: Word(_l("moves"), Tone.WAITING),
}

MOVE: Mapping[MoveKind, Text] = {
    MoveKind.UP: _l("goes up a grade"),
    MoveKind.REPEATS: _l("stays in the grade, or repeats it"),
    MoveKind.OTHER_SCHOOL: _l("changes school"),
    MoveKind.COURSE: _l("changes course"),
}

AMBIGUOUS: Mapping[AmbiguousReason, Text] = {
    AmbiguousReason.NOT_UNIQUE: _l("There are several of that name."),
    AmbiguousReason.MAYBE_MOVED: _l("Somebody of that name is known in another class."),
}

_U = Unreadable
_P = ProblemKind
FINDING: Mapping[Unreadable | ProblemKind, Text] = {
    _U.EMPTY: _l("The file is empty. Please export it again."),
    _U.TOO_LARGE: _l("The file is larger than %(detail)s bytes. Please split it."),
    _U.TOO_MANY_ROWS: _l("The file has more than %(detail)s rows. Please split it."),
    _U.NOT_TEXT: _l("This is no text. Please save it as CSV in UTF-8; Excel files are not read."),
    _U.NUL_BYTE: _l("It holds a null character. Please save it as CSV in UTF-8."),
    _U.NOT_AN_ARCHIVE: _l("The archive cannot be opened. Please export it again."),
    _U.ARCHIVE_TOO_LARGE: _l("Unpacked, the archive is larger than allowed (%(detail)s)."),
    _U.DUPLICATE_FILE: _l("The archive holds two files of this name. Please remove one."),
    _U.ENCRYPTED: _l("It is protected with a password. Please export it without one."),
    _U.NO_ROWS: _l("It has headings, but no rows."),
    _U.DUPLICATE_COLUMN: _l("This heading stands there twice. Please rename one."),
    _U.MISSING_COLUMN: _l("There is no such column. Add it, or say what the columns mean."),
    _U.MISSING_FILE: _l("This file is missing in the archive. Please export all of it."),
    _U.UNKNOWN_VERSION: _l("We do not know version %(detail)s of this format."),
    _U.NOT_BULK: _l("It holds changes only. Please export everything (bulk)."),
    _U.BROKEN_TABLE: _l(
        "The table is broken, often by a quote without its end. Please export it again."
    ),
    _P.MISSING_VALUE: _l("The cell is empty. Please fill it in."),
    _P.UNKNOWN_VALUE: _l("We do not know this value. Possible are: %(detail)s."),
    _P.FORMULA: _l("It begins like a formula. Please remove the sign it begins with."),
    _P.CONTROL_CHARACTER: _l("It holds an invisible character. Please type it anew."),
    _P.DIRECTION_CHARACTER: _l(
        "It holds a character that turns the direction of reading. Please type it anew."
    ),
    _P.WRONG_ENCODING: _l(
        "It was saved in a wrong encoding, so umlauts are broken. Please export it in UTF-8."
    ),
    _P.TOO_LONG: _l("It is longer than %(detail)s characters. Please shorten it."),
    _P.RAGGED_ROW: _l(
        "The row has another number of cells than the headings (%(detail)s). Look for a stray "
        "separator."
    ),
    _P.CONTRADICTS: _l("It says something else than line %(detail)s. Please make both the same."),
    _P.RESERVED_ID: _l("It begins with a sign that only we use. Please use another identifier."),
    _P.UNKNOWN_REFERENCE: _l("It refers to what is not named elsewhere (%(detail)s)."),
    _P.CLASS_WITHOUT_PUPILS: _l("This class has no pupils."),
}

STOP: Mapping[StopReason, Text] = {
    StopReason.PERSONS: _l("%(lost)s of %(all)s people would leave."),
    StopReason.MEMBERSHIPS: _l("%(lost)s of %(all)s memberships in classes and courses would end."),
    StopReason.DEVICES: _l(
        "%(lost)s of %(all)s iPads would be taken from people and places that stay."
    ),
    StopReason.CLASS_WITH_PUPILS: _l("Class %(group)s would go with all its %(lost)s pupils."),
    StopReason.CLASS_WITH_DEVICES: _l(
        "Class %(group)s would go. iPads that belong to it: %(lost)s."
    ),
}


def finding_text(finding: Finding) -> str:
    """Where, what is wrong, and what to do; never what stands in the cell."""
    places = (
        finding.file,
        gettext("line %(number)s", number=finding.line) if finding.line else "",
        finding.field,
    )
    where = ", ".join(place for place in places if place)
    sentence = str(FINDING[finding.kind]) % {"detail": finding.detail}
    return f"{where}: {sentence}" if where else sentence


def stop_text(stop: Stop) -> str:
    """Why an import waits for a second person."""
    group = stop.group.name if stop.group is not None else ""
    return str(STOP[stop.reason]) % {"lost": stop.lost, "all": stop.of, "group": group}
