"""OneRoster as other systems write it."""

from __future__ import annotations

import pytest

from policies.roster.errors import Unreadable, UnreadableRoster
from policies.roster.formats.archive import read_archive, write_archive
from policies.roster.formats.limits import Limits
from policies.roster.formats.oneroster import read_oneroster
from policies.roster.formats.oneroster_writer import write_oneroster
from policies.roster.formats.problems import ProblemKind
from policies.roster.roster import Topic
from policies.roster.values import Role
from tests.factories.rosters import a_class_key, a_course_key, a_school

V11 = {
    "manifest.csv": "propertyName,value\nmanifest.version,1.0\noneroster.version,1.1\n"
    "file.orgs,bulk\nfile.users,bulk\n",
    "orgs.csv": "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\n"
    "o1,,,Beispielschule Nord,school,12,d1\nd1,,,Stadt,district,,\n",
    "users.csv": "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,"
    "givenName,familyName,email,grades\n"
    'p1,active,,true,o1,student,k1,Kind-01,Muster-01,k1@schule.example,"07,08"\n'
    "p2,tobedeleted,,true,o1,student,k2,Kind-02,Muster-02,,07\n"
    "t1,,,true,o1,teacher,l1,Lehr-01,Beispiel-01,,\n"
    "g1,,,true,o1,parent,e1,Eltern-01,Muster-01,,\n",
    "courses.csv": "sourcedId,status,title\nc1,,Mathematik\n",
    "classes.csv": "sourcedId,status,title,grades,courseSourcedId,classType,schoolSourcedId\n"
    "k1,,7b,07,c1,homeroom,o1\nk2,,Mathe 7,07,c1,scheduled,o1\n",
    "enrollments.csv": "sourcedId,status,classSourcedId,schoolSourcedId,userSourcedId,role\n"
    "e1,,k1,o1,p1,student\ne2,,k2,o1,p1,student\ne3,,k2,o1,t1,teacher\ne4,,k2,o1,g1,parent\n",
}
V12 = V11 | {
    "manifest.csv": V11["manifest.csv"].replace("1.1", "1.2"),
    "users.csv": "sourcedId,status,enabledUser,username,givenName,familyName,email,grades\n"
    "p1,active,true,k1,Kind-01,Muster-01,k1@schule.example,07\n"
    "t1,,true,l1,Lehr-01,Beispiel-01,,\n",
    "roles.csv": "sourcedId,status,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId\n"
    "r1,,p1,primary,student,,,o1\nr2,,t1,primary,teacher,,,o1\nr3,tobedeleted,t1,secondary,"
    "student,,,o1\n",
    "enrollments.csv": V11["enrollments.csv"].replace("e4,,k2,o1,g1,parent\n", ""),
}


def packed(files: dict[str, str], **changed: str) -> bytes:
    named = {f"{name}.csv": text for name, text in changed.items()}
    return write_archive({name: text.encode() for name, text in (files | named).items()})


@pytest.mark.parametrize("files", [V11, V12])
def test_both_versions_give_the_same_roster(files: dict[str, str]) -> None:
    result = read_oneroster(packed(files))

    assert result.problems == ()
    assert [(p.source_id, p.role) for p in result.roster.persons] == [
        ("p1", Role.PUPIL),
        ("t1", Role.TEACHER),
    ]
    assert result.roster.persons[0].grade == "7"
    assert result.roster.groups_of("p1") == (a_class_key("7b"), a_course_key("Mathe 7"))
    assert result.roster.courses[0].subject == "Mathematik"
    assert result.roster.schools[0].name == "Beispielschule Nord"


def test_deleted_rows_and_other_roles_are_skipped_and_counted() -> None:
    assert read_oneroster(packed(V11)).skipped == 3


def test_only_whole_rosters_are_read() -> None:
    manifest = V11["manifest.csv"].replace("file.users,bulk", "file.users,delta")

    with pytest.raises(UnreadableRoster) as refused:
        read_oneroster(packed(V11, manifest=manifest))

    assert (refused.value.kind, refused.value.field) == (Unreadable.NOT_BULK, "file.users")


