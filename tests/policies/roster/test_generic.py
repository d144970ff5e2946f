"""Any table with a saved mapping."""

from __future__ import annotations

import codecs

import pytest

from policies.roster.difference import difference
from policies.roster.errors import InvalidMapping, UnreadableRoster
from policies.roster.formats.generic import read_generic
from policies.roster.formats.mapping import Column, ColumnMapping, guess_mapping
from policies.roster.formats.problems import ProblemKind, ReadRoster
from policies.roster.roster import Topic
from policies.roster.values import Placement, Role
from tests.factories.rosters import NORTH, a_class_key, a_pupil, a_trolley_key, one_class

HEADER = "ID;Nachname;Vorname;Klasse"


def read(text: str, encoding: str = "utf-8") -> ReadRoster:
    header = [cell.strip() for cell in text.splitlines()[0].split(";")]
    return read_generic(text.encode(encoding), guess_mapping(header), NORTH)


def kinds(result: ReadRoster) -> list[tuple[ProblemKind, int, str]]:
    return [(p.kind, p.at.line, p.field) for p in result.problems]


def test_a_row_is_a_pupil_of_a_class_of_the_school() -> None:
    result = read(f"{HEADER}\n1;Muster-01;Kind-01;7b\n")

    assert result.is_sound
    assert result.roster.persons[0].family_name == "Muster-01"
    assert result.roster.persons[0].schools == ("12",)
    assert result.roster.groups_of("1") == (a_class_key("7b"),)
    assert result.roster.classes[0].grade == "7"


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    text = f"{HEADER}\n1;Muster-01;Kind-01;7b\n".replace(";", delimiter)
    mapping = guess_mapping(HEADER.split(";"))

    result = read_generic(text.encode(), mapping, NORTH)

    assert result.roster.persons[0].given_name == "Kind-01"


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", codecs.BOM_UTF8),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
        ("utf-16-le", b""),
        ("cp1252", b""),
        ("iso-8859-1", b""),
    ],
)
def test_the_encoding_is_found(encoding: str, mark: bytes) -> None:
    text = f"{HEADER}\n1;Müßter;Zoë;7b\n"

    result = read_generic(mark + text.encode(encoding), guess_mapping(HEADER.split(";")), NORTH)

    assert result.roster.persons[0].family_name == "Müßter"
    assert result.roster.persons[0].given_name == "Zoë"


def test_composed_and_decomposed_letters_are_the_same_name() -> None:
    composed = read(f"{HEADER}\n1;M\u00fcster;Kind;7b\n")
    decomposed = read(f"{HEADER}\n1;  Mu\u0308ster ;Kind;7b\n")

    assert composed.roster == decomposed.roster


def test_a_quoted_line_end_is_a_space_and_lines_are_still_counted() -> None:
    result = read(f'{HEADER}\n1;"Muster\n01";Kind;7b\n2;;Kind;7b\n')

    assert result.roster.persons[0].family_name == "Muster 01"
    assert kinds(result) == [(ProblemKind.MISSING_VALUE, 4, "Nachname")]


def test_several_rows_of_a_person_are_several_courses() -> None:
    result = read("ID;Nachname;Vorname;Klasse;Kurs\n1;M;K;7b;Chor\n1;M;K;7b;Mathe 7\n")

    assert result.is_sound
    assert len(result.roster.persons) == 1
    assert [c.name for c in result.roster.courses] == ["Chor", "Mathe 7"]


def test_two_rows_of_one_identifier_must_agree() -> None:
    result = read(f"{HEADER}\n1;Muster-01;Kind;7b\n1;Muster-02;Kind;7b\n")

    assert kinds(result) == [(ProblemKind.CONTRADICTS, 3, "Nachname")]
    assert result.problems[0].detail == "2"
    assert not result.is_sound


def test_a_pupil_in_two_classes_is_reported() -> None:
    result = read(f"{HEADER}\n1;Muster-01;Kind;7b\n1;Muster-01;Kind;7c\n")

    assert kinds(result) == [(ProblemKind.CONTRADICTS, 3, "Klasse")]


def test_equal_names_with_two_identifiers_are_two_persons() -> None:
    result = read(f"{HEADER}\n1;Muster-01;Kind;7b\n2;Muster-01;Kind;7b\n")

    assert len(result.roster.persons) == 2


def test_a_role_column_tells_teachers_from_pupils() -> None:
    result = read("ID;Rolle;Nachname;Klasse\n1;Schülerin;M;7b\n2;Lehrkraft;L;7b\n3;Koch;X;7b\n")

    assert [p.role for p in result.roster.persons] == [Role.PUPIL, Role.TEACHER]
    assert kinds(result) == [(ProblemKind.UNKNOWN_VALUE, 4, "Rolle")]


def test_a_file_without_teachers_says_nothing_about_teachers() -> None:
    topics = read(f"{HEADER}\n1;Muster-01;Kind;7b\n").roster.topics

    assert topics == frozenset({Topic.PUPILS})


def test_a_file_without_classes_empties_no_class() -> None:
    known = one_class(a_pupil(1))
    result = read("ID;Nachname;Vorname\nS-0001;Muster-01;Kind-01\n")

    assert difference(known, result.roster, complete=True).is_empty


