"""Statements on the driver's own connection: forms, turns, transactions."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Integer, bindparam, literal, literal_column, select

from mdm.base.db import Database, instant_text
from mdm.base.driver import Driver

_A_NUMBER = select(bindparam("number", type_=Integer))
_TWO = select(bindparam("number", type_=Integer), literal(7))


@pytest.fixture
def driver(database: Database) -> Iterator[Driver]:
    driver = Driver(database)
    yield driver
    driver.close()


def test_a_statement_takes_what_it_needs_from_more_values(driver: Driver) -> None:
    rows = driver.rows(driver.prepare(_A_NUMBER), {"number": 5, "unused": "x"})

    assert [tuple(row) for row in rows] == [(5,)]


def test_constants_of_a_statement_are_filled_in(driver: Driver) -> None:
    rows = driver.rows(driver.prepare(_TWO), {"number": 5})

    assert [tuple(row) for row in rows] == [(5, 7)]


def test_a_statement_without_parameters_needs_no_values(driver: Driver) -> None:
    rows = driver.rows(driver.prepare(select(literal_column("1"))), {})

    assert [tuple(row) for row in rows] == [(1,)]


_NEVER_OPENED = Driver(Database("sqlite:///never-opened.sqlite"))
_ANY_INSTANT = st.datetimes(
    min_value=datetime(2000, 1, 2),
    max_value=datetime(2200, 1, 1),
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=2))]),
)


@given(_ANY_INSTANT)
def test_an_instant_is_written_as_the_tables_keep_it(instant: datetime) -> None:
    assert _NEVER_OPENED.instant(instant) == instant_text(instant)


def test_threads_take_turns_and_none_sees_half_a_transaction(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    driver = Driver(database)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE pair (a INTEGER, b INTEGER)")
        connection.exec_driver_sql("INSERT INTO pair VALUES (0, 0)")
    raise_a, raise_b, read = (_Text(text) for text in _PAIR)
    seen: list[tuple[int, int]] = []

    def work() -> None:
        for _ in range(50):
            with driver.transaction():
                driver.rows(raise_a, {})
                driver.rows(raise_b, {})
            seen.extend(tuple(row) for row in driver.rows(read, {}))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert all(a == b for a, b in seen)
    assert max(seen) == (200, 200)
    driver.close()
    database.close()


_PAIR = ("UPDATE pair SET a = a + 1", "UPDATE pair SET b = b + 1", "SELECT a, b FROM pair")


class _Text:
    """A prepared statement that no Core expression stands behind."""

    def __init__(self, text: str) -> None:
        self.text = text

    def params(self, _values: object) -> tuple[()]:
        return ()


def test_a_failed_transaction_is_undone_and_gives_up_its_turn(driver: Driver) -> None:
    with pytest.raises(ZeroDivisionError), driver.transaction():
        raise ZeroDivisionError

    rows = driver.rows(driver.prepare(_A_NUMBER), {"number": 1})

    assert [tuple(row) for row in rows] == [(1,)]


def test_a_closed_driver_opens_a_new_connection(driver: Driver) -> None:
    statement = driver.prepare(_A_NUMBER)
    driver.rows(statement, {"number": 1})

    driver.close()

    assert [tuple(row) for row in driver.rows(statement, {"number": 2})] == [(2,)]
