"""Orders for one iPad: what the page says first, what must be typed, what is then ordered."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from enrollment.standing import EnrollmentState
from mdm.base.db import Database
from mdm.doors.console import words
from mdm.doors.console.orders import Placed
from mdm.rooms.devices.models import Enrollment
from policies.actions import RemoteKind
from profiles.commands.refusal import RefusalKind as DeviceRefusalKind
from tests.mdm.doors.console.browser import Browser
from tests.mdm.doors.console.conftest import World


@dataclass
class Orders:
    """Stands in for the way to the actions room; answers `answer` and remembers."""

    answer: Placed = field(default_factory=Placed)
    placed: list[tuple[Any, ...]] = field(default_factory=list)

    def order(self, _tx: Any, _tools: Any, viewer: Any, *rest: Any) -> Placed:
        self.placed.append((viewer.login, *rest[:-1]))
        return self.answer


@pytest.fixture
def orders(monkeypatch: pytest.MonkeyPatch) -> Orders:
    """What the console orders, caught before it reaches the actions room."""
    caught = Orders()
    monkeypatch.setattr("mdm.doors.console.orders.order", caught.order)
    return caught


def test_the_erase_page_says_what_happens_to_which_ipad_and_that_it_is_final(
    world: World, signed_in: Callable[[str], Browser]
) -> None:
    page = signed_in("manager_a").get(f"/console/devices/{world.device}/actions/erase").text

    for shown in (
        "SIM0000001",
        "Beispielschule Nord",
        "Alle Arbeiten, Apps und Einstellungen auf diesem iPad werden gelöscht.",
        "Das kann niemand rückgängig machen.",
    ):
        assert shown in page


def test_an_erase_is_ordered_when_serial_number_and_reason_are_given(
    world: World, signed_in: Callable[[str], Browser], orders: Orders
) -> None:
    answer = signed_in("manager_a").post(
        f"/console/devices/{world.device}/actions/erase",
        serial=" sim0000001 ",
        reason=" Display gebrochen ",
    )

    assert answer.location == f"/console/devices/{world.device}"
    assert orders.placed == [("manager_a", RemoteKind.ERASE, world.device, {}, "Display gebrochen")]


@pytest.mark.parametrize(
    "fields",
    [
        {"serial": "SIM0000002", "reason": "Display gebrochen"},
        {"serial": "", "reason": "Display gebrochen"},
        {"serial": "SIM0000001", "reason": ""},
        {"serial": "SIM0000001", "reason": "   "},
        {"serial": "SIM0000001", "reason": "x" * 301},
        {"reason": "Display gebrochen"},
    ],
)
def test_an_incomplete_erase_is_not_ordered(
    world: World, signed_in: Callable[[str], Browser], orders: Orders, fields: dict[str, str]
) -> None:
    path = f"/console/devices/{world.device}/actions/erase"

    answer = signed_in("manager_a").post(path, **fields)

    assert answer.status_code == 400
    assert orders.placed == []


def test_looking_at_the_page_orders_nothing(
    world: World, signed_in: Callable[[str], Browser], orders: Orders
) -> None:
    signed_in("manager_a").get(
        f"/console/devices/{world.device}/actions/erase?serial=SIM0000001&reason=x"
    )

    assert orders.placed == []


def test_a_lock_may_show_a_message(
    world: World, signed_in: Callable[[str], Browser], orders: Orders
) -> None:
    signed_in("manager_a").post(
        f"/console/devices/{world.device}/actions/lock",
        reason="liegen geblieben",
        message="Bitte ins Sekretariat bringen",
    )

    message = {"Message": "Bitte ins Sekretariat bringen"}
    assert orders.placed[0][1:4] == (RemoteKind.LOCK, world.device, message)


def test_a_refusal_is_shown_with_its_reason_and_nothing_is_promised(
    world: World, signed_in: Callable[[str], Browser], orders: Orders
) -> None:
    refusal = words.DEVICE_REFUSAL[DeviceRefusalKind.NEEDS_SUPERVISION]
    orders.answer = Placed(refusals=(refusal,))

    answer = signed_in("helpdesk").post(
        f"/console/devices/{world.device}/actions/restart", reason="hängt"
    )

    assert answer.status_code == 400
    assert "Es ist nicht betreut und würde ablehnen" in answer.text


def test_an_order_that_needs_a_second_person_says_so(
    world: World, signed_in: Callable[[str], Browser], orders: Orders
) -> None:
    orders.answer = Placed(is_waiting=True)
    browser = signed_in("manager_a")

    answer = browser.post(
        f"/console/devices/{world.device}/actions/erase", serial="SIM0000001", reason="Rückgabe"
    )

    assert "brauchen eine zweite Person" in browser.get(answer.location).text


def test_nothing_is_offered_for_a_device_that_has_left(
    world: World, signed_in: Callable[[str], Browser], database: Database, orders: Orders
) -> None:
    with database.transaction() as tx:
        row = tx.get_one(Enrollment, world.enrollment)
        row.state, row.ended_at = EnrollmentState.CHECKED_OUT, row.enrolled_at
    browser = signed_in("manager_a")

    assert "actions/" not in browser.get(f"/console/devices/{world.device}").text
    assert browser.get(f"/console/devices/{world.device}/actions/restart").status_code == 404
