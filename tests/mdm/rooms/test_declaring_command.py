"""The command that makes a device compare its declarations: what it carries when it leaves."""

from datetime import datetime, timedelta

import pytest

from mdm.base.db import Database
from mdm.base.vault import Vault
from mdm.rooms.commands.service import Order, enqueue
from mdm.rooms.declarations import service
from policies.delivery import DeliveryState
from profiles.commands.command import build
from profiles.commands.wire import read_command
from profiles.declarations.received import read_tokens
from tests.factories.authority import server_keys
from tests.factories.commands import a_command
from tests.factories.declarations import a_set
from tests.factories.devices import an_ipad
from tests.mdm.rooms.last_door import ACTOR, LastDoor

MINUTE = timedelta(minutes=1)
COMMAND = "DeclarativeManagement"


@pytest.fixture
def door(database: Database, vault: Vault, now: datetime) -> LastDoor:
    with database.transaction() as tx:
        server_keys(tx, vault)
        return LastDoor(database, vault, an_ipad(tx), now)


def test_it_carries_the_tokens_as_they_are_when_it_leaves(
    door: LastDoor, database: Database, vault: Vault, now: datetime
) -> None:
    number = door.enrollment.id
    order = Order(number, build(COMMAND), None, "wish city", ACTOR)
    with database.transaction() as tx:
        service.replace(tx, vault, number, a_set(6), now)
        enqueue(tx, vault, order, "00000000-0000-4000-8000-00000000DDDD", now)
        newest = service.replace(tx, vault, number, a_set(8), now + MINUTE)

    body = door.ask(later=2)

    assert body is not None
    _, command = read_command(body)
    assert command.request_type == COMMAND
    assert read_tokens(command.parameters["Data"]).declarations_token == newest  # type: ignore[arg-type]


def test_without_a_set_it_does_not_leave_and_gives_way_to_the_next(
    door: LastDoor, database: Database
) -> None:
    with database.transaction() as tx:
        first = a_command(tx, door.enrollment, COMMAND, body=None)
        second = a_command(tx, door.enrollment)

    assert door.ask() == second.body
    with database.reading() as tx:
        row = tx.get_one(type(first), first.id)
    assert (row.state, row.outcome) == (DeliveryState.FAILED, "nothing declared")