def test_devices_belong_to_persons_classes_or_trolleys() -> None:
    result = read(
        "Seriennummer;ID;Nachname;Klasse;Koffer;Platz\n"
        "dmpx0001;1;Muster-01;7b;;\n"
        "DMPX0002;;;;Koffer 1;16\n"
        "DMPX0003;;;7b;;2\n"
        "DMPX0004;1;Muster-01;7b;Koffer 1;17\n"
    )

    assert result.problems == ()
    assert result.roster.placements == (
        Placement("DMPX0001", "1"),
        Placement("DMPX0002", "", a_trolley_key(), 16),
        Placement("DMPX0003", "", a_class_key("7b"), 2),
        Placement("DMPX0004", "1", a_trolley_key(), 17),
    )


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("X2;;Koffer 1;a", (ProblemKind.UNKNOWN_VALUE, 2, "Platz")),
        ("X2;;Koffer 1;0", (ProblemKind.UNKNOWN_VALUE, 2, "Platz")),
        ("X2;;;1", (ProblemKind.MISSING_VALUE, 2, "Koffer")),
        ("X2;;Koffer 1;1\nX2;;Koffer 2;1", (ProblemKind.CONTRADICTS, 3, "Seriennummer")),
        ("X2;12;Koffer 1;1\nX2;13;Koffer 1;1", (ProblemKind.CONTRADICTS, 3, "Seriennummer")),
        ("X2;;Koffer 1;65", (ProblemKind.UNKNOWN_VALUE, 2, "Platz")),
        ("X 2;;Koffer 1;1", (ProblemKind.UNKNOWN_VALUE, 2, "Seriennummer")),
        ("X2;;Koffer 1;1\nX3;;Koffer 1;1", (ProblemKind.CONTRADICTS, 3, "Platz")),
    ],
)
def test_a_device_without_a_clear_place_is_reported(
    row: str, problem: tuple[ProblemKind, int, str]
) -> None:
    result = read(f"Seriennummer;Schulnummer;Koffer;Platz\n{row}\n")

    assert kinds(result) == [problem]


def test_a_class_row_without_pupils_is_a_note() -> None:
    result = read(f"{HEADER}\n1;Muster-01;Kind;7b\n;;;7c\n")

    assert kinds(result) == [(ProblemKind.CLASS_WITHOUT_PUPILS, 3, "Klasse")]
    assert result.is_sound


def test_rows_without_identifiers_wait_for_their_known_person() -> None:
    known = one_class(a_pupil(1))
    result = read("Nachname;Vorname;Klasse\nMuster-01;Kind-01;7b\n")

    change = difference(known, result.roster, complete=True)

    assert change.is_empty
    assert change.ambiguous == ()


def test_local_identifiers_of_two_schools_are_different_persons() -> None:
    mapping = ColumnMapping(
        (("ID", Column.SOURCE_ID), ("Name", Column.FAMILY_NAME), ("Schule", Column.SCHOOL)),
        local_ids=True,
    )

    result = read_generic(b"ID;Name;Schule\n1;M;12\n1;N;13\n", mapping, NORTH)

    assert [p.source_id for p in result.roster.persons] == ["12-1", "13-1"]


@pytest.mark.parametrize(
    ("header", "field", "heading"),
    [
        ("externe ID", Column.SOURCE_ID, "externe ID"),
        ("Interne ID-Nummer", Column.SOURCE_ID, "Interne ID-Nummer"),
        ("sourcedId", Column.SOURCE_ID, "sourcedId"),
        ("Last Name", Column.FAMILY_NAME, "Last Name"),
        ("E-Mail (schulisch)", Column.ACCOUNT, "E-Mail (schulisch)"),
        ("Managed Apple ID", Column.ACCOUNT, "Managed Apple ID"),
        ("Klassenstufe", Column.GRADE, "Klassenstufe"),
        ("Serial Number", Column.SERIAL, "Serial Number"),
    ],
)
def test_german_and_english_headings_are_known(header: str, field: Column, heading: str) -> None:
    mapping = guess_mapping([header, "Nachname"] if field is not Column.FAMILY_NAME else [header])

    assert mapping.headings[field] == heading


def test_a_private_address_is_never_taken_for_the_account() -> None:
    assert Column.ACCOUNT not in guess_mapping(["Nachname", "E-Mail (privat)"]).headings


@pytest.mark.parametrize(
    "columns",
    [
        {},
        {"A": "family_name", "B": "family_name"},
        {"A": "nonsense"},
        {"A": "given_name", "B": "source_id"},
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused(columns: dict[str, str]) -> None:
    with pytest.raises(InvalidMapping):
        ColumnMapping.saved(columns)


def test_a_saved_mapping_of_another_file_names_the_missing_heading() -> None:
    mapping = ColumnMapping.saved({"Familienname": "family_name"})

    with pytest.raises(UnreadableRoster) as refused:
        read_generic(b"Nachname;Klasse\nM;7b\n", mapping, NORTH)

    assert (refused.value.kind, refused.value.field) == ("missing_column", "Familienname")


def test_a_file_of_another_school_says_nothing_about_the_one_it_was_imported_for() -> None:
    known = one_class(a_pupil(1))
    result = read("ID;Nachname;Klasse;Schulnummer\nS-0900;Muster-90;5a;13\n")

    change = difference(known, result.roster, complete=True)

    assert result.roster.numbers == {"13"}
    assert change.persons.removed == ()
