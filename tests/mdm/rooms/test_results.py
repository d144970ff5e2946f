"""Reading what devices answered: what each answer leaves behind, and what bad ones may not do."""

import zlib
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from mdm.base.db import Database, Tx
from mdm.base.vault import Vault
from mdm.rooms.commands import results
from mdm.rooms.commands.models import Command, CommandResult
from mdm.rooms.devices.models import Device, Enrollment, Report, ReportedItem
from policies.actions import ActionKey, ActionKind
from policies.delivery import DeliveryState
from tests.factories.commands import a_command
from tests.factories.devices import an_ipad
from tests.mdm.rooms.conversation import a_listed_profile, ask, keep_answer

MINUTE = timedelta(minutes=1)
WIFI = "org.klassensatz.profile.wifi"
APP = "com.example.rechnen"


@pytest.fixture
def enrollment(database: Database) -> Enrollment:
    with database.transaction() as tx:
        return an_ipad(tx)


def _items(tx: Tx, kind: str) -> dict[str, dict[str, Any]]:
    rows = tx.scalars(select(ReportedItem).where(ReportedItem.kind == kind))
    return {row.subject: row.value for row in rows}


def _answered(
    database: Database,
    vault: Vault,
    enrollment: Enrollment,
    request_type: str,
    content: dict[str, Any],
    at: datetime,
    **columns: Any,
) -> None:
    """Ask, keep the answer, read it."""
    with database.transaction() as tx:
        keep_answer(tx, vault, ask(tx, enrollment, request_type, **columns), content, at)
    with database.transaction() as tx:
        results.read_next(tx, vault, at)


def test_device_information_tells_the_device_what_it_is(
    database: Database, vault: Vault, enrollment: Enrollment, now: datetime
) -> None:
    said = {
        "DeviceName": "iPad 7",
        "OSVersion": "26.2",
        "ProductName": "iPad14,3",
        "IsSupervised": False,
        "IsMultiUser": False,
        "BatteryLevel": 0.5,
    }

    _answered(
        database, vault, enrollment, "DeviceInformation", {"QueryResponses": said}, now + MINUTE
    )

    with database.reading() as tx:
        device = tx.scalars(select(Device)).one()
        assert (device.name, device.os_version, device.product_name) == (
            "iPad 7",
            "26.2",
            "iPad14,3",
        )
        assert device.is_supervised is False
        assert _items(tx, "fact")["battery_level"] == {"value": 0.5}


def test_what_device_information_leaves_out_stays_as_it_was(
    database: Database, vault: Vault, enrollment: Enrollment, now: datetime
) -> None:
    _answered(database, vault, enrollment, "DeviceInformation", {"QueryResponses": {}}, now)

    with database.reading() as tx:
        assert tx.scalars(select(Device)).one().is_supervised is True


def test_a_profile_missing_from_a_complete_list_is_gone(
    database: Database, vault: Vault, enrollment: Enrollment, now: datetime
) -> None:
    both = [a_listed_profile(WIFI, "A"), a_listed_profile("other", "B")]
    _answered(database, vault, enrollment, "ProfileList", {"ProfileList": both}, now)

    _answered(database, vault, enrollment, "ProfileList", {"ProfileList": both[:1]}, now + MINUTE)

    with database.reading() as tx:
        assert set(_items(tx, "profile")) == {WIFI}


def test_a_profile_missing_from_a_partial_list_stays(
    database: Database, vault: Vault, enrollment: Enrollment, now: datetime
) -> None:
    both = [a_listed_profile(WIFI, "A"), a_listed_profile("other", "B")]
    _answered(database, vault, enrollment, "ProfileList", {"ProfileList": both}, now)

    _answered(
        database,
        vault,
        enrollment,
        "ProfileList",
        {"ProfileList": both[:1]},
        now + MINUTE,
        parameters={"ManagedOnly": True},
    )

    with database.reading() as tx:
        assert set(_items(tx, "profile")) == {WIFI, "other"}


