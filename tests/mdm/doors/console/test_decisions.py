"""Releasing an iPad, expecting one back, expecting new ones by serial number."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from enrollment.standing import EnrollmentState
from mdm.base.db import Database
from mdm.doors.console.serials import read_serials
from mdm.rooms.audit.models import AuditEntry
from mdm.rooms.commands.models import Command
from mdm.rooms.devices.models import Device, Enrollment
from mdm.rooms.schools.models import School
from policies.delivery import DeliveryState
from tests.factories import devices
from tests.mdm.doors.console.browser import Browser
from tests.mdm.doors.console.conftest import SINCE_THEN, World


def test_a_released_ipad_is_managed_no_more_and_its_queue_is_empty(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    browser = signed_in("manager_a")

    answer = browser.post(f"/console/devices/{world.device}/release", reason="verkauft")

    page = browser.get(answer.location).text
    assert "Entlassen. Das iPad wird nicht mehr von uns verwaltet" in page
    assert "/release" not in page
    with database.reading() as tx:
        assert tx.get_one(Enrollment, world.enrollment).state is EnrollmentState.RETIRED
        assert tx.scalars(select(Command.state)).all() == [DeliveryState.CANCELLED]
        assert tx.scalars(select(AuditEntry.reason).where(SINCE_THEN)).all() == ["verkauft"]


def test_a_release_needs_a_reason(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    answer = signed_in("manager_a").post(f"/console/devices/{world.device}/release", reason=" ")

    assert answer.status_code == 400
    with database.reading() as tx:
        assert tx.get_one(Device, world.device).retired_at is None


def test_an_ipad_is_released_once(world: World, signed_in: Callable[[str], Browser]) -> None:
    browser, path = signed_in("manager_a"), f"/console/devices/{world.device}"
    browser.post(f"{path}/release", reason="verkauft")

    assert browser.post(f"{path}/release", reason="noch einmal").status_code == 404
    assert browser.post(f"{path}/expect-return").status_code == 404


def test_an_ipad_that_is_expected_back_says_so(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    browser = signed_in("manager_a")

    answer = browser.post(f"/console/devices/{world.device}/expect-return")

    assert "Seine Rückkehr wird erwartet" in browser.get(answer.location).text
    with database.reading() as tx:
        assert tx.get_one(Device, world.device).is_return_expected


def test_looking_at_a_decision_decides_nothing(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    browser = signed_in("manager_a")

    for page in ("release", "expect-return"):
        assert browser.get(f"/console/devices/{world.device}/{page}").status_code == 200

    with database.reading() as tx:
        assert tx.scalars(select(AuditEntry).where(SINCE_THEN)).all() == []


def test_pasted_serial_numbers_are_expected_in_the_class_chosen(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    browser = signed_in("manager_a")

    answer = browser.post(
        f"/console/schools/{world.school_a}/expected",
        serials="simx000001\n\nSIMX000002, SIMX000001;SIM0000001\r\n",
        class_group_id=str(world.class_a),
    )

    assert "3 iPads werden neu erwartet" in browser.get(answer.location).text
    with database.reading() as tx:
        found = tx.scalars(select(Device).where(Device.is_expected)).all()
    assert {row.serial for row in found} == {"SIMX000001", "SIMX000002", "SIM0000001"}
    assert {row.class_group_id for row in found} == {world.class_a}


def test_every_line_that_is_wrong_is_named_and_nothing_is_saved(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    with database.transaction() as tx:
        devices.a_device(tx, tx.get_one(School, world.school_b), "SIMB000001")
        devices.an_ipad(tx, tx.get_one(School, world.school_a), "SIMA000009")

    answer = signed_in("manager_a").post(
        f"/console/schools/{world.school_a}/expected",
        serials="SIMX000001\n<b>kurz</b>\nSIMB000001\nSIMA000009",
        class_group_id=str(world.class_a),
    )

    assert answer.status_code == 400
    assert "Zeile 2: „&lt;b&gt;kurz&lt;/b&gt;“ ist keine Seriennummer." in answer.text
    assert "Zeile 3: SIMB000001 gehört zu einer anderen Schule" in answer.text
    assert "Zeile 4: SIMA000009 ist schon registriert" in answer.text
    with database.reading() as tx:
        assert tx.scalars(select(Device).where(Device.is_expected)).all() == []


@pytest.mark.parametrize("text", ["", " \n ,; \n"])
def test_a_list_without_serial_numbers_is_no_list(app: Flask, text: str) -> None:
    with app.test_request_context("/console/"):
        found = read_serials(text)

    assert found.lines == {}
    assert len(found.problems) == 1


def test_a_list_may_not_be_endless(app: Flask) -> None:
    text = "\n".join(f"SIMX{number:06d}" for number in range(2001))

    with app.test_request_context("/console/"):
        found = read_serials(text)

    assert len(found.problems) == 1
