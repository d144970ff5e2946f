"""The driver's own connections when threads end, servers restart and disks are full."""

import sqlite3
import threading

import psycopg
import pytest
from sqlalchemy import literal_column, select, text
from sqlalchemy.exc import IntegrityError

from mdm.base.db import Database
from mdm.base.driver import Driver

_ONE = select(literal_column("1"))


def _pid_of(driver: Driver) -> int:
    statement = driver.prepare(select(literal_column("pg_backend_pid()")))
    return int(driver.rows(statement, {})[0][0])


def test_a_connection_whose_thread_has_ended_serves_no_transaction_in_autocommit(
    postgres_url: str,
) -> None:
    database = Database(postgres_url, pool_size=1)
    driver = Driver(database)
    thread = threading.Thread(target=lambda: driver.rows(driver.prepare(_ONE), {}))
    thread.start()
    thread.join()

    with database.engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert isinstance(raw, psycopg.Connection)
        assert raw.autocommit is False
    database.close()


def test_a_statement_alone_is_sent_again_after_the_server_has_ended_the_connection(
    postgres_url: str,
) -> None:
    database = Database(postgres_url)
    driver = Driver(database)
    before = _pid_of(driver)
    with database.engine.begin() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": before})

    after = _pid_of(driver)

    assert after != before
    driver.close()
    database.close()


def test_half_a_transaction_is_never_sent_again(postgres_url: str) -> None:
    database = Database(postgres_url)
    driver = Driver(database)
    one = driver.prepare(_ONE)

    def lose_it_half_way() -> None:
        with driver.transaction():
            pid = _pid_of(driver)
            with database.engine.begin() as connection:
                connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
            driver.rows(one, {})

    with pytest.raises(psycopg.OperationalError):
        lose_it_half_way()

    assert driver.rows(one, {})[0][0] == 1
    driver.close()
    database.close()


def test_a_commit_that_fails_leaves_no_transaction_behind(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    driver = Driver(database)
    # Checked at the commit alone, as a full disk is.
    orphan = driver.prepare(
        text("INSERT INTO person_school (person_id, school_id) VALUES (99, 99)")
    )
    deferred = driver.prepare(text("PRAGMA defer_foreign_keys=ON"))

    def commit_in_vain() -> None:
        with driver.transaction():
            driver.rows(deferred, {})
            driver.rows(orphan, {})

    for _ in range(2):
        with pytest.raises(sqlite3.IntegrityError):
            commit_in_vain()

    driver.close()
    database.close()


def test_a_transaction_that_sqlite_has_undone_by_itself_keeps_its_cause(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    driver = Driver(database)
    undo = driver.prepare(text("ROLLBACK"))

    def fail() -> None:
        with driver.transaction():
            driver.rows(undo, {})
            raise IntegrityError("INSERT", {}, Exception("the disk is full"))

    with pytest.raises(IntegrityError):
        fail()

    driver.close()
    database.close()
