"""Reconciling: from facts to rows, once, and without one device hindering another."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from mdm.base.db import Database, Tx
from mdm.base.settings import Settings
from mdm.base.vault import Vault
from mdm.rooms.commands.models import Command
from mdm.rooms.devices import service as devices
from mdm.rooms.devices.models import Device, Enrollment
from mdm.rooms.devices.reports import REPORT
from mdm.rooms.facts import service as facts
from mdm.rooms.outbox.models import OutboxItem
from mdm.rooms.reconciler import service as reconciler
from mdm.rooms.schools.models import School
from policies.actions import ActionKey, ActionKind, QueryKind
from policies.delivery import DeliveryState
from profiles.commands.wire import read_command
from tests.factories.commands import a_command
from tests.factories.devices import a_certificate, a_reported_item, an_enrollment, an_ipad
from tests.factories.schools import a_school
from tests.mdm.rooms.wishes import a_profile, an_app, assign

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
# For declarations.
TOO_OLD = "15.8"


@pytest.fixture
def school(database: Database) -> School:
    with database.transaction() as tx:
        return a_school(tx)


def a_due_ipad(
    tx: Tx, school: School | None = None, serial: str = "SIM0000001", os_version: str = "26.1"
) -> Enrollment:
    ipad = an_ipad(tx, school, serial, os_version=os_version)
    ipad.due_generation = 1
    tx.flush()
    return ipad


def with_inventory(tx: Tx, ipad: Enrollment, now: datetime) -> None:
    """An iPad that has reported everything just now, and shows nothing."""
    for query in QueryKind:
        a_reported_item(tx, ipad, REPORT, query, {"complete": True}, now)


def run(database: Database, vault: Vault, now: datetime, limit: int = 100) -> int:
    with database.transaction() as tx:
        return reconciler.reconcile_next(tx, vault, Settings(), now, limit)


def commands(tx: Tx, ipad: Enrollment | None = None) -> list[Command]:
    """What waits, in the order in which it leaves, the house's own declarations apart."""
    query = (
        select(Command)
        .where(Command.request_type != "DeclarativeManagement")
        .order_by(Command.priority, Command.id)
    )
    if ipad is not None:
        query = query.where(Command.enrollment_id == ipad.id)
    return list(tx.scalars(query))


def test_a_newly_enrolled_ipad_is_asked_about_itself(
    database: Database, vault: Vault, now: datetime
) -> None:
    with database.transaction() as tx:
        a_due_ipad(tx)

    run(database, vault, now)

    with database.reading() as tx:
        assert [row.request_type for row in commands(tx)] == [
            "DeviceInformation",
            "SecurityInfo",
            "ProfileList",
            "InstalledApplicationList",
            "CertificateList",
        ]
        bodies = [read_command(row.body or b"")[1] for row in commands(tx)]
        assert "SerialNumber" in bodies[0].parameters["Queries"]  # type: ignore[operator]


def test_a_wished_profile_is_queued_without_its_bytes(
    database: Database, vault: Vault, school: School, now: datetime
) -> None:
    with database.transaction() as tx:
        profile, version = a_profile(tx)
        assign(tx, school, profile)
        with_inventory(tx, a_due_ipad(tx, school), now)

    run(database, vault, now)

    with database.reading() as tx:
        (row,) = commands(tx)
        assert (row.request_type, row.profile_version_id) == ("InstallProfile", version.id)
        assert row.body is None
        assert not row.is_guarded
        assert row.acknowledged_state is DeliveryState.ACCEPTED


def test_a_wished_app_is_installed_with_its_assigned_license(
    database: Database, vault: Vault, school: School, now: datetime
) -> None:
    with database.transaction() as tx:
        assign(tx, school, an_app(tx))
        with_inventory(tx, a_due_ipad(tx, school, os_version=TOO_OLD), now)

    run(database, vault, now)

    with database.reading() as tx:
        (row,) = commands(tx)
        assert read_command(row.body or b"")[1].parameters == {
            "iTunesStoreID": 4711,
            "ManagementFlags": 5,
            "Options": {"PurchaseMethod": 1},
        }


def test_an_app_without_a_store_number_is_installed_by_its_name(
    database: Database, vault: Vault, school: School, now: datetime
) -> None:
    with database.transaction() as tx:
        assign(tx, school, an_app(tx, store_id=None))
        with_inventory(tx, a_due_ipad(tx, school, os_version=TOO_OLD), now)

    run(database, vault, now)

    with database.reading() as tx:
        parameters = read_command(commands(tx)[0].body or b"")[1].parameters
        assert parameters["Identifier"] == "com.example.rechnen"


