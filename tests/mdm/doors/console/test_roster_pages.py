"""Class lists on pages: a file comes in, its difference is shown, decided about, and taken out."""

import html
import io
import logging
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from mdm.base.db import Database
from mdm.base.settings import Settings
from mdm.base.tools import Tools
from mdm.rooms.audit.models import AuditEntry
from mdm.rooms.changes.models import ChangePlan, ChangeState
from mdm.rooms.rosters.models import ImportState, RosterImport, SavedMapping
from mdm.rooms.schools.models import Member, School
from policies.roster.formats import table as tables
from policies.roster.formats.encoding import decode
from tests.factories.people import a_person
from tests.mdm.doors.console.browser import Browser
from tests.mdm.doors.console.conftest import World, make_app

TABLE = "ID;Name;Vorname;Klasse\nS-1;Muster;Kind;7b\nS-2;Beispiel;Kind;7b\n"
_KEPT = re.compile(r'name="kept" value="([^"]+)"')
_DIGEST = re.compile(r'name="digest" value="([^"]+)"')
SignedIn = Callable[[str], Browser]


def send(browser: Browser, school: int, content: bytes | str, **fields: str) -> TestResponse:
    """Choose a file on the page of a school."""
    data = content.encode() if isinstance(content, str) else content
    name = fields.pop("name", "klassen.csv")
    return browser.post(
        f"/console/schools/{school}/roster", file=(io.BytesIO(data), name), **fields
    )


def bring_in(browser: Browser, school: int, content: str) -> str:
    """Choose a table, agree to the guessed columns; returns the address of its difference."""
    page = send(browser, school, content)
    return answer_columns(browser, school, page).location or ""


def answer_columns(
    browser: Browser, school: int, page: TestResponse, **fields: str
) -> TestResponse:
    """Send the columns as they were guessed, with changes."""
    selects = re.findall(r'<select[^>]*name="(column-\d+)">(.*?)</select>', page.text, re.DOTALL)
    chosen = {
        name: (re.search(r'value="(\w*)" selected', options) or ["", ""])[1]
        for name, options in selects
    }
    kept = _KEPT.search(page.text)
    assert kept is not None
    values = {"kept": html.unescape(kept[1]), "file_name": "klassen.csv", "step": "map"}
    return browser.post(f"/console/schools/{school}/roster", **(values | chosen | fields))


def imports(database: Database) -> int:
    with database.reading() as tx:
        return tx.scalar(select(func.count(RosterImport.id))) or 0


def test_a_table_is_shown_with_guessed_columns_and_its_first_rows(
    world: World, signed_in: SignedIn, database: Database
) -> None:
    page = send(signed_in("manager_a"), world.school_a, TABLE)

    assert page.status_code == 200
    assert "Was die Spalten bedeuten" in page.text
    assert "Muster · Beispiel" in page.text
    assert re.search(r'value="family_name" selected', page.text)
    assert imports(database) == 1


def test_agreeing_to_the_columns_drafts_an_import_and_shows_its_difference(
    world: World, signed_in: SignedIn
) -> None:
    browser = signed_in("manager_a")

    page = browser.get(bring_in(browser, world.school_a, TABLE)).text

    assert "Muster, Kind" in page
    assert "Weiter zur Änderung" in page


