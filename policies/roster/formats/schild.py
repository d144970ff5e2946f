"""Exports of SchILD-NRW: free text exports, and the interface files as they are or in a zip.

Here: telling the tables apart by their headings, joining courses to pupils by name and date of
birth; the date is forgotten when the file is read. Identifiers of SchILD count within one
school, so they get its number. Not here: rows of persons (policies.roster.formats.rows).
source: SchILD-NRW, Schnittstellenbeschreibung (SchuelerBasisdaten, SchuelerLeistungsdaten,
Lehrkraefte) and Datenaustausch, Export in Text-/Exceldateien.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from policies.roster.errors import Unreadable, UnreadableRoster
from policies.roster.formats.archive import is_archive, read_archive
from policies.roster.formats.collector import Collector
from policies.roster.formats.content import Archive, Content
from policies.roster.formats.limits import DEFAULT_LIMITS, Limits, check_size
from policies.roster.formats.mapping import Column, known_as, mapped
from policies.roster.formats.problems import ReadRoster
from policies.roster.formats.rows import read_rows
from policies.roster.formats.schild_courses import Courses
from policies.roster.formats.table import Table, read_table
from policies.roster.roster import EVERY_TOPIC, Topic
from policies.roster.values import Role, School

_TOPICS = EVERY_TOPIC - {Topic.PLACEMENTS, Topic.CLASS_TEACHERS, Topic.CLASS_GRADES}
_PUPIL = (
    Column.SOURCE_ID,
    Column.FAMILY_NAME,
    Column.GIVEN_NAME,
    Column.CLASS,
    Column.GRADE,
    Column.ACCOUNT,
    Column.STATUS,
)
_TEACHER = (Column.SOURCE_ID, Column.FAMILY_NAME, Column.GIVEN_NAME, Column.ACCOUNT)
_NAMES = {"nachname", "vorname"}
_ABBREVIATIONS = ("internkrz", "kuerzel", "lehrerkuerzel", "lehrkraftkuerzel")


class Part(StrEnum):
    """What one table of SchILD holds, in the order of reading."""

    PUPILS = "pupils"
    TEACHERS = "teachers"
    COURSES = "courses"


def part_of(header: Iterable[str]) -> Part | None:
    """Tell a table by its headings; None for one that says nothing about rosters."""
    known = {known_as(heading) for heading in header}
    if _NAMES | {"kurs", "fach"} <= known:
        return Part.COURSES
    if _NAMES | {"klasse"} <= known:
        return Part.PUPILS
    is_staff = known.intersection((*_ABBREVIATIONS, "emaildienstlich", "dienstemail"))
    return Part.TEACHERS if known >= _NAMES and is_staff else None


def read_schild(data: bytes, school: School, limits: Limits = DEFAULT_LIMITS) -> ReadRoster:
    """Read an export of one school: one table, or several in a zip.

    raises: UnreadableRoster (the file as a whole, or no table of pupils or teachers in it).
    """
    check_size(data, limits)
    content = Archive(read_archive(data, limits)) if is_archive(data) else read_table(data, limits)
    return schild_of(content, school, limits)


def schild_of(content: Content, school: School, limits: Limits = DEFAULT_LIMITS) -> ReadRoster:
    """The same of a file that is looked into already."""
    tables = _parts(content, limits)
    reader = _Reader(school, limits)
    for part in Part:
        for table in tables.get(part, ()):
            reader.read(part, table)
    return reader.collector.result(_TOPICS)


def _parts(content: Content, limits: Limits) -> Mapping[Part, list[Table]]:
    tables: dict[Part, list[Table]] = {}
    for table in _tables(content, limits):
        if (part := part_of(table.header)) is not None:
            tables.setdefault(part, []).append(table)
    if not tables.keys() & {Part.PUPILS, Part.TEACHERS}:
        raise UnreadableRoster(Unreadable.MISSING_COLUMN, line=1, field="Klasse")
    return tables


def _tables(content: Content, limits: Limits) -> Iterable[Table]:
    if isinstance(content, Table):
        return (content,)
    return (read_table(data, limits, name) for name, data in content.files.items())


@dataclass(frozen=True, slots=True)
class _Reader:
    school: School
    limits: Limits
    collector: Collector = field(default_factory=Collector)
    courses: Courses = field(default_factory=Courses)

    def read(self, part: Part, table: Table) -> None:
        headings = {known_as(heading): heading for heading in reversed(table.header)}
        if part is Part.COURSES:
            self.courses.read(table, headings, self.school.number, self.limits, self.collector)
            return
        pupils = part is Part.PUPILS
        role = Role.PUPIL if pupils else Role.TEACHER
        mapping = mapped(headings, _PUPIL if pupils else _TEACHER, role)
        keys = read_rows(table, mapping, self.school, self.limits, self.collector)
        if pupils:
            self.courses.remember_pupils(table, headings, keys)
        else:
            self.courses.remember_teachers(table, headings, keys, _ABBREVIATIONS)
