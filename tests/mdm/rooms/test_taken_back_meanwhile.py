"""A command that is taken back in the moment in which an iPad asks for it stays back."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime

import pytest

from mdm.base.db import Database, Tx
from mdm.rooms.commands import service as commands
from mdm.rooms.commands.fast_path import FastPath
from mdm.rooms.commands.models import Command
from mdm.rooms.commands.queue_head import head_of_queue
from policies.delivery import DeliveryState
from tests.factories.commands import a_command
from tests.factories.devices import an_enrolled_ipad
from tests.mdm.rooms.meanwhile import await_one_that_waits

FINGERPRINT = b"f" * 32
KEY = "00008030-000A1B2C3D4E5F00"


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    database = Database(postgres_url)
    yield database
    database.close()


@pytest.fixture
def command(database: Database, now: datetime) -> Command:
    with database.transaction() as tx:
        enrollment = an_enrolled_ipad(tx, now, udid=KEY, fingerprint=FINGERPRINT)
        return a_command(tx, enrollment)


@contextmanager
def _taking_back(database: Database, command: Command, now: datetime) -> Iterator[Tx]:
    with database.transaction() as tx:
        commands.cancel_all(tx, [command.enrollment_id], "taken back", now)
        yield tx


def _state(database: Database, command: Command) -> DeliveryState:
    with database.reading() as tx:
        return tx.get_one(Command, command.id).state


def test_the_fast_path_does_not_offer_it(
    database: Database, command: Command, now: datetime
) -> None:
    fast = FastPath(database)
    with ThreadPoolExecutor(1) as pool:
        with _taking_back(database, command, now) as tx:
            asking = pool.submit(fast.idle, FINGERPRINT, KEY, now)
            await_one_that_waits(tx, asking)
        step = asking.result()

    assert (step.enrollment_id, step.next) == (command.enrollment_id, None)
    assert _state(database, command) is DeliveryState.CANCELLED


def test_an_answer_is_kept_and_does_not_offer_it(
    database: Database, command: Command, now: datetime
) -> None:
    fast = FastPath(database)
    with database.transaction() as tx:
        first = Command(
            uuid="answered",
            enrollment_id=command.enrollment_id,
            request_type="DeviceInformation",
            state=DeliveryState.REACHED,
            acknowledged_state=DeliveryState.ACCEPTED,
            ordered_by="system:test",
            created_at=now,
            expires_at=command.expires_at,
        )
        tx.add(first)
    answer = (FINGERPRINT, KEY, now, "answered", "Acknowledged", None, "")
    with ThreadPoolExecutor(1) as pool:
        with database.transaction() as tx:
            assert commands.cancel(tx.get_one(Command, command.id), "taken back", now)
            tx.flush()
            asking = pool.submit(fast.answer, *answer)
            await_one_that_waits(tx, asking)
        step = asking.result()

    assert (step.answered, step.next) == ("accepted", None)
    assert _state(database, command) is DeliveryState.CANCELLED


def test_the_last_door_does_not_see_it(database: Database, command: Command, now: datetime) -> None:
    def look() -> Command | None:
        with database.transaction() as tx:
            return tx.scalar(head_of_queue(command.enrollment_id, now, False, "", []))

    with ThreadPoolExecutor(1) as pool:
        with _taking_back(database, command, now) as tx:
            asking = pool.submit(look)
            await_one_that_waits(tx, asking)
        found = asking.result()

    assert found is None
    assert _state(database, command) is DeliveryState.CANCELLED
