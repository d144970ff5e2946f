"""A command that leaves, or is answered, while it is planned to take it back."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from mdm.base.db import Database, Tx
from mdm.base.vault import Vault
from mdm.rooms.commands.models import Command
from policies.delivery import DeliveryState
from tests.mdm.rooms.meanwhile import await_one_that_waits
from tests.mdm.rooms.two_networks import (
    other_version,
    plan,
    state_of_the_other,
    waiting,
    with_both_networks,
)

MINUTE = timedelta(minutes=1)


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    database = Database(postgres_url)
    yield database
    database.close()


@contextmanager
def meanwhile(database: Database, row: Command, **columns: Any) -> Iterator[Tx]:
    """The device path holds the row and has changed it; nobody else sees that yet."""
    with database.transaction() as tx:
        mine = tx.get_one(Command, row.id)
        for name, value in columns.items():
            setattr(mine, name, value)
        tx.flush()
        yield tx


def test_what_leaves_while_it_is_planned_to_take_it_back_is_planned_for_anew(
    database: Database, vault: Vault, now: datetime
) -> None:
    with database.transaction() as tx:
        row = other_version(tx, with_both_networks(tx, now), DeliveryState.QUEUED)
    left = {"state": DeliveryState.REACHED, "reached_at": now}

    with ThreadPoolExecutor(1) as pool:
        with meanwhile(database, row, **left) as tx:
            planning = pool.submit(plan, database, vault, now)
            await_one_that_waits(tx, planning)
        planning.result()

    assert waiting(database) == []
    assert state_of_the_other(database) is DeliveryState.REACHED
    plan(database, vault, now)
    assert waiting(database) == ["ProfileList"]
    assert state_of_the_other(database) is DeliveryState.CANCELLED


def test_an_answer_that_comes_while_its_command_is_taken_back_is_not_lost(
    database: Database, vault: Vault, now: datetime
) -> None:
    with database.transaction() as tx:
        row = other_version(
            tx, with_both_networks(tx, now), DeliveryState.REACHED, reached_at=now - MINUTE
        )
    obeyed = {
        "state": DeliveryState.ACCEPTED,
        "answer_status": "Acknowledged",
        "answered_at": now + MINUTE,
    }

    with ThreadPoolExecutor(1) as pool:
        with meanwhile(database, row, **obeyed) as tx:
            planning = pool.submit(plan, database, vault, now)
            await_one_that_waits(tx, planning)
        planning.result()

    assert waiting(database) == []
    assert state_of_the_other(database) is DeliveryState.ACCEPTED
    plan(database, vault, now + MINUTE)
    # The wished version once more; the old WLAN stays until it is proven.
    assert waiting(database) == ["InstallProfile", "ProfileList"]
