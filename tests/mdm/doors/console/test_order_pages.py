"""Orders and the emergency stop from the pages: agreeing, taking back, stopping the city."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from enrollment.standing import EnrollmentState
from mdm.base.bell import Job, RecordingBell
from mdm.base.db import Database
from mdm.base.tools import Tools
from mdm.rooms.actions.models import Action
from mdm.rooms.audit.models import AuditEntry
from mdm.rooms.commands.models import Command
from mdm.rooms.devices.models import Enrollment
from policies.delivery import DeliveryState
from tests.mdm.doors.console.browser import Browser
from tests.mdm.doors.console.conftest import SINCE_THEN, World, make_app


def _erases(database: Database) -> list[DeliveryState]:
    with database.reading() as tx:
        query = select(Command.state).where(Command.request_type == "EraseDevice")
        return list(tx.scalars(query))


def test_a_second_person_lets_a_waiting_order_leave(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    browser = signed_in("manager_a")

    answer = browser.post(f"/console/orders/{world.order}/second")

    page = browser.get(answer.location).text
    assert "Zugestimmt. Der Auftrag ist unterwegs zu 1 iPad." in page
    assert "eingereiht" in page
    assert _erases(database) == [DeliveryState.QUEUED]


def test_whoever_ordered_it_cannot_be_the_second_person(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    answer = signed_in("administrator").post(f"/console/orders/{world.order}/second")

    assert answer.status_code == 400
    assert "Zustimmen muss eine zweite Person, nicht dieselbe" in answer.text
    assert _erases(database) == []


def test_an_ipad_that_can_no_longer_do_it_is_named_with_its_reason(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    with database.transaction() as tx:
        row = tx.get_one(Enrollment, world.enrollment)
        row.state, row.ended_at = EnrollmentState.CHECKED_OUT, row.enrolled_at

    answer = signed_in("manager_a").post(f"/console/orders/{world.order}/second")

    assert answer.status_code == 400
    assert "Das iPad ist nicht registriert." in answer.text
    assert _erases(database) == []


def test_an_order_that_was_taken_back_stays_so(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    browser = signed_in("manager_a")

    answer = browser.post(f"/console/orders/{world.order}/cancel")

    page = browser.get(answer.location).text
    assert "zurückgenommen" in page
    assert "/second" not in page
    assert browser.post(f"/console/orders/{world.order}/second").status_code == 409
    assert browser.post(f"/console/orders/{world.order}/cancel").status_code == 409


def test_how_far_an_order_came_appears_without_a_reload(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    browser = signed_in("manager_a")
    browser.post(f"/console/orders/{world.order}/second")
    with database.transaction() as tx:
        found = tx.scalars(select(Command).where(Command.request_type == "EraseDevice")).one()
        found.state = DeliveryState.UNCONFIRMED

    parts = browser.get(f"/console/orders/{world.order}/live.json").json["parts"]

    assert set(parts) == {"status", "devices"}
    assert "unbestätigt" in parts["devices"]
    assert "abgeschlossen" in parts["status"]


def test_an_emergency_stop_takes_back_what_waits_and_everybody_hears_of_it(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    signed_in("manager_a").post(f"/console/orders/{world.order}/second")

    signed_in("administrator").post("/console/stop", reason="Falsche Klasse")

    pages = [signed_in(login).get("/console/schools").text for login in ("reader", "manager_b")]
    assert _erases(database) == [DeliveryState.CANCELLED]
    for page in pages:
        assert "Der Not-Aus ist an." in page
        assert "von administrator: Falsche Klasse" in page


def test_a_stop_needs_a_reason(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    answer = signed_in("administrator").post("/console/stop", reason="   ")

    assert answer.status_code == 400
    with database.reading() as tx:
        assert tx.scalars(select(AuditEntry.act).where(SINCE_THEN)).all() == []


def test_a_released_stop_does_not_bring_back_what_it_took(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    browser = signed_in("administrator")
    browser.post("/console/stop", reason="Falsche Klasse")

    browser.post("/console/stop/release")

    assert "Der Not-Aus ist an." not in browser.get("/console/schools").text
    with database.reading() as tx:
        assert tx.get_one(Action, world.order).stopped_at is not None


def test_whoever_pushes_is_woken_once_a_button_has_queued_something(
    world: World, tools: Tools, now: datetime
) -> None:
    bell = RecordingBell()
    browser = Browser(make_app(replace(tools, bell=bell)))
    browser.become(world.people["manager_a"], now.isoformat())

    browser.post(f"/console/orders/{world.order}/second")

    assert bell.rung == [Job.PUSH]
