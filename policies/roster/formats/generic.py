"""Any table of persons with a saved column mapping.

A row names a person with a class or a course, or a class, a course or the place of a device by
itself. A person may have several rows: one for every course, school or device.
"""

from __future__ import annotations

from policies.roster.formats.collector import Collector
from policies.roster.formats.limits import DEFAULT_LIMITS, Limits, check_size
from policies.roster.formats.mapping import Column, ColumnMapping
from policies.roster.formats.problems import ReadRoster
from policies.roster.formats.rows import read_rows
from policies.roster.formats.table import Table, read_table
from policies.roster.roster import EVERY_TOPIC, Topic
from policies.roster.values import School

_NEEDS = {
    Topic.PUPILS: Column.CLASS,
    Topic.CLASS_TEACHERS: Column.CLASS,
    Topic.COURSES: Column.COURSE,
    Topic.PLACEMENTS: Column.SERIAL,
    Topic.TROLLEYS: Column.TROLLEY,
    Topic.GRADES: Column.GRADE,
    Topic.CLASS_GRADES: Column.GRADE,
    Topic.ACCOUNTS: Column.ACCOUNT,
    Topic.SUBJECTS: Column.SUBJECT,
}


def header_of(data: bytes, limits: Limits = DEFAULT_LIMITS) -> tuple[str, ...]:
    """The headings of a table, to guess or choose a mapping.

    raises: UnreadableRoster.
    """
    check_size(data, limits)
    return read_table(data, limits).header


def read_generic(
    data: bytes, mapping: ColumnMapping, school: School, limits: Limits = DEFAULT_LIMITS
) -> ReadRoster:
    """Read a table.

    school: of every row that names none.
    raises: UnreadableRoster (the file as a whole, or a mapped heading is missing).
    """
    check_size(data, limits)
    return generic_of(read_table(data, limits), mapping, school, limits)


def generic_of(
    table: Table, mapping: ColumnMapping, school: School, limits: Limits = DEFAULT_LIMITS
) -> ReadRoster:
    """The same of a table that is read already."""
    collector = Collector()
    read_rows(table, mapping, school, limits, collector)
    return collector.result(topics_of(mapping))


def topics_of(mapping: ColumnMapping) -> frozenset[Topic]:
    """What a file with these columns can speak about; its rows may still be silent."""
    mapped = {column for _, column in mapping.columns}
    return EVERY_TOPIC - {topic for topic, column in _NEEDS.items() if column not in mapped}
