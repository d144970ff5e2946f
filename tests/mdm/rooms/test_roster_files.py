"""From an uploaded file to a draft: mappings that were saved, and everything hostile."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import select

from mdm.base.db import Database, Tx
from mdm.base.errors import Forbidden, InvalidInput, NotFound
from mdm.base.settings import Settings
from mdm.rooms.access.models import Role as PersonRole
from mdm.rooms.access.service import Viewer, viewer_of
from mdm.rooms.audit.models import AuditEntry
from mdm.rooms.rosters import mappings
from mdm.rooms.rosters.reading import Finding, Upload, limits_of, read
from mdm.rooms.schools.models import ClassGroup, Course, Member, School, Trolley
from policies.roster.errors import InvalidMapping, Unreadable
from policies.roster.formats import table as tables
from policies.roster.formats.encoding import decode
from policies.roster.formats.limits import DEFAULT_LIMITS, LONGEST
from policies.roster.formats.mapping import Column, ColumnMapping
from policies.roster.formats.problems import ProblemKind
from policies.roster.formats.recognise import Format, look_into
from policies.roster.values import Role
from tests.factories.people import a_person, administrator
from tests.factories.schools import a_school
from tests.factories.times import NOW

NORTH = School(id=1, number="12", name="Beispielschule Nord")
SOUND = b"ID;Nachname;Vorname;Klasse\nS-1;Muster;Kind;7b\n"
OWN = ColumnMapping(
    (("Wer", Column.FAMILY_NAME), ("Nr", Column.SOURCE_ID), ("Wo", Column.CLASS)),
    Role.TEACHER,
    local_ids=True,
)


def findings_of(content: bytes, wanted: Format | None = None) -> list[Finding]:
    reading = read(Upload("liste.csv", content), NORTH, wanted, None, DEFAULT_LIMITS)
    assert reading.file is None
    return list(reading.findings)


def test_a_sound_file_becomes_a_roster_to_draft() -> None:
    reading = read(Upload("liste.csv", SOUND), NORTH, None, None, DEFAULT_LIMITS)

    assert reading.file is not None
    assert reading.file.format == "generic"
    assert [person.source_id for person in reading.file.roster.persons] == ["S-1"]


def test_a_saved_mapping_decides_what_the_columns_mean() -> None:
    content = b"Nr;Wer;Wo\n7;Muster;7b\n"

    reading = read(Upload("x.csv", content), NORTH, Format.GENERIC, OWN, DEFAULT_LIMITS)

    assert reading.file is not None
    (person,) = reading.file.roster.persons
    assert (person.source_id, person.role) == ("12-L-7", Role.TEACHER)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", Unreadable.EMPTY),
        (b"   \n", Unreadable.EMPTY),
        (b"Nachname;Klasse\n", Unreadable.NO_ROWS),
        (b"\x89PNG\r\n", Unreadable.NOT_TEXT),
        (b"PK\x03\x04 not a zip", Unreadable.NOT_AN_ARCHIVE),
        (b"Nachname;Klasse\nMu\x00ster;7b\n", Unreadable.NUL_BYTE),
        (b'Nachname;Klasse\n"Muster;7b\n', Unreadable.BROKEN_TABLE),
    ],
)
def test_a_file_that_is_none_is_told_by_its_kind(content: bytes, kind: Unreadable) -> None:
    assert [finding.kind for finding in findings_of(content)] == [kind]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("=1+1", ProblemKind.FORMULA),
        ("@SUM(A1)", ProblemKind.FORMULA),
        ("MÃ¼ller", ProblemKind.WRONG_ENCODING),
        ("x" * 201, ProblemKind.TOO_LONG),
        ("Muster\u202e", ProblemKind.DIRECTION_CHARACTER),
    ],
)
def test_a_hostile_cell_is_named_by_line_and_field_and_never_repeated(
    name: str, kind: ProblemKind
) -> None:
    content = f"ID;Nachname;Klasse\nS-1;Muster;7b\nS-2;{name};7b\n".encode()

    (finding,) = findings_of(content)

    assert (finding.kind, finding.line, finding.field) == (kind, 3, "Nachname")
    assert name not in repr(finding)


def test_a_file_beyond_the_limit_is_refused_unread() -> None:
    limits = limits_of(Settings(roster_megabytes=1))
    content = b"x" * 1_000_001

    reading = read(Upload("gross.csv", content), NORTH, None, None, limits)

    assert [(f.kind, f.detail) for f in reading.findings] == [(Unreadable.TOO_LARGE, "1000000")]


def test_a_table_of_something_else_needs_a_mapping() -> None:
    with pytest.raises(InvalidMapping):
        read(Upload("x.csv", b"Zimmer;Farbe\n1;rot\n"), NORTH, None, None, DEFAULT_LIMITS)


def test_a_file_about_another_school_is_refused() -> None:
    content = b"Nachname;Klasse;Schulnummer\nMuster;7b;13\n"

    with pytest.raises(InvalidInput) as refused:
        read(Upload("x.csv", content), NORTH, None, None, DEFAULT_LIMITS)

    assert refused.value.field == "school"
    assert "about 13" in refused.value.problem


def test_a_file_may_call_the_school_by_another_number() -> None:
    content = b"ID;Nachname;Klasse;Schulnummer\n1;Muster;7b;LOC-1\n"
    upload = Upload("x.csv", content, known_as="LOC-1")

    reading = read(upload, NORTH, None, None, DEFAULT_LIMITS)

    assert reading.file is not None
    assert reading.file.roster.numbers == {"12"}
    assert [group.school for group in reading.file.roster.classes] == ["12"]


def test_two_numbers_for_one_school_must_fit_together() -> None:
    content = b"ID;Nachname;Klasse;Schulnummer\n1;Muster;7b;LOC-1\n2;Probe;7b;12\n"

    with pytest.raises(InvalidInput) as refused:
        read(Upload("x.csv", content, known_as="LOC-1"), NORTH, None, None, DEFAULT_LIMITS)

    assert refused.value.field == "school"


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the tables that were parsed, once for every time."""
    names: list[str] = []

    def counting(data: bytes, file: str = "") -> str:
        names.append(file)
        return decode(data, file)

    monkeypatch.setattr(tables, "decode", counting)
    return names


