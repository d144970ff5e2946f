"""What destroys leaves only with everything in order, whatever was judged before.

The rows are written past the order on purpose: this layer must hold when the others are gone.
"""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from mdm.base.db import Database
from mdm.base.vault import Vault, open_vault
from mdm.rooms.audit.service import Actor
from mdm.rooms.commands import erased as erased_room
from mdm.rooms.commands import stop
from mdm.rooms.devices.models import Device, Enrollment
from policies.actions import ActionKey, ActionKind, RemoteAction, RemoteKind
from policies.delivery import DeliveryState
from tests.factories.commands import a_command
from tests.factories.devices import an_ipad
from tests.factories.schools import a_school
from tests.mdm.rooms.last_door import MINUTE, LastDoor, a_guarded

PRESSER = Actor.person(9)


@pytest.fixture
def door(database: Database, vault: Vault, now: datetime) -> LastDoor:
    with database.transaction() as tx:
        enrollment = an_ipad(tx, a_school(tx))
    return LastDoor(database, vault, enrollment, now)


def queued(door: LastDoor, *what: Any, **columns: Any) -> str:
    with door.database.transaction() as tx:
        return a_guarded(tx, door.enrollment, door.now, *what, **columns).uuid


def outcome(door: LastDoor, uuid: str) -> tuple[DeliveryState, str]:
    row = door.row(uuid)
    return row.state, row.outcome


def test_an_erase_with_everything_in_order_leaves(door: LastDoor) -> None:
    uuid = queued(door)

    assert door.uuid() == uuid
    assert outcome(door, uuid) == (DeliveryState.REACHED, "")


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"approved_by": None}, "no_approval"),
        ({"approved_until": None}, "no_approval"),
        ({"approved_by": " "}, "no_person"),
        ({"reason": " "}, "no_reason"),
        ({"approved_generation": None}, "not_on_the_list"),
        ({"approved_generation": 2}, "other_generation"),
        ({"approved_second_by": "person:1"}, "same_person"),
        ({"answer_status": "Acknowledged"}, "already_answered"),
        ({"action_key": None}, "other_action"),
        ({"action_key": str(RemoteAction(RemoteKind.LOCK, "1").key)}, "other_action"),
        ({"action_key": str(ActionKey(ActionKind.REMOVE_APP, "de.example"))}, "other_action"),
    ],
)
def test_an_erase_with_anything_amiss_fails_and_gives_way(
    door: LastDoor, columns: dict[str, Any], reason: str
) -> None:
    uuid = queued(door, **columns)
    with door.database.transaction() as tx:
        following = a_command(tx, door.enrollment)

    assert door.ask() == following.body
    assert outcome(door, uuid) == (DeliveryState.FAILED, reason)


def test_an_approval_that_has_expired_lets_nothing_leave(door: LastDoor) -> None:
    uuid = queued(door, approved_until=door.now + MINUTE)

    assert door.ask(later=1) is None
    assert outcome(door, uuid) == (DeliveryState.FAILED, "approval_expired")


def test_an_approval_for_longer_than_a_week_is_none(door: LastDoor) -> None:
    uuid = queued(door, approved_until=door.now + timedelta(days=8))

    assert door.ask() is None
    assert outcome(door, uuid) == (DeliveryState.FAILED, "approval_too_long")


def test_while_the_stop_switch_is_pressed_nothing_guarded_leaves(door: LastDoor) -> None:
    with door.database.transaction() as tx:
        stop.press(tx, PRESSER, "drill", door.now)
    uuid = queued(door)

    assert door.ask() is None
    assert outcome(door, uuid) == (DeliveryState.FAILED, "stopped")


def test_pressing_the_stop_switch_takes_back_what_waits(door: LastDoor) -> None:
    uuid = queued(door)

    with door.database.transaction() as tx:
        assert stop.press(tx, PRESSER, "drill", door.now) == 1

    assert outcome(door, uuid) == (DeliveryState.CANCELLED, "stopped")
    assert door.ask() is None


def test_what_was_taken_back_stays_so_when_the_switch_is_released(door: LastDoor) -> None:
    queued(door)
    with door.database.transaction() as tx:
        stop.press(tx, PRESSER, "drill", door.now)

    with door.database.transaction() as tx:
        assert stop.release(tx, PRESSER, door.now)

    assert door.ask() is None
    later = queued(door, action_key=str(RemoteAction(RemoteKind.ERASE, "2").key))
    assert door.uuid() == later


def test_harmless_commands_leave_while_the_stop_switch_is_pressed(door: LastDoor) -> None:
    with door.database.transaction() as tx:
        stop.press(tx, PRESSER, "drill", door.now)
        harmless = a_command(tx, door.enrollment)

    assert door.ask() == harmless.body


def test_a_device_that_lost_its_supervision_is_not_restarted(door: LastDoor) -> None:
    with door.database.transaction() as tx:
        tx.get_one(Device, door.enrollment.device_id).is_supervised = False
    uuid = queued(door, "RestartDevice", RemoteKind.RESTART)

    assert door.ask() is None
    assert outcome(door, uuid) == (DeliveryState.FAILED, "needs supervision")


def erased(door: LastDoor, count: int, *, minutes_ago: int, **columns: Any) -> None:
    """Other devices that were erased some minutes ago."""
    with door.database.transaction() as tx:
        for number in range(count):
            other = an_ipad(tx, serial=f"OTHER{minutes_ago}{number}{len(columns)}")
            a_guarded(
                tx,
                other,
                door.now,
                state=DeliveryState.ACCEPTED,
                reached_at=door.now - minutes_ago * MINUTE,
                **columns,
            )


