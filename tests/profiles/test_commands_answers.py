"""Answers of devices to questions about the device, its security, its people, its place."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.commands.answers.certificates import read_certificates
from profiles.commands.answers.device import DeviceInformation, read_device_information
from profiles.commands.answers.location import read_location
from profiles.commands.answers.outcomes import (
    InvitationResult,
    MirroringResult,
    read_invitation_result,
    read_mirroring_result,
)
from profiles.commands.answers.restrictions import read_restrictions
from profiles.commands.answers.security import (
    LockMessage,
    read_bypass_code,
    read_lock_message,
    read_security_info,
)
from profiles.commands.answers.settings import SettingResult, read_settings_results
from profiles.commands.answers.table import READERS, read_answer
from profiles.commands.answers.users import DeviceUser, read_users
from profiles.commands.device_queries import DEVICE_QUERIES, ValueType
from profiles.commands.error_chain import ErrorChainItem
from profiles.commands.vocabulary import AnswerKind
from profiles.errors import MalformedMessage

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SAMPLES: dict[ValueType, Any] = {
    ValueType.TEXT: "wert",
    ValueType.INTEGER: 3,
    ValueType.REAL: 0.5,
    ValueType.BOOLEAN: True,
    ValueType.DATE: NOON,
    ValueType.DATA: b"x",
    ValueType.ARRAY: [],
    ValueType.DICTIONARY: {},
}


def information(**responses: Any) -> DeviceInformation:
    return read_device_information({"QueryResponses": responses})


def test_device_information_becomes_a_value() -> None:
    found = information(
        SerialNumber="DMPXK0ABCD12",
        OSVersion="18.3",
        DeviceCapacity=64,
        BatteryLevel=0.5,
        IsSupervised=True,
        LastCloudBackupDate=NOON,
    )

    assert (found.serial_number, found.os_version) == ("DMPXK0ABCD12", "18.3")
    assert (found.capacity_gb, found.battery_level) == (64.0, 0.5)
    assert (found.is_supervised, found.last_cloud_backup) == (True, NOON)
    assert found.problems == 0


def test_what_the_device_left_out_is_none() -> None:
    assert information() == DeviceInformation()


def test_an_unknown_battery_level_is_none() -> None:
    assert information(BatteryLevel=-1).battery_level is None


def test_an_answer_without_a_field_is_kept_aside() -> None:
    found = information(EASDeviceIdentifier="x", Zukunft=[1])

    assert found.others == {"EASDeviceIdentifier": "x", "Zukunft": [1]}


def test_one_value_of_the_wrong_kind_costs_only_itself() -> None:
    found = information(SerialNumber=5, OSVersion="18.3")

    assert (found.serial_number, found.os_version, found.problems) == (None, "18.3", 1)


def test_every_query_is_read_with_the_kind_that_the_table_gives_it() -> None:
    answers = {name: SAMPLES[query.value_type] for name, query in DEVICE_QUERIES.items()}

    found = information(**answers)

    assert found.problems == 0
    assert set(found.others) < set(DEVICE_QUERIES)


def test_every_sim_is_read() -> None:
    sims = [{"Slot": "CTSubscriptionSlotOne", "IMEI": "1", "IsRoaming": False}, "kaputt"]

    found = information(ServiceSubscriptions=sims)

    assert found.subscriptions[0].imei == "1"
    assert found.subscriptions[0].is_roaming is False
    assert (len(found.subscriptions), found.problems) == (1, 1)


def test_security_info_becomes_a_value() -> None:
    found = read_security_info(
        {
            "SecurityInfo": {
                "HardwareEncryptionCaps": 3,
                "PasscodePresent": True,
                "ManagementStatus": {"IsUserEnrollment": False},
                "FDE_Enabled": True,
            }
        }
    )

    assert found.is_data_protected
    assert found.is_user_enrollment is False
    assert found.is_passcode_compliant is None


@pytest.mark.parametrize("answer", [{"HardwareEncryptionCaps": 3}, {"PasscodePresent": True}])
def test_data_are_protected_only_by_encryption_and_passcode(answer: dict[str, Any]) -> None:
    assert not read_security_info({"SecurityInfo": answer}).is_data_protected


@pytest.mark.parametrize(
    ("word", "message"),
    [("Success", LockMessage.SUCCESS), ("Neues", LockMessage.UNKNOWN), (None, None)],
)
def test_a_lock_tells_what_became_of_its_words(
    word: str | None, message: LockMessage | None
) -> None:
    assert read_lock_message({"MessageResult": word} if word else {}) is message


def test_a_bypass_code_is_read_and_not_shown() -> None:
    found = read_bypass_code({"ActivationLockBypassCode": "MUSTER-CODE"})

    assert found.code == "MUSTER-CODE"
    assert "MUSTER" not in repr(found)


@pytest.mark.parametrize("body", [{}, {"ActivationLockBypassCode": ""}])
def test_a_device_without_bypass_code_gives_none(body: dict[str, Any]) -> None:
    assert read_bypass_code(body).code is None


def test_certificates_are_listed_and_a_broken_one_is_counted() -> None:
    members: list[Any] = [
        {"CommonName": "iPad", "IsIdentity": True, "Data": b"\x30"},
        {"CommonName": "?"},
        5,
    ]

    found = read_certificates({"CertificateList": members})

    assert [(item.der, item.is_identity) for item in found] == [(b"\x30", True)]
    assert found.problems == 2


def test_people_of_a_shared_ipad_are_listed() -> None:
    found = read_users({"Users": [{"UserName": "schueler_a", "HasDataToSync": True}]})

    assert found.items == (DeviceUser("schueler_a", None, True, None, None),)


def test_a_location_is_read_with_unknown_values_as_none() -> None:
    found = read_location(
        {
            "Latitude": 52.5,
            "Longitude": -13,
            "HorizontalAccuracy": 65.0,
            "Speed": -1,
            "Altitude": -3.0,
            "Timestamp": "2026-03-02T12:00:00Z",
        }
    )

    assert (found.latitude, found.longitude) == (52.5, -13.0)
    assert (found.horizontal_accuracy_m, found.speed_m_s, found.altitude_m) == (65.0, None, -3.0)
    assert found.measured_at == NOON


@pytest.mark.parametrize("timestamp", ["gestern", "2026-03-02T12:00:00", 5, None])
def test_a_location_without_a_readable_time_is_still_a_location(timestamp: Any) -> None:
    found = read_location({"Latitude": 52.5, "Longitude": 13.4, "Timestamp": timestamp})

    assert found.measured_at is None


@pytest.mark.parametrize(
    ("latitude", "longitude", "field"),
    [(None, 13.4, "Latitude"), (52.5, "13", "Longitude"), (90.1, 0, "Latitude")],
)
def test_a_place_outside_the_globe_is_malformed(latitude: Any, longitude: Any, field: str) -> None:
    with pytest.raises(MalformedMessage) as refused:
        read_location({"Latitude": latitude, "Longitude": longitude})

    assert refused.value.field == field


def test_a_location_is_not_shown_by_accident() -> None:
    assert "52.5" not in repr(read_location({"Latitude": 52.5, "Longitude": 13.4}))


def test_settings_are_judged_item_by_item_and_keep_their_places() -> None:
    link = {"ErrorDomain": "MCSettingsErrorDomain", "ErrorCode": 28000}

    items: list[Any] = [{"Status": "Acknowledged"}, 5, {"Status": "Error", "ErrorChain": [link]}]

    found = read_settings_results({"Settings": items})

    assert found == (
        SettingResult(True),
        SettingResult(False),
        SettingResult(False, None, (ErrorChainItem("MCSettingsErrorDomain", 28000),)),
    )


def test_restrictions_are_read_by_their_groups() -> None:
    found = read_restrictions(
        {
            "GlobalRestrictions": {
                "restrictedBool": {"allowCamera": {"value": False}, "kaputt": 1},
                "restrictedValue": {"maxGracePeriod": {"value": 5}},
                "intersection": {"allowed": {"values": ["a", 2]}},
                "union": {"named": {"values": ["b"]}},
            },
            "ProfileRestrictions": {"de.beispiel.regeln": {}},
        }
    )

    assert found.effective.flags == {"allowCamera": False}
    assert found.effective.numbers == {"maxGracePeriod": 5}
    assert found.effective.intersections == {"allowed": ("a",)}
    assert found.effective.unions == {"named": ("b",)}
    assert found.effective.problems == 2
    assert list(found.by_profile) == ["de.beispiel.regeln"]


def test_answers_of_one_word_are_read_with_unknown_words_as_such() -> None:
    assert read_invitation_result({}) is InvitationResult.UNKNOWN
    assert read_mirroring_result({"MirroringResult": "Prompting"}) is MirroringResult.PROMPTING


def test_a_command_that_brings_only_its_status_has_no_answer() -> None:
    assert read_answer(AnswerKind.STATUS_ONLY, {"Irgendwas": 1}) is None


LEAVES = (
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3) | st.binary(max_size=3)
)
KEYS = [
    "QueryResponses",
    "SecurityInfo",
    "InstalledApplicationList",
    "ManagedApplicationList",
    "ProfileList",
    "PayloadContent",
    "CertificateList",
    "Users",
    "Settings",
    "GlobalRestrictions",
    "restrictedBool",
    "Identifier",
    "PayloadIdentifier",
    "Status",
    "ErrorChain",
    "Books",
]
TREES = st.recursive(
    LEAVES.filter(lambda leaf: leaf is not None),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.sampled_from(sorted(READERS, key=lambda kind: kind.value)), TREES, st.data())
def test_whatever_a_device_sends_is_read_or_called_malformed(
    kind: AnswerKind, tree: Any, data: st.DataObject
) -> None:
    body = {data.draw(st.sampled_from(KEYS)): tree}

    with suppress(MalformedMessage):
        read_answer(kind, body)
