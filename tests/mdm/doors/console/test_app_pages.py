"""The apps of the library in the console: listed, added, corrected, refused with the reason."""

from collections.abc import Callable

import pytest

from mdm.base.db import Database
from mdm.rooms.assignments import service as assignments
from mdm.rooms.audit.service import Actor
from mdm.rooms.blueprints import service as library
from mdm.rooms.blueprints.library_queries import library_apps
from policies.operations import AssignmentSpec, Target
from tests.factories.times import NOW
from tests.mdm.doors.console.browser import Browser
from tests.mdm.doors.console.conftest import World

PAGE = "/console/blueprints/apps"
BUNDLE_ID = "de.example.vokabeln"


def _an_app(database: Database) -> int:
    with database.transaction() as tx:
        actor = Actor.job("test")
        return library.save_app(tx, BUNDLE_ID, 900001, "Vokabeln", actor, NOW).id


def _stored(database: Database) -> list[tuple[str, str, int | None]]:
    with database.reading() as tx:
        return [(app.name, app.bundle_id, app.store_id) for app in library_apps(tx)]


def test_every_app_of_the_library_is_listed_with_its_identifier_and_number(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    _an_app(database)

    page = signed_in("manager_a").get(PAGE).text

    assert "Vokabeln" in page
    assert BUNDLE_ID in page
    assert "900001" in page


def test_the_blueprints_lead_to_the_apps_for_whoever_may_change_them(
    world: World, signed_in: Callable[[str], Browser]
) -> None:
    assert PAGE in signed_in("manager_a").get("/console/blueprints").text
    assert PAGE not in signed_in("reader").get("/console/blueprints").text


def test_an_app_is_added(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    browser = signed_in("manager_a")

    answer = browser.post(PAGE, name="Atlas", bundle_id="de.example.atlas", store_id="900002")

    assert "„Atlas“ steht in der Bibliothek." in browser.get(answer.location).text
    assert _stored(database) == [("Atlas", "de.example.atlas", 900002)]


def test_an_app_with_a_manifest_needs_no_number(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    browser = signed_in("manager_a")

    browser.post(PAGE, name="Atlas", bundle_id="de.example.atlas", store_id="")

    assert _stored(database) == [("Atlas", "de.example.atlas", None)]
    assert "keine, mit Manifest" in browser.get(PAGE).text


def test_the_form_holds_the_app_that_is_to_be_corrected(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    number = _an_app(database)

    page = signed_in("manager_a").get(f"{PAGE}?correct={number}").text

    for value in ("Vokabeln", BUNDLE_ID, "900001"):
        assert f'value="{value}"' in page


def test_an_app_that_is_not_there_cannot_be_corrected(
    world: World, signed_in: Callable[[str], Browser]
) -> None:
    assert signed_in("manager_a").get(f"{PAGE}?correct=999999").status_code == 404


def test_the_app_of_the_same_identifier_is_corrected(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    _an_app(database)

    browser = signed_in("administrator")
    browser.post(PAGE, name="Vokabeln 2", bundle_id=BUNDLE_ID, store_id="900003")

    assert _stored(database) == [("Vokabeln 2", BUNDLE_ID, 900003)]


def test_another_number_of_an_app_that_somebody_has_is_refused_with_the_way_out(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    number = _an_app(database)
    with database.transaction() as tx:
        spec = AssignmentSpec(Target(world.school_a), app_id=number)
        assignments.begin(tx, spec, Actor.job("test"), NOW)

    answer = signed_in("administrator").post(
        PAGE, name="Vokabeln 2", bundle_id=BUNDLE_ID, store_id="900003"
    )

    assert answer.status_code == 400
    assert 'id="store_id-problem">Geltende Zuweisungen geben diese App' in answer.text
    assert _stored(database) == [("Vokabeln", BUNDLE_ID, 900001)]


def test_a_manager_of_one_school_corrects_no_app_of_all_schools(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    _an_app(database)

    answer = signed_in("manager_a").post(
        PAGE, name="Vokabeln 2", bundle_id=BUNDLE_ID, store_id="900003"
    )

    assert answer.status_code == 403
    assert _stored(database) == [("Vokabeln", BUNDLE_ID, 900001)]


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("bundle_id", "vokabeln", "ist keine App-Kennung"),
        ("bundle_id", " ", "Bitte ausfüllen."),
        ("name", " ", "Bitte ausfüllen."),
        ("name", "x" * 201, "Höchstens 200 Zeichen."),
        ("store_id", "viele", "Keine gültige, ganze Zahl."),
        ("store_id", "0", "Bitte eine Zahl von 1 bis 2147483647."),
        ("store_id", str(1 << 31), "Bitte eine Zahl von 1 bis 2147483647."),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_is_saved(
    world: World,
    signed_in: Callable[[str], Browser],
    database: Database,
    field: str,
    value: str,
    problem: str,
) -> None:
    fields = {"name": "Vokabeln", "bundle_id": BUNDLE_ID, "store_id": "900001", field: value}

    answer = signed_in("manager_a").post(PAGE, **fields)

    assert answer.status_code == 400
    assert f'<p class="problem" id="{field}-problem">{problem}</p>' in answer.text
    assert _stored(database) == []


def test_a_reader_neither_sees_the_page_nor_saves_an_app(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    browser = signed_in("reader")

    drawn = browser.get(PAGE)
    saved = browser.post(PAGE, name="Atlas", bundle_id="de.example.atlas", store_id="")

    assert (drawn.status_code, saved.status_code) == (403, 403)
    assert _stored(database) == []