def test_a_list_with_an_unreadable_member_is_not_complete(
    database: Database, vault: Vault, enrollment: Enrollment, now: datetime
) -> None:
    both = [a_listed_profile(WIFI, "A"), a_listed_profile("other", "B")]
    _answered(database, vault, enrollment, "ProfileList", {"ProfileList": both}, now)

    odd = {"ProfileList": [both[0], "no profile"]}
    _answered(database, vault, enrollment, "ProfileList", odd, now + MINUTE)

    with database.reading() as tx:
        assert set(_items(tx, "profile")) == {WIFI, "other"}
        latest = tx.scalars(select(Report).order_by(Report.id.desc())).first()
        assert latest is not None
        assert not latest.is_complete


def test_an_answer_that_says_the_same_again_is_kept_without_its_body(
    database: Database, vault: Vault, enrollment: Enrollment, now: datetime
) -> None:
    listed = {"ProfileList": [a_listed_profile(WIFI, "A")]}
    _answered(database, vault, enrollment, "ProfileList", listed, now)

    _answered(database, vault, enrollment, "ProfileList", listed, now + MINUTE)

    with database.reading() as tx:
        first, second = tx.scalars(select(Report).order_by(Report.id))
        assert first.compressed is not None
        assert second.compressed is None
        seen = select(ReportedItem.observed_at).where(ReportedItem.kind == "profile")
        assert tx.scalar(seen) == now + MINUTE


def test_an_answer_that_was_overtaken_changes_nothing(
    database: Database, vault: Vault, enrollment: Enrollment, now: datetime
) -> None:
    newer = {"ProfileList": [a_listed_profile(WIFI, "B")]}
    _answered(database, vault, enrollment, "ProfileList", newer, now + MINUTE)

    older = {"ProfileList": [a_listed_profile(WIFI, "A"), a_listed_profile("other", "C")]}
    _answered(database, vault, enrollment, "ProfileList", older, now)

    with database.reading() as tx:
        assert {k: v["uuid"] for k, v in _items(tx, "profile").items()} == {WIFI: "B"}


def test_a_listed_profile_proves_its_installation(
    database: Database, vault: Vault, enrollment: Enrollment, now: datetime
) -> None:
    key = str(ActionKey(ActionKind.INSTALL_PROFILE, WIFI, "A"))
    with database.transaction() as tx:
        install = a_command(
            tx,
            enrollment,
            "InstallProfile",
            DeliveryState.ACCEPTED,
            action_key=key,
            reached_at=now,
            answered_at=now,
            answer_status="Acknowledged",
        )

    listed = {"ProfileList": [a_listed_profile(WIFI, "A", "com.apple.wifi.managed")]}
    _answered(database, vault, enrollment, "ProfileList", listed, now + MINUTE)

    with database.reading() as tx:
        row = tx.get_one(Command, install.id)
        assert (row.state, row.proven_at) == (DeliveryState.PROVEN, now + MINUTE)


@pytest.mark.parametrize("status", ["Error", "CommandFormatError"])
def test_an_installation_that_was_refused_is_not_proven_by_the_one_that_followed(
    database: Database, vault: Vault, enrollment: Enrollment, now: datetime, status: str
) -> None:
    key = str(ActionKey(ActionKind.INSTALL_PROFILE, WIFI, "A"))
    with database.transaction() as tx:
        both = [
            a_command(
                tx,
                enrollment,
                "InstallProfile",
                state,
                action_key=key,
                reached_at=now,
                answered_at=now,
                answer_status=said,
            ).id
            for state, said in (
                (DeliveryState.FAILED, status),
                (DeliveryState.ACCEPTED, "Acknowledged"),
            )
        ]

    listed = {"ProfileList": [a_listed_profile(WIFI, "A", "com.apple.wifi.managed")]}
    _answered(database, vault, enrollment, "ProfileList", listed, now + MINUTE)

    with database.reading() as tx:
        states = [tx.get_one(Command, number).state for number in both]
        assert states == [DeliveryState.FAILED, DeliveryState.PROVEN]


def test_a_setting_that_was_refused_is_not_proven_by_a_name_that_fits_later(
    database: Database, vault: Vault, enrollment: Enrollment, now: datetime
) -> None:
    items = {"Settings": [{"Item": "DeviceName", "Status": "Error"}]}
    key = str(ActionKey(ActionKind.SET_DEVICE_NAME, "", "iPad 7"))
    accepted = DeliveryState.ACCEPTED
    columns = {"action_key": key, "acknowledged_state": accepted, "reached_at": now}
    _answered(database, vault, enrollment, "Settings", items, now, **columns)

    said = {"QueryResponses": {"DeviceName": "iPad 7"}}
    _answered(database, vault, enrollment, "DeviceInformation", said, now + MINUTE)

    with database.reading() as tx:
        setting = select(Command.state).where(Command.request_type == "Settings")
        assert tx.scalars(setting).one() is DeliveryState.FAILED