def test_our_own_profile_that_nobody_wishes_is_removed(
    database: Database, vault: Vault, now: datetime
) -> None:
    with database.transaction() as tx:
        ipad = a_due_ipad(tx)
        with_inventory(tx, ipad, now)
        value = {"uuid": "A", "payload_types": ["com.apple.applicationaccess"]}
        a_reported_item(tx, ipad, "profile", "org.klassensatz.profile.old", value, now)
        enrols = {"uuid": "B", "payload_types": ["com.apple.mdm"]}
        a_reported_item(tx, ipad, "profile", "org.klassensatz.enrollment", enrols, now)
        a_reported_item(tx, ipad, "profile", "com.example.private", value, now)

    run(database, vault, now)

    with database.reading() as tx:
        (row,) = commands(tx)
        removed = read_command(row.body or b"")[1].parameters
        assert removed == {"Identifier": "org.klassensatz.profile.old"}
        assert not row.is_guarded


def test_an_identity_about_to_expire_is_renewed_with_bytes_made_at_delivery(
    database: Database, vault: Vault, now: datetime
) -> None:
    with database.transaction() as tx:
        ipad = a_due_ipad(tx)
        with_inventory(tx, ipad, now)
        a_certificate(tx, ipad, fingerprint=b"f" * 32, not_after=now + timedelta(days=10))

    run(database, vault, now)

    with database.reading() as tx:
        (row,) = commands(tx)
        assert row.request_type == "InstallProfile"
        assert row.action_key == f"renew_identity\n\n{(b'f' * 32).hex()}"
        assert row.body is None


def test_reconciling_twice_does_nothing_the_second_time(
    database: Database, vault: Vault, school: School, now: datetime
) -> None:
    with database.transaction() as tx:
        assign(tx, school, a_profile(tx)[0])
        ipad = a_due_ipad(tx, school)
    run(database, vault, now)
    with database.transaction() as tx:
        before = [row.uuid for row in commands(tx)]
        devices.mark_due(tx, ipad.id)

    run(database, vault, now)

    with database.reading() as tx:
        assert [row.uuid for row in commands(tx)] == before


def test_who_is_not_due_is_left_alone(database: Database, vault: Vault, now: datetime) -> None:
    with database.transaction() as tx:
        an_ipad(tx)

    assert run(database, vault, now) == 0


def test_a_time_that_has_come_makes_an_enrollment_due(
    database: Database, vault: Vault, now: datetime
) -> None:
    with database.transaction() as tx:
        an_ipad(tx).look_again_at = now

    assert run(database, vault, now) == 1


def test_the_next_look_is_when_the_first_report_grows_old(
    database: Database, vault: Vault, now: datetime
) -> None:
    with database.transaction() as tx:
        ipad = a_due_ipad(tx)
        with_inventory(tx, ipad, now)

    run(database, vault, now)

    with database.reading() as tx:
        again = tx.get_one(Enrollment, ipad.id).look_again_at
        assert again is not None
        assert now + timedelta(days=1) <= again < now + timedelta(days=1.25)


def test_a_claimed_enrollment_is_nobody_elses_until_the_lease_ends(
    database: Database, now: datetime
) -> None:
    with database.transaction() as tx:
        a_due_ipad(tx)

    claims = []
    for at in (now, now, now + timedelta(seconds=61)):
        with database.transaction() as tx:
            claims.append(len(reconciler.claim(tx, at, 10)))

    assert claims == [1, 0, 1]


def test_a_change_during_planning_leaves_the_enrollment_due(
    database: Database, vault: Vault, now: datetime
) -> None:
    with database.transaction() as tx:
        ipad = a_due_ipad(tx)
    with database.transaction() as tx:
        claimed = reconciler.claim(tx, now, 10)
    with database.transaction() as tx:
        devices.mark_due(tx, ipad.id)

    with database.transaction() as tx:
        reconciler.reconcile(tx, vault, claimed, now)

    with database.reading() as tx:
        row = tx.get_one(Enrollment, ipad.id)
        assert (row.due_generation, row.done_generation) == (2, 1)


def test_a_wish_that_ended_takes_its_command_back(
    database: Database, vault: Vault, school: School, now: datetime
) -> None:
    with database.transaction() as tx:
        wish = assign(tx, school, a_profile(tx)[0])
        ipad = a_due_ipad(tx, school)
        with_inventory(tx, ipad, now)
    run(database, vault, now)
    with database.transaction() as tx:
        tx.add(wish)
        wish.ended_at = now
        devices.mark_due(tx, ipad.id)

    run(database, vault, now)

    with database.reading() as tx:
        (row,) = commands(tx)
        assert row.state is DeliveryState.CANCELLED


def test_what_waits_is_pushed_once(database: Database, vault: Vault, now: datetime) -> None:
    with database.transaction() as tx:
        ipad = a_due_ipad(tx)

    run(database, vault, now)

    with database.reading() as tx:
        (item,) = tx.scalars(select(OutboxItem))
        assert (item.topic, item.key, item.not_before) == ("push", str(ipad.id), now)


