"""Broken, empty, huge and malicious files: a clear refusal that names line and field."""

from __future__ import annotations

import contextlib
import io
import time
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.roster.errors import Unreadable, UnreadableRoster
from policies.roster.formats.apple import read_apple
from policies.roster.formats.archive import read_archive
from policies.roster.formats.generic import read_generic
from policies.roster.formats.limits import Limits
from policies.roster.formats.mapping import ColumnMapping, guess_mapping
from policies.roster.formats.oneroster import read_oneroster
from policies.roster.formats.problems import ProblemKind
from policies.roster.formats.recognise import recognise
from policies.roster.formats.schild import read_schild
from policies.roster.formats.text import clean, guarded
from tests.factories.rosters import NORTH

MAPPING = ColumnMapping.saved({"ID": "source_id", "Nachname": "family_name", "Klasse": "class"})
HEADER = "ID;Nachname;Klasse\n"


def refusal(data: bytes, limits: Limits | None = None) -> UnreadableRoster:
    with pytest.raises(UnreadableRoster) as refused:
        read_generic(data, MAPPING, NORTH, limits or Limits())
    return refused.value


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", Unreadable.EMPTY),
        (b" \r\n\r\n", Unreadable.EMPTY),
        (b"\xef\xbb\xbf", Unreadable.EMPTY),
        (HEADER.encode(), Unreadable.NO_ROWS),
        (HEADER.encode() + b";;\n;;\n", Unreadable.NO_ROWS),
        (b"PK\x03\x04 a spreadsheet", Unreadable.NOT_TEXT),
        (b"\x89PNG\r\n", Unreadable.NOT_TEXT),
        (b"%PDF-1.7", Unreadable.NOT_TEXT),
        (b"ID;\x81\x8d\x8f", Unreadable.NOT_TEXT),
        (b"\xff\xfeI\x00D", Unreadable.NOT_TEXT),
        (b"ID;Name;Klasse\n1;M;7b\n", Unreadable.MISSING_COLUMN),
        (b"ID;Nachname;Nachname\n1;M;7b\n", Unreadable.DUPLICATE_COLUMN),
        (b"ID;Nachname;Klasse;Klasse\n1;M;7b;7c\n", Unreadable.DUPLICATE_COLUMN),
        (HEADER.encode() + b'1;"Muster;7b\n2;M;7b\n', Unreadable.BROKEN_TABLE),
        (HEADER.encode() + b"1;" + b"a" * 200_000 + b";7b\n", Unreadable.BROKEN_TABLE),
    ],
)
def test_a_file_that_is_no_table_is_refused(data: bytes, kind: Unreadable) -> None:
    assert refusal(data).kind is kind


def test_a_zero_byte_is_refused_with_its_line() -> None:
    refused = refusal(HEADER.encode() + b"1;M;7b\n2;Mu\x00ster;7b\n")

    assert (refused.kind, refused.line) == (Unreadable.NUL_BYTE, 3)


def test_a_hundred_megabytes_are_refused_before_they_are_read() -> None:
    data = bytes(100_000_000)
    begun = time.perf_counter()

    refused = refusal(data)

    assert (refused.kind, refused.detail) == (Unreadable.TOO_LARGE, "20000000")
    assert time.perf_counter() - begun < 0.5


def test_more_rows_than_allowed_are_refused() -> None:
    data = (HEADER + "1;M;7b\n" * 4).encode()

    assert refusal(data, Limits(rows=3)).kind is Unreadable.TOO_MANY_ROWS


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("=1+1", ProblemKind.FORMULA),
        ("+49", ProblemKind.FORMULA),
        ("-x", ProblemKind.FORMULA),
        ("@SUM", ProblemKind.FORMULA),
        (" =1", ProblemKind.FORMULA),
        ('"\t=1"', ProblemKind.FORMULA),
        ('"\rMuster"', ProblemKind.FORMULA),
        ("Mus\x07ter", ProblemKind.CONTROL_CHARACTER),
        ("Mus\u200bter", ProblemKind.CONTROL_CHARACTER),
        ("Mus\u202eter", ProblemKind.DIRECTION_CHARACTER),
        ("Mus\u2066ter", ProblemKind.DIRECTION_CHARACTER),
        ("MÃ¼ller", ProblemKind.WRONG_ENCODING),
        ("M\ufffdller", ProblemKind.WRONG_ENCODING),
        ("M" * 201, ProblemKind.TOO_LONG),
        ("", ProblemKind.MISSING_VALUE),
    ],
)
@pytest.mark.parametrize("column", [0, 1])
def test_a_hostile_cell_names_line_and_field(cell: str, kind: ProblemKind, column: int) -> None:
    cells = ["2", "Muster", "7b"]
    cells[column] = cell
    data = f"{HEADER}1;M;7b\n{';'.join(cells)}\n".encode()

    result = read_generic(data, MAPPING, NORTH)

    assert [(p.kind, p.at.line, p.field) for p in result.problems] == [
        (kind, 3, ("ID", "Nachname")[column])
    ]
    assert [person.source_id for person in result.roster.persons] == ["1"]
    assert not result.is_sound


