"""A change in the console: previewed, arranged, approved once, stopped, undone."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from mdm.base.clock import FixedClock
from mdm.base.db import Database
from mdm.doors.console import change_words
from mdm.rooms.assignments.models import Assignment, RolloutDevice
from mdm.rooms.blueprints.blueprint_queries import find_version
from mdm.rooms.blueprints.models import Blueprint
from mdm.rooms.changes import advancing
from mdm.rooms.changes.models import ChangePlan, ChangeState
from mdm.rooms.changes.stored import preview_of
from mdm.rooms.devices.models import Enrollment
from mdm.rooms.schools.models import School
from policies.outcome import OutcomeKind
from tests.factories import changes, devices, schools
from tests.mdm.doors.console.browser import Browser
from tests.mdm.doors.console.conftest import World
from tests.mdm.rooms.changing import comes_to

FINGERPRINT = re.compile(r'name="fingerprint" value="([0-9a-f]{64})"')


def _draft(browser: Browser, world: World, target: str = "whole", **fields: str) -> str:
    """Draft that the blueprint begins at school A; returns the address of the plan."""
    path = f"/console/schools/{world.school_a}/assignments/new"
    number = re.findall(r'value="(blueprint:\d+)"', browser.get(path).text)[0]
    answer = browser.post(path, subject=number, target=target, **fields)
    assert answer.status_code == 302, answer.text
    return str(answer.location)


def _draft_for_the_city(browser: Browser, database: Database) -> str:
    """Draft that a blueprint begins everywhere; returns the address of the plan."""
    with database.transaction() as tx:
        changes.a_blueprint(tx, None, "Stadtweites")
    path = "/console/assignments/new"
    number = re.findall(r'value="(blueprint:\d+)"', browser.get(path).text)[0]
    return str(browser.post(path, subject=number, target="whole").location)


def _fingerprint(browser: Browser, path: str) -> str:
    found = FINGERPRINT.search(browser.get(path).text)
    assert found is not None
    return found[1]


def _approved(browser: Browser, path: str) -> None:
    answer = browser.post(f"{path}/approve", fingerprint=_fingerprint(browser, path))
    assert answer.status_code == 302, answer.text


def _plan(database: Database, path: str) -> ChangePlan:
    with database.reading() as tx:
        plan = tx.get_one(ChangePlan, int(path.rpartition("/")[2]))
        tx.expunge(plan)
    return plan


def test_a_draft_says_what_will_happen_to_whom_and_whether_it_can_be_undone(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    browser = signed_in("manager_a")

    page = browser.get(_draft(browser, world, reason="Neues Schuljahr")).text

    assert "Grundausstattung (Version 1) gilt für: Schule 12." in page
    assert "1 iPad wird berührt." in page
    assert "bekommt den Namen $SERIAL" in page
    assert "SIM0000001" in page
    assert "Es lässt sich in einem Schritt zurücknehmen" in page
    assert "Grund: Neues Schuljahr" in page
    with database.reading() as tx:
        assert tx.scalar(select(func.count()).select_from(Assignment)) == 0


def test_approving_releases_the_first_ring(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    browser = signed_in("manager_a")
    path = _draft(browser, world)

    _approved(browser, path)

    page = browser.get(path).text
    assert "Genehmigt. Die ersten iPads bekommen es" in page
    assert "unterwegs" in page
    with database.reading() as tx:
        released = select(RolloutDevice.device_id).where(RolloutDevice.released_at.is_not(None))
        assert tx.scalars(released).all() == [world.device]


def test_things_that_moved_show_the_new_preview_and_nothing_happens(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    browser = signed_in("manager_a")
    path = _draft(browser, world)
    seen = _fingerprint(browser, path)
    with database.transaction() as tx:
        school = tx.get_one(School, world.school_a)
        devices.an_ipad(tx, school, "SIM0000055")

    answer = browser.post(f"{path}/approve", fingerprint=seen)

    assert answer.status_code == 409
    assert "Es ist noch nichts geschehen: Dies ist die neue Vorschau" in answer.text
    assert "2 iPads werden berührt." in answer.text
    assert seen not in answer.text
    assert _plan(database, path).state is ChangeState.DRAFTED
    _approved(browser, path)


def test_the_second_of_two_people_is_told_who_was_faster(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    first, second = signed_in("administrator"), signed_in("manager_a")
    path = _draft(second, world)
    seen = _fingerprint(second, path)
    _approved(first, path)

    answer = second.post(f"{path}/approve", fingerprint=seen)

    assert answer.status_code == 409
    assert "administrator war schneller und hat diese Änderung" in answer.text
    with database.reading() as tx:
        assert tx.scalar(select(func.count()).select_from(Assignment)) == 1


@pytest.mark.parametrize("fingerprint", ["", "0" * 64, "x"])
def test_a_fingerprint_that_was_never_shown_approves_nothing(
    world: World, signed_in: Callable[[str], Browser], database: Database, fingerprint: str
) -> None:
    browser = signed_in("manager_a")
    path = _draft(browser, world)

    assert browser.post(f"{path}/approve", fingerprint=fingerprint).status_code == 409
    assert _plan(database, path).state is ChangeState.DRAFTED


def test_the_order_of_rings_and_the_gate_can_be_changed_before_approval(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    with database.transaction() as tx:
        school = tx.get_one(School, world.school_a)
        nine = schools.a_class(tx, school, "9a")
        devices.an_ipad(tx, school, "SIM0000055", class_group=nine)
    browser = signed_in("manager_a")
    path = _draft(browser, world)

    answer = browser.post(
        f"{path}/arrange",
        ring_1="class 12/9a",
        ring_2="",
        ring_3="",
        failed_percent="5",
        wait_minutes="90",
        min_devices="1",
    )

    page = browser.get(answer.location).text
    assert "Die Reihenfolge der Ringe wurde geändert." in page
    assert re.search(r"<strong>Klasse 9a \(Schule 12\)</strong>.*<strong>alle übrigen", page, re.S)
    assert "mindestens 90 Minuten und 1 iPads" in page
    assert "mehr als 5 % scheitern" in page
    assert _plan(database, path).gate["wait"] == 5400


@pytest.mark.parametrize(
    "odd", [{"ring_1": "class 13/1a"}, {"failed_percent": "101"}, {"wait_minutes": "bald"}]
)
def test_an_odd_order_is_refused(
    world: World, signed_in: Callable[[str], Browser], odd: dict[str, str]
) -> None:
    browser = signed_in("manager_a")
    path = _draft(browser, world)
    fields = {"failed_percent": "5", "wait_minutes": "90", "min_devices": "1"}

    assert browser.post(f"{path}/arrange", **(fields | odd)).status_code == 400


def test_a_discarded_draft_can_no_longer_be_approved(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    browser = signed_in("manager_a")
    path = _draft(browser, world)
    seen = _fingerprint(browser, path)

    listed = browser.get(browser.post(f"{path}/discard").location).text
    answer = browser.post(f"{path}/approve", fingerprint=seen)

    assert "Verworfen. Es ist nichts geschehen." in listed
    assert answer.status_code == 409
    assert "Jemand anderes hat diese Änderung inzwischen aufgegeben" in answer.text


def test_a_plan_under_way_is_stopped_with_a_reason_and_goes_on(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    browser = signed_in("manager_a")
    path = _draft(browser, world)
    _approved(browser, path)

    refused = browser.post(f"{path}/stop", reason="  ")
    browser.post(f"{path}/stop", reason="Falsche Klasse")
    stopped = browser.get(path).text
    browser.post(f"{path}/resume")

    assert refused.status_code == 400
    assert "Falsche Klasse" in stopped
    assert "Weitermachen?" in stopped
    assert _plan(database, path).state is ChangeState.ROLLING_OUT


def test_a_plan_that_nothing_can_prove_says_so_and_what_going_on_means(
    world: World, signed_in: Callable[[str], Browser], database: Database, clock: FixedClock
) -> None:
    with database.transaction() as tx:
        devices.an_ipad(tx, tx.get_one(School, world.school_a), "SIM0000055")
    browser = signed_in("manager_a")
    path = _draft(browser, world)
    order = {"failed_percent": "5", "wait_minutes": "0", "min_devices": "1"}
    browser.post(f"{path}/arrange", ring_1="class 12/7b", **order)
    _approved(browser, path)
    with database.transaction() as tx:
        comes_to(tx, world.enrollment, OutcomeKind.BLOCKED, clock.now(), "org.example.other")
        advancing.advance(tx, clock.now())

    page = browser.get(path).text

    assert "In Ring 1 kann kein iPad die Änderung nachweisen" in page
    assert "dann folgt der nächste Ring ohne Nachweis" in page
    browser.post(f"{path}/resume")
    assert _plan(database, path).state is ChangeState.ROLLING_OUT


def test_how_far_it_has_come_appears_without_a_reload(
    world: World, signed_in: Callable[[str], Browser], database: Database, clock: FixedClock
) -> None:
    browser = signed_in("manager_a")
    path = _draft(browser, world)
    _approved(browser, path)
    with database.transaction() as tx:
        comes_to(tx, world.enrollment, OutcomeKind.AS_WISHED, clock.now())
        advancing.advance(tx, clock.now() + timedelta(hours=2))

    parts = browser.get(f"{path}/live.json").json["parts"]

    assert set(parts) == {"status", "rings"}
    assert "1 nachgewiesen" in parts["rings"]
    assert "erledigt" in parts["status"]


@pytest.mark.parametrize("outcome", OutcomeKind)
def test_each_ipad_of_a_plan_under_way_says_how_it_stands(
    world: World,
    signed_in: Callable[[str], Browser],
    database: Database,
    clock: FixedClock,
    outcome: OutcomeKind,
) -> None:
    browser = signed_in("manager_a")
    path = _draft(browser, world)
    _approved(browser, path)
    with database.transaction() as tx:
        comes_to(tx, world.enrollment, outcome, clock.now())

    page = browser.get(path)

    assert page.status_code == 200
    assert f'word-{change_words.STANDS[outcome].tone.value}"' in page.text


def test_undoing_drafts_the_way_back_and_approving_that_takes_it_back(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    browser = signed_in("manager_a")
    path = _draft(browser, world)
    _approved(browser, path)

    back = str(browser.post(f"{path}/undo").location)
    page = browser.get(back).text
    _approved(browser, back)

    assert "Das ist der Weg zurück als Entwurf." in page
    assert "muss den Namen $SERIAL nicht mehr haben" in page
    assert _plan(database, path).state is ChangeState.UNDONE
    assert "zurückgenommen" in browser.get(path).text


def test_the_list_tells_the_way_back_from_the_change_whose_name_it_has(
    world: World, signed_in: Callable[[str], Browser]
) -> None:
    browser = signed_in("manager_a")
    path = _draft(browser, world)
    _approved(browser, path)
    before = browser.get("/console/changes").text

    browser.post(f"{path}/undo")

    assert "nimmt eine andere Änderung zurück" not in before
    assert "nimmt eine andere Änderung zurück" in browser.get("/console/changes").text


def test_what_was_never_approved_cannot_be_undone(
    world: World, signed_in: Callable[[str], Browser]
) -> None:
    browser = signed_in("manager_a")

    answer = browser.post(f"{_draft(browser, world)}/undo")

    assert answer.status_code == 409
    assert "So gibt es keinen Weg zurück" in answer.text


def test_looking_again_says_whether_anything_has_moved(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    browser = signed_in("manager_a")
    path = _draft(browser, world)

    same = browser.get(browser.post(f"{path}/look-again").location).text
    with database.transaction() as tx:
        devices.an_ipad(tx, tx.get_one(School, world.school_a), "SIM0000055")
    moved = browser.get(browser.post(f"{path}/look-again").location).text

    assert "Es ist alles wie zuvor." in same
    assert "Dies ist der neue Stand." in moved


def test_every_ipad_of_a_group_is_listed_page_by_page(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    with database.transaction() as tx:
        school = tx.get_one(School, world.school_a)
        for number in range(60):
            devices.an_ipad(tx, school, f"SIM00010{number:02}")
    browser = signed_in("manager_a")
    page = browser.get(_draft(browser, world)).text
    link = re.findall(r'href="(/console/changes/\d+/effects/[0-9a-f]+)"', page)[0]

    first, second = browser.get(link).text, browser.get(f"{link}?page=2").text

    assert "Alle 61 zeigen" in page
    assert first.count("SIM00") == 50 * 2
    assert second.count("SIM00") == 11 * 2


def test_a_new_version_of_an_assigned_blueprint_is_a_change_that_names_both_versions(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    browser = signed_in("manager_a")
    _approved(browser, _draft(browser, world))
    path = f"/console/blueprints/{world.blueprint}/edit"

    answer = browser.post(
        path, name="Grundausstattung", based_on="1", device_name="Schul-$SERIAL", keep_others="y"
    )

    page = browser.get(answer.location).text
    assert "Noch hat es niemand: Hier sehen Sie, wer es bekäme." in page
    assert "in Version 1 hat, bekommt Version 2." in page
    assert "bekommt den Namen Schul-$SERIAL statt den Namen $SERIAL" in page
    with database.reading() as tx:
        version = find_version(tx, world.blueprint, 1)
        assert tx.scalars(select(Assignment.blueprint_version_id)).all() == [version.id]
        assert tx.get_one(Enrollment, world.enrollment).ended_at is None


def test_the_list_shows_what_waits_and_what_has_stopped_first(
    world: World, signed_in: Callable[[str], Browser]
) -> None:
    browser = signed_in("manager_a")
    path = _draft(browser, world, target="grade:7")
    _approved(browser, path)
    browser.post(f"{path}/stop", reason="Probe")

    page = browser.get("/console/changes").text

    assert page.index("angehalten") < page.index("Ansehen und entscheiden")
    assert "Grundausstattung für: Jahrgang 7 (Schule 12)" in page


@pytest.mark.parametrize("stranger", ["manager_b", "outsider"])
def test_the_list_of_changes_does_not_tell_of_another_school(
    world: World, signed_in: Callable[[str], Browser], stranger: str
) -> None:
    _draft(signed_in("manager_a"), world)

    page = signed_in(stranger).get("/console/changes").text

    assert "Grundausstattung" not in page


def test_a_reader_sees_a_plan_without_buttons(
    world: World, signed_in: Callable[[str], Browser]
) -> None:
    path = _draft(signed_in("manager_a"), world)

    page = signed_in("reader").get(path).text

    assert "1 iPad wird berührt." in page
    assert "/approve" not in page
    assert "/arrange" not in page


def test_the_gates_own_words_are_told_in_german(app: Flask) -> None:
    with app.test_request_context("/console/"):
        told = change_words.stopped_text("ring 2: 3 of 10 iPads failed")
        other = change_words.stopped_text("ring 2: die falsche Klasse")

    assert told == "In Ring 2 ist auf 3 von 10 iPads etwas im Weg."
    assert other == "ring 2: die falsche Klasse"


def test_a_manager_reads_a_plan_of_the_city_as_far_as_it_is_about_his_ipads(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    with database.transaction() as tx:
        devices.an_ipad(tx, tx.get_one(School, world.school_b), "SIM0000066")
    administrator, manager = signed_in("administrator"), signed_in("manager_a")
    path = _draft_for_the_city(administrator, database)

    page = manager.get(path).text

    assert path in manager.get("/console/changes").text
    assert "1 iPad wird berührt." in page
    assert "Außerdem wird 1 iPad berührt, das Sie nicht sehen; insgesamt sind es 2." in page
    assert "SIM0000001" in page
    assert "SIM0000066" not in page
    assert not re.findall(rf'action="{path}/', page)
    for verb in ("approve", "look-again", "discard", "arrange"):
        assert manager.post(f"{path}/{verb}").status_code == 403
    assert _plan(database, path).state is ChangeState.DRAFTED


def test_the_list_of_ipads_of_a_plan_of_the_city_holds_his_own_only(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    with database.transaction() as tx:
        devices.an_ipad(tx, tx.get_one(School, world.school_b), "SIM0000066")
    administrator, manager = signed_in("administrator"), signed_in("manager_a")
    path = _draft_for_the_city(administrator, database)
    digest = preview_of(_plan(database, path)).groups[0].digest

    page = manager.get(f"{path}/effects/{digest}").text

    assert "SIM0000001" in page
    assert "SIM0000066" not in page
    assert "SIM0000066" in administrator.get(f"{path}/effects/{digest}").text


def test_the_way_back_is_linked_only_for_those_whose_ipads_it_touches(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    """School A got the same by a rule of its own meanwhile, so that it keeps it."""
    with database.transaction() as tx:
        devices.an_ipad(tx, tx.get_one(School, world.school_b), "SIM0000066")
    administrator, manager = signed_in("administrator"), signed_in("manager_a")
    path = _draft_for_the_city(administrator, database)
    _approved(administrator, path)
    own = f"/console/schools/{world.school_a}/assignments/new"
    with database.reading() as tx:
        number = tx.scalars(select(Blueprint.id).where(Blueprint.name == "Stadtweites")).one()
    subject = f"blueprint:{number}"
    _approved(manager, str(manager.post(own, subject=subject, target="whole").location))
    back = str(administrator.post(f"{path}/undo").location)

    page = manager.get(path)

    assert f'href="{back}"' in administrator.get(path).text
    assert page.status_code == 200
    assert f'href="{back}"' not in page.text
    assert manager.get(back).status_code == 404