def test_a_profile_that_a_complete_list_does_not_show_has_failed(
    database: Database, vault: Vault, enrollment: Enrollment, now: datetime
) -> None:
    key = str(ActionKey(ActionKind.INSTALL_PROFILE, WIFI, "A"))
    with database.transaction() as tx:
        install = a_command(
            tx,
            enrollment,
            "InstallProfile",
            DeliveryState.ACCEPTED,
            action_key=key,
            answered_at=now,
            answer_status="Acknowledged",
        )

    _answered(database, vault, enrollment, "ProfileList", {"ProfileList": []}, now + MINUTE)

    with database.reading() as tx:
        row = tx.get_one(Command, install.id)
        assert (row.state, row.outcome) == (DeliveryState.FAILED, "profile_absent")


def test_an_app_is_proven_only_by_both_lists_together(
    database: Database, vault: Vault, enrollment: Enrollment, now: datetime
) -> None:
    key = str(ActionKey(ActionKind.INSTALL_APP, APP))
    with database.transaction() as tx:
        install = a_command(
            tx,
            enrollment,
            "InstallApplication",
            DeliveryState.ACCEPTED,
            action_key=key,
            answered_at=now,
            answer_status="Acknowledged",
        )
    apps = {"InstalledApplicationList": [{"Identifier": APP, "Installing": False}]}
    managed = {"ManagedApplicationList": {APP: {"Status": "Managed"}}}

    states = []
    for step, (request_type, content) in enumerate(
        [("InstalledApplicationList", apps), ("ManagedApplicationList", managed)], start=1
    ):
        _answered(database, vault, enrollment, request_type, content, now + step * MINUTE)
        with database.reading() as tx:
            states.append(tx.get_one(Command, install.id).state)

    assert states == [DeliveryState.ACCEPTED, DeliveryState.PROVEN]


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (["Acknowledged", "Acknowledged"], DeliveryState.PROVEN),
        (["Acknowledged", "Error"], DeliveryState.FAILED),
        ([], DeliveryState.FAILED),
    ],
)
def test_settings_are_judged_item_by_item(
    database: Database,
    vault: Vault,
    enrollment: Enrollment,
    now: datetime,
    statuses: list[str],
    expected: DeliveryState,
) -> None:
    items = [{"Item": "DeviceName", "Status": status} for status in statuses]

    _answered(
        database,
        vault,
        enrollment,
        "Settings",
        {"Settings": items},
        now,
        acknowledged_state=DeliveryState.ACCEPTED,
    )

    with database.reading() as tx:
        assert tx.scalars(select(Command.state)).one() is expected


def test_a_secret_answer_stays_sealed_and_nowhere_else(
    database: Database, vault: Vault, enrollment: Enrollment, now: datetime
) -> None:
    code = {"ActivationLockBypassCode": "AAAAA-BBBBB-CCCC"}

    _answered(database, vault, enrollment, "ActivationLockBypassCode", code, now)

    with database.reading() as tx:
        assert tx.scalars(select(Report)).all() == []
        assert tx.scalars(select(ReportedItem)).all() == []
        kept = tx.scalars(select(CommandResult)).one()
        assert b"AAAAA" not in kept.sealed


def test_a_secret_answer_is_not_forgotten_when_others_are(
    database: Database, vault: Vault, enrollment: Enrollment, now: datetime
) -> None:
    code = {"ActivationLockBypassCode": "AAAAA-BBBBB-CCCC"}
    _answered(database, vault, enrollment, "ActivationLockBypassCode", code, now)
    _answered(database, vault, enrollment, "ProfileList", {"ProfileList": []}, now)

    with database.transaction() as tx:
        forgotten = results.forget_read(tx, now + MINUTE)

    assert forgotten == 1


