"""What happens to a simulated iPad: erased, restarted, lost, named, asked, shared."""

from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from mdm.simulator.commands.table import HANDLERS, TALKING
from mdm.simulator.enrolment import enrol_with_profile
from mdm.simulator.exchange import Response
from mdm.simulator.faults import Fate
from mdm.simulator.hardware import hardware_of
from mdm.simulator.ipad import SimulatedIpad
from mdm.simulator.people import sign_in, sign_out
from profiles.commands.answers.device import read_device_information
from profiles.commands.answers.location import read_location
from profiles.commands.answers.settings import read_settings_results
from profiles.commands.answers.users import read_users
from profiles.commands.catalogue import CATALOGUE
from profiles.commands.device_queries import QUERY_NAMES
from profiles.configuration_profile import to_bytes
from tests.mdm.simulator.conftest import MakeIpad, enrol, poll, talk
from tests.mdm.simulator.fake_server import ENROLMENT_PROFILE, FakeServer
from tests.mdm.simulator.profile_samples import a_restriction_profile, a_wifi_profile

MIA = "mia@schule.example"


def ask(
    ipad: SimulatedIpad, server: FakeServer, request_type: str, **parameters: Any
) -> Mapping[str, Any]:
    uuid = server.queue(request_type, f"{request_type}-{len(server.reports)}", **parameters)
    poll(ipad, server)
    return server.answer_to(uuid)


def boot(ipad: SimulatedIpad) -> None:
    while not ipad.is_on:
        ipad.tick()


def test_every_command_of_the_catalogue_has_a_deed() -> None:
    assert HANDLERS.keys() | TALKING.keys() == CATALOGUE.keys()


