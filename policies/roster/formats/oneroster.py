"""OneRoster 1.1 and 1.2 as an archive of CSV files, whole rosters only.

A class of type `homeroom` is a class, every other one a course. Rows to be deleted, organisations
that are no schools, and people who neither learn nor teach at a school are skipped.
source: 1EdTech, OneRoster CSV Binding 1.1 and 1.2.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from policies.roster.errors import Unreadable, UnreadableRoster
from policies.roster.formats.archive import read_archive
from policies.roster.formats.bundle import Bundle
from policies.roster.formats.collector import Collector
from policies.roster.formats.limits import DEFAULT_LIMITS, Limits
from policies.roster.formats.problems import ReadRoster
from policies.roster.formats.records import Record
from policies.roster.formats.words import grade_text
from policies.roster.roster import EVERY_TOPIC, Topic
from policies.roster.values import Course, GroupKey, Person, Role, School, SchoolClass

_TOPICS = EVERY_TOPIC - {Topic.PLACEMENTS}
_ROLES = {"student": Role.PUPIL, "teacher": Role.TEACHER}
_VERSIONS = ("1.1", "1.2")
_DELETED = "tobedeleted"
_HOMEROOM = "homeroom"


def read_oneroster(data: bytes, limits: Limits = DEFAULT_LIMITS) -> ReadRoster:
    """Read an archive.

    raises: UnreadableRoster (no archive, a file or column missing, a version we do not know, or
        an archive that only says what changed).
    """
    return oneroster_of(read_archive(data, limits), limits)


def oneroster_of(files: Mapping[str, bytes], limits: Limits = DEFAULT_LIMITS) -> ReadRoster:
    """The same of an archive that is unpacked already."""
    bundle = Bundle(files, limits)
    reader = _Reader(bundle)
    reader.read(version=_version(bundle))
    bundle.not_empty(reader.collector.persons, reader.collector.problems, "users.csv")
    return reader.collector.result(_TOPICS)


@dataclass(frozen=True, slots=True)
class _Reader:
    """schools, titles, groups: sourcedId of an org, course or class → what it stands for.

    others: sourcedIds of districts and departments. crowded: titles, by school, that several
        courses have.
    """

    bundle: Bundle
    collector: Collector = field(default_factory=Collector)
    schools: dict[str, str] = field(default_factory=dict)
    others: set[str] = field(default_factory=set)
    titles: dict[str, str] = field(default_factory=dict)
    crowded: set[tuple[str, str]] = field(default_factory=set)
    groups: dict[str, GroupKey] = field(default_factory=dict)

    def read(self, version: str) -> None:
        for record in self.rows("orgs.csv", "name type", "identifier"):
            self.read_school(record)
        roles = self.roles() if version == "1.2" else {}
        for record in self.rows(
            "users.csv", "familyName", "givenName role orgSourcedIds grades email"
        ):
            self.read_person(record, roles)
        for record in self.rows_if_there("courses.csv", "title", ""):
            self.titles[record["sourcedId"]] = record["title"]
        optional = "classType courseSourcedId classCode grades subjects"
        groups = list(self.rows_if_there("classes.csv", "title schoolSourcedId", optional))
        count = Counter(_title(record) for record in groups if not _is_class(record))
        self.crowded.update(title for title, times in count.items() if times > 1)
        for record in groups:
            self.read_group(record)
        filled = "classSourcedId userSourcedId role"
        for record in self.rows_if_there("enrollments.csv", filled, ""):
            self.read_membership(record)

    def rows_if_there(self, file: str, filled: str, optional: str) -> Iterator[Record]:
        return self.rows(file, filled, optional) if self.bundle.has(file) else iter(())

    def rows(self, file: str, filled: str, optional: str) -> Iterator[Record]:
        """The rows that are current."""
        found = self.bundle.rows(
            file, f"sourcedId {filled}", f"status {optional}", self.collector.problems
        )
        for record in found:
            if record["status"].lower() == _DELETED:
                self.collector.skipped += 1
            else:
                yield record

    def read_school(self, record: Record) -> None:
        if record["type"].lower() == "school":
            number = record["identifier"] or record["sourcedId"]
            self.schools[record["sourcedId"]] = number
            self.collector.school(School(number, record["name"]))
        else:
            self.others.add(record["sourcedId"])

    def roles(self) -> dict[str, list[tuple[str, str]]]:
        """sourcedId of a user → roles with their organisations, in a file from 1.2 on."""
        roles: dict[str, list[tuple[str, str]]] = {}
        for record in self.rows("roles.csv", "userSourcedId role orgSourcedId", ""):
            pair = (record["role"], record["orgSourcedId"])
            roles.setdefault(record["userSourcedId"], []).append(pair)
        return roles

    def read_person(self, record: Record, roles: Mapping[str, list[tuple[str, str]]]) -> None:
        said = roles.get(record["sourcedId"]) or _own_roles(record)
        here = [(role.lower(), org) for role, org in said if org not in self.others]
        pairs = [(_ROLES[role], org) for role, org in here if role in _ROLES]
        if not pairs:
            self.collector.skipped += 1
        elif any(org not in self.schools for _, org in pairs):
            self.collector.lost(record, "orgSourcedIds", "orgs.csv")
        else:
            schools = tuple(sorted({self.schools[org] for _, org in pairs}))
            self.collector.person(record, _person(record, {role for role, _ in pairs}, schools))

    def read_group(self, record: Record) -> None:
        school = self.schools.get(record["schoolSourcedId"])
        if school is None:
            self.collector.lost(record, "schoolSourcedId", "orgs.csv")
        elif _is_class(record):
            group = SchoolClass(school, record["title"], _grade(record["grades"]))
            self.collector.school_class(record, group)
            self.groups[record["sourcedId"]] = group.key
        else:
            course = Course(school, self.course_name(record), self.subject(record))
            self.collector.course(record, course)
            self.groups[record["sourcedId"]] = course.key

    def course_name(self, record: Record) -> str:
        """The title; with the code where several have it, for they are not one course."""
        if _title(record) not in self.crowded:
            return record["title"]
        return f"{record['title']} ({record['classCode'] or record['sourcedId']})"

    def subject(self, record: Record) -> str:
        title = self.titles.get(record["courseSourcedId"], "")
        return record["subjects"] or ("" if title == record["title"] else title)

    def read_membership(self, record: Record) -> None:
        if record["role"].lower() not in _ROLES:
            self.collector.skipped += 1
        elif record["userSourcedId"] not in self.collector.persons:
            self.collector.lost(record, "userSourcedId", "users.csv")
        elif record["classSourcedId"] not in self.groups:
            self.collector.lost(record, "classSourcedId", "classes.csv")
        else:
            group = self.groups[record["classSourcedId"]]
            self.collector.join(record, record["userSourcedId"], group)


def _is_class(record: Record) -> bool:
    return record["classType"].lower() == _HOMEROOM


def _title(record: Record) -> tuple[str, str]:
    return record["schoolSourcedId"], record["title"]


def _own_roles(record: Record) -> list[tuple[str, str]]:
    orgs = (part.strip() for part in record["orgSourcedIds"].split(","))
    return [(record["role"], org) for org in orgs if org]


def _person(record: Record, roles: set[Role], schools: tuple[str, ...]) -> Person:
    """Who teaches somewhere is a teacher, whatever else the source says."""
    role = Role.TEACHER if Role.TEACHER in roles else Role.PUPIL
    return Person(
        record["sourcedId"],
        role,
        record["givenName"],
        record["familyName"],
        schools,
        _grade(record["grades"]) if role is Role.PUPIL else "",
        record["email"],
    )


def _grade(values: str) -> str:
    """The first of a list: a pupil of two grades sits in one class."""
    return grade_text(values.partition(",")[0].strip())


def _version(bundle: Bundle) -> str:
    """The version that the manifest says.

    raises: UnreadableRoster (no manifest, unknown version, a file in delta mode).
    """
    rows = bundle.table("manifest.csv").rows
    said = {row.cells[0].strip(): row.cells[-1].strip() for row in rows}
    if delta := [name for name, mode in said.items() if mode.lower() == "delta"]:
        raise UnreadableRoster(Unreadable.NOT_BULK, "manifest.csv", field=delta[0])
    version = said.get("oneroster.version", "")
    if version not in _VERSIONS:
        raise UnreadableRoster(Unreadable.UNKNOWN_VERSION, "manifest.csv", detail=version[:20])
    return version
