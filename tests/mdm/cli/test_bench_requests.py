"""The bytes that the bench replays: what an iPad would send, in the order it would."""

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from io import BytesIO

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from enrollment.identity import AUTHORITY_KEY_BITS, CertifiedKey, create_authority
from mdm.base.bell import NoBell
from mdm.base.clock import FixedClock
from mdm.base.db import Database
from mdm.base.settings import Settings
from mdm.base.tools import Tools
from mdm.base.vault import Vault
from mdm.cli.bench.fleet import COMMANDS_EACH, BenchDevice, command_uuid, make_fleet, make_keys
from mdm.cli.bench.requests import (
    BODY_BYTES,
    Exchange,
    acknowledged_body,
    conversation,
    in_random_order,
    yardstick,
)
from mdm.cli.bench.seed import Town, put_back, seed
from mdm.doors.wire.door import DeviceDoor
from mdm.rooms.commands.models import Command
from policies.delivery import DeliveryState
from profiles import cms, plist
from tests.factories.devices import an_authority


@cache
def _authority_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=AUTHORITY_KEY_BITS)


@cache
def _device_keys() -> tuple[rsa.RSAPrivateKey, ...]:
    return tuple(make_keys(2))


@pytest.fixture
def fleet(now: datetime) -> list[BenchDevice]:
    key = _authority_key()
    authority = CertifiedKey(create_authority("Bench", key, now, 2**70), key)
    return list(make_fleet(4, authority, _device_keys(), now))


def _parts(exchange: Exchange) -> tuple[dict[str, str], bytes]:
    head, _, body = exchange.request.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")[1:]
    return {name: value for name, _, value in (line.partition(": ") for line in lines)}, body


def test_an_acknowledgement_has_the_size_of_the_yardstick(fleet: list[BenchDevice]) -> None:
    body = acknowledged_body(fleet[0], fleet[0].command_uuids[0])

    report = plist.read_report_envelope(body)

    assert len(body) == BODY_BYTES
    assert report is not None
    assert (report.status, report.udid) == ("Acknowledged", fleet[0].udid)


def test_every_request_bears_its_devices_signature(fleet: list[BenchDevice]) -> None:
    device = fleet[1]
    expected = cms.fingerprint(device.certificate.public_bytes(Encoding.DER))

    for exchange in conversation(device):
        headers, body = _parts(exchange)
        signed = cms.read_signed(cms.decode_signature_header(headers["Mdm-Signature"]))
        cms.verify_detached(signed, body)

        assert signed.fingerprint == expected
        assert headers["Content-Length"] == str(len(body))


def test_a_conversation_begins_with_idle_and_ends_with_an_empty_answer(
    fleet: list[BenchDevice],
) -> None:
    talk = conversation(fleet[0])

    statuses = [plist.read_dict(_parts(exchange)[1])["Status"] for exchange in talk]

    assert statuses == ["Idle", *["Acknowledged"] * COMMANDS_EACH]
    assert [exchange.answer_bytes > 0 for exchange in talk] == [True] * COMMANDS_EACH + [False]


def test_the_yardstick_reads_the_same_bodies_without_a_signature(
    fleet: list[BenchDevice],
) -> None:
    (talk,) = yardstick(fleet[:1])

    parts = [_parts(exchange) for exchange in talk]

    assert all("Mdm-Signature" not in headers for headers, _ in parts)
    assert [body for _, body in parts] == [
        acknowledged_body(fleet[0], uuid) for uuid in fleet[0].command_uuids
    ]


def test_devices_come_in_an_order_that_is_the_same_in_every_run(
    fleet: list[BenchDevice],
) -> None:
    assert in_random_order(fleet) == in_random_order(list(reversed(fleet)))


def test_no_two_commands_share_a_uuid() -> None:
    made = {command_uuid(number, place) for number in range(-50, 51) for place in range(-1, 9)}

    assert len(made) == 101 * 10


@pytest.fixture
def door(database: Database, vault: Vault, now: datetime) -> Iterator[DeviceDoor]:
    door = DeviceDoor(Tools(Settings(), database, vault, FixedClock(now), NoBell()))
    yield door
    door.fast.driver.close()
    door.last_seen.close()


def _say(door: DeviceDoor, exchange: Exchange) -> int:
    headers, body = _parts(exchange)
    answer = door.handle(
        {
            "REQUEST_METHOD": "PUT",
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_LENGTH": headers["Content-Length"],
            "HTTP_MDM_SIGNATURE": headers["Mdm-Signature"],
            "wsgi.input": BytesIO(body),
        }
    )
    assert answer.status == 200
    return len(answer.body)


def _states(database: Database, town: Town, device: BenchDevice) -> list[DeliveryState]:
    with database.reading() as tx:
        rows = tx.query(Command).filter_by(enrollment_id=town.row_of(device))
        return [row.state for row in rows.order_by(Command.id)]


def test_the_door_answers_a_replay_as_expected_and_again_after_putting_back(
    database: Database, door: DeviceDoor, fleet: list[BenchDevice], now: datetime
) -> None:
    town = Town(40, fleet, {fleet[0].number: 3})
    with database.transaction() as tx:
        seed(tx, town, an_authority(tx, now), now)
    finished = [DeliveryState.PROVEN] * 3

    for device in fleet:
        for exchange in conversation(device):
            assert _say(door, exchange) == exchange.answer_bytes
    after = _states(database, town, fleet[0])
    with database.transaction() as tx:
        put_back(tx)

    assert after == finished + [DeliveryState.ACCEPTED] * COMMANDS_EACH
    assert _states(database, town, fleet[0]) == finished + [DeliveryState.QUEUED] * COMMANDS_EACH
    assert _say(door, conversation(fleet[0])[0]) == conversation(fleet[0])[0].answer_bytes
