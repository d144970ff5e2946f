"""Many simulated iPads over real HTTP, woken by pushes."""

import json
from collections.abc import Callable, Iterator

import pytest

from mdm.base.clock import FixedClock
from mdm.simulator.apns import ApnsStandIn
from mdm.simulator.faults import Fate
from mdm.simulator.fleet_thread import FleetPlan, FleetThread
from mdm.simulator.http import Route
from mdm.simulator.ipad import SimulatedIpad
from mdm.simulator.keys import KeyFolder
from profiles.configuration_profile import to_bytes
from tests.enrollment.facts import NOW
from tests.mdm.simulator.declaring_server import DeclaringServer
from tests.mdm.simulator.fake_server import ENROLMENT_PROFILE, HOST, LINK, FakeServer
from tests.mdm.simulator.loopback import serving
from tests.mdm.simulator.profile_samples import a_wifi_profile

TOPIC = "com.apple.mgmt.External.beispiel"
PATIENCE_S = 20.0


@pytest.fixture
def stand_in() -> ApnsStandIn:
    return ApnsStandIn(lambda: NOW)


@pytest.fixture
def fleet(server: FakeServer, keys: KeyFolder, stand_in: ApnsStandIn) -> Iterator[FleetThread]:
    with serving(server.send) as address:
        plan = FleetPlan(
            3,
            keys,
            (Route(HOST, address),),
            stand_in=stand_in,
            clock=FixedClock(NOW),
            tick_s=0.01,
        )
        with FleetThread(plan) as fleet:
            yield fleet


@pytest.fixture
def ready(fleet: FleetThread) -> FleetThread:
    assert fleet.enrol_all(LINK) == {}
    return fleet


def push(stand_in: ApnsStandIn, ipad: SimulatedIpad, magic: str = "") -> None:
    assert ipad.enrolment is not None
    channel = ipad.enrolment.channel
    headers = {
        ":method": "POST",
        ":path": f"/3/device/{channel.token.hex()}",
        "apns-topic": TOPIC,
        "apns-push-type": "mdm",
        "apns-expiration": str(int(NOW.timestamp()) + 86400),
    }
    body = json.dumps({"mdm": magic or channel.magic}).encode()
    assert stand_in.answer(headers, body, TOPIC).status == 200
    stand_in.deliver(headers)


def queued_for(ipad: SimulatedIpad, server: FakeServer, uuid: str = "command") -> str:
    return server.queue("SecurityInfo", uuid, channel=ipad.hardware.udid)


def done(ipad: SimulatedIpad, uuid: str) -> Callable[[], bool]:
    return lambda: ipad.executed[uuid] == 1


def test_a_fleet_enrols_by_one_link(ready: FleetThread, server: FakeServer) -> None:
    statistics = ready.statistics()

    assert statistics.enrolled == 3
    assert len({message["UDID"] for _, message in server.checkins}) == 3
    assert len(set(server.fingerprints)) == 3


def test_a_second_fleet_has_other_ipads_with_other_keys(keys: KeyFolder) -> None:
    with (
        FleetThread(FleetPlan(1, keys)) as one,
        FleetThread(FleetPlan(1, keys, first_number=1)) as other,
    ):
        first, second = one.ipads[0], other.ipads[0]

        assert first.serial_number != second.serial_number
        assert first.next_key().private_numbers() != second.next_key().private_numbers()


def test_failed_enrolments_are_told_by_serial_number(
    fleet: FleetThread, server: FakeServer
) -> None:
    server.challenges.clear()

    failed = fleet.enrol_all(LINK)

    assert sorted(failed) == ["SIMF00000000", "SIMF00000001", "SIMF00000002"]
    assert fleet.statistics().failed_enrolments == 3


def test_a_push_wakes_its_ipad(
    ready: FleetThread, server: FakeServer, stand_in: ApnsStandIn
) -> None:
    ipad = ready.ipads[1]
    uuid = queued_for(ipad, server)

    push(stand_in, ipad)

    assert ready.wait_until(done(ipad, uuid), PATIENCE_S)
    assert ready.statistics().pushes == 1


def test_a_push_with_a_foreign_magic_wakes_nobody(
    ready: FleetThread, server: FakeServer, stand_in: ApnsStandIn
) -> None:
    push(stand_in, ready.ipads[0], "foreign")
    push(stand_in, ready.ipads[1])

    assert ready.wait_until(lambda: ready.statistics().connections == 1, PATIENCE_S)
    assert ready.statistics().pushes == 1