def test_a_formula_as_class_name_is_refused_too() -> None:
    result = read_generic((HEADER + "1;M;=cmd|' /C calc'!A0\n").encode(), MAPPING, NORTH)

    assert result.problems[0].kind is ProblemKind.FORMULA
    assert result.roster.classes == ()


@pytest.mark.parametrize("column", ["Klasse", "Jahrgang", "Fach", "Koffer"])
def test_what_is_longer_than_it_can_be_stored_names_line_and_field(column: str) -> None:
    names = ("ID", "Nachname", "Klasse", "Jahrgang", "Kurs", "Fach", "Seriennummer", "Koffer")
    cells = {"ID": "1", "Nachname": "M", "Kurs": "Chor", "Seriennummer": "X1", column: "a" * 130}
    row = ";".join(cells.get(name, "") for name in names)

    result = read_generic(f"{';'.join(names)}\n{row}\n".encode(), guess_mapping(names), NORTH)

    assert [(p.kind, p.at.line, p.field) for p in result.problems] == [
        (ProblemKind.TOO_LONG, 2, column)
    ]


def test_no_problem_repeats_what_stands_in_a_cell() -> None:
    result = read_generic((HEADER + "1;=Geheimer-Name;7b\n").encode(), MAPPING, NORTH)

    assert "Geheim" not in repr(result.problems)


@pytest.mark.parametrize("row", ["1;M", "1;M;7b;x", "1"])
def test_a_row_with_too_few_or_too_many_cells_is_reported(row: str) -> None:
    result = read_generic(f"{HEADER}{row}\n".encode(), MAPPING, NORTH)

    assert [(p.kind, p.at.line) for p in result.problems] == [(ProblemKind.RAGGED_ROW, 2)]


def test_a_delimiter_at_the_end_of_a_line_is_harmless() -> None:
    assert read_generic((HEADER + "1;M;7b;\n").encode(), MAPPING, NORTH).is_sound


def test_an_identifier_that_looks_like_one_of_ours_is_refused() -> None:
    result = read_generic((HEADER + "?1;M;7b\n").encode(), MAPPING, NORTH)

    assert result.problems[0].kind is ProblemKind.RESERVED_ID


@given(st.text(max_size=12))
def test_a_guarded_cell_is_no_formula_and_comes_back(text: str) -> None:
    cleaned, problem = clean(text, 200)
    if problem is not None:
        return

    written = guarded(cleaned)

    assert written[:1] not in tuple("=+-@\t\r")
    assert clean(written, 200) == (cleaned, None)


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for read in (recognise, read_oneroster, read_apple, lambda d: read_schild(d, NORTH)):
        for attempt in (data, HEADER.encode() + data):
            with contextlib.suppress(UnreadableRoster):
                read(attempt)


def test_an_archive_that_grows_when_read_is_refused() -> None:
    bomb = zipped({"users.csv": bytes(30_000_000)})

    with pytest.raises(UnreadableRoster) as refused:
        read_archive(bomb, Limits(archive_bytes=1_000_000))

    assert (refused.value.kind, refused.value.file) == (Unreadable.ARCHIVE_TOO_LARGE, "users.csv")


def test_an_archive_of_thousands_of_files_is_refused() -> None:
    with pytest.raises(UnreadableRoster) as refused:
        read_archive(zipped({f"{n}.csv": b"" for n in range(60)}), Limits())

    assert refused.value.kind is Unreadable.ARCHIVE_TOO_LARGE


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"PK\x03\x04 nonsense", Unreadable.NOT_AN_ARCHIVE),
        (zipped({"users.csv": b"a" * 100})[:-30], Unreadable.NOT_AN_ARCHIVE),
        (zipped({"a/users.csv": b"", "b/users.csv": b""}), Unreadable.DUPLICATE_FILE),
    ],
    # An archive holds the time it was made, which is no name for a test.
    ids=["nonsense", "cut short", "one name twice"],
)
def test_a_broken_archive_is_refused(data: bytes, kind: Unreadable) -> None:
    with pytest.raises(UnreadableRoster) as refused:
        read_archive(data, Limits())

    assert refused.value.kind is kind


def test_paths_in_an_archive_lead_nowhere() -> None:
    data = zipped({"../../etc/users.csv": b"a", "C:\\x\\orgs.csv": b"b", "readme.exe": b"c"})

    assert read_archive(data, Limits()) == {"users.csv": b"a", "orgs.csv": b"b"}


def test_an_encrypted_archive_is_refused() -> None:
    data = bytearray(zipped({"users.csv": b"a"}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1

    with pytest.raises(UnreadableRoster) as refused:
        read_archive(bytes(data), Limits())

    assert refused.value.kind is Unreadable.ENCRYPTED