def test_a_request_parses_a_table_once(
    world: World, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager, parsed = signed_in("manager_a"), []

    def counting(data: bytes, file: str = "") -> str:
        parsed.append(file)
        return decode(data, file)

    monkeypatch.setattr(tables, "decode", counting)

    page = send(manager, world.school_a, TABLE)
    assert parsed == [""]
    answer_columns(manager, world.school_a, page)

    assert parsed == ["", ""]


def test_a_file_may_call_the_school_by_a_number_of_its_own(
    world: World, signed_in: SignedIn
) -> None:
    browser = signed_in("manager_a")
    table = "ID;Nachname;Vorname;Klasse;Schulnummer\n1;Muster;Kind;7b;LOC-1\n"
    page = send(browser, world.school_a, table, known_as="LOC-1")

    drafted = answer_columns(browser, world.school_a, page, known_as="LOC-1")

    assert 'name="known_as" value="LOC-1"' in page.text
    assert drafted.status_code == 302
    assert "Muster, Kind" in browser.get(drafted.location).text


def test_columns_can_be_corrected_and_remembered(
    world: World, signed_in: SignedIn, database: Database
) -> None:
    browser = signed_in("manager_a")
    page = send(browser, world.school_a, "A;B;C\n7;Muster;7b\n")
    chosen = {"column-0": "source_id", "column-1": "family_name", "column-2": "class"}

    answer_columns(browser, world.school_a, page, save_as="Sekretariat", **chosen)

    with database.reading() as tx:
        saved = tx.scalars(select(SavedMapping)).one()
        assert saved.columns["columns"] == {"A": "source_id", "B": "family_name", "C": "class"}
    again = send(browser, world.school_a, "A;B;C\n8;Muster;7b\n", mapping=str(saved.id))
    assert again.status_code == 302
    assert "/console/rosters/" in again.location


def test_columns_nobody_could_mean_are_asked_for_again(world: World, signed_in: SignedIn) -> None:
    browser = signed_in("manager_a")
    page = send(browser, world.school_a, TABLE)

    twice = answer_columns(browser, world.school_a, page, **{"column-0": "family_name"})
    none = answer_columns(browser, world.school_a, page, **{"column-1": ""})

    assert twice.status_code == none.status_code == 400
    assert "Zwei Spalten haben dieselbe Bedeutung" in twice.text
    assert "welche Spalte der Nachname ist" in none.text


def test_a_heading_that_stands_there_twice_is_told_when_it_is_needed(
    world: World, signed_in: SignedIn
) -> None:
    browser = signed_in("manager_a")
    page = send(browser, world.school_a, "ID;Nachname;Nachname;Klasse\nS-1;Muster;x;7b\n")

    refused = answer_columns(browser, world.school_a, page, **{"column-2": ""})

    assert refused.status_code == 400
    assert "Diese Überschrift steht doppelt da" in refused.text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Die Datei ist leer"),
        (b"Nachname;Klasse\n", "Es gibt Überschriften, aber keine Zeilen."),
        (b"\x89PNG\r\n\x1a\n", "Das ist kein Text"),
        (b"PK\x03\x04broken", "Das Archiv lässt sich nicht öffnen"),
        (b'Nachname;Klasse\n"Muster;7b\n', "Die Tabelle ist beschädigt"),
        (b"Nachname;Klasse\nMu\x00ster;7b\n", "Zeile 2: Sie enthält ein Nullzeichen"),
    ],
)
def test_a_file_that_is_none_is_refused_with_the_next_step(
    world: World, signed_in: SignedIn, database: Database, content: bytes, said: str
) -> None:
    page = send(signed_in("manager_a"), world.school_a, content)

    assert page.status_code == 400
    assert said in page.text
    assert imports(database) == 1


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("=1+1", "Zeile 3, Name: Die Zelle beginnt wie eine Formel"),
        ("MÃ¼ller", "Zeile 3, Name: Sie wurde in einer falschen Kodierung gespeichert"),
        ("", "Zeile 3, Name: Die Zelle ist leer"),
    ],
)
def test_a_hostile_cell_is_named_by_line_and_column(
    world: World, signed_in: SignedIn, database: Database, cell: str, said: str
) -> None:
    browser = signed_in("manager_a")
    page = send(browser, world.school_a, TABLE + f"S-3;{cell};Kind;7b\n")

    refused = answer_columns(browser, world.school_a, page)

    assert refused.status_code == 400
    assert said.replace("Zeile 3", "Zeile 4") in html.unescape(refused.text)
    assert imports(database) == 1