def test_a_push_for_a_restarting_ipad_waits_for_it(
    ready: FleetThread, server: FakeServer, stand_in: ApnsStandIn
) -> None:
    ipad = ready.ipads[0]
    uuid = queued_for(ipad, server)
    ipad.restart()

    push(stand_in, ipad)

    assert ready.wait_until(done(ipad, uuid), PATIENCE_S)


def test_a_push_for_an_ipad_in_a_bag_waits_for_it(
    ready: FleetThread, server: FakeServer, stand_in: ApnsStandIn
) -> None:
    ipad = ready.ipads[0]
    uuid = queued_for(ipad, server)
    ipad.go_away()
    push(stand_in, ipad)
    assert ready.statistics().pushes == 0

    ipad.come_back()

    assert ready.wait_until(done(ipad, uuid), PATIENCE_S)


def test_the_token_of_an_erased_ipad_is_dead(ready: FleetThread, stand_in: ApnsStandIn) -> None:
    ipad = ready.ipads[0]
    token = ipad.enrolment.channel.token if ipad.enrolment else b""
    ipad.erase()

    headers = {
        ":method": "POST",
        ":path": f"/3/device/{token.hex()}",
        "apns-topic": TOPIC,
        "apns-push-type": "mdm",
    }
    answer = stand_in.answer(headers, b'{"mdm": "any"}', TOPIC)

    assert (answer.status, answer.reason) == (410, "Unregistered")


def test_an_ipad_with_an_undelivered_answer_tries_again_by_itself(
    ready: FleetThread, server: FakeServer
) -> None:
    ipad = ready.ipads[0]
    uuid = queued_for(ipad, server)
    ipad.faults.next_fates = [Fate.ARRIVES, Fate.LOST]

    ready.poll(ipad)

    assert ready.wait_until(lambda: server.answers_to(uuid) == ["Acknowledged"], PATIENCE_S)


def test_an_unlocked_ipad_comes_back_for_what_it_put_off(
    ready: FleetThread, server: FakeServer
) -> None:
    ipad = ready.ipads[0]
    ipad.faults.is_busy = True
    uuid = queued_for(ipad, server)
    ready.poll(ipad)
    assert server.answers_to(uuid) == ["NotNow"]

    ipad.faults.is_busy = False

    assert ready.wait_until(done(ipad, uuid), PATIENCE_S)


def test_return_to_service_enrols_again_untouched(ready: FleetThread, server: FakeServer) -> None:
    ipad = ready.ipads[0]
    again = {
        "Enabled": True,
        "WiFiProfileData": to_bytes(a_wifi_profile()),
        "MDMProfileData": ENROLMENT_PROFILE,
    }
    server.queue("EraseDevice", channel=ipad.hardware.udid, ReturnToService=again)

    ready.poll(ipad)

    assert ready.wait_until(lambda: ipad.is_enrolled, PATIENCE_S)
    assert ipad.erasures == 1


def test_a_bad_network_loses_and_repeats_nothing(ready: FleetThread, server: FakeServer) -> None:
    uuids = [
        queued_for(ipad, server, f"{ipad.number}-{n}") for ipad in ready.ipads for n in range(8)
    ]
    for ipad in ready.ipads:
        ipad.faults.lose_request = ipad.faults.lose_answer = ipad.faults.send_twice = 0.15

    ready.poll_all()

    assert ready.wait_until(lambda: not any(server.queues.values()), PATIENCE_S)
    assert ready.statistics().executed == len(uuids)
    assert ready.statistics().executed_twice == 0


def test_a_fleet_obeys_declarations_and_reports_by_itself(
    keys: KeyFolder, stand_in: ApnsStandIn
) -> None:
    server = DeclaringServer()
    server.subscribe("passcode.is-present", "device.operating-system.version")
    versions = ("16.7.12", "27.0")
    with serving(server.send) as address:
        routes = (Route(HOST, address),)
        plan = FleetPlan(2, keys, routes, os_versions=versions, tick_s=0.01, stand_in=stand_in)
        with FleetThread(plan) as fleet:
            assert fleet.enrol_all(LINK) == {}
            for ipad in fleet.ipads:
                udid = ipad.hardware.udid
                server.queue("DeclarativeManagement", channel=udid, Data=server.tokens())
                fleet.poll(ipad)
            connections = fleet.statistics().connections

            fleet.ipads[1].set_passcode("482915")

            told = fleet.wait_until(lambda: True in server.told("passcode.is-present"), PATIENCE_S)
            assert told
            assert fleet.statistics().connections == connections
    assert server.told("device.operating-system.version") == list(versions)
