"""From a link to an enrolled iPad, over real HTTP, on both engines."""

from enrollment.standing import EnrollmentState, HoldReason
from mdm.base.identifiers import new_uuid
from mdm.rooms.commands import service as commands
from mdm.rooms.commands.models import Command
from mdm.rooms.commands.service import Order
from mdm.simulator.enrolment import remove_by_hand
from mdm.simulator.fleet_thread import FleetThread
from policies.delivery import DeliveryState
from profiles.commands.command import build
from tests.journeys.house import CLERK, TOPIC, House


def expect_all(house: House, fleet: FleetThread) -> None:
    house.expect(*(ipad.serial_number for ipad in fleet.ipads))


def order(house: House, enrollment_id: int, request_type: str) -> str:
    """Queue a harmless command; returns its CommandUUID."""
    tools = house.tools
    uuid = new_uuid()
    with tools.database.transaction() as tx:
        wanted = Order(enrollment_id, build(request_type), None, "journey", CLERK)
        commands.enqueue(tx, tools.vault, wanted, uuid, tools.clock.now())
    return uuid


def test_expected_ipads_that_open_a_link_are_enrolled(house: House, fleet: FleetThread) -> None:
    expect_all(house, fleet)

    failed = fleet.enrol_all(house.link())

    assert failed == {}
    rows = house.enrollments()
    assert [row.state for row in rows] == [EnrollmentState.ENROLLED] * 3
    assert [row.held_reason for row in rows] == [None] * 3
    assert {row.topic for row in rows} == {TOPIC}


def test_the_server_knows_how_to_wake_each_ipad(house: House, fleet: FleetThread) -> None:
    expect_all(house, fleet)

    fleet.enrol_all(house.link())

    told = {(row.push_token, row.push_magic) for row in house.enrollments()}
    channels = [ipad.enrolment.channel for ipad in fleet.ipads if ipad.enrolment]
    assert told == {(channel.token, channel.magic) for channel in channels}


def test_an_unexpected_ipad_is_held_until_a_person_accepts_it(
    house: House, fleet: FleetThread
) -> None:
    ipad = fleet.ipads[0]

    fleet.enrol(ipad, house.link())

    (row,) = house.enrollments()
    assert row.held_reason is HoldReason.UNEXPECTED_SERIAL
    assert fleet.poll(ipad) == 0
    assert ipad.is_enrolled


def test_a_link_enrols_no_more_ipads_than_it_promised(house: House, fleet: FleetThread) -> None:
    expect_all(house, fleet)

    failed = fleet.enrol_all(house.link(uses=2))

    assert [error.status for error in failed.values()] == [410]
    assert len(house.enrollments()) == 2


def test_an_enrolled_ipad_takes_its_command_and_answers(house: House, fleet: FleetThread) -> None:
    expect_all(house, fleet)
    ipad = fleet.ipads[0]
    fleet.enrol(ipad, house.link())
    uuid = order(house, house.enrollments()[0].id, "SecurityInfo")

    fleet.poll(ipad)

    assert ipad.executed[uuid] == 1
    with house.tools.database.reading() as tx:
        row = tx.query(Command).filter_by(uuid=uuid).one()
        assert row.state in (DeliveryState.ACCEPTED, DeliveryState.PROVEN)


def test_an_ipad_whose_profile_a_person_removes_is_checked_out(
    house: House, fleet: FleetThread
) -> None:
    expect_all(house, fleet)
    ipad = fleet.ipads[0]
    fleet.enrol(ipad, house.link())

    fleet.carry(ipad, lambda: remove_by_hand(ipad))

    assert house.enrollments()[0].state is EnrollmentState.CHECKED_OUT


def test_an_ipad_that_comes_back_erased_unasked_is_held(house: House, fleet: FleetThread) -> None:
    expect_all(house, fleet)
    ipad = fleet.ipads[0]
    fleet.enrol(ipad, house.link())
    ipad.erase()
    assert fleet.wait_until(lambda: ipad.is_online, 20)

    fleet.enrol(ipad, house.link())

    rows = house.enrollments()
    assert len({row.device_id for row in rows}) == 1
    assert [row.held_reason for row in rows] == [
        None,
        HoldReason.KNOWN_DEVICE_FOREIGN_CERTIFICATE,
    ]