def test_a_table_is_parsed_once_to_be_recognised_mapped_and_read(parsed: list[str]) -> None:
    reading = read(Upload("liste.csv", SOUND), NORTH, None, None, DEFAULT_LIMITS)

    assert reading.file is not None
    assert parsed == [""]


def test_a_file_that_was_looked_into_is_not_parsed_again(parsed: list[str]) -> None:
    content = look_into(SOUND, DEFAULT_LIMITS)

    reading = read(Upload("x.csv", SOUND), NORTH, Format.GENERIC, None, DEFAULT_LIMITS, content)

    assert reading.file is not None
    assert parsed == [""]


@pytest.fixture
def tx(database: Database) -> Iterator[Tx]:
    with database.transaction() as tx:
        yield tx


@pytest.fixture
def north(tx: Tx) -> School:
    return a_school(tx)


@pytest.fixture
def manager(tx: Tx, north: School) -> Viewer:
    return viewer_of(tx, a_person(tx, "manager_a", schools=[north]))


@pytest.fixture
def boss(tx: Tx) -> Viewer:
    return viewer_of(tx, administrator(tx))


def test_a_mapping_is_found_as_it_was_saved(tx: Tx, north: School, manager: Viewer) -> None:
    mappings.save(tx, manager, north, "Sekretariat", OWN, NOW)

    found = mappings.find(tx, manager, north.id, "Sekretariat")

    assert set(found.columns) == set(OWN.columns)
    assert (found.default_role, found.local_ids) == (Role.TEACHER, True)


def test_saving_under_the_same_name_replaces(tx: Tx, north: School, manager: Viewer) -> None:
    mappings.save(tx, manager, north, "Sekretariat", OWN, NOW)

    mappings.save(tx, manager, north, "Sekretariat", replace(OWN, local_ids=False), NOW)

    (stored,) = mappings.mappings(tx, manager, north.id)
    assert not stored.mapping.local_ids


def test_the_schools_own_mapping_goes_before_one_for_all(
    tx: Tx, north: School, manager: Viewer, boss: Viewer
) -> None:
    mappings.save(tx, boss, None, "Liste", replace(OWN, local_ids=False), NOW)
    mappings.save(tx, manager, north, "Liste", OWN, NOW)

    assert mappings.find(tx, manager, north.id, "Liste").local_ids
    assert len(mappings.mappings(tx, manager, north.id)) == 2


def test_a_mapping_for_all_is_for_those_who_look_after_all(tx: Tx, manager: Viewer) -> None:
    with pytest.raises(Forbidden):
        mappings.save(tx, manager, None, "Liste", OWN, NOW)


def test_mappings_of_a_foreign_school_look_like_none(
    tx: Tx, north: School, manager: Viewer, boss: Viewer
) -> None:
    south = a_school(tx, "13", "Beispielschule Süd")
    mappings.save(tx, boss, south, "Liste", OWN, NOW)

    with pytest.raises(NotFound):
        mappings.mappings(tx, manager, south.id)
    with pytest.raises(NotFound):
        mappings.find(tx, manager, north.id, "Liste")
    with pytest.raises(NotFound):
        mappings.save(tx, manager, south, "Liste", OWN, NOW)


def test_who_may_only_look_saves_no_mapping(tx: Tx, north: School) -> None:
    reader = viewer_of(tx, a_person(tx, "reader", PersonRole.READER, schools=[north]))

    with pytest.raises(Forbidden):
        mappings.save(tx, reader, north, "Liste", OWN, NOW)


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "a\u0007b"])
def test_a_mapping_needs_a_name(tx: Tx, north: School, manager: Viewer, name: str) -> None:
    with pytest.raises(InvalidInput):
        mappings.save(tx, manager, north, name, OWN, NOW)


def test_saving_a_mapping_is_in_the_journal(
    tx: Tx, north: School, manager: Viewer, now: datetime
) -> None:
    mappings.save(tx, manager, north, "Sekretariat", OWN, now)
    tx.flush()

    (entry,) = tx.scalars(select(AuditEntry).where(AuditEntry.act == "mapping.save"))

    assert entry.school_id == north.id


def test_no_field_of_a_file_is_longer_than_its_column() -> None:
    columns = {
        "class": ClassGroup.name,
        "grade": Member.grade,
        "subject": Course.subject,
        "trolley": Trolley.name,
    }

    assert {name: column.type.length for name, column in columns.items()} == LONGEST
    rest = (Member.source_id, Member.given_name, Member.family_name, Member.account, Course.name)
    assert all(column.type.length >= DEFAULT_LIMITS.cell for column in rest)
