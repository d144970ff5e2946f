"""A roster as OneRoster 1.1 CSV. Devices have no place in it.

source: 1EdTech, OneRoster CSV Binding 1.1.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from policies.roster.formats.archive import write_archive
from policies.roster.formats.table import write_table
from policies.roster.roster import Roster, by_key
from policies.roster.values import GroupKey, Person, Role

_FILES = {
    "academicSessions": "sourcedId status dateLastModified title type startDate endDate"
    " parentSourcedId schoolYear",
    "orgs": "sourcedId status dateLastModified name type identifier parentSourcedId",
    "courses": "sourcedId status dateLastModified schoolYearSourcedId title courseCode grades"
    " orgSourcedId subjects subjectCodes",
    "classes": "sourcedId status dateLastModified title grades courseSourcedId classCode classType"
    " location schoolSourcedId termSourcedIds subjects subjectCodes periods",
    "users": "sourcedId status dateLastModified enabledUser orgSourcedIds role username userIds"
    " givenName familyName middleName identifier email sms phone agentSourcedIds grades password",
    "enrollments": "sourcedId status dateLastModified classSourcedId schoolSourcedId userSourcedId"
    " role primary beginDate endDate",
}
_ABSENT = "categories classResources courseResources demographics lineItems resources results"
_ROLES = {Role.PUPIL: "student", Role.TEACHER: "teacher"}


def write_oneroster(roster: Roster, school_year: int) -> bytes:
    """Write an archive. school_year: the calendar year in which it begins."""
    year = f"year-{school_year}"
    rows = {
        "academicSessions": [_session(year, school_year)],
        "orgs": [_row("orgs", **_org(s.number, s.name)) for s in roster.schools],
        "courses": list(_courses(roster, year)),
        "classes": list(_classes(roster, year)),
        "users": [_user(person) for person in roster.persons],
        "enrollments": list(_enrollments(roster)),
    }
    tables = {
        f"{name}.csv": write_table(_FILES[name].split(), content)
        for name, content in rows.items()
        if content
    }
    return write_archive({"manifest.csv": _manifest(rows), **tables})


def _manifest(rows: dict[str, list[list[str]]]) -> bytes:
    modes = {name: "bulk" if content else "absent" for name, content in rows.items()}
    modes |= dict.fromkeys(_ABSENT.split(), "absent")
    lines = [["manifest.version", "1.0"], ["oneroster.version", "1.1"]]
    lines += ([f"file.{name}", mode] for name, mode in sorted(modes.items()))
    lines += [["source.systemName", "Klassensatz"], ["source.systemCode", ""]]
    return write_table(("propertyName", "value"), lines)


def _row(file: str, **cells: str) -> list[str]:
    return [cells.get(column, "") for column in _FILES[file].split()]


def _session(year: str, begins: int) -> list[str]:
    return _row(
        "academicSessions",
        sourcedId=year,
        title=f"{begins}/{begins + 1}",
        type="schoolYear",
        startDate=f"{begins}-08-01",
        endDate=f"{begins + 1}-07-31",
        schoolYear=str(begins + 1),
    )


def _org(number: str, name: str) -> dict[str, str]:
    return {"sourcedId": number, "name": name or number, "type": "school", "identifier": number}


def _groups(roster: Roster) -> Iterator[tuple[GroupKey, str, str, str]]:
    """Key, type, grade and subject of every class and course."""
    for group in roster.classes:
        yield group.key, "homeroom", group.grade, ""
    for course in roster.courses:
        yield course.key, "scheduled", "", course.subject


def _courses(roster: Roster, year: str) -> Iterator[list[str]]:
    for key, _, grade, subject in _groups(roster):
        yield _row(
            "courses",
            sourcedId="c" + _id(key),
            schoolYearSourcedId=year,
            title=key.name,
            grades=grade,
            orgSourcedId=key.school,
            subjects=subject,
        )


def _classes(roster: Roster, year: str) -> Iterator[list[str]]:
    for key, kind, grade, subject in _groups(roster):
        yield _row(
            "classes",
            sourcedId=_id(key),
            title=key.name,
            grades=grade,
            courseSourcedId="c" + _id(key),
            classType=kind,
            schoolSourcedId=key.school,
            termSourcedIds=year,
            subjects=subject,
        )


def _user(person: Person) -> list[str]:
    return _row(
        "users",
        sourcedId=person.source_id,
        enabledUser="true",
        orgSourcedIds=",".join(person.schools),
        role=_ROLES[person.role],
        username=person.account or person.source_id,
        givenName=person.given_name,
        familyName=person.family_name,
        email=person.account,
        grades=person.grade,
    )


def _enrollments(roster: Roster) -> Iterator[list[str]]:
    persons = by_key(roster.persons)
    for membership in roster.memberships:
        yield _row(
            "enrollments",
            sourcedId=_id(membership.group, membership.person),
            classSourcedId=_id(membership.group),
            schoolSourcedId=membership.group.school,
            userSourcedId=membership.person,
            role=_ROLES[persons[membership.person].role],
        )


def _id(group: GroupKey, *more: str) -> str:
    """The same identifier in every export, with letters that every reader takes."""
    parts: Sequence[str] = (group.kind, group.school, group.name, *more)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
