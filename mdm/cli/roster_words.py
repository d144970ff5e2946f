"""What is wrong with a roster's file, and what an import would change, in English for a terminal.

Here: sentences. Not here: the verbs (rosters.py, roster_files.py).
"""

from collections.abc import Mapping

from mdm.cli.output import say
from mdm.rooms.rosters.lines import Happening, Line, lines_of, people_of, seat_lines
from mdm.rooms.rosters.reading import Finding
from mdm.rooms.rosters.shown import Shown
from policies.roster.changes import Ambiguous, AmbiguousReason
from policies.roster.errors import Unreadable
from policies.roster.formats.problems import ProblemKind
from policies.roster.judgement import Stop, StopReason

SHOWN_LINES = 10

_U = Unreadable
_P = ProblemKind
FINDINGS: Mapping[Unreadable | ProblemKind, str] = {
    _U.EMPTY: "it is empty; export it again",
    _U.TOO_LARGE: "more than {detail} bytes; split it, or raise KLASSENSATZ_ROSTER_MEGABYTES",
    _U.TOO_MANY_ROWS: "it has more than {detail} rows; split it",
    _U.NOT_TEXT: "it is no text; save it as CSV in UTF-8",
    _U.NUL_BYTE: "it holds a null character; save it as CSV in UTF-8",
    _U.NOT_AN_ARCHIVE: "it is no readable zip archive; export it again",
    _U.ARCHIVE_TOO_LARGE: "unpacked it is larger than allowed ({detail})",
    _U.DUPLICATE_FILE: "the archive holds two files of this name; remove one",
    _U.ENCRYPTED: "it is protected with a password; export it without one",
    _U.NO_ROWS: "it has headings, but no rows",
    _U.DUPLICATE_COLUMN: "this heading stands there twice; rename one",
    _U.MISSING_COLUMN: "there is no such column; add it, or choose another mapping",
    _U.MISSING_FILE: "this file is missing in the archive; export all of it",
    _U.UNKNOWN_VERSION: "we do not know version {detail} of this format",
    _U.NOT_BULK: "it holds changes only; export everything (bulk)",
    _U.BROKEN_TABLE: "the table is broken, often by a quote without its end; export it again",
    _P.MISSING_VALUE: "is empty; fill it in",
    _P.UNKNOWN_VALUE: "is none of: {detail}",
    _P.FORMULA: "begins like a formula; remove the sign it begins with",
    _P.CONTROL_CHARACTER: "holds an invisible control character; type it anew",
    _P.DIRECTION_CHARACTER: "holds a character that turns the direction of reading; type it anew",
    _P.WRONG_ENCODING: "was saved in a wrong encoding; export it again in UTF-8",
    _P.TOO_LONG: "is longer than {detail} characters; shorten it",
    _P.RAGGED_ROW: "the row has another number of cells ({detail}); look for a stray separator",
    _P.CONTRADICTS: "says something else than line {detail}; make both the same",
    _P.RESERVED_ID: "begins with a sign that only we use; use another identifier",
    _P.UNKNOWN_REFERENCE: "refers to what {detail} does not name; add it there",
    _P.CLASS_WITHOUT_PUPILS: "the class has no pupils",
}

STOPS: Mapping[StopReason, str] = {
    StopReason.PERSONS: "{lost} of {of} people would leave",
    StopReason.MEMBERSHIPS: "{lost} of {of} memberships in classes and courses would end",
    StopReason.DEVICES: "{lost} of {of} iPads would be taken from who or what stays",
    StopReason.CLASS_WITH_PUPILS: "class {group} would go with all its {lost} pupils",
    StopReason.CLASS_WITH_DEVICES: "class {group} would go, and {lost} iPads belong to it",
}

_AMBIGUOUS = {
    AmbiguousReason.NOT_UNIQUE: "there are several of that name",
    AmbiguousReason.MAYBE_MOVED: "somebody of that name is known in another class",
}
_SIGNS = {
    Happening.ADDED: "+",
    Happening.CHANGED: "~",
    Happening.REMOVED: "-",
    Happening.MOVED: ">",
}
_COUNTED = ("persons", "classes", "courses", "memberships", "placements")


def finding_line(finding: Finding) -> str:
    """One line: file, line, field, what is wrong and what to do."""
    places = (
        finding.file,
        f"line {finding.line}" if finding.line else "",
        finding.field,
    )
    where = ", ".join(place for place in places if place) or "the file"
    return f"{where}: {FINDINGS[finding.kind].format(detail=finding.detail)}"


def stop_line(stop: Stop) -> str:
    """Why a school's import waits for a second person."""
    group = stop.group.name if stop.group is not None else ""
    text = STOPS[stop.reason].format(lost=stop.lost, of=stop.of, group=group)
    return f"stop: school {stop.school}: {text}"


def count_rows(shown: Shown) -> list[tuple[str, int, int, int]]:
    """Added, changed and removed of each kind."""
    counts = shown.row.summary
    return [(name, *counts.get(name, (0, 0, 0))) for name in _COUNTED]


def tell(shown: Shown) -> None:
    """Say what an import would change: first lines, questions, stops, and what comes next."""
    lines, seats = lines_of(shown), seat_lines(shown)
    for line in lines[:SHOWN_LINES]:
        say(_line(line))
    _more(len(lines))
    say(f"{len(shown.difference.moves)} moves, {len(seats)} iPads belong elsewhere afterwards")
    for seat in seats[:SHOWN_LINES]:
        say(f"  {seat.serial}: {seat.before or 'nowhere'} -> {seat.after or 'nowhere'}")
    _more(len(seats))
    people = people_of(shown)
    for row in shown.difference.ambiguous:
        say(_ambiguous(row, people))
    for stop in shown.verdict.stops:
        say(stop_line(stop))
    say(_next(shown))


def _more(count: int) -> None:
    if count > SHOWN_LINES:
        say(f"  and {count - SHOWN_LINES} more")


def _line(line: Line) -> str:
    way = " -> ".join(part for part in (line.before, line.after) if part)
    fields = ", ".join(
        f"{f.field}: {f.before or 'none'} -> {f.after or 'none'}" for f in line.fields
    )
    about = line.about.value
    return f"  {_SIGNS[line.happening]} {about} {line.what} ({fields or way})"


def _ambiguous(row: Ambiguous, people: Mapping[str, str]) -> str:
    known = ", ".join(f"{one} ({people.get(one, '')})" for one in row.candidates) or "nobody known"
    return f"ambiguous: {row.key} in line {row.line}: {_AMBIGUOUS[row.reason]}; candidates: {known}"


def _next(shown: Shown) -> str:
    number = shown.row.id
    if shown.difference.is_empty and not shown.difference.ambiguous:
        return "Nothing would change."
    if not shown.verdict.may_write:
        numbers = " ".join(shown.verdict.to_type)
        return f"A second person has to type: mdm roster confirm {number} --type '{numbers}'"
    return f"Next: mdm roster apply {number}, or mdm roster discard {number}"
