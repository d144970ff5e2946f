"""The last door: what leaves, what is put together there, and what gives way to the next."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from enrollment.lifecycle import HoldReason
from enrollment.scep_challenge import challenge_digest
from enrollment.standing import CertificatePurpose
from mdm.base.db import Database, Tx
from mdm.base.vault import Vault
from mdm.rooms.audit.service import Actor
from mdm.rooms.authority.models import PushCertificate
from mdm.rooms.blueprints import service as blueprints
from mdm.rooms.blueprints.models import ProfileVersion
from mdm.rooms.blueprints.service import Saved
from mdm.rooms.blueprints.wifi import OWN_CERTIFICATE
from mdm.rooms.commands.models import Command
from mdm.rooms.commands.service import Order, enqueue
from mdm.rooms.devices import tokens
from mdm.rooms.devices.models import Device, Enrollment
from mdm.rooms.links.models import Challenge
from mdm.rooms.links.profile import IDENTIFIER
from policies.actions import RemoteAction, RemoteKind, RenewIdentity
from policies.delivery import DeliveryState
from profiles.commands.command import Command as CommandValue
from profiles.commands.command import build
from profiles.commands.wire import read_command
from profiles.payloads.wifi import EapTls, Personal, ServerTrust, WifiNetwork
from tests.factories.authority import server_keys
from tests.factories.commands import a_command
from tests.factories.devices import an_ipad
from tests.factories.profiles import a_mobileconfig, a_web_clip
from tests.factories.schools import a_class, a_school
from tests.mdm.rooms.last_door import (
    ACTOR,
    LastDoor,
    an_installation,
    profile_in,
)

SECRET = "korrekt pferd batterie"
TOPIC = "com.apple.mgmt.External.example"


@pytest.fixture
def door(database: Database, vault: Vault, now: datetime) -> LastDoor:
    with database.transaction() as tx:
        server_keys(tx, vault)
        school = a_school(tx)
        enrollment = an_ipad(tx, school, class_group=a_class(tx, school))
    return LastDoor(database, vault, enrollment, now)


def a_wlan(tx: Tx, vault: Vault, now: datetime) -> Saved:
    network = WifiNetwork("Schule", Personal(SECRET))
    return blueprints.save_wifi(tx, vault, None, "WLAN", network, ACTOR, now)


def a_clip(tx: Tx, vault: Vault, now: datetime, label: str) -> Saved:
    file = a_mobileconfig(a_web_clip(label))
    return blueprints.save_custom(tx, vault, None, "Plan", file, ACTOR, now)


def a_push_certificate(tx: Tx, now: datetime, topic: str = TOPIC) -> None:
    tx.add(
        PushCertificate(
            topic=topic, certificate=b"", sealed_key=b"", created_at=now, imported_at=now
        )
    )


def queue(tx: Tx, door: LastDoor, command: CommandValue, **order: Any) -> Command:
    wanted = Order(
        enrollment_id=door.enrollment.id,
        command=command,
        key=order.pop("key", None),
        reason="",
        ordered_by=Actor.job("reconcile"),
        **order,
    )
    return enqueue(tx, door.vault, wanted, f"COMMAND-{command.request_type}", door.now)


def test_nothing_leaves_from_an_empty_queue(door: LastDoor) -> None:
    assert door.ask() is None


def test_a_wlan_leaves_signed_with_its_passphrase(door: LastDoor, vault: Vault) -> None:
    with door.database.transaction() as tx:
        saved = a_wlan(tx, vault, door.now)
        row = an_installation(tx, vault, door.enrollment, saved, door.now)

    profile = profile_in(door.ask())

    assert profile.uuid == saved.version.uuid
    assert profile.payloads[0].content["Password"] == SECRET
    left = door.row(row.uuid)
    assert (left.state, left.reached_at, left.offers) == (DeliveryState.REACHED, door.now, 1)


def test_a_passphrase_lies_in_no_column_in_clear_text(door: LastDoor, vault: Vault) -> None:
    with door.database.transaction() as tx:
        saved = a_wlan(tx, vault, door.now)
        row = an_installation(tx, vault, door.enrollment, saved, door.now)
    door.ask()

    left = door.row(row.uuid)

    assert left.body is None
    assert SECRET.encode() not in saved.version.sealed_content
    assert SECRET not in str(saved.version.summary) + str(left.parameters)


def test_facts_of_the_device_are_filled_in(door: LastDoor, vault: Vault) -> None:
    label = "$SERIAL $SCHOOL_NUMBER $SCHOOL $CLASS $DEVICE_NAME $UDID $$SERIAL"
    with door.database.transaction() as tx:
        saved = a_clip(tx, vault, door.now, label)
        an_installation(tx, vault, door.enrollment, saved, door.now)

    profile = profile_in(door.ask())

    filled = "SIM0000001 12 Beispielschule Nord 7b iPad SIM0000001 UDID-SIM0000001 $SERIAL"
    assert profile.payloads[0].content["Label"] == filled
    assert profile.uuid == saved.version.uuid


def test_a_device_that_lacks_a_fact_gets_the_next_command(door: LastDoor, vault: Vault) -> None:
    with door.database.transaction() as tx:
        tx.get_one(Device, door.enrollment.device_id).class_group_id = None
        saved = a_clip(tx, vault, door.now, "$CLASS")
        bad = an_installation(tx, vault, door.enrollment, saved, door.now)
        following = a_command(tx, door.enrollment, priority=80)
        due = door.enrollment.due_generation

    assert door.ask() == following.body

    failed = door.row(bad.uuid)
    assert failed.state is DeliveryState.FAILED
    assert failed.outcome == "$CLASS has no value for this device"
    with door.database.reading() as tx:
        assert tx.get_one(Enrollment, door.enrollment.id).due_generation == due + 1


def test_a_row_with_broken_content_fails_alone_with_a_reference(
    door: LastDoor, vault: Vault, caplog: pytest.LogCaptureFixture
) -> None:
    with door.database.transaction() as tx:
        saved = a_wlan(tx, vault, door.now)
        tx.get_one(ProfileVersion, saved.version.id).sealed_content = b"rubbish"
        bad = an_installation(tx, vault, door.enrollment, saved, door.now)
        following = a_command(tx, door.enrollment, priority=80)

    assert door.ask() == following.body

    outcome = door.row(bad.uuid).outcome
    (record,) = [r for r in caplog.records if r.msg == "command_not_deliverable"]
    assert door.row(bad.uuid).state is DeliveryState.FAILED
    assert record.__dict__["reference"] in outcome


def test_sealed_parameters_are_opened_at_the_door(door: LastDoor) -> None:
    command = build("InstallProfile", {"Payload": b"<plist>of a rare kind</plist>"})
    with door.database.transaction() as tx:
        row = queue(tx, door, command)

    body = door.ask()

    assert row.body is None
    assert body is not None
    assert read_command(body) == (row.uuid, command)


def test_a_passcode_is_cleared_with_the_token_of_the_device(door: LastDoor) -> None:
    with door.database.transaction() as tx:
        row = tx.get_one(Enrollment, door.enrollment.id)
        row.sealed_unlock_token = door.vault.seal(b"unlock", f"enrollment.unlock_token:{row.id}")
        assert tokens.unlock_token(door.vault, row) == b"unlock"
        _a_clearing(tx, door)

    body = door.ask()

    assert body is not None
    assert read_command(body)[1].parameters == {"UnlockToken": b"unlock"}


def test_a_passcode_cannot_be_cleared_without_a_token(door: LastDoor) -> None:
    with door.database.transaction() as tx:
        row = _a_clearing(tx, door)

    assert door.ask() is None
    assert door.row(row.uuid).outcome == "no unlock token"


def _a_clearing(tx: Tx, door: LastDoor) -> Command:
    columns: dict[str, Any] = {
        "is_guarded": True,
        "body": None,
        "action_key": str(RemoteAction(RemoteKind.CLEAR_PASSCODE, "1").key),
        "reason": "forgotten",
        "approved_by": "person:1",
        "approved_until": door.now + timedelta(days=1),
        "approved_generation": 1,
    }
    return a_command(tx, door.enrollment, "ClearPasscode", **columns)


def test_a_renewal_brings_the_same_profile_with_a_challenge_of_its_own(door: LastDoor) -> None:
    with door.database.transaction() as tx:
        a_push_certificate(tx, door.now)
        queue(tx, door, CommandValue("InstallProfile"), key=RenewIdentity("f" * 64).key)

    first, again = profile_in(door.ask()), profile_in(door.ask())

    assert first.identifier == again.identifier == IDENTIFIER
    assert _challenge_in(first) != _challenge_in(again)
    with door.database.reading() as tx:
        known = {row.digest: row for row in tx.scalars(select(Challenge))}
    challenge = known[challenge_digest(_challenge_in(first))]
    assert challenge.purpose is CertificatePurpose.RENEW
    assert challenge.enrollment_id == door.enrollment.id


def _challenge_in(profile: Any) -> str:
    (scep,) = [p for p in profile.payloads if p.type == "com.apple.security.scep"]
    return str(scep.content["PayloadContent"]["Challenge"])


@pytest.mark.parametrize("topic", [None, "com.apple.mgmt.External.another"])
def test_a_renewal_that_the_device_would_refuse_does_not_leave(
    door: LastDoor, topic: str | None
) -> None:
    with door.database.transaction() as tx:
        if topic is not None:
            a_push_certificate(tx, door.now, topic)
        row = queue(tx, door, CommandValue("InstallProfile"), key=RenewIdentity("f" * 64).key)

    assert door.ask() is None

    assert door.row(row.uuid).state is DeliveryState.FAILED
    with door.database.reading() as tx:
        # The challenge that was drawn for it went with it.
        assert tx.scalars(select(Challenge)).all() == []


def test_each_ipad_gets_a_challenge_of_its_own_for_the_wlan(door: LastDoor, vault: Vault) -> None:
    access = EapTls(OWN_CERTIFICATE, ServerTrust(("radius.beispielstadt.example",)))
    with door.database.transaction() as tx:
        network = WifiNetwork("Schule", access)
        saved = blueprints.save_wifi(tx, vault, None, "WLAN", network, ACTOR, door.now)
        an_installation(tx, vault, door.enrollment, saved, door.now)

    profile = profile_in(door.ask())

    scep, wifi = profile.payloads
    request: Any = scep.content["PayloadContent"]
    assert wifi.content["PayloadCertificateUUID"] == scep.uuid
    assert request["URL"] == "https://mdm.beispielstadt.example/scep"
    assert profile.uuid == saved.version.uuid
    with door.database.reading() as tx:
        challenge = tx.scalars(select(Challenge)).one()
    assert challenge.digest == challenge_digest(request["Challenge"])
    assert challenge.purpose is CertificatePurpose.NETWORK
    assert challenge.device_id == door.enrollment.device_id


def test_a_held_enrollment_gets_nothing(door: LastDoor, vault: Vault) -> None:
    with door.database.transaction() as tx:
        an_installation(tx, vault, door.enrollment, a_wlan(tx, vault, door.now), door.now)
        row = tx.get_one(Enrollment, door.enrollment.id)
        row.held_reason = HoldReason.UNEXPECTED_SERIAL

    assert door.ask() is None


def test_an_ended_enrollment_gets_nothing(door: LastDoor, vault: Vault) -> None:
    with door.database.transaction() as tx:
        an_installation(tx, vault, door.enrollment, a_wlan(tx, vault, door.now), door.now)
        tx.get_one(Enrollment, door.enrollment.id).ended_at = door.now

    assert door.ask() is None


def test_after_a_not_now_nothing_refused_is_offered(door: LastDoor, vault: Vault) -> None:
    with door.database.transaction() as tx:
        row = an_installation(tx, vault, door.enrollment, a_wlan(tx, vault, door.now), door.now)
        row.state = DeliveryState.DEFERRED

    assert door.ask(after_not_now=True) is None
    assert door.uuid() == row.uuid


def test_the_command_just_answered_is_not_offered_again(door: LastDoor, vault: Vault) -> None:
    with door.database.transaction() as tx:
        row = an_installation(tx, vault, door.enrollment, a_wlan(tx, vault, door.now), door.now)

    assert door.ask(answered=row.uuid) is None


def test_two_connections_at_once_get_the_same_command_and_skip_none(
    door: LastDoor, vault: Vault
) -> None:
    with door.database.transaction() as tx:
        row = an_installation(tx, vault, door.enrollment, a_wlan(tx, vault, door.now), door.now)
        a_command(tx, door.enrollment, priority=80)
    got: list[str | None] = []
    gate = threading.Barrier(2)

    def connect() -> None:
        gate.wait()
        got.append(door.uuid())

    threads = [threading.Thread(target=connect) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert got == [row.uuid, row.uuid]
    assert door.row(row.uuid).offers == 2
