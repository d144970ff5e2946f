"""The rules of delivery, seen from the iPad."""

from collections import deque
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mdm.simulator.exchange import Response
from mdm.simulator.faults import Failure, Fate
from mdm.simulator.hardware import hardware_of
from mdm.simulator.ipad import SimulatedIpad
from profiles.configuration_profile import to_bytes
from tests.mdm.simulator.conftest import MakeIpad, enrol, poll
from tests.mdm.simulator.fake_server import FakeServer
from tests.mdm.simulator.profile_samples import a_wifi_profile

CONNECT = "/mdm/connect"
UNRECOGNIZED = b'{"code": "com.apple.unrecognized.device", "message": "Danke"}'
JSON = {"content-type": "application/json"}


def test_an_idle_ipad_says_so_and_hangs_up(enrolled: SimulatedIpad, server: FakeServer) -> None:
    carried_out = poll(enrolled, server)

    assert carried_out == 0
    assert server.reports == [{"UDID": enrolled.hardware.udid, "Status": "Idle"}]


def test_commands_are_taken_until_there_is_none(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    server.queue("SecurityInfo", "first")
    server.queue("ProfileList", "second")

    carried_out = poll(enrolled, server)

    assert carried_out == 2
    assert [r.get("CommandUUID") for r in server.reports] == [None, "first", "second"]


def test_a_lost_answer_is_delivered_again_and_the_command_not_repeated(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    uuid = server.queue("SecurityInfo")
    enrolled.faults.next_fates = [Fate.ARRIVES, Fate.ANSWER_LOST]

    poll(enrolled, server)
    poll(enrolled, server)

    assert server.answers_to(uuid) == ["Acknowledged", "Acknowledged"]
    assert enrolled.executed[uuid] == 1


def test_a_lost_report_is_kept_and_delivered_at_the_next_connection(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    uuid = server.queue("SecurityInfo")
    enrolled.faults.next_fates = [Fate.ARRIVES, Fate.LOST]
    poll(enrolled, server)

    poll(enrolled, server)

    assert server.answers_to(uuid) == ["Acknowledged"]
    assert enrolled.executed[uuid] == 1


@pytest.mark.parametrize("status", [400, 404, 413, 500, 503])
def test_a_refused_report_is_kept_until_a_2xx(
    enrolled: SimulatedIpad, server: FakeServer, status: int
) -> None:
    uuid = server.queue("SecurityInfo")
    server.answers_next[CONNECT] = deque([server_offers(server), Response(status)])
    poll(enrolled, server)

    poll(enrolled, server)

    assert server.answers_to(uuid) == ["Acknowledged", "Acknowledged"]
    assert enrolled.executed[uuid] == 1
    assert not enrolled.enrolment.channel.undelivered  # type: ignore[union-attr]


def server_offers(server: FakeServer) -> Response:
    return Response(200, server.queues[""][0][1])


def test_401_removes_everything_that_came_with_management(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    server.queue("InstallProfile", Payload=to_bytes(a_wifi_profile()))
    poll(enrolled, server)
    server.answers_next[CONNECT] = deque([Response(401)])

    poll(enrolled, server)

    assert not enrolled.is_enrolled
    assert list(enrolled.profiles) == []


def test_403_with_apples_words_ends_the_enrolment(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    server.answers_next[CONNECT] = deque([Response(403, UNRECOGNIZED, JSON)])

    poll(enrolled, server)

    assert not enrolled.is_enrolled


def test_a_plain_403_is_no_more_than_a_failure(enrolled: SimulatedIpad, server: FakeServer) -> None:
    server.answers_next[CONNECT] = deque([Response(403, b"<html>Forbidden</html>")])

    poll(enrolled, server)

    assert enrolled.is_enrolled


def test_an_empty_property_list_is_a_fault_of_the_server(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    empty = b'<plist version="1.0"><dict/></plist>'
    server.answers_next[CONNECT] = deque([Response(200, empty)])

    poll(enrolled, server)

    assert len(enrolled.complaints) == 1
    assert len(server.reports) == 1


def test_a_command_without_its_dictionary_is_a_format_error(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    body = b'<plist version="1.0"><dict><key>CommandUUID</key><string>odd</string></dict></plist>'
    server.answers_next[CONNECT] = deque([Response(200, body)])

    poll(enrolled, server)

    assert server.answers_to("odd") == ["CommandFormatError"]


def test_an_unknown_request_type_is_answered_with_12021(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    server.queue_raw("odd", {"RequestType": "FlyAway"})

    poll(enrolled, server)

    assert server.answer_to("odd")["ErrorChain"][0]["ErrorCode"] == 12021


def test_a_parameter_of_a_wrong_kind_is_a_format_error(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    server.queue_raw("odd", {"RequestType": "DeviceInformation", "Queries": "OSVersion"})

    poll(enrolled, server)

    assert server.answers_to("odd") == ["CommandFormatError"]


def test_a_missing_right_is_answered_with_12007(make_ipad: MakeIpad, server: FakeServer) -> None:
    server.profile = server.profile.replace(b"<integer>8191</integer>", b"<integer>3</integer>")
    ipad = make_ipad()
    enrol(ipad, server)
    uuid = server.queue("SecurityInfo")

    poll(ipad, server)

    assert server.answer_to(uuid)["ErrorChain"][0]["ErrorCode"] == 12007


def test_an_ordered_failure_is_answered_once(enrolled: SimulatedIpad, server: FakeServer) -> None:
    enrolled.faults.failures["SecurityInfo"] = Failure("MCMDMErrorDomain", 12010)
    first, second = server.queue("SecurityInfo"), server.queue("SecurityInfo")

    poll(enrolled, server)

    assert server.answers_to(first) == ["Error"]
    assert server.answers_to(second) == ["Acknowledged"]


def test_a_locked_ipad_answers_not_now_and_comes_back_when_unlocked(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    lock_after_boot(enrolled)
    uuid = server.queue("InstallProfile", Payload=to_bytes(a_wifi_profile()))
    poll(enrolled, server)
    assert not enrolled.wants_connection

    enrolled.unlock()

    assert enrolled.wants_connection
    poll(enrolled, server)
    assert server.answers_to(uuid) == ["NotNow", "Acknowledged"]


def test_after_another_command_a_not_now_does_not_bring_it_back(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    lock_after_boot(enrolled)
    server.queue("InstallProfile", Payload=to_bytes(a_wifi_profile()))
    offered = server_offers(server)
    server.queues.clear()
    server.queue("DeviceInformation", Queries=["OSVersion"])
    server.answers_next[CONNECT] = deque([offered, server_offers(server)])

    poll(enrolled, server)
    enrolled.unlock()

    assert not enrolled.wants_connection


def test_not_now_is_no_execution(enrolled: SimulatedIpad, server: FakeServer) -> None:
    lock_after_boot(enrolled)
    uuid = server.queue("InstallProfile", Payload=to_bytes(a_wifi_profile()))

    poll(enrolled, server)

    assert enrolled.executed[uuid] == 0
    assert enrolled.history[-1].status == "NotNow"


@pytest.mark.parametrize(
    ("request_type", "parameters"),
    [
        ("DeviceInformation", {"Queries": ["OSVersion"]}),
        ("ProfileList", {}),
        ("InstalledApplicationList", {}),
        ("DeviceLock", {}),
        ("Restrictions", {}),
        ("ProvisioningProfileList", {}),
        ("EraseDevice", {}),
    ],
)
def test_what_never_waits_is_answered_by_a_busy_and_locked_ipad(
    enrolled: SimulatedIpad, server: FakeServer, request_type: str, parameters: dict[str, object]
) -> None:
    lock_after_boot(enrolled)
    enrolled.faults.is_busy = True
    uuid = server.queue(request_type, **parameters)

    poll(enrolled, server)

    assert server.answers_to(uuid) == ["Acknowledged"]


def test_a_request_that_arrives_twice_is_obeyed_once(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    uuid = server.queue("SecurityInfo")
    enrolled.faults.next_fates = [Fate.TWICE, Fate.TWICE]

    poll(enrolled, server)

    assert enrolled.executed[uuid] == 1
    assert server.answers_to(uuid) == ["Acknowledged", "Acknowledged"]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fates=st.lists(st.sampled_from(Fate), max_size=25))
def test_whatever_the_network_does_each_command_is_obeyed_once_and_answered(
    make_ipad: MakeIpad, fates: list[Fate]
) -> None:
    server, ipad = FakeServer(), make_ipad()
    enrol(ipad, server)
    uuids = [server.queue("SecurityInfo"), server.queue("ProfileList"), server.queue("DeviceLock")]
    ipad.faults.next_fates = list(fates)

    while server.queues[""] or ipad.faults.next_fates:
        poll(ipad, server)

    assert [ipad.executed[uuid] for uuid in uuids] == [1, 1, 1]
    assert all("Acknowledged" in server.answers_to(uuid) for uuid in uuids)


def test_a_command_that_needs_a_cable_is_refused_without_one(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    uuid = server.queue("SecurityInfo", RequestRequiresNetworkTether=True)

    poll(enrolled, server)

    assert server.answer_to(uuid)["ErrorChain"][0]["ErrorCode"] == 12081


def test_a_command_that_the_system_no_longer_knows_is_refused(
    make_ipad: MakeIpad, server: FakeServer
) -> None:
    ipad = make_ipad(replace(hardware_of(0), os_version="27.0"))
    enrol(ipad, server)
    uuid = server.queue("AvailableOSUpdates")

    poll(ipad, server)

    assert server.answer_to(uuid)["ErrorChain"][0]["ErrorCode"] == 12021


def test_redirects_are_followed_and_not_remembered(
    enrolled: SimulatedIpad, server: FakeServer
) -> None:
    moved = Response(307, b"", {"location": "https://mdm.beispielstadt.example/mdm/connect"})
    server.answers_next[CONNECT] = deque([moved])

    poll(enrolled, server)
    poll(enrolled, server)

    assert [request.url[-12:] for request in server.requests[-3:]] == ["/mdm/connect"] * 3


def test_a_retry_comes_due_after_some_ticks(enrolled: SimulatedIpad, server: FakeServer) -> None:
    server.answers_next[CONNECT] = deque([Response(503)])
    poll(enrolled, server)
    assert not enrolled.wants_connection

    for _ in range(enrolled.habits.retry_ticks):
        enrolled.tick()

    assert enrolled.wants_connection


def lock_after_boot(ipad: SimulatedIpad) -> None:
    """As after a restart, on a mobile network: no WLAN is joined before the first unlock."""
    ipad.set_passcode("1234")
    ipad.is_unlocked_since_boot = False
    object.__setattr__(ipad.hardware, "has_cellular", True)