def test_a_hundred_megabytes_are_refused_unread(world: World, signed_in: SignedIn) -> None:
    browser = signed_in("manager_a")

    answer = browser.client.post(
        f"/console/schools/{world.school_a}/roster",
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": "100000000"},
    )

    assert answer.status_code == 413
    assert "Bitte senden Sie weniger auf einmal" in answer.text


def test_a_file_beyond_the_setting_is_refused_by_its_size(
    tools: Tools, world: World, now: datetime
) -> None:
    small = replace(tools, settings=Settings(roster_megabytes=1))
    browser = Browser(make_app(small)).become(world.people["manager_a"], now.isoformat())
    table = b"Nachname;Klasse\n" + b"Muster;7b\n" * 110_000
    fields = {"csrf_token": browser.token(), "file": FileStorage(io.BytesIO(table), "klassen.csv")}
    boundary, body = encode_multipart(fields)

    page = browser.client.post(
        f"/console/schools/{world.school_a}/roster",
        data=body,
        content_type=f"multipart/form-data; boundary={boundary}",
    )

    assert page.status_code == 400
    assert "größer als 1000000 Byte" in page.text


def test_what_was_kept_in_the_page_cannot_be_swapped_for_a_bomb(
    world: World, signed_in: SignedIn
) -> None:
    browser = signed_in("manager_a")

    for kept in ("no base64!", "bm8gemxpYg=="):
        answer = browser.post(f"/console/schools/{world.school_a}/roster", kept=kept, step="map")
        assert answer.status_code == 400


def test_a_file_of_another_school_is_told_to_be_one(world: World, signed_in: SignedIn) -> None:
    browser = signed_in("manager_a")
    for number in ("13", "99"):
        page = send(browser, world.school_a, f"ID;Nachname;Klasse;Schulnummer\nS;M;7b;{number}\n")

        answer = answer_columns(browser, world.school_a, page)

        assert answer.status_code == 400
        assert "Die Datei gehört zu einer anderen Schule" in answer.text


def test_a_school_that_is_out_of_sight_looks_like_none_in_a_file_too(
    world: World, signed_in: SignedIn
) -> None:
    browser = signed_in("manager_a")
    answers = []
    for number in ("13", "99"):
        text = f"ID;Nachname;Klasse;Schulnummer\nS-1;M;7b;12\nS-2;M;7b;{number}\n"
        page = send(browser, world.school_a, text)
        answers.append(answer_columns(browser, world.school_a, page))

    assert [answer.status_code for answer in answers] == [400, 400]
    for answer in answers:
        assert "Die Datei gehört zu einer anderen Schule" in answer.text


def test_an_import_is_written_by_a_change_plan_once_that_is_approved(
    world: World, signed_in: SignedIn, database: Database
) -> None:
    browser = signed_in("manager_a")
    path = bring_in(browser, world.school_a, TABLE)

    drafted = browser.post(f"{path}/apply", digest=_digest_of(browser.get(path).text))

    assert drafted.location.startswith("/console/changes/")
    assert members(database) == 0
    approve(browser, drafted, database)
    assert members(database) == 2
    assert browser.get(path).status_code == 404


def test_another_difference_than_the_one_shown_is_not_written(
    world: World, signed_in: SignedIn, database: Database
) -> None:
    browser = signed_in("manager_a")

    answer = browser.post(f"/console/rosters/{world.roster}/apply", digest="of something else")

    assert answer.status_code == 409
    with database.reading() as tx:
        assert tx.scalar(select(func.count(Member.id))) == 0


def _digest_of(page: str) -> str:
    found = _DIGEST.search(page)
    assert found is not None
    return found[1]


def written(browser: Browser, school: int, table: str, database: Database) -> None:
    """Bring a table in, and approve the change plan that writes it."""
    path = bring_in(browser, school, table)
    drafted = browser.post(f"{path}/apply", digest=_digest_of(browser.get(path).text))
    approve(browser, drafted, database)