@pytest.mark.parametrize("version", ["1.0", "2.0", ""])
def test_another_version_is_refused(version: str) -> None:
    manifest = f"propertyName,value\noneroster.version,{version}\n"

    with pytest.raises(UnreadableRoster) as refused:
        read_oneroster(packed(V11, manifest=manifest))

    assert refused.value.kind is Unreadable.UNKNOWN_VERSION


@pytest.mark.parametrize("file", ["manifest.csv", "orgs.csv", "users.csv"])
def test_a_missing_file_is_named(file: str) -> None:
    with pytest.raises(UnreadableRoster) as refused:
        read_oneroster(packed({name: text for name, text in V11.items() if name != file}))

    assert (refused.value.kind, refused.value.field) == (Unreadable.MISSING_FILE, file)


def test_an_archive_without_classes_says_nothing_about_who_left() -> None:
    files = {n: t for n, t in V11.items() if n not in ("classes.csv", "enrollments.csv")}

    topics = read_oneroster(packed(files)).roster.topics

    assert not topics & {Topic.PUPILS, Topic.COURSES, Topic.CLASS_TEACHERS}


@pytest.mark.parametrize(
    ("file", "old", "new", "field"),
    [
        ("enrollments", "k1,o1,p1", "k9,o1,p1", "classSourcedId"),
        ("enrollments", "k1,o1,p1", "k1,o1,p9", "userSourcedId"),
        ("classes", "homeroom,o1", "homeroom,o9", "schoolSourcedId"),
        ("users", "true,o1,student,k1", "true,o9,student,k1", "orgSourcedIds"),
    ],
)
def test_a_reference_into_nothing_names_file_line_and_field(
    file: str, old: str, new: str, field: str
) -> None:
    changed = {file: V11[f"{file}.csv"].replace(old, new)}

    problem = next(p for p in read_oneroster(packed(V11, **changed)).problems if p.field == field)

    assert problem.kind is ProblemKind.UNKNOWN_REFERENCE
    assert problem.at.file.endswith(".csv")
    assert problem.at.line >= 2


def test_an_export_names_every_file_in_its_manifest() -> None:
    files = read_archive(write_oneroster(a_school(), 2026), Limits())
    manifest = files["manifest.csv"].decode()

    assert all(
        f"file.{n.removesuffix('.csv')},bulk" in manifest or n == "manifest.csv"
        for n in (name.replace("academicsessions", "academicSessions") for name in files)
    )
    assert "file.lineItems,absent" in manifest


def test_an_identifier_that_looks_like_one_of_ours_is_refused() -> None:
    users = V11["users.csv"].replace("p1,active", "?abc,active")

    kinds = {problem.kind for problem in read_oneroster(packed(V11, users=users)).problems}

    assert ProblemKind.RESERVED_ID in kinds


def test_a_district_is_no_school_and_keeps_nobody_out() -> None:
    users = (
        V11["users.csv"]
        .replace(",o1,student,k1", ',"d1,o1",student,k1')
        .replace("g1,,,true,o1,parent", "g1,,,true,d1,teacher")
    )

    result = read_oneroster(packed(V11, users=users, enrollments=V12["enrollments.csv"]))

    assert result.problems == ()
    assert [(p.source_id, p.schools) for p in result.roster.persons] == [
        ("p1", ("12",)),
        ("t1", ("12",)),
    ]


def test_an_organisation_nobody_names_is_still_reported() -> None:
    users = V11["users.csv"].replace(",o1,student,k1", ",o9,student,k1")

    (problem, *_) = read_oneroster(packed(V11, users=users)).problems[::-1]

    assert (problem.kind, problem.field) == (ProblemKind.UNKNOWN_REFERENCE, "orgSourcedIds")


def test_two_courses_of_one_title_stay_two() -> None:
    classes = (
        "sourcedId,status,title,grades,courseSourcedId,classCode,classType,schoolSourcedId\n"
        "k1,,7b,07,c1,,homeroom,o1\nk2,,Mathe,07,c1,M1,scheduled,o1\n"
        "k3,,Mathe,07,c1,,scheduled,o1\n"
    )

    roster = read_oneroster(packed(V11, classes=classes)).roster

    assert [course.name for course in roster.courses] == ["Mathe (M1)", "Mathe (k3)"]
    assert [c.name for c in roster.classes] == ["7b"]
