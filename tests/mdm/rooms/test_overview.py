"""What pages read of orders, assignments and expectations, on both engines."""

from datetime import datetime, timedelta

import pytest

from mdm.base.db import Database, Tx
from mdm.base.errors import NotFound
from mdm.base.vault import Vault
from mdm.rooms.access.models import Role
from mdm.rooms.actions import overview
from mdm.rooms.actions.overview import OrderState
from mdm.rooms.assignments.queries import assigned_to, reached_by_saving
from mdm.rooms.assignments.service import assign
from mdm.rooms.audit.service import Actor
from mdm.rooms.blueprints.service import Saved, save_app, save_wifi
from mdm.rooms.devices.queries import owned_elsewhere
from mdm.rooms.schools.models import ClassGroup, School
from policies.actions import RemoteKind
from policies.delivery import DeliveryState
from profiles.payloads.wifi import Personal, WifiNetwork
from tests.factories import people
from tests.factories.actions import an_order
from tests.factories.commands import a_command
from tests.factories.devices import a_device, a_held_ipad, an_ipad
from tests.factories.schools import a_class, a_school

ACTOR = Actor.system_user("root")


def _wifi(tx: Tx, vault: Vault, school: School | None, name: str, now: datetime) -> Saved:
    network = WifiNetwork("Schule", Personal("geheimes-wlan"))
    return save_wifi(tx, vault, school, name, network, ACTOR, now)


def test_an_order_says_how_far_its_ipads_are(database: Database, now: datetime) -> None:
    with database.transaction() as tx:
        school = a_school(tx)
        ipads = [an_ipad(tx, school, f"SIM000000{n}") for n in range(3)]
        order = an_order(tx, "person:1", ipads, RemoteKind.RESTART, needs_second=False)
        a_command(tx, ipads[0], "RestartDevice", DeliveryState.PROVEN, action_id=order.id)
        a_command(tx, ipads[1], "RestartDevice", DeliveryState.QUEUED, action_id=order.id)
        viewer = people.viewer(tx, people.manager_a(tx, school))

    with database.reading() as tx:
        row = overview.order(tx, viewer, order.id)
        devices = overview.devices_of(tx, viewer, order.id)

    assert (row.devices, row.is_whole, row.device_name) == (3, True, "")
    assert row.reached == {DeliveryState.PROVEN: 1, DeliveryState.QUEUED: 1}
    assert row.state(now) is OrderState.UNDER_WAY
    assert [one.state for one in devices] == [DeliveryState.PROVEN, DeliveryState.QUEUED, None]


@pytest.mark.parametrize(
    ("columns", "after", "expected"),
    [
        ({}, timedelta(), OrderState.WAITS),
        ({}, timedelta(days=7), OrderState.LAPSED),
        ({"needs_second": False}, timedelta(), OrderState.OVER),
        ({"stopped_by": "person:1"}, timedelta(), OrderState.TAKEN_BACK),
    ],
)
def test_where_an_order_stands(
    database: Database,
    now: datetime,
    columns: dict[str, object],
    after: timedelta,
    expected: OrderState,
) -> None:
    if "stopped_by" in columns:
        columns = columns | {"stopped_at": now}
    with database.transaction() as tx:
        school = a_school(tx)
        order = an_order(tx, "person:1", [an_ipad(tx, school)], **columns)
        viewer = people.viewer(tx, people.manager_a(tx, school))
        waiting = overview.waiting(tx, viewer, now + after)

        assert overview.order(tx, viewer, order.id).state(now + after) is expected
        assert len(waiting) == (expected is OrderState.WAITS)


def test_an_order_that_was_done_before_it_was_stopped_is_over(
    database: Database, now: datetime
) -> None:
    with database.transaction() as tx:
        school = a_school(tx)
        ipad = an_ipad(tx, school)
        order = an_order(tx, "person:1", [ipad], needs_second=False, stopped_at=now)
        a_command(tx, ipad, "EraseDevice", DeliveryState.PROVEN, action_id=order.id)
        viewer = people.viewer(tx, people.manager_a(tx, school))

        assert overview.order(tx, viewer, order.id).state(now) is OrderState.OVER