def approve(browser: Browser, drafted: TestResponse, database: Database) -> None:
    with database.reading() as tx:
        number = int((drafted.location or "").rpartition("/")[2])
        fingerprint = tx.get_one(ChangePlan, number).fingerprint
    answer = browser.post(f"{drafted.location}/approve", fingerprint=fingerprint)
    assert answer.status_code == 302, answer.text


def members(database: Database) -> int:
    with database.reading() as tx:
        return tx.scalar(select(func.count(Member.id))) or 0


def test_many_removals_need_a_second_person_who_types_the_number(
    world: World, signed_in: SignedIn, database: Database
) -> None:
    first = signed_in("manager_a")
    written(first, world.school_a, TABLE, database)
    path = bring_in(first, world.school_a, TABLE.replace("S-2;Beispiel;Kind;7b\n", ""))
    own = first.get(path).text
    second = signed_in("administrator")
    page = second.get(path).text

    seen = _digest_of(page)
    refused = first.post(f"{path}/confirm", numbers="12", digest=seen)
    wrong = second.post(f"{path}/confirm", numbers="13", digest=seen)
    agreed = second.post(f"{path}/confirm", numbers="12", digest=seen)

    assert "1 von 2 Personen würden wegfallen" in own
    assert "Weiter zur Änderung" not in own
    assert "/confirm" not in own
    assert "Beispielschule Nord (12)" in page
    assert (refused.status_code, wrong.status_code, agreed.status_code) == (409, 400, 302)
    assert "Das sind nicht die Schulnummern" in wrong.text
    assert "Weiter zur Änderung" in first.get(path).text


def test_a_confirmation_of_another_difference_than_the_one_seen_is_refused(
    world: World, signed_in: SignedIn, database: Database
) -> None:
    first = signed_in("manager_a")
    written(first, world.school_a, TABLE, database)
    path = bring_in(first, world.school_a, TABLE.replace("S-2;Beispiel;Kind;7b\n", ""))

    answer = signed_in("administrator").post(
        f"{path}/confirm", numbers="12", digest="of something else"
    )

    assert answer.status_code == 409
    assert "Inzwischen würden andere wegfallen" in answer.text
    assert "Weiter zur Änderung" not in first.get(path).text


def test_an_ambiguous_row_is_asked_about_and_decided(world: World, signed_in: SignedIn) -> None:
    browser = signed_in("manager_a")
    text = "Nachname;Vorname;Klasse\nMuster;Kind;7b\nMuster;Kind;7b\n"
    path = bring_in(browser, world.school_a, text)
    page = browser.get(path).text

    browser.post(f"{path}/choose", **{"row-?2": "new", "row-?3": "new"})

    assert "Wen meinen diese Zeilen?" in page
    assert "Es gibt mehrere mit diesem Namen" in page
    after = browser.get(path).text
    assert "Wen meinen diese Zeilen?" not in after
    assert "Weiter zur Änderung" in after


def test_a_choice_that_is_no_candidate_is_refused(world: World, signed_in: SignedIn) -> None:
    browser = signed_in("manager_a")
    path = bring_in(browser, world.school_a, "Nachname;Klasse\nMuster;7b\nMuster;7b\n")

    assert browser.post(f"{path}/choose", **{"row-?2": "S-999"}).status_code == 400


def test_an_import_that_was_given_up_is_gone(
    world: World, signed_in: SignedIn, database: Database
) -> None:
    browser = signed_in("manager_a")

    answer = browser.post(f"/console/rosters/{world.roster}/discard")

    assert answer.location == "/console/rosters"
    assert browser.get(f"/console/rosters/{world.roster}").status_code == 404
    with database.reading() as tx:
        row = tx.get_one(RosterImport, world.roster)
        assert (row.state, row.sealed_roster) == (ImportState.DISCARDED, None)


