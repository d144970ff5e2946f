"""Transactions: one at the door, all or nothing, and bells only after the commit."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select

from mdm.base.db import Database, after_commit
from mdm.rooms.schools.models import School


def _school(now: datetime, number: str = "12") -> School:
    return School(number=number, name="Beispielschule", created_at=now)


def test_an_error_leaves_nothing_behind(database: Database, now: datetime) -> None:
    def add_and_fail() -> None:
        with database.transaction() as tx:
            tx.add(_school(now))
            tx.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        add_and_fail()

    with database.reading() as tx:
        assert tx.scalars(select(School)).all() == []


def test_a_bell_rings_after_the_commit_and_sees_the_row(database: Database, now: datetime) -> None:
    seen: list[int] = []

    def ring() -> None:
        with database.reading() as other:
            seen.append(len(other.scalars(select(School)).all()))

    with database.transaction() as tx:
        tx.add(_school(now))
        after_commit(tx, ring)

    assert seen == [1]


def test_a_bell_does_not_ring_when_the_transaction_is_rolled_back(
    database: Database, now: datetime
) -> None:
    rung: list[str] = []

    def ring_and_fail() -> None:
        with database.transaction() as tx:
            after_commit(tx, lambda: rung.append("rung"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ring_and_fail()

    assert rung == []


def test_a_bell_survives_a_savepoint_that_is_rolled_back(database: Database, now: datetime) -> None:
    rung: list[str] = []

    with database.transaction() as tx:
        after_commit(tx, lambda: rung.append("rung"))
        with pytest.raises(ZeroDivisionError), tx.begin_nested():
            raise ZeroDivisionError

        assert rung == []

    assert rung == ["rung"]


def test_instants_come_back_in_utc_whatever_zone_they_went_in(
    database: Database, now: datetime
) -> None:
    local = datetime(2026, 9, 14, 9, 45, 1, 250000, tzinfo=timezone(timedelta(hours=2)))
    with database.transaction() as tx:
        tx.add(_school(local))

    with database.reading() as tx:
        kept = tx.scalars(select(School)).one().created_at

    assert kept == local
    assert kept.tzinfo is UTC


def test_an_instant_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(Exception, match="time zone"), database.transaction() as tx:
        tx.add(_school(datetime(2026, 9, 14)))


def test_instants_compare_in_the_database_as_they_do_in_python(
    database: Database, now: datetime
) -> None:
    instants = [now, now + timedelta(microseconds=1), now + timedelta(seconds=1)]
    with database.transaction() as tx:
        tx.add_all(_school(at, str(number)) for number, at in enumerate(instants))

    with database.reading() as tx:
        later = tx.scalars(select(School.number).where(School.created_at > now)).all()

    assert sorted(later) == ["1", "2"]