def test_one_erase_too_many_waits_and_the_next_command_leaves(door: LastDoor) -> None:
    erased(door, 2, minutes_ago=59)
    uuid = queued(door)
    with door.database.transaction() as tx:
        following = a_command(tx, door.enrollment)

    assert door.ask() == following.body
    assert outcome(door, uuid) == (DeliveryState.QUEUED, "")


def test_an_erase_that_waited_leaves_when_the_hour_is_over(door: LastDoor) -> None:
    erased(door, 2, minutes_ago=59)
    uuid = queued(door)

    assert door.ask() is None
    assert door.uuid(later=1) == uuid


def test_an_erase_that_waited_leaves_when_somebody_else_agrees(door: LastDoor) -> None:
    erased(door, 2, minutes_ago=1)
    uuid = queued(door, approved_second_by="person:2")

    assert door.uuid() == uuid


def test_erases_that_were_seconded_do_not_use_up_the_budget(door: LastDoor) -> None:
    erased(door, 5, minutes_ago=1, approved_second_by="person:2")
    uuid = queued(door)

    assert door.uuid() == uuid


def test_the_budget_is_each_persons_own_and_the_citys_above(door: LastDoor) -> None:
    erased(door, 2, minutes_ago=1, approved_by="person:3")
    uuid = queued(door)

    assert door.uuid() == uuid


def test_two_erases_at_once_do_not_share_the_last_place(door: LastDoor) -> None:
    erased(door, 1, minutes_ago=1)
    queued(door)
    with door.database.transaction() as tx:
        other = an_ipad(tx, serial="SIM0000002")
        a_guarded(tx, other, door.now)
    doors = [door, LastDoor(door.database, door.vault, other, door.now)]
    gate = threading.Barrier(2)
    got: list[bytes | None] = []

    def connect(one: LastDoor) -> None:
        gate.wait()
        got.append(one.ask())

    threads = [threading.Thread(target=connect, args=(one,)) for one in doors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(body is not None for body in got) == 1


def test_a_restart_that_left_and_was_never_answered_does_not_leave_again(door: LastDoor) -> None:
    uuid = queued(door, "RestartDevice", RemoteKind.RESTART)
    assert door.uuid() == uuid

    assert door.ask() is None

    assert outcome(door, uuid) == (DeliveryState.UNCONFIRMED, "left once, never answered")


def test_a_restart_that_the_ipad_put_off_leaves_again(door: LastDoor) -> None:
    uuid = queued(
        door, "RestartDevice", RemoteKind.RESTART, state=DeliveryState.DEFERRED, reached_at=door.now
    )

    assert door.uuid(later=30) == uuid


def test_an_erase_is_offered_again_only_while_the_ipad_cannot_have_come_back(
    door: LastDoor,
) -> None:
    uuid = queued(door)
    assert door.uuid() == uuid

    assert door.uuid(later=10) == uuid
    assert door.ask(later=30) is None

    assert outcome(door, uuid)[0] is DeliveryState.UNCONFIRMED


def test_offering_an_erase_again_is_no_second_erase(door: LastDoor) -> None:
    erased(door, 1, minutes_ago=1)
    uuid = queued(door)
    assert door.uuid() == uuid

    assert door.uuid(later=1) == uuid


def test_a_removal_that_a_plan_made_leaves_without_a_person(door: LastDoor) -> None:
    key = str(ActionKey(ActionKind.REMOVE_APP, "de.example.app"))
    uuid = queued(door, "RemoveApplication", action_key=key, approved_by=None, approved_until=None)

    assert door.uuid() == uuid


def test_another_destructive_command_needs_its_own_approval(door: LastDoor) -> None:
    bare = queued(door, "ClearActivationLockBypassCode", action_key=None, approved_by=None)

    assert door.ask() is None
    assert outcome(door, bare) == (DeliveryState.FAILED, "no_approval")

    approved = queued(door, "ClearActivationLockBypassCode", action_key=None)
    assert door.uuid() == approved


def test_an_erase_of_an_earlier_enrollment_never_reaches_the_next_one(door: LastDoor) -> None:
    queued(door)
    with door.database.transaction() as tx:
        old = tx.get_one(Enrollment, door.enrollment.id)
        old.ended_at = door.now
        tx.flush()
        new = Enrollment(device_id=old.device_id, key=old.key, state=old.state, generation=2)
        tx.add(new)

    assert door.ask() is None
    assert LastDoor(door.database, door.vault, new, door.now).ask() is None


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (DeliveryState.ACCEPTED, True),
        (DeliveryState.REACHED, False),
        (DeliveryState.UNCONFIRMED, False),
        (DeliveryState.FAILED, False),
    ],
)
def test_only_who_agreed_to_an_erase_may_come_back_with_any_invitation(
    door: LastDoor, state: DeliveryState, expected: bool
) -> None:
    queued(door, state=state)

    with door.database.transaction() as tx:
        erased_room.expect_if_agreed(tx, door.enrollment.key)

    with door.database.reading() as tx:
        device = tx.get_one(Device, door.enrollment.device_id)
    assert device.is_return_expected is expected


def test_an_erase_is_not_counted_while_another_is_leaving(postgres_url: str, now: datetime) -> None:
    """On SQLite a writing transaction is alone anyway."""
    database = Database(postgres_url)
    with database.transaction() as tx:
        vault = open_vault(tx, b"m" * 32, now)
        doors = [
            LastDoor(database, vault, an_ipad(tx, serial=f"SIM{number}"), now)
            for number in range(2)
        ]
        for door in doors:
            a_guarded(tx, door.enrollment, now)

    with database.transaction() as leaving:
        assert doors[0].ask_in(leaving) is not None
        with database.transaction() as waiting:
            waiting.execute(text("SET LOCAL lock_timeout = '50ms'"))

            with pytest.raises(OperationalError):
                doors[1].ask_in(waiting)

    assert doors[1].ask() is not None
    database.close()
