"""Nobody waits for a row that somebody else merely refers to: on PostgreSQL that ends in deadlocks.

Writing a command for an enrollment locks its row against deletion. Whoever notes a push or wants
a plan for it changes no key, so he must not wait for that; the two would block each other.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from sqlalchemy import text

from mdm.base.db import Database, Tx
from mdm.rooms.devices import due, pushing
from mdm.rooms.devices import service as devices
from mdm.rooms.reconciler import service as reconciler
from tests.factories.commands import a_command
from tests.factories.devices import an_ipad
from tests.factories.schools import a_school

Deed = Callable[[Tx, int, datetime], object]


@pytest.fixture
def postgresql(postgres_url: str) -> Iterator[Database]:
    database = Database(postgres_url)
    yield database
    database.close()


def mark_every_school(tx: Tx, enrollment_id: int, now: datetime) -> object:
    return due.mark_scopes_due(tx, [due.of_school(None, None)])


@pytest.mark.parametrize(
    "deed",
    [
        lambda tx, number, now: pushing.mark_pushed(tx, [number], now),
        lambda tx, number, now: devices.mark_all_due(tx, [number]),
        mark_every_school,
    ],
    ids=["a push is noted", "a plan is wanted", "plans for a school are wanted"],
)
def test_while_a_command_is_being_written_the_enrollment_can_be_marked(
    postgresql: Database, deed: Deed, now: datetime
) -> None:
    with postgresql.transaction() as tx:
        ipad = an_ipad(tx, a_school(tx))

    with postgresql.transaction() as plan:
        a_command(plan, ipad)
        with postgresql.transaction() as tx:
            tx.execute(text("SET LOCAL lock_timeout = '2s'"))
            deed(tx, ipad.id, now)


def test_while_a_command_is_being_written_the_enrollment_can_be_claimed(
    postgresql: Database, now: datetime
) -> None:
    with postgresql.transaction() as tx:
        ipad = an_ipad(tx, a_school(tx))
        ipad.due_generation = 1

    with postgresql.transaction() as plan:
        a_command(plan, ipad)
        with postgresql.transaction() as tx:
            claimed = reconciler.claim(tx, now, 10)

    assert [one.enrollment_id for one in claimed] == [ipad.id]
