"""`mdm roster`, `mdm trolley`, `mdm school …`: what is typed, what is said, what is refused."""

import json
from pathlib import Path

import pytest
from sqlalchemy import func, select

from mdm.base.db import Database
from mdm.rooms.assignments import service as assignments
from mdm.rooms.audit.service import Actor
from mdm.rooms.changes.models import ChangePlan
from mdm.rooms.devices.models import Device
from mdm.rooms.rosters.models import ImportState, RosterImport
from mdm.rooms.schools.models import Campus, ClassGroup, Member, School, Slot, Trolley
from policies.operations import AssignmentSpec, Target
from tests.factories.devices import a_device, an_ipad
from tests.factories.people import administrator, reader
from tests.factories.schools import a_class, a_school
from tests.factories.times import NOW
from tests.mdm.cli.conftest import Type
from tests.mdm.rooms.wishes import an_app

HEADER = "ID;Nachname;Vorname;Klasse\n"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough here; the rooms are proven on both."""
    return sqlite_url


@pytest.fixture(autouse=True)
def people(database: Database) -> None:
    with database.transaction() as tx:
        reader(tx, a_school(tx))
        administrator(tx)


def a_file(folder: Path, count: int = 3, text: str = "") -> str:
    path = folder / "klassen.csv"
    rows = "".join(f"S-{n};Muster-{n:02};Kind-{n:02};7b\n" for n in range(count))
    path.write_text(text or HEADER + rows)
    return str(path)


def test_an_import_says_what_it_would_change_and_writes_nothing(
    mdm: Type, database: Database, tmp_path: Path
) -> None:
    result = mdm("roster", "import", a_file(tmp_path), "--school", "12")

    assert result.exit_code == 0, result.output
    assert "persons\t3\t0\t0" in result.stdout
    assert "+ persons Muster-00, Kind-00" in result.stderr
    assert "mdm roster apply 1" in result.stderr
    with database.reading() as tx:
        assert tx.scalars(select(RosterImport.state)).all() == [ImportState.DRAFTED]
        assert tx.scalar(select(func.count(Member.id))) == 0


def test_an_import_is_applied_through_a_change_plan(
    mdm: Type, database: Database, tmp_path: Path
) -> None:
    mdm("roster", "import", a_file(tmp_path), "--school", "12")

    result = mdm("--as", "administrator", "roster", "apply", "1", "--yes")

    assert result.exit_code == 0, result.output
    with database.reading() as tx:
        assert tx.scalar(select(func.count(Member.id))) == 3
        assert tx.scalars(select(ClassGroup.name)).all() == ["7b"]
        assert tx.scalar(select(func.count(ChangePlan.id))) == 1


def test_without_yes_applying_drafts_a_plan_that_somebody_approves(
    mdm: Type, database: Database, tmp_path: Path
) -> None:
    mdm("roster", "import", a_file(tmp_path), "--school", "12")

    drafted = mdm("roster", "apply", "1", "--json")

    plan = json.loads(drafted.stdout)
    with database.reading() as tx:
        assert tx.scalar(select(func.count(Member.id))) == 0
    approved = mdm("change", "approve", str(plan["id"]), "--fingerprint", plan["fingerprint"])
    assert approved.exit_code == 0, approved.output
    with database.reading() as tx:
        assert tx.scalar(select(func.count(Member.id))) == 3


def test_the_same_file_again_changes_nothing(mdm: Type, tmp_path: Path) -> None:
    file = a_file(tmp_path)
    mdm("roster", "import", file, "--school", "12")
    mdm("roster", "apply", "1", "--yes")

    again = mdm("roster", "import", file, "--school", "12")

    assert "Nothing would change." in again.stderr


def test_many_removals_wait_for_a_second_person(mdm: Type, tmp_path: Path) -> None:
    mdm("roster", "import", a_file(tmp_path), "--school", "12")
    mdm("roster", "apply", "1", "--yes")
    drafted = mdm("roster", "import", a_file(tmp_path, count=1), "--school", "12")

    refused = mdm("roster", "apply", "2", "--yes")
    same = mdm("roster", "confirm", "2", "--type", "12")
    wrong = mdm("--as", "administrator", "roster", "confirm", "2", "--type", "13")
    confirmed = mdm("--as", "administrator", "roster", "confirm", "2", "--type", "12")
    applied = mdm("roster", "apply", "2", "--yes")

    assert "stop: school 12: 2 of 3 people would leave" in drafted.stderr
    assert [refused.exit_code, same.exit_code, wrong.exit_code] == [1, 1, 1]
    assert "second person" in refused.stderr
    assert (confirmed.exit_code, applied.exit_code) == (0, 0), applied.output


def test_a_partial_file_lets_nobody_leave(mdm: Type, tmp_path: Path) -> None:
    mdm("roster", "import", a_file(tmp_path), "--school", "12")
    mdm("roster", "apply", "1", "--yes")

    result = mdm("roster", "import", a_file(tmp_path, count=1), "--school", "12", "--partial")

    assert "Nothing would change." in result.stderr


def test_an_ambiguous_row_waits_until_somebody_says_who_is_meant(mdm: Type, tmp_path: Path) -> None:
    text = "Nachname;Vorname;Klasse\nMuster-01;Kind-01;7b\nMuster-01;Kind-01;7b\n"
    drafted = mdm("roster", "import", a_file(tmp_path, text=text), "--school", "12")

    chosen = mdm("roster", "choose", "1", "?2=", "?3=")

    assert "ambiguous: ?2 in line 2: there are several of that name" in drafted.stderr
    assert "ambiguous" not in chosen.stderr
    assert "+ persons Muster-01, Kind-01" in chosen.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file: it is empty; export it again"),
        (b"ID;Nachname;Klasse\nS-1;=1+1;7b\n", "line 2, Nachname: begins like a formula"),
        (b"ID;Nachname;Klasse\n;Muster;7b\nS-2;Muster\n", "line 3: the row has another number"),
        (b"\x89PNG\r\n\x1a\n", "it is no text; save it as CSV in UTF-8"),
        ("ID;Nachname;Klasse\nS-1;MÃ¼ller;7b\n".encode(), "saved in a wrong encoding"),
        (b"Zimmer;Farbe\n1;rot\n", "family_name: not mapped"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_in_one_clear_line(
    mdm: Type, database: Database, tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)

    result = mdm("roster", "import", str(path), "--school", "12")

    assert result.exit_code == 1
    assert said in result.stderr
    with database.reading() as tx:
        assert tx.scalar(select(func.count(RosterImport.id))) == 0


def test_a_hundred_megabytes_are_refused_after_the_first_twenty(mdm: Type, tmp_path: Path) -> None:
    path = tmp_path / "gross.csv"
    with path.open("wb") as file:
        file.truncate(100_000_000)

    result = mdm("roster", "import", str(path), "--school", "12")

    assert result.exit_code == 1
    assert "more than 20000000 bytes" in result.stderr


def test_columns_are_mapped_by_hand_or_by_a_saved_mapping(mdm: Type, tmp_path: Path) -> None:
    file = a_file(tmp_path, text="Nr;Wer;Wo\n7;Muster;7b\n")
    pairs = ("--map", "Nr=source_id", "--map", "Wer=family_name", "--map", "Wo=class")

    by_hand = mdm("roster", "import", file, "--school", "12", *pairs)
    saved = mdm("roster", "mapping", "save", "Sekretariat", "--school", "12", *pairs)
    by_name = mdm("roster", "import", file, "--school", "12", "--mapping", "Sekretariat")
    listed = mdm("roster", "mapping", "list", "--school", "12")

    for result in (by_hand, saved, by_name):
        assert result.exit_code == 0, result.output
    assert "persons\t1\t0\t0" in by_name.stdout
    assert "Wer=family_name" in listed.stdout


def test_a_file_may_call_the_school_by_a_number_of_its_own(mdm: Type, tmp_path: Path) -> None:
    file = a_file(tmp_path, text="ID;Nachname;Klasse;Schulnummer\n7;Muster;7b;LOC-1\n")

    refused = mdm("roster", "import", file, "--school", "12")
    known = mdm("roster", "import", file, "--school", "12", "--known-as", "LOC-1")

    assert "but about LOC-1" in refused.stderr
    assert "persons\t1\t0\t0" in known.stdout, known.output


def test_an_unknown_field_is_named_with_those_there_are(mdm: Type, tmp_path: Path) -> None:
    result = mdm("roster", "import", a_file(tmp_path), "--school", "12", "--map", "ID=shoe_size")

    assert result.exit_code == 1
    assert "shoe_size is no field" in result.stderr


@pytest.mark.parametrize("kind", ["generic", "oneroster", "apple"])
def test_an_export_can_be_imported_again_unchanged(mdm: Type, tmp_path: Path, kind: str) -> None:
    mdm("roster", "import", a_file(tmp_path), "--school", "12")
    mdm("roster", "apply", "1", "--yes")
    out = str(tmp_path / "export")

    exported = mdm("roster", "export", "--school", "12", "--format", kind, "-o", out)
    again = mdm("roster", "import", out, "--school", "12")

    assert exported.exit_code == 0, exported.output
    assert "Nothing would change." in again.stderr, again.output


@pytest.mark.parametrize("kind", ["generic", "oneroster", "apple"])
def test_so_can_the_export_of_a_school_without_names(mdm: Type, tmp_path: Path, kind: str) -> None:
    mdm("roster", "import", a_file(tmp_path), "--school", "12")
    mdm("roster", "apply", "1", "--yes")
    mdm("school", "nameless", "--number", "12", "--type", "12")
    out = str(tmp_path / "export")

    exported = mdm("roster", "export", "--school", "12", "--format", kind, "-o", out)
    again = mdm("roster", "import", out, "--school", "12")

    assert exported.exit_code == 0, exported.output
    assert "Nothing would change." in again.stderr, again.output


def test_an_import_given_up_is_gone(mdm: Type, tmp_path: Path) -> None:
    mdm("roster", "import", a_file(tmp_path), "--school", "12")

    mdm("roster", "discard", "1")

    assert "discarded" in mdm("roster", "list").stdout
    assert mdm("roster", "show", "1").exit_code == 1


@pytest.mark.parametrize(
    "giving_up",
    [("roster", "discard", "1"), ("school", "nameless", "--number", "12", "--type", "12")],
)
def test_the_plan_of_an_import_given_up_is_given_up_with_it(
    mdm: Type, tmp_path: Path, giving_up: tuple[str, ...]
) -> None:
    mdm("roster", "import", a_file(tmp_path), "--school", "12")
    mdm("roster", "apply", "1")

    done = mdm(*giving_up)

    assert done.exit_code == 0, done.output
    (plan,) = json.loads(mdm("change", "list", "--json").stdout)
    assert plan["state"] == "discarded"


def test_who_may_only_look_brings_nothing_in(mdm: Type, tmp_path: Path) -> None:
    result = mdm("--as", "reader", "roster", "import", a_file(tmp_path), "--school", "12")

    assert result.exit_code == 1
    assert "not allowed" in result.stderr


def test_a_trolley_has_slots_and_an_ipad_is_put_into_one(mdm: Type, database: Database) -> None:
    with database.transaction() as tx:
        school = tx.scalars(select(School)).one()
        a_class(tx, school)
        a_device(tx, school, "DMPX0001")

    added = mdm("trolley", "add", "--school", "12", "--name", "Koffer 1", "--slots", "3")
    placed = mdm("trolley", "place", "DMPX0001", "--trolley", "Koffer 1", "--slot", "2")
    listed = mdm("trolley", "list", "--school", "12")

    assert (added.exit_code, placed.exit_code) == (0, 0), placed.output
    assert "Koffer 1\t\t2\tDMPX0001" in listed.stdout
    with database.reading() as tx:
        assert tx.get_one(Slot, tx.scalars(select(Device.slot_id)).one()).number == 2


def test_what_an_ipad_gets_by_a_move_is_drafted_first(mdm: Type, database: Database) -> None:
    mdm("trolley", "add", "--school", "12", "--name", "Koffer 1", "--slots", "3")
    with database.transaction() as tx:
        school = tx.scalars(select(School)).one()
        an_ipad(tx, school, "DMPX0001")
        target = Target(school.id, trolley_id=tx.scalars(select(Trolley.id)).one())
        actor = Actor.system_user("tests")
        assignments.begin(tx, AssignmentSpec(target, app_id=an_app(tx).id), actor, NOW)

    drafted = mdm("trolley", "place", "DMPX0001", "--trolley", "Koffer 1")
    shown = mdm("change", "show", "1")

    assert "see change plan 1" in drafted.stderr, drafted.output
    assert "iPads touched: 1" in shown.output
    with database.reading() as tx:
        assert tx.scalars(select(Device.slot_id)).one() is None


def test_a_slot_that_is_not_there_is_named(mdm: Type, database: Database) -> None:
    with database.transaction() as tx:
        a_device(tx, tx.scalars(select(School)).one(), "DMPX0001")
    mdm("trolley", "add", "--school", "12", "--name", "Koffer 1", "--slots", "3")

    result = mdm("trolley", "place", "DMPX0001", "--trolley", "Koffer 1", "--slot", "9")

    assert result.exit_code == 1
    assert "slot: Koffer 1 has slots 1 to 3" in result.stderr


def test_a_school_is_at_a_site_and_may_be_the_training_school(
    mdm: Type, database: Database
) -> None:
    at = mdm("school", "campus", "--number", "12", "--name", "Campus Nord")
    mdm("school", "training", "--number", "12")

    assert at.exit_code == 0, at.output
    with database.reading() as tx:
        school = tx.scalars(select(School)).one()
        assert tx.get_one(Campus, school.campus_id).name == "Campus Nord"
        assert school.is_training


def test_a_school_loses_its_names_when_its_number_is_typed(
    mdm: Type, database: Database, tmp_path: Path
) -> None:
    file = a_file(tmp_path)
    mdm("roster", "import", file, "--school", "12")
    mdm("roster", "apply", "1", "--yes")

    refused = mdm("school", "nameless", "--number", "12", "--type", "13")
    done = mdm("school", "nameless", "--number", "12", "--type", "12")
    again = mdm("roster", "import", file, "--school", "12")
    back = mdm("roster", "import", file, "--school", "12", "--with-names")

    assert (refused.exit_code, done.exit_code) == (1, 0), done.output
    assert "Nothing would change." in again.stderr
    assert "persons\t0\t3\t0" in back.stdout, back.output