def test_the_draft_of_a_plan_is_given_up_with_its_import(
    world: World, signed_in: SignedIn, database: Database
) -> None:
    browser = signed_in("manager_a")
    path = bring_in(browser, world.school_a, TABLE)
    plan = browser.post(f"{path}/apply", digest=_digest_of(browser.get(path).text)).location

    browser.post(f"{path}/discard")

    with database.reading() as tx:
        row = tx.get_one(ChangePlan, int(plan.rpartition("/")[2]))
        assert row.state is ChangeState.DISCARDED


def test_the_list_of_imports_shows_those_of_ones_own_schools(
    world: World, signed_in: SignedIn
) -> None:
    assert "klassen.csv" in signed_in("manager_a").get("/console/rosters").text
    assert "klassen.csv" not in signed_in("manager_b").get("/console/rosters").text


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("generic", "schule-12-generic.csv"),
        ("oneroster", "schule-12-oneroster.zip"),
        ("apple", "schule-12-apple.zip"),
    ],
)
def test_an_export_is_a_download_that_no_browser_keeps(
    world: World, signed_in: SignedIn, database: Database, kind: str, name: str
) -> None:
    browser = signed_in("manager_a")
    written(browser, world.school_a, TABLE, database)

    answer = browser.get(f"/console/schools/{world.school_a}/roster/export?format={kind}")

    assert answer.headers["Content-Disposition"] == f"attachment; filename={name}"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.mimetype in {"text/csv", "application/zip"}


def test_an_export_can_be_read_in_again_and_changes_nothing(
    world: World, signed_in: SignedIn, database: Database
) -> None:
    browser = signed_in("manager_a")
    written(browser, world.school_a, TABLE, database)
    exported = browser.get(f"/console/schools/{world.school_a}/roster/export").text

    page = browser.get(bring_in(browser, world.school_a, exported)).text

    assert "Es würde sich nichts ändern" in page


def test_an_export_is_for_those_who_manage_the_school(world: World, signed_in: SignedIn) -> None:
    path = f"/console/schools/{world.school_a}/roster/export"

    assert signed_in("reader").get(path).status_code == 403
    assert signed_in("manager_b").get(path).status_code == 404
    assert signed_in("manager_a").get(f"{path}?format=../../etc").status_code == 400


def test_the_name_of_a_file_is_its_last_part_and_no_markup(
    world: World, signed_in: SignedIn
) -> None:
    browser = signed_in("manager_a")

    page = send(browser, world.school_a, TABLE, name='..\\..\\<b onclick="x">liste.csv').text

    assert "<b onclick" not in page
    assert "&lt;b onclick" in page
    assert "..\\" not in page


def test_names_stand_neither_in_the_journal_nor_in_the_log(
    world: World, signed_in: SignedIn, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "mdm")
    browser = signed_in("manager_a")
    written(browser, world.school_a, TABLE.replace("Muster", "Zwirbelinde"), database)
    page = send(browser, world.school_a, TABLE.replace("Muster", "=Zwirbelinde"))
    answer_columns(browser, world.school_a, page)

    with database.reading() as tx:
        told = [str(entry.details) + entry.reason for entry in tx.scalars(select(AuditEntry))]

    assert "Zwirbelinde" not in caplog.text
    assert "Zwirbelinde" not in "".join(told)


def test_a_nameless_school_stores_no_name_of_what_it_reads(
    world: World, signed_in: SignedIn, database: Database
) -> None:
    with database.transaction() as tx:
        tx.get_one(School, world.school_a).is_nameless = True
    browser = signed_in("manager_a")

    written(browser, world.school_a, TABLE, database)

    with database.reading() as tx:
        assert set(tx.scalars(select(Member.label))) == {"7b-01", "7b-02"}
        assert set(tx.scalars(select(Member.family_name))) == {""}


def test_a_second_manager_of_the_school_sees_the_import_too(
    world: World, signed_in: SignedIn, database: Database
) -> None:
    with database.transaction() as tx:
        other = a_person(tx, "manager_c", schools=[tx.get_one(School, world.school_a)])
        world.people["manager_c"] = other.id

    assert "Muster-01" in signed_in("manager_c").get(f"/console/rosters/{world.roster}").text
