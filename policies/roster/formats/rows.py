"""Rows of a mapped table: a person with groups and devices, or one of these by itself.

Here: what the cells of one row mean together. Not here: which column is which
(policies.roster.formats.mapping), what rows say together (policies.roster.formats.collector).
"""

from __future__ import annotations

from policies.roster.formats.collector import Collector
from policies.roster.formats.limits import Limits
from policies.roster.formats.mapping import Column, ColumnMapping
from policies.roster.formats.problems import ProblemKind
from policies.roster.formats.records import Record, records
from policies.roster.formats.table import Table
from policies.roster.formats.words import ALLOWED_ROLES, grade_text, is_current, role_named
from policies.roster.values import (
    MOST_SLOTS,
    PROVISIONAL,
    Course,
    GroupKey,
    GroupKind,
    Person,
    Placement,
    Role,
    School,
    SchoolClass,
)

_LONGEST_SERIAL = 64
_MOST_PLACES = 999
"""Of a class; a trolley has as many as are built into it."""

_PERSON = (Column.SOURCE_ID, Column.FAMILY_NAME, Column.GIVEN_NAME)


def read_rows(
    table: Table, mapping: ColumnMapping, school: School, limits: Limits, collector: Collector
) -> dict[int, str]:
    """Read the rows into a collector.

    returns: line → key of the person it names.
    raises: UnreadableRoster (a mapped heading is missing or stands there twice).
    """
    collector.school(school)
    persons: dict[int, str] = {}
    for record in records(table, mapping.headings, (), limits, collector.problems):
        number = record[Column.SCHOOL] or school.number
        if record[Column.STATUS] and not is_current(record[Column.STATUS]):
            collector.skipped += 1
        elif not any(record[field] for field in _PERSON):
            _read_thing(record, number, collector)
        elif key := _read_person(record, number, mapping, collector):
            persons[record.at.line] = key
    return persons


def _read_person(
    record: Record, school: str, mapping: ColumnMapping, collector: Collector
) -> str | None:
    role = role_named(record[Column.ROLE]) if record[Column.ROLE] else mapping.default_role
    empty = [f for f in (Column.FAMILY_NAME, Column.SOURCE_ID) if _lacks(record, f)]
    for field in empty:
        collector.problems.append(record.problem(ProblemKind.MISSING_VALUE, field))
    if role is None:
        unknown = record.problem(ProblemKind.UNKNOWN_VALUE, Column.ROLE, ALLOWED_ROLES)
        collector.problems.append(unknown)
    if role is None or empty:
        return None
    key = _key(record, school, role, mapping)
    person = Person(
        key,
        role,
        record[Column.GIVEN_NAME],
        record[Column.FAMILY_NAME],
        (school,),
        grade_text(record[Column.GRADE]) if role is Role.PUPIL else "",
        record[Column.ACCOUNT],
    )
    collector.person(record, person, provisional=not record[Column.SOURCE_ID])
    if key in collector.persons:
        _read_groups(record, school, key, collector)
    return key


def _lacks(record: Record, field: Column) -> bool:
    """A mapped column must say something; whether it is mapped at all, others have decided."""
    return field in record.headings and not record[field]


def _key(record: Record, school: str, role: Role, mapping: ColumnMapping) -> str:
    source_id = record[Column.SOURCE_ID]
    if not source_id:
        return f"{PROVISIONAL}{record.at.line}"
    if not mapping.local_ids or source_id.startswith(PROVISIONAL):
        return source_id
    return f"{school}-L-{source_id}" if role is Role.TEACHER else f"{school}-{source_id}"


def _read_groups(record: Record, school: str, key: str, collector: Collector) -> None:
    if name := record[Column.CLASS]:
        collector.join(record, key, GroupKey(GroupKind.CLASS, school, name))
    if name := record[Column.COURSE]:
        course = Course(school, name, record[Column.SUBJECT])
        collector.course(record, course)
        collector.join(record, key, course.key)
    if record[Column.SERIAL]:
        _read_placement(record, school, key, collector)


def _read_thing(record: Record, school: str, collector: Collector) -> None:
    """A row without a person: a class, a course or the place of a device."""
    if record[Column.SERIAL]:
        _read_placement(record, school, "", collector)
    elif name := record[Column.CLASS]:
        collector.school_class(record, SchoolClass(school, name, grade_text(record[Column.GRADE])))
    elif name := record[Column.COURSE]:
        collector.course(record, Course(school, name, record[Column.SUBJECT]))
    else:
        collector.problems.append(record.problem(ProblemKind.MISSING_VALUE, Column.FAMILY_NAME))


def _read_placement(record: Record, school: str, person: str, collector: Collector) -> None:
    place = _place(record, school, person)
    slot = record[Column.SLOT] if place else ""
    serial = record[Column.SERIAL].upper()
    most = MOST_SLOTS if place and place.kind is GroupKind.TROLLEY else _MOST_PLACES
    if slot and not (slot.isascii() and slot.isdecimal() and 0 < int(slot) <= most):
        bad = record.problem(ProblemKind.UNKNOWN_VALUE, Column.SLOT, f"1-{most}")
        collector.problems.append(bad)
    elif not serial.isascii() or not serial.isalnum() or len(serial) > _LONGEST_SERIAL:
        bad = record.problem(ProblemKind.UNKNOWN_VALUE, Column.SERIAL, "A-Z 0-9")
        collector.problems.append(bad)
    elif not person and place is None:
        collector.problems.append(record.problem(ProblemKind.MISSING_VALUE, Column.TROLLEY))
    else:
        collector.place(record, Placement(serial, person, place, int(slot or 0)))


def _place(record: Record, school: str, person: str) -> GroupKey | None:
    """A trolley, or the class of a row without a person; a person's class is no place."""
    if name := record[Column.TROLLEY]:
        return GroupKey(GroupKind.TROLLEY, school, name)
    if not person and (name := record[Column.CLASS]):
        return GroupKey(GroupKind.CLASS, school, name)
    return None