def test_an_error_is_told_in_its_meaning(
    database: Database, vault: Vault, enrollment: Enrollment, now: datetime
) -> None:
    chain = [{"ErrorDomain": "MCMDMErrorDomain", "ErrorCode": 12010}]
    with database.transaction() as tx:
        command = ask(tx, enrollment, "InstallProfile")
        keep_answer(tx, vault, command, {"ErrorChain": chain}, now, status="Error")

    with database.transaction() as tx:
        results.read_next(tx, vault, now)

    with database.reading() as tx:
        row = tx.scalars(select(Command)).one()
        assert row.outcome == "temporary: internal error of the device"


def test_an_error_that_means_done_already_counts_as_accepted(
    database: Database, vault: Vault, enrollment: Enrollment, now: datetime
) -> None:
    chain = [{"ErrorDomain": "MCMDMErrorDomain", "ErrorCode": 12025}]
    with database.transaction() as tx:
        command = ask(
            tx, enrollment, "InstallApplication", acknowledged_state=DeliveryState.ACCEPTED
        )
        keep_answer(tx, vault, command, {"ErrorChain": chain}, now, status="Error")

    with database.transaction() as tx:
        results.read_next(tx, vault, now)

    with database.reading() as tx:
        assert tx.scalars(select(Command.state)).one() is DeliveryState.ACCEPTED


@pytest.mark.parametrize(
    ("sealed", "word"),
    [
        ("altered", "broken in storage"),
        ("not compressed", "broken in storage"),
        ("no property list", "MalformedPlist"),
        ("a bomb", "too large"),
    ],
)
def test_an_unreadable_answer_says_so_and_does_not_stop_the_next(
    database: Database,
    vault: Vault,
    enrollment: Enrollment,
    now: datetime,
    sealed: str,
    word: str,
) -> None:
    with database.transaction() as tx:
        bad = keep_answer(tx, vault, ask(tx, enrollment, "ProfileList"), {}, now)
        bad.sealed = _spoiled(vault, bad, sealed)
        listed = {"ProfileList": [a_listed_profile(WIFI, "A")]}
        keep_answer(tx, vault, ask(tx, enrollment, "ProfileList"), listed, now)

    with database.transaction() as tx:
        results.read_next(tx, vault, now)

    with database.reading() as tx:
        first, second = tx.scalars(select(CommandResult).order_by(CommandResult.id))
        assert first.read_error is not None
        assert first.read_at == second.read_at == now
        assert second.read_error is None
        assert set(_items(tx, "profile")) == {WIFI}
        assert word in (first.read_error, _kind_of(first.read_error))


def _kind_of(word: str) -> str:
    return "" if word in ("broken in storage", "too large") else "MalformedPlist"


def _spoiled(vault: Vault, row: CommandResult, how: str) -> bytes:
    context = f"command_result:{row.command_uuid}"
    match how:
        case "altered":
            return row.sealed[:-1] + bytes([row.sealed[-1] ^ 1])
        case "not compressed":
            return vault.seal(b"plain", context)
        case "no property list":
            return vault.seal(zlib.compress(b"<html>"), context)
        case _:
            return vault.seal(zlib.compress(bytes(17 * 2**20)), context)


def test_an_answer_of_another_kind_is_unreadable_and_leaves_nothing_half_written(
    database: Database, vault: Vault, enrollment: Enrollment, now: datetime
) -> None:
    _answered(database, vault, enrollment, "ProfileList", {"ProfileList": "none"}, now)

    with database.reading() as tx:
        assert tx.scalars(select(CommandResult)).one().read_error is not None
        assert tx.scalars(select(Report)).all() == []


def test_a_read_answer_makes_its_enrollment_due(
    database: Database, vault: Vault, enrollment: Enrollment, now: datetime
) -> None:
    _answered(database, vault, enrollment, "ProfileList", {"ProfileList": []}, now)

    with database.reading() as tx:
        row = tx.get_one(Enrollment, enrollment.id)
        assert row.due_generation > row.done_generation


def test_reading_twice_reads_once(
    database: Database, vault: Vault, enrollment: Enrollment, now: datetime
) -> None:
    _answered(database, vault, enrollment, "ProfileList", {"ProfileList": []}, now)

    with database.transaction() as tx:
        assert results.read_next(tx, vault, now) == 0
