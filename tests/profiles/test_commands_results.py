"""Reports of devices on the command channel."""

import plistlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles import plist
from profiles.commands.error_chain import ErrorChainItem
from profiles.commands.results import CommandResult, CommandStatus, read_result, result_from
from profiles.errors import MalformedMessage, MalformedPlist

UUID = "6F0C0E1E-5A0C-4E2B-9B39-0E5B0B1C8A11"
UDID = "00008030-001A2B3C4D5E802E"
EVERYBODY = "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"


def report(**keys: Any) -> bytes:
    return plistlib.dumps({"Status": "Acknowledged", "CommandUUID": UUID, "UDID": UDID, **keys})


def test_an_idle_device_names_no_command() -> None:
    result = read_result(plist.write({"Status": "Idle", "UDID": UDID}))

    assert result == CommandResult(CommandStatus.IDLE, None, udid=UDID)


def test_a_uuid_beside_idle_is_ignored() -> None:
    assert read_result(report(Status="Idle")).command_uuid is None


@pytest.mark.parametrize("status", ["Acknowledged", "Error", "CommandFormatError", "NotNow"])
def test_every_status_but_idle_is_about_a_command(status: str) -> None:
    result = read_result(report(Status=status))

    assert (result.status.value, result.command_uuid) == (status, UUID)


@pytest.mark.parametrize("status", ["Acknowledged", "Error", "CommandFormatError", "NotNow"])
def test_a_report_about_no_command_is_malformed(status: str) -> None:
    with pytest.raises(MalformedMessage) as refused:
        read_result(plist.write({"Status": status, "UDID": UDID}))

    assert refused.value.field == "CommandUUID"


@pytest.mark.parametrize("status", ["acknowledged", "Done", 1, ""])
def test_an_unknown_status_is_malformed(status: object) -> None:
    with pytest.raises(MalformedMessage) as refused:
        read_result(report(Status=status))

    assert refused.value.field == "Status"


def test_a_report_without_status_is_malformed() -> None:
    with pytest.raises(MalformedMessage):
        read_result(plist.write({"UDID": UDID}))


def test_what_is_no_property_list_is_refused_as_such() -> None:
    with pytest.raises(MalformedPlist):
        read_result(b"bplist00")


def test_a_person_on_a_shared_ipad_is_named_beside_the_device() -> None:
    result = read_result(report(UserID=EVERYBODY, UserShortName="schueler_a@schule.example"))

    assert (result.udid, result.user_id) == (UDID, EVERYBODY)
    assert result.user_short_name == "schueler_a@schule.example"


def test_the_answer_itself_stays_in_the_body() -> None:
    result = read_result(report(RequestType="SecurityInfo", SecurityInfo={"PasscodePresent": True}))

    assert result.request_type == "SecurityInfo"
    assert result.body == {"SecurityInfo": {"PasscodePresent": True}}


def test_a_strange_echo_of_the_request_type_does_not_cost_the_result() -> None:
    assert read_result(report(RequestType=5)).request_type is None


def test_an_error_brings_its_chain() -> None:
    link = {
        "ErrorDomain": "MCMDMErrorDomain",
        "ErrorCode": 12021,
        "LocalizedDescription": "Unbekannt",
        "USEnglishDescription": "Unknown",
    }

    result = read_result(report(Status="Error", ErrorChain=[link]))

    assert result.error_chain == (
        ErrorChainItem("MCMDMErrorDomain", 12021, "Unbekannt", "Unknown"),
    )


def test_only_idle_and_not_now_leave_the_command_open() -> None:
    still_open = {status for status in CommandStatus if not status.is_final}

    assert still_open == {CommandStatus.IDLE, CommandStatus.NOT_NOW}


def test_a_result_does_not_show_the_answer_by_accident() -> None:
    assert "geheim" not in repr(read_result(report(ActivationLockBypassCode="geheim")))


SHORT = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)
KEYS = ["Status", "CommandUUID", "UDID", "EnrollmentID", "UserID", "UserShortName", "RequestType"]


@given(st.dictionaries(st.sampled_from(KEYS), SHORT | st.sampled_from(["Idle", "Error"])))
def test_the_short_way_reads_a_report_like_the_long_way(keys: dict[str, str]) -> None:
    body = plist.write(keys)

    assert _outcome(lambda: read_result(body)) == _outcome(
        lambda: result_from(plist.read_dict(body))
    )


def _outcome(read: Any) -> object:
    try:
        return read()
    except MalformedMessage as error:
        return error.field
