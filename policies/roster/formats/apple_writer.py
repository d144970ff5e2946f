"""A roster as the six templates of Apple School Manager. Devices and grades of classes have no
place in it.

source: Apple School Manager User Guide, templates.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from policies.roster.formats.apple import CLASS_MARK, COURSE_MARK
from policies.roster.formats.archive import write_archive
from policies.roster.formats.table import write_table
from policies.roster.roster import Roster, by_key
from policies.roster.values import GroupKey, GroupKind, Person, Role

_STAFF = (
    "person_id",
    "person_number",
    "first_name",
    "middle_name",
    "last_name",
    "email_address",
    "sis_username",
)
_STUDENTS = (*_STAFF, "grade_level", "password_policy")
_INSTRUCTORS = 3
"""Apple's template has three columns; more are added when a class has more teachers."""


def write_apple(roster: Roster) -> bytes:
    """Write an archive that Apple School Manager takes as an upload."""
    pupils = [person for person in roster.persons if person.role is Role.PUPIL]
    teachers = [person for person in roster.persons if person.role is Role.TEACHER]
    subjects = {course.key: course.subject for course in roster.courses}
    groups = [*(group.key for group in roster.classes), *subjects]
    return write_archive(
        {
            "students.csv": _people(_STUDENTS, pupils),
            "staff.csv": _people(_STAFF, teachers),
            "courses.csv": _courses(groups, subjects),
            "classes.csv": _classes(groups, roster),
            "rosters.csv": _rosters(roster),
            "locations.csv": _table(
                ("location_id", "location_name"), [(s.number, s.name) for s in roster.schools]
            ),
        }
    )


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    return write_table(header, rows, apple=True)


def _people(columns: Sequence[str], people: list[Person]) -> bytes:
    width = max((len(person.schools) for person in people), default=1)
    rows = []
    for person in people:
        cells = {
            "person_id": person.source_id,
            "first_name": person.given_name,
            "last_name": person.family_name,
            "grade_level": person.grade,
            "email_address": person.account,
        }
        rows.append([cells.get(c, "") for c in columns] + _padded(person.schools, width))
    return _table([*columns, *_numbered("location_id", width)], rows)


def _courses(groups: list[GroupKey], subjects: dict[GroupKey, str]) -> bytes:
    header = ("course_id", "course_number", "course_name", "location_id")
    rows = [(_id("course", g), _mark(g), subjects.get(g, CLASS_MARK), g.school) for g in groups]
    return _table(header, rows)


def _mark(group: GroupKey) -> str:
    return CLASS_MARK if group.kind is GroupKind.CLASS else COURSE_MARK


def _classes(groups: list[GroupKey], roster: Roster) -> bytes:
    teachers = _by_group(roster, Role.TEACHER)
    width = max(_INSTRUCTORS, *(len(ids) for ids in teachers.values()), 0)
    columns = ("class_id", "class_number", "course_id")
    header = (*columns, *_numbered("instructor_id", width), "location_id")
    rows = [
        [_id("class", g), g.name, _id("course", g), *_padded(teachers.get(g, ()), width), g.school]
        for g in groups
    ]
    return _table(header, rows)


def _rosters(roster: Roster) -> bytes:
    rows = [
        (_id("roster", group, pupil), _id("class", group), pupil)
        for group, pupils in _by_group(roster, Role.PUPIL).items()
        for pupil in pupils
    ]
    return _table(("roster_id", "class_id", "student_id"), rows)


def _by_group(roster: Roster, role: Role) -> dict[GroupKey, list[str]]:
    persons = by_key(roster.persons)
    inside: dict[GroupKey, list[str]] = {}
    for membership in roster.memberships:
        if persons[membership.person].role is role:
            inside.setdefault(membership.group, []).append(membership.person)
    return inside


def _numbered(column: str, count: int) -> list[str]:
    return [column, *(f"{column}_{number}" for number in range(2, count + 1))]


def _padded(values: Sequence[str], width: int) -> list[str]:
    return [*values, *([""] * (width - len(values)))]


def _id(kind: str, group: GroupKey, person: str = "") -> str:
    """The same identifier in every export, of letters and digits as Apple demands."""
    text = "\0".join((kind, group.kind, group.school, group.name, person))
    return f"{kind}-{hashlib.sha256(text.encode()).hexdigest()[:32]}"
