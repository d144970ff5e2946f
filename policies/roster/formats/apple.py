"""The six templates of Apple School Manager as an archive of CSV files.

Apple knows one kind of class. Which of them are classes of a school and which are courses, the
number of the course tells if this system wrote it, and otherwise the name: 7b is a class, also
when each of its subjects is one of Apple's classes. Several that share another name are courses.
source: Apple School Manager User Guide, templates for students, staff, courses, classes, rosters
and locations.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from policies.roster.formats.archive import read_archive
from policies.roster.formats.bundle import Bundle
from policies.roster.formats.collector import Collector
from policies.roster.formats.limits import DEFAULT_LIMITS, Limits
from policies.roster.formats.problems import ReadRoster
from policies.roster.formats.records import Record
from policies.roster.formats.words import grade_text
from policies.roster.roster import EVERY_TOPIC, Topic
from policies.roster.values import Course, GroupKey, GroupKind, Person, Role, School

CLASS_MARK = "Klasse"
COURSE_MARK = "Kurs"
"""What stands as course_number behind a class and behind a course that we wrote."""

_TOPICS = EVERY_TOPIC - {Topic.PLACEMENTS, Topic.CLASS_GRADES}
_CLASS_NAME = re.compile(r"(0?[1-9]|1[0-3])\s?[a-z]{0,2}|EF|Q1|Q2", re.IGNORECASE)
_MARKS = frozenset({CLASS_MARK, COURSE_MARK})


def read_apple(data: bytes, limits: Limits = DEFAULT_LIMITS) -> ReadRoster:
    """Read an archive; the identifier of a location is the number of the school.

    raises: UnreadableRoster (no archive, students.csv or locations.csv or a column missing).
    """
    return apple_of(read_archive(data, limits), limits)


def apple_of(files: Mapping[str, bytes], limits: Limits = DEFAULT_LIMITS) -> ReadRoster:
    """The same of an archive that is unpacked already."""
    bundle = Bundle(files, limits, backslash=True)
    reader = _Reader(bundle)
    reader.read()
    bundle.not_empty(reader.collector.persons, reader.collector.problems, "students.csv")
    return reader.collector.result(_TOPICS)


@dataclass(frozen=True, slots=True)
class _Reader:
    """courses: course_id → course_name and course_number. groups: class_id → its key.

    crowded: locations with a class_number that several classes have.
    """

    bundle: Bundle
    collector: Collector = field(default_factory=Collector)
    schools: set[str] = field(default_factory=set)
    courses: dict[str, tuple[str, str]] = field(default_factory=dict)
    groups: dict[str, GroupKey] = field(default_factory=dict)
    crowded: set[tuple[str, str]] = field(default_factory=set)

    def read(self) -> None:
        problems = self.collector.problems
        for record in self.bundle.rows("locations.csv", "location_id", "location_name", problems):
            self.schools.add(record["location_id"])
            self.collector.school(School(record["location_id"], record["location_name"]))
        for file, role in (("students.csv", Role.PUPIL), ("staff.csv", Role.TEACHER)):
            optional = "first_name grade_level email_address location_id_*"
            for record in self.rows(file, "person_id last_name location_id", optional):
                self.read_person(record, role)
        for record in self.rows("courses.csv", "course_id", "course_name course_number"):
            self.courses[record["course_id"]] = (record["course_name"], record["course_number"])
        optional = "class_number instructor_id instructor_id_*"
        groups = list(self.rows("classes.csv", "class_id course_id location_id", optional))
        count = Counter(_numbered(record) for record in groups if self.may_crowd(record))
        self.crowded.update(number for number, times in count.items() if times > 1)
        for record in groups:
            self.read_group(record)
        for record in self.rows("rosters.csv", "class_id student_id", ""):
            if group := self.known_group(record):
                self.join(record, "student_id", group, "students.csv")

    def rows(self, file: str, filled: str, optional: str) -> Iterator[Record]:
        """The rows of a file; Apple lets all but students and locations be left out."""
        if not self.bundle.has(file) and file != "students.csv":
            return iter(())
        return self.bundle.rows(file, filled, optional, self.collector.problems)

    def read_person(self, record: Record, role: Role) -> None:
        columns = [c for c in record.values if c.startswith("location_id") and record[c]]
        for column in columns:
            if record[column] not in self.schools:
                self.collector.lost(record, column, "locations.csv")
        person = Person(
            record["person_id"],
            role,
            record["first_name"],
            record["last_name"],
            tuple(sorted({record[column] for column in columns} & self.schools)),
            grade_text(record["grade_level"]),
            record["email_address"],
        )
        if person.schools:
            self.collector.person(record, person)

    def read_group(self, record: Record) -> None:
        school, name = record["location_id"], record["class_number"] or record["class_id"]
        if record["course_id"] not in self.courses:
            self.collector.lost(record, "course_id", "courses.csv")
        elif school not in self.schools:
            self.collector.lost(record, "location_id", "locations.csv")
        else:
            group = self.group(record, school, name)
            self.groups[record["class_id"]] = group
            for column in record.values:
                if column.startswith("instructor_id") and record[column]:
                    self.join(record, column, group, "staff.csv")

    def group(self, record: Record, school: str, name: str) -> GroupKey:
        title, mark = self.courses[record["course_id"]]
        if self.may_crowd(record) and _numbered(record) in self.crowded:
            # Many systems number the classes of every course from 1.
            course = Course(school, f"{title} ({record['class_id']})", title)
            self.collector.course(record, course)
            return course.key
        if mark == CLASS_MARK or (mark != COURSE_MARK and _CLASS_NAME.fullmatch(name)):
            group = GroupKey(GroupKind.CLASS, school, name)
            self.collector.mentioned(record, group)
            return group
        course = Course(school, name, title)
        self.collector.course(record, course)
        return course.key

    def may_crowd(self, record: Record) -> bool:
        """Whether another class of the same name would be another one."""
        mark = self.courses.get(record["course_id"], ("", ""))[1]
        name = record["class_number"]
        return mark not in _MARKS and (name.isdecimal() or not _CLASS_NAME.fullmatch(name))

    def known_group(self, record: Record) -> GroupKey | None:
        group = self.groups.get(record["class_id"])
        if group is None:
            self.collector.lost(record, "class_id", "classes.csv")
        return group

    def join(self, record: Record, column: str, group: GroupKey, where: str) -> None:
        if record[column] in self.collector.persons:
            self.collector.join(record, record[column], group)
        else:
            self.collector.lost(record, column, where)


def _numbered(record: Record) -> tuple[str, str]:
    return record["location_id"], record["class_number"] or record["class_id"]
