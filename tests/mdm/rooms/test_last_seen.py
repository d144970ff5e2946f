"""When devices were last here: collected in memory, written now and then, never in the way."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy.exc import OperationalError

from mdm.base.db import Database
from mdm.rooms.devices.last_seen import LastSeen
from mdm.rooms.devices.models import Enrollment
from tests.factories.devices import a_device, an_enrollment

_NEVER = 3600.0


@pytest.fixture
def enrollment_id(database: Database) -> int:
    with database.transaction() as tx:
        return an_enrollment(tx, a_device(tx), last_seen_at=None, last_idle_at=None).id


@pytest.fixture
def last_seen(database: Database) -> Iterator[LastSeen]:
    last_seen = LastSeen(database, _NEVER)
    yield last_seen
    last_seen.close()


def _row(database: Database, number: int) -> Enrollment:
    with database.reading() as tx:
        return tx.get_one(Enrollment, number)


def test_a_visit_is_written_down_later(
    database: Database, last_seen: LastSeen, enrollment_id: int, now: datetime
) -> None:
    last_seen.visit(enrollment_id, now, idle=False)
    assert _row(database, enrollment_id).last_seen_at is None

    assert last_seen.flush() == 1

    row = _row(database, enrollment_id)
    assert (row.last_seen_at, row.last_idle_at) == (now, None)


def test_what_could_not_be_written_is_written_the_next_time(
    database: Database,
    last_seen: LastSeen,
    enrollment_id: int,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    last_seen.visit(enrollment_id, now, idle=True)
    with monkeypatch.context() as away:
        away.setattr(last_seen, "_write", _fail)
        with pytest.raises(OperationalError):
            last_seen.flush()
    later = now + timedelta(seconds=5)
    last_seen.visit(enrollment_id, later, idle=False)

    last_seen.flush()

    row = _row(database, enrollment_id)
    assert (row.last_seen_at, row.last_idle_at) == (later, now)


def test_a_database_that_is_away_does_not_end_the_writing(
    database: Database, enrollment_id: int, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    last_seen = LastSeen(database, 0.001)
    written = last_seen._write
    failures = [2]

    def fail_twice(seen: dict[int, datetime], idle: dict[int, datetime]) -> None:
        failures[0] -= 1
        if failures[0] >= 0:
            _fail(seen, idle)
        written(seen, idle)
        last_seen._stop.set()

    monkeypatch.setattr(last_seen, "_write", fail_twice)
    last_seen.visit(enrollment_id, now, idle=False)

    assert last_seen._stop.wait(10)
    last_seen.close()

    assert _row(database, enrollment_id).last_seen_at == now


def _fail(_seen: object, _idle: object) -> None:
    raise OperationalError("UPDATE", {}, Exception("the server is away"))
