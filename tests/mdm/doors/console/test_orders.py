"""From the button to the queue: what the actions room makes of an order from a page."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from mdm.base.db import Database
from mdm.rooms.audit.models import AuditEntry
from mdm.rooms.commands.models import Command
from mdm.rooms.devices.models import Device, Enrollment
from mdm.rooms.outbox.models import OutboxItem
from mdm.rooms.schools.models import School
from policies.actions import Inquire, QueryKind
from policies.delivery import DeliveryState
from tests.factories import devices
from tests.factories.commands import a_command
from tests.mdm.doors.console.browser import Browser
from tests.mdm.doors.console.conftest import SINCE_THEN, World


@pytest.fixture
def later_question(database: Database, world: World, now: datetime) -> str:
    """A question that a plan has put off for an hour; gives its key."""
    key = str(Inquire(QueryKind.PROFILE_LIST).key)
    with database.transaction() as tx:
        ipad = tx.get_one(Enrollment, world.enrollment)
        a_command(tx, ipad, "ProfileList", action_key=key, not_before=now + timedelta(hours=1))
    return key


def test_an_erase_from_the_page_is_queued_journalled_and_shown(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    browser, path = signed_in("manager_a"), f"/console/devices/{world.device}"

    browser.post(f"{path}/actions/erase", serial="SIM0000001", reason="Display gebrochen")

    page = browser.get(path).text
    with database.reading() as tx:
        row = tx.scalars(select(Command).where(Command.request_type == "EraseDevice")).one()
        acts = tx.scalars(select(AuditEntry.act).where(SINCE_THEN)).all()
    assert (row.state, row.is_guarded) == (DeliveryState.QUEUED, True)
    assert row.approved_by == f"person:{world.people['manager_a']}"
    assert "action.order" in acts
    assert "Beauftragt" in page
    assert "hat einen Auftrag erteilt" in page
    assert page.count("Display gebrochen") == 2


def test_an_unsupervised_ipad_is_not_restarted_and_the_page_says_why(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    with database.transaction() as tx:
        tx.execute(update(Device).values(is_supervised=False))

    answer = signed_in("helpdesk").post(
        f"/console/devices/{world.device}/actions/restart", reason="hängt"
    )

    assert answer.status_code == 400
    assert "Es ist nicht betreut und würde ablehnen" in answer.text
    with database.reading() as tx:
        rows = tx.scalars(select(Command).where(Command.request_type == "RestartDevice")).all()
    assert rows == []


def test_the_message_of_a_lock_reaches_the_command(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    signed_in("manager_a").post(
        f"/console/devices/{world.device}/actions/lock",
        reason="liegen geblieben",
        message="Bitte ins Sekretariat bringen",
    )

    with database.reading() as tx:
        row = tx.scalars(select(Command).where(Command.request_type == "DeviceLock")).one()
    assert b"Bitte ins Sekretariat bringen" in (row.body or b"")


def test_more_erases_than_one_person_may_order_wait_for_a_second_one(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    with database.transaction() as tx:
        school = tx.get_one(School, world.school_a)
        more = [devices.an_ipad(tx, school, f"SIM10000{n}").device_id for n in range(6)]
    browser = signed_in("manager_a")

    for number, device_id in enumerate(more):
        answer = browser.post(
            f"/console/devices/{device_id}/actions/erase",
            serial=f"SIM10000{number}",
            reason="Rückgabe",
        )

    assert "brauchen eine zweite Person" in browser.get(answer.location).text
    with database.reading() as tx:
        rows = tx.scalars(select(Command).where(Command.request_type == "EraseDevice")).all()
    assert len(rows) == 5


def test_refreshing_asks_everything_once_and_wakes_the_ipad(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    browser, path = signed_in("helpdesk"), f"/console/devices/{world.device}/refresh"

    browser.post(path)
    browser.post(path)

    with database.reading() as tx:
        asked = tx.scalars(select(Command.action_key).where(Command.action_key.is_not(None))).all()
        wake = tx.scalars(select(OutboxItem.key).where(OutboxItem.topic == "push")).all()
        acts = tx.scalars(select(AuditEntry.act).where(SINCE_THEN)).all()
    assert len(asked) == len(set(asked)) == len(QueryKind)
    assert set(wake) == {str(world.enrollment)}
    assert acts == ["device.ask", "device.ask"]


def test_what_a_plan_wants_to_ask_later_is_asked_now(
    world: World, signed_in: Callable[[str], Browser], database: Database, later_question: str
) -> None:
    signed_in("helpdesk").post(f"/console/devices/{world.device}/refresh")

    with database.reading() as tx:
        rows = tx.scalars(
            select(Command).where(Command.action_key == later_question).order_by(Command.id)
        ).all()
    assert [row.state for row in rows] == [DeliveryState.CANCELLED, DeliveryState.QUEUED]
    assert rows[1].not_before is None