def test_an_erase_ends_the_enrolment_and_takes_everything(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    ask(enrolled, server, "InstallProfile", Payload=to_bytes(a_wifi_profile()))

    answer = ask(enrolled, server, "EraseDevice")

    assert answer["Status"] == "Acknowledged"
    assert not enrolled.is_enrolled
    assert list(enrolled.profiles) == []
    assert enrolled.erasures == 1


def test_an_erase_happens_even_if_its_answer_is_lost(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    uuid = server.queue("EraseDevice")
    enrolled.faults.next_fates = [Fate.ARRIVES, Fate.LOST]

    poll(enrolled, server)

    assert not enrolled.is_enrolled
    assert server.answers_to(uuid) == []


def test_an_erased_ipad_sends_no_farewell(enrolled: SimulatedIpad, server: FakeServer) -> None:
    ask(enrolled, server, "EraseDevice")

    assert "CheckOut" not in server.message_types()


def test_an_erased_ipad_enrols_again_with_another_key_and_the_same_udid(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    ask(enrolled, server, "EraseDevice")
    boot(enrolled)

    enrol(enrolled, server)

    udids = {message["UDID"] for _, message in server.checkins}
    assert len(udids) == 1
    assert len(set(server.fingerprints)) == 2


def test_return_to_service_leaves_a_profile_to_enrol_with(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    again = {
        "Enabled": True,
        "WiFiProfileData": to_bytes(a_wifi_profile()),
        "MDMProfileData": ENROLMENT_PROFILE,
    }
    ask(enrolled, server, "EraseDevice", ReturnToService=again)
    boot(enrolled)

    talk(enrolled, server, enrol_with_profile(enrolled, enrolled.enrols_with or b""))

    assert enrolled.is_enrolled
    assert enrolled.enrols_with is None


def test_a_restart_takes_a_while(enrolled: SimulatedIpad, server: FakeServer) -> None:
    ask(enrolled, server, "RestartDevice")
    assert not enrolled.is_online

    boot(enrolled)

    assert enrolled.is_online
    assert enrolled.is_enrolled


def test_after_a_restart_a_passcode_keeps_the_wlan_away_until_unlocked(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    enrolled.set_passcode("1234")
    ask(enrolled, server, "RestartDevice")
    boot(enrolled)
    assert not enrolled.is_online

    enrolled.unlock()

    assert enrolled.is_online


def test_an_ipad_shut_down_waits_for_its_button(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    ask(enrolled, server, "ShutDownDevice")
    for _ in range(10):
        enrolled.tick()
    assert not enrolled.is_online

    enrolled.press_button()
    boot(enrolled)

    assert enrolled.is_online


def test_an_unsupervised_ipad_does_not_restart(make_ipad: MakeIpad, server: FakeServer) -> None:
    ipad = make_ipad(replace(hardware_of(0), is_supervised=False))
    enrol(ipad, server)

    answer = ask(ipad, server, "RestartDevice")

    assert answer["Status"] == "Error"
    assert ipad.is_online


def test_an_ipad_in_setup_assistant_says_so_until_it_is_let_go(
    make_ipad: MakeIpad, server: FakeServer
) -> None:
    ipad = make_ipad(replace(hardware_of(0), is_ade=True))
    ipad.is_awaiting = True
    enrol(ipad, server)
    waits = ask(ipad, server, "RestartDevice")
    server.queues.clear()

    ask(ipad, server, "DeviceConfigured")

    assert server.checkins[1][1]["AwaitingConfiguration"] is True
    assert waits["Status"] == "NotNow"
    assert not ipad.is_awaiting


def test_an_ipad_that_went_away_comes_back_by_itself(enrolled: SimulatedIpad) -> None:
    enrolled.go_away(ticks=2)
    assert not enrolled.is_online

    enrolled.tick()
    enrolled.tick()

    assert enrolled.is_online


def test_in_lost_mode_most_commands_are_refused(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    ask(enrolled, server, "EnableLostMode", Message="Bitte abgeben")

    answer = ask(enrolled, server, "Settings", Settings=[{"Item": "DeviceName", "DeviceName": "x"}])

    assert answer["ErrorChain"][0]["ErrorCode"] == 12078


def test_a_lost_ipad_tells_where_it_is(enrolled: SimulatedIpad, server: FakeServer) -> None:
    ask(enrolled, server, "EnableLostMode", Message="Bitte abgeben")

    location = read_location(ask(enrolled, server, "DeviceLocation"))

    assert location.measured_at == enrolled.now


def test_an_ipad_that_is_not_lost_does_not_tell(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    answer = ask(enrolled, server, "DeviceLocation")

    assert answer["ErrorChain"][0]["ErrorCode"] == 12067


def test_a_passcode_is_cleared_with_the_unlock_token_alone(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    enrolled.set_passcode("1234")
    wrong = ask(enrolled, server, "ClearPasscode", UnlockToken=b"guess")

    right = ask(enrolled, server, "ClearPasscode", UnlockToken=enrolled.unlock_token)

    assert (wrong["Status"], right["Status"]) == ("Error", "Acknowledged")
    assert enrolled.passcode is None


def test_every_setting_has_a_result_of_its_own(enrolled: SimulatedIpad, server: FakeServer) -> None:
    items = [
        {"Item": "DeviceName", "DeviceName": "7b-12"},
        {"Item": "ApplicationConfiguration", "Identifier": "de.example.fehlt"},
        {"Item": "TimeZone", "TimeZone": "Europe/Berlin"},
    ]

    results = read_settings_results(ask(enrolled, server, "Settings", Settings=items))

    assert [result.is_applied for result in results] == [True, False, True]
    assert enrolled.settings.device_name == "7b-12"


def test_device_information_answers_what_this_ipad_can_tell(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    answer = ask(enrolled, server, "DeviceInformation", Queries=list(QUERY_NAMES))

    information = read_device_information(answer)
    assert information.serial_number == "SIMF00000000"
    assert information.is_supervised is True
    assert information.problems == 0
    assert information.quota_mb is None


def test_a_query_without_its_right_is_left_out(make_ipad: MakeIpad, server: FakeServer) -> None:
    server.profile = ENROLMENT_PROFILE.replace(b"<integer>8191</integer>", b"<integer>16</integer>")
    ipad = make_ipad()
    enrol(ipad, server)

    answer = ask(ipad, server, "DeviceInformation", Queries=["OSVersion", "WiFiMAC"])

    assert list(answer["QueryResponses"]) == ["OSVersion"]


def test_declarations_are_fetched_and_an_empty_manifest_is_borne(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    answer = ask(enrolled, server, "DeclarativeManagement")

    endpoints = [m["Endpoint"] for kind, m in server.checkins if kind == "DeclarativeManagement"]
    assert answer["Status"] == "Acknowledged"
    assert endpoints == ["tokens", "declaration-items", "status"]
    assert not enrolled.complaints


def test_unchanged_declarations_are_not_fetched_again(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    ask(enrolled, server, "DeclarativeManagement")

    ask(enrolled, server, "DeclarativeManagement")

    endpoints = [m["Endpoint"] for kind, m in server.checkins if kind == "DeclarativeManagement"]
    assert endpoints[3:] == ["tokens"]


@pytest.fixture
def shared(make_ipad: MakeIpad, server: FakeServer) -> SimulatedIpad:
    ipad = make_ipad(replace(hardware_of(0), is_shared=True, is_ade=True))
    enrol(ipad, server)
    return ipad


def test_a_person_who_signs_in_gets_a_channel_of_her_own(
    shared: SimulatedIpad, server: FakeServer
) -> None:
    talk(shared, server, sign_in(shared, MIA))
    own = server.queue("DeviceInformation", "hers", channel=MIA, Queries=["AwaitingConfiguration"])
    other = server.queue("SecurityInfo", "its")

    poll(shared, server)

    _, message = server.checkins[-1]
    assert message["UserID"] == "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"
    assert message["UserShortName"] == MIA
    assert server.answer_to(own)["UserShortName"] == MIA
    assert "UserShortName" not in server.answer_to(other)


def test_after_signing_out_the_channel_is_silent(shared: SimulatedIpad, server: FakeServer) -> None:
    talk(shared, server, sign_in(shared, MIA))
    own = server.queue("ProfileList", channel=MIA)

    sign_out(shared)
    poll(shared, server)

    assert server.answers_to(own) == []


def test_a_declined_person_is_not_managed(shared: SimulatedIpad, server: FakeServer) -> None:
    server.answers_next["/mdm/checkin"] = deque([Response(410)])
    talk(shared, server, sign_in(shared, MIA))

    poll(shared, server)

    assert [report.get("UserShortName") for report in server.reports] == [None]


def test_a_persons_profiles_are_hers_alone(shared: SimulatedIpad, server: FakeServer) -> None:
    talk(shared, server, sign_in(shared, MIA))
    profile = to_bytes(a_restriction_profile(allowCamera=False))
    server.queue("InstallProfile", channel=MIA, Payload=profile)
    poll(shared, server)

    hers = server.queue("ProfileList", "hers", channel=MIA)
    its = server.queue("ProfileList", "its")
    poll(shared, server)

    assert len(server.answer_to(hers)["ProfileList"]) == 1
    assert len(server.answer_to(its)["ProfileList"]) == 1


def test_people_are_listed_and_deleted(shared: SimulatedIpad, server: FakeServer) -> None:
    talk(shared, server, sign_in(shared, MIA))
    sign_out(shared)
    (user,) = read_users(ask(shared, server, "UserList"))

    ask(shared, server, "DeleteUser", UserName=MIA)

    assert user.user_name == MIA
    assert len(read_users(ask(shared, server, "UserList"))) == 0


def test_a_command_for_the_device_is_refused_on_a_persons_channel(
    shared: SimulatedIpad, server: FakeServer
) -> None:
    talk(shared, server, sign_in(shared, MIA))
    uuid = server.queue("SecurityInfo", channel=MIA)

    poll(shared, server)

    assert server.answers_to(uuid) == ["Error"]


@pytest.mark.parametrize("body", [b"[]", b'{"Declarations": []}', b"<html/>", b""])
def test_a_bad_manifest_is_noted_and_does_no_harm(
    enrolled: SimulatedIpad, server: FakeServer, body: bytes
) -> None:
    tokens = Response(
        200,
        b'{"SyncTokens": {"DeclarationsToken": "new", "Timestamp": "2026-11-20T08:00:00Z"}}',
        {"content-type": "application/json"},
    )
    manifest = Response(200, body, {"content-type": "application/json"})
    server.answers_next["/mdm/checkin"] = deque([tokens, manifest])

    answer = ask(enrolled, server, "DeclarativeManagement")

    assert answer["Status"] == "Acknowledged"
    assert enrolled.is_enrolled
    assert enrolled.complaints
