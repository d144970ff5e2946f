"""From an uploaded file to a roster that may be drafted, outside of any transaction.

Here: which reader reads it, and everything that is wrong with it as one kind of value. Not here:
the formats (policies.roster.formats), storing it (service.py), sentences (the doors).
"""

from dataclasses import dataclass, replace

from mdm.base.errors import InvalidInput
from mdm.base.settings import Settings
from mdm.rooms.rosters.service import RosterFile
from mdm.rooms.schools.models import School
from policies.roster.errors import InvalidRoster, Unreadable, UnreadableRoster
from policies.roster.formats.apple import apple_of
from policies.roster.formats.content import Content, files_of, table_of
from policies.roster.formats.generic import generic_of
from policies.roster.formats.limits import DEFAULT_LIMITS, Limits
from policies.roster.formats.mapping import ColumnMapping, guess_mapping
from policies.roster.formats.oneroster import oneroster_of
from policies.roster.formats.problems import Problem, ProblemKind, ReadRoster
from policies.roster.formats.recognise import Format, format_of, look_into
from policies.roster.formats.schild import schild_of
from policies.roster.renumbering import renumbered
from policies.roster.roster import Roster
from policies.roster.values import School as PureSchool

_MEGABYTE = 1_000_000
_MOST_NAMED = 5
# A table of names shrinks to a fifth in an archive.
_UNPACKED = 5


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came.

    complete: it names everybody of its schools, so others have left. known_as: what it calls the
    school, where that is not the number of the city; a location of Apple's often has another.
    """

    name: str
    content: bytes
    complete: bool = True
    known_as: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend in the file; never the content of a cell, which may be a child's name.

    file: inside an archive, else empty. line: from 1, 0 for the whole file. field: a heading or
    the name of a field. detail: a number or word for the next step.
    """

    kind: Unreadable | ProblemKind
    file: str
    line: int
    field: str
    detail: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of a file.

    file: to be drafted; None as long as there are findings. findings: in the order of lines.
    notes: worth a look, but nothing in the way. skipped: rows the source itself calls outdated.
    """

    file: RosterFile | None
    findings: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()
    skipped: int = 0


def limits_of(settings: Settings) -> Limits:
    """How large a file may be here."""
    size = settings.roster_megabytes * _MEGABYTE
    return replace(
        DEFAULT_LIMITS,
        file_bytes=size,
        archive_bytes=max(size * _UNPACKED, DEFAULT_LIMITS.archive_bytes),
    )


def read(
    upload: Upload,
    school: School,
    wanted: Format | None,
    mapping: ColumnMapping | None,
    limits: Limits,
    content: Content | None = None,
) -> Reading:
    """Read a file for a school, which every row belongs to that names no other.

    wanted: None to recognise the format. mapping: of a generic table; None to guess it.
    content: what `look_into` found in the file; None if nobody has looked yet.
    raises: InvalidMapping (no heading says a name), InvalidInput (a file about other schools).
    """
    try:
        content = content or look_into(upload.content, limits, wanted)
        format_ = wanted or format_of(content)
        read = _read(content, school, format_, mapping, limits)
    except UnreadableRoster as error:
        return Reading(None, (finding_of(error),))
    problems = [_one(problem) for problem in read.problems if not problem.is_note]
    notes = [_one(problem) for problem in read.problems if problem.is_note]
    if not read.is_sound:
        return Reading(None, tuple(problems), tuple(notes), read.skipped)
    roster = _of_the_school(read.roster, upload.known_as or school.number, school)
    file = RosterFile(upload.name, format_, upload.content, roster, upload.complete)
    return Reading(file, (), tuple(notes), read.skipped)


def finding_of(error: UnreadableRoster) -> Finding:
    """What is wrong with a file that was refused as a whole."""
    return Finding(error.kind, error.file, error.line, error.field, error.detail)


def _read(
    content: Content,
    school: School,
    format_: Format,
    mapping: ColumnMapping | None,
    limits: Limits,
) -> ReadRoster:
    here = PureSchool(school.number, school.name)
    match format_:
        case Format.GENERIC:
            table = table_of(content)
            return generic_of(table, mapping or guess_mapping(table.header), here, limits)
        case Format.SCHILD:
            return schild_of(content, here, limits)
        case Format.ONEROSTER:
            return oneroster_of(files_of(content), limits)
        case Format.APPLE:
            return apple_of(files_of(content), limits)


def _of_the_school(roster: Roster, known_as: str, school: School) -> Roster:
    """The roster with the school under the number of the city. raises: InvalidInput."""
    if known_as not in roster.numbers:
        others = ", ".join(sorted(roster.numbers)[:_MOST_NAMED])
        problem = f"the file says nothing about school {known_as}, but about {others}"
        raise InvalidInput("school", problem, "Choose that school, or say which of them it is.")
    if known_as == school.number:
        return roster
    try:
        return renumbered(roster, {known_as: school.number})
    except InvalidRoster as error:
        problem = f"schools {known_as} and {school.number} of the file do not fit into one"
        raise InvalidInput("school", problem, "Bring them in one by one.") from error


def _one(problem: Problem) -> Finding:
    at = problem.at
    return Finding(problem.kind, at.file, at.line, problem.field, problem.detail)