def test_an_order_that_reaches_beyond_his_schools_is_seen_in_part_and_not_touched(
    database: Database, now: datetime
) -> None:
    with database.transaction() as tx:
        school_a, school_b = a_school(tx, "12"), a_school(tx, "13")
        ipads = [an_ipad(tx, school_a, "SIM0000001"), an_ipad(tx, school_b, "SIM0000002")]
        order = an_order(tx, "person:99", ipads)
        viewer = people.viewer(tx, people.manager_a(tx, school_a))
        outsider = people.viewer(tx, people.outsider(tx))

        row = overview.order(tx, viewer, order.id)

        assert (row.devices, row.is_whole) == (1, False)
        assert not row.may_second(viewer, now)
        assert not row.may_cancel(viewer, now)
        assert [one.serial for one in overview.devices_of(tx, viewer, order.id)] == ["SIM0000001"]
        assert (overview.count(tx, outsider), overview.orders(tx, outsider)) == (0, [])
        with pytest.raises(NotFound):
            overview.order(tx, outsider, order.id)


def test_whoever_ordered_it_is_no_second_person(database: Database, now: datetime) -> None:
    with database.transaction() as tx:
        school = a_school(tx)
        first, other = people.manager_a(tx, school), people.a_person(tx, "other", schools=[school])
        reader = people.a_person(tx, "reader", Role.READER, [school])
        order = an_order(tx, f"person:{first.id}", [an_ipad(tx, school)])
        viewers = [people.viewer(tx, person) for person in (first, other, reader)]

        row = overview.order(tx, viewers[0], order.id)

    assert [row.may_second(viewer, now) for viewer in viewers] == [False, True, False]
    assert [row.may_cancel(viewer, now) for viewer in viewers] == [True, True, False]


def test_a_school_has_what_was_decided_for_it_and_for_the_city(
    database: Database, vault: Vault, now: datetime
) -> None:
    with database.transaction() as tx:
        school, other = a_school(tx, "12"), a_school(tx, "13")
        group = a_class(tx, school)
        app = save_app(tx, "de.example.mathe", 1, "Mathe", ACTOR, now)
        assign(tx, None, None, app, ACTOR, now)
        assign(tx, school, group, _wifi(tx, vault, school, "WLAN", now).profile, ACTOR, now)
        assign(tx, other, None, _wifi(tx, vault, other, "Fremd", now).profile, ACTOR, now)

        rows = assigned_to(tx, school.id)

    told = [(row.name, row.class_name, row.is_citywide) for row in rows]
    assert told == [("WLAN", "7b", False), ("Mathe", None, True)]
    assert rows[0].summary["ssid"] == "Schule"
    assert "geheimes-wlan" not in str(rows)


def test_saving_reaches_the_enrolled_ipads_of_the_place_and_whoever_has_it_already(
    database: Database, vault: Vault, now: datetime
) -> None:
    with database.transaction() as tx:
        school = a_school(tx)
        groups: list[ClassGroup] = [a_class(tx, school, name) for name in ("7a", "7b", "7c")]
        for number, group in enumerate([*groups, groups[0]]):
            an_ipad(tx, school, f"SIM000000{number}", class_group=group)
        a_held_ipad(tx, school)
        a_device(tx, school, "SIM0000050")
        profile = _wifi(tx, vault, school, "WLAN", now).profile
        assign(tx, school, groups[0], profile, ACTOR, now)

        whole = reached_by_saving(tx, school.id, None, None)
        one_class = reached_by_saving(tx, school.id, groups[1].id, None)
        again = reached_by_saving(tx, school.id, groups[1].id, profile.id)

    assert (whole, one_class, again) == (4, 1, 3)


def test_a_serial_number_of_another_school_is_told_apart(database: Database) -> None:
    with database.transaction() as tx:
        school_a, school_b = a_school(tx, "12"), a_school(tx, "13")
        a_device(tx, school_a, "SIM0000001")
        a_device(tx, school_b, "SIM0000002")
        a_device(tx, None, "SIM0000003")
        wanted = ["SIM0000001", "SIM0000002", "SIM0000003", "SIM0000004"]

        assert owned_elsewhere(tx, wanted, school_a.id) == {"SIM0000002"}
