"""SchILD-NRW as school offices export it."""

from __future__ import annotations

import pytest

from policies.roster.errors import UnreadableRoster
from policies.roster.formats.archive import write_archive
from policies.roster.formats.problems import ProblemKind
from policies.roster.formats.recognise import Format, recognise
from policies.roster.formats.schild import read_schild
from policies.roster.roster import Topic
from policies.roster.values import PROVISIONAL, Role
from tests.factories.rosters import NORTH, a_class_key, a_course_key

EXPORT = (
    "Interne ID-Nummer|Nachname|Vorname|Geburtsdatum|Klasse|Jahrgang|E-Mail (privat)|Status\r\n"
    "4711|Müster-01|Kind-01|01.01.2013|07B|07|x@privat.example|2\r\n"
    "4712|Muster-02|Kind-02|02.01.2013|07B|07||9\r\n"
    "4713|Muster-03|Kind-03|03.01.2010|EF|EF||Aktiv\r\n"
)
BASIS = (
    "Nachname|Vorname|Geburtsdatum|Geschlecht|Status|PLZ|Jahr|Abschnitt|Jahrgang|Klasse|\r\n"
    "Muster-01|Kind-01|01.01.2010|3|2|00000|2026|1|Q1|Q1|\r\n"
    "Muster-02|Kind-02|02.01.2010|4|2|00000|2026|1|Q1|Q1|\r\n"
    "Muster-03|Kind-03|03.01.2010|4|9|00000|2026|1|Q1|Q1|\r\n"
)
LESSONS = (
    "Nachname|Vorname|Geburtsdatum|Jahr|Abschnitt|Fach|Fachlehrer|Kursart|Kurs|Note\r\n"
    "Muster-01|Kind-01|01.01.2010|2025|2|D|BEI|GK|D-alt|\r\n"
    "Muster-01|Kind-01|01.01.2010|2026|1|M|BEI|LK|M-LK1|\r\n"
    "Muster-02|Kind-02|02.01.2010|2026|1|M|BEI|LK|M-LK1|\r\n"
    "Muster-02|Kind-02|02.01.2010|2026|1|SP|BEI|PUK||\r\n"
    "Muster-03|Kind-03|03.01.2010|2026|1|M|BEI|LK|M-LK1|\r\n"
)
STAFF = (
    "InternKrz|Nachname|Vorname|E-Mail (dienstlich)\r\nBEI|Beispiel-01|Lehr-01|b@schule.example\r\n"
)


def interface(**changed: str) -> bytes:
    files = {"SchuelerBasisdaten.dat": BASIS, "SchuelerLeistungsdaten.dat": LESSONS}
    files |= {"Lehrkraefte.dat": STAFF, "Faecher.dat": "InternKrz|StatistikKrz\r\nM|M\r\n"}
    files |= {f"{name}.dat": text for name, text in changed.items()}
    return write_archive({name: text.encode("cp1252") for name, text in files.items()})


@pytest.mark.parametrize("delimiter", ["|", ";", "\t"])
@pytest.mark.parametrize("encoding", ["cp1252", "utf-8-sig"])
def test_a_text_export_is_read_whatever_parts_its_cells(delimiter: str, encoding: str) -> None:
    result = read_schild(EXPORT.replace("|", delimiter).encode(encoding), NORTH)

    assert result.problems == ()
    assert [p.family_name for p in result.roster.persons] == ["Müster-01", "Muster-03"]
    assert [(c.name, c.grade) for c in result.roster.classes] == [("07B", "7"), ("EF", "EF")]


def test_identifiers_get_the_number_of_the_school() -> None:
    result = read_schild(EXPORT.encode(), NORTH)

    assert [p.source_id for p in result.roster.persons] == ["12-4711", "12-4713"]


def test_who_has_left_is_skipped_and_counted() -> None:
    assert read_schild(EXPORT.encode(), NORTH).skipped == 1


def test_a_private_address_is_not_read() -> None:
    assert "privat" not in repr(read_schild(EXPORT.encode(), NORTH))


def test_a_list_of_teachers_says_nothing_about_pupils() -> None:
    result = read_schild(STAFF.encode(), NORTH)

    teacher = result.roster.persons[0]
    assert (teacher.role, teacher.source_id) == (Role.TEACHER, "12-L-BEI")
    assert result.roster.topics == frozenset({Topic.TEACHERS, Topic.ACCOUNTS})


def test_the_interface_files_give_the_courses_of_the_latest_term() -> None:
    result = read_schild(interface(), NORTH)

    assert result.problems == ()
    course = a_course_key("M-LK1")
    assert [c.key for c in result.roster.courses] == [course]
    assert len(result.roster.members(course, Role.PUPIL)) == 2
    assert result.roster.members(course, Role.TEACHER)[0].source_id == "12-L-BEI"


def test_the_interface_files_name_no_identifier_and_no_birthday_stays() -> None:
    roster = read_schild(interface(), NORTH).roster

    pupils = [p for p in roster.persons if p.role is Role.PUPIL]
    assert all(p.source_id.startswith(PROVISIONAL) for p in pupils)
    assert roster.groups_of(pupils[0].source_id)[0] == a_class_key("Q1")
    assert "2010" not in repr(roster)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        (
            "Muster-02|Kind-02|02.01.2010|2026|1|M",
            "Muster-09|Kind-02|02.01.2010|2026|1|M",
            "Nachname",
        ),
        ("02.01.2010|2026|1|M|BEI", "02.01.2010|2026|1|M|XYZ", "Fachlehrer"),
    ],
)
def test_a_lesson_of_somebody_unknown_is_reported(old: str, new: str, field: str) -> None:
    result = read_schild(interface(SchuelerLeistungsdaten=LESSONS.replace(old, new)), NORTH)

    assert [(p.kind, p.field) for p in result.problems] == [(ProblemKind.UNKNOWN_REFERENCE, field)]


def test_a_table_without_classes_is_refused() -> None:
    with pytest.raises(UnreadableRoster) as refused:
        read_schild(b"Nachname;Vorname\nM;K\n", NORTH)

    assert refused.value.field == "Klasse"


def test_its_exports_are_recognised() -> None:
    assert recognise(EXPORT.encode()) is Format.SCHILD
    assert recognise(interface()) is Format.SCHILD