def test_what_may_only_leave_later_is_pushed_later(
    database: Database, vault: Vault, now: datetime
) -> None:
    with database.transaction() as tx:
        ipad = a_due_ipad(tx, os_version=TOO_OLD)
        with_inventory(tx, ipad, now)
        a_command(tx, ipad, not_before=now + HOUR)

    run(database, vault, now)

    with database.reading() as tx:
        assert tx.scalars(select(OutboxItem.not_before)).all() == [now + HOUR]


def test_an_ipad_that_cannot_be_woken_yet_is_not_pushed(
    database: Database, vault: Vault, now: datetime
) -> None:
    with database.transaction() as tx:
        a_due_ipad(tx).push_token = None

    run(database, vault, now)

    with database.reading() as tx:
        assert tx.scalars(select(OutboxItem)).all() == []


def test_a_new_token_pushes_again_what_was_pushed_to_the_old_one(
    database: Database, vault: Vault, now: datetime
) -> None:
    with database.transaction() as tx:
        ipad = a_due_ipad(tx)
        with_inventory(tx, ipad, now)
        a_command(tx, ipad, state=DeliveryState.PUSHED)
        ipad.last_pushed_at = now - HOUR
        ipad.token_updated_at = now

    run(database, vault, now)

    with database.reading() as tx:
        assert len(tx.scalars(select(OutboxItem)).all()) == 1


def test_one_enrollment_that_makes_no_sense_stops_no_other(
    database: Database, vault: Vault, now: datetime
) -> None:
    with database.transaction() as tx:
        bad = a_due_ipad(tx, serial="SIM0000001")
        a_command(tx, bad, action_key="nonsense")
        good = a_due_ipad(tx, serial="SIM0000002")

    run(database, vault, now)

    with database.reading() as tx:
        assert len(commands(tx, good)) == 5
        assert len(commands(tx, bad)) == 1
        row = tx.get_one(Enrollment, bad.id)
        assert row.look_again_at is not None
        assert row.look_again_at > now


def test_an_ipad_that_agreed_to_erase_itself_may_come_back(
    database: Database, vault: Vault, now: datetime
) -> None:
    with database.transaction() as tx:
        ipad = a_due_ipad(tx)
        a_command(tx, ipad, "EraseDevice", DeliveryState.ACCEPTED, answered_at=now)

    run(database, vault, now)

    with database.reading() as tx:
        assert tx.scalars(select(Device.is_return_expected)).one() is True


def test_a_user_channel_is_not_planned_for(database: Database, vault: Vault, now: datetime) -> None:
    with database.transaction() as tx:
        ipad = an_ipad(tx)
        device = tx.get_one(Device, ipad.device_id)
        user = an_enrollment(tx, device, key="user", parent_id=ipad.id, due_generation=1)

    run(database, vault, now)

    with database.reading() as tx:
        assert commands(tx) == []
        assert tx.get_one(Enrollment, user.id).done_generation == 1


def test_preview_and_execution_are_the_same_plan(
    database: Database, vault: Vault, school: School, now: datetime
) -> None:
    with database.transaction() as tx:
        assign(tx, school, a_profile(tx)[0])
        assign(tx, school, an_app(tx))
        ipad = a_due_ipad(tx, school)
    with database.reading() as tx:
        preview = reconciler.plan_for(facts.load(tx, ipad.id, now), now)

    run(database, vault, now)

    with database.reading() as tx:
        keys = set(tx.scalars(select(Command.action_key)))
        assert keys == {str(step.action.key) for step in preview.ready}


def test_a_failed_command_is_offered_again_later_and_not_at_once(
    database: Database, vault: Vault, school: School, now: datetime
) -> None:
    with database.transaction() as tx:
        profile, version = a_profile(tx)
        assign(tx, school, profile)
        ipad = a_due_ipad(tx, school)
        with_inventory(tx, ipad, now)
        key = str(ActionKey(ActionKind.INSTALL_PROFILE, profile.identifier, version.uuid))
        a_command(
            tx,
            ipad,
            "InstallProfile",
            DeliveryState.FAILED,
            action_key=key,
            answered_at=now,
            answer_status="Error",
        )

    run(database, vault, now)

    with database.reading() as tx:
        retried = [row for row in commands(tx) if row.state is DeliveryState.QUEUED]
        assert len(retried) == 1
        assert retried[0].not_before is not None
        assert retried[0].not_before > now


def test_what_a_device_agreed_to_is_remembered_while_it_is_told_once_more(
    database: Database, now: datetime
) -> None:
    key = str(ActionKey(ActionKind.SYNC_DECLARATIONS, "", "token"))
    agreed = {"action_key": key, "answered_at": now - HOUR, "answer_status": "Acknowledged"}
    with database.transaction() as tx:
        ipad = an_ipad(tx)
        a_command(tx, ipad, "DeclarativeManagement", DeliveryState.PROVEN, **agreed)
        a_command(tx, ipad, "DeclarativeManagement", DeliveryState.QUEUED, action_key=key)

    with database.reading() as tx:
        (known,) = facts.load(tx, ipad.id, now).commands

    assert known.state is DeliveryState.QUEUED
    assert known.accepted_before == now - HOUR
