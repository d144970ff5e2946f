"""The templates of Apple School Manager as schools fill them."""

from __future__ import annotations

import pytest

from policies.roster.errors import Unreadable, UnreadableRoster
from policies.roster.formats.apple import read_apple
from policies.roster.formats.archive import write_archive
from policies.roster.formats.problems import ProblemKind
from policies.roster.values import Role
from tests.factories.rosters import a_class_key, a_course_key

FILES = {
    "locations.csv": "location_id,location_name\n12,Beispielschule Nord\n13,Beispielschule Süd\n",
    "students.csv": "person_id,person_number,first_name,middle_name,last_name,grade_level,"
    "email_address,sis_username,password_policy,location_id\n"
    "p1,,Kind-01,,Muster-01,7,k1@schule.example,,4,12\n",
    "staff.csv": "person_id,person_number,first_name,middle_name,last_name,email_address,"
    "sis_username,location_id,location_id_2\nt1,,Lehr-01,,Beispiel-01,,,12,13\n",
    "courses.csv": "course_id,course_number,course_name,location_id\n"
    "c1,,7b,12\nc2,M7,Mathematik,12\n",
    "classes.csv": "class_id,class_number,course_id,instructor_id,instructor_id_2,location_id\n"
    "k1,7b,c1,t1,,12\nk2,Mathe 7,c2,t1,,12\n",
    "rosters.csv": "roster_id,class_id,student_id\nr1,k1,p1\nr2,k2,p1\n",
}


def packed(**changed: str) -> bytes:
    named = {f"{name}.csv": text for name, text in changed.items()}
    return write_archive({name: text.encode() for name, text in (FILES | named).items()})


def test_a_class_that_is_named_like_one_is_a_class_and_others_are_courses() -> None:
    result = read_apple(packed())

    assert result.problems == ()
    assert result.roster.groups_of("p1") == (a_class_key("7b"), a_course_key("Mathe 7"))
    assert result.roster.courses[0].subject == "Mathematik"
    assert result.roster.members(a_class_key("7b"), Role.TEACHER)[0].source_id == "t1"


def test_classes_that_every_course_numbers_from_1_are_courses() -> None:
    classes = FILES["classes.csv"].replace("k1,7b,c1", "k1,1,c1").replace("Mathe 7", "1")

    result = read_apple(packed(classes=classes))

    assert result.problems == ()
    assert [c.name for c in result.roster.courses] == ["7b (k1)", "Mathematik (k2)"]
    assert result.roster.classes == ()


def test_the_subjects_of_one_class_are_that_class() -> None:
    classes = FILES["classes.csv"].replace("Mathe 7", "7b")

    roster = read_apple(packed(classes=classes)).roster

    assert [c.name for c in roster.classes] == ["7b"]
    assert roster.courses == ()


def test_a_teacher_may_have_several_locations() -> None:
    teacher = read_apple(packed()).roster.persons[1]

    assert (teacher.role, teacher.schools) == (Role.TEACHER, ("12", "13"))


def test_semicolons_and_backslashes_are_read() -> None:
    students = FILES["students.csv"].replace(",", ";").replace("Muster-01", r'"Muster \"01\""')

    assert read_apple(packed(students=students)).roster.persons[0].family_name == 'Muster "01"'


@pytest.mark.parametrize(
    ("file", "old", "new", "field"),
    [
        ("rosters", "k1,p1", "k9,p1", "class_id"),
        ("rosters", "k1,p1", "k1,p9", "student_id"),
        ("classes", "7b,c1", "7b,c9", "course_id"),
        ("classes", "c1,t1", "c1,t9", "instructor_id"),
        ("staff", ",12,13", ",12,99", "location_id_2"),
        ("classes", "t1,,12", "t1,,99", "location_id"),
    ],
)
def test_a_reference_into_nothing_names_file_line_and_field(
    file: str, old: str, new: str, field: str
) -> None:
    result = read_apple(packed(**{file: FILES[f"{file}.csv"].replace(old, new, 1)}))

    problem = result.problems[-1]
    found = {(p.kind, p.at.file, p.field) for p in result.problems}
    assert (ProblemKind.UNKNOWN_REFERENCE, f"{file}.csv", field) in found
    assert problem.at.line >= 2


@pytest.mark.parametrize("file", ["students.csv", "locations.csv"])
def test_a_missing_file_is_named(file: str) -> None:
    files = {name: text.encode() for name, text in FILES.items() if name != file}

    with pytest.raises(UnreadableRoster) as refused:
        read_apple(write_archive(files))

    assert refused.value.field == file


def test_templates_without_people_are_refused() -> None:
    header = FILES["students.csv"].splitlines()[0]
    files = {"students.csv": header.encode(), "locations.csv": FILES["locations.csv"].encode()}

    with pytest.raises(UnreadableRoster) as refused:
        read_apple(write_archive(files))

    assert refused.value.kind is Unreadable.NO_ROWS
