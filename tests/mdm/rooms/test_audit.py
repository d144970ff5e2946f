"""The journal: sealed in a chain, and any change in it is found."""

from datetime import datetime, timedelta

from sqlalchemy import text

from mdm.base.db import Database
from mdm.rooms.audit import queries as audit_queries
from mdm.rooms.audit import service as audit
from mdm.rooms.audit.service import Actor, Subject

ACTOR = Actor.person(1)


def _write(database: Database, count: int, now: datetime) -> None:
    with database.transaction() as tx:
        for number in range(count):
            audit.record(tx, ACTOR, "test.act", Subject.of("thing", number), now)


def _seal(database: Database, now: datetime) -> int:
    with database.transaction() as tx:
        return audit.seal_next(tx, now)


def test_what_happened_to_a_thing_is_listed_newest_first(database: Database, now: datetime) -> None:
    with database.transaction() as tx:
        subject = Subject.of("device", 7)
        audit.record(tx, ACTOR, "first", subject, now, reason="because")
        audit.record(tx, ACTOR, "second", subject, now)
        audit.record(tx, ACTOR, "other", Subject.of("device", 8), now)

    with database.reading() as tx:
        found = audit_queries.entries_about(tx, subject)

    assert [(entry.act, entry.reason) for entry in found] == [("second", ""), ("first", "because")]


def test_entries_are_sealed_once_and_the_chain_holds(database: Database, now: datetime) -> None:
    _write(database, 3, now)

    assert _seal(database, now + timedelta(minutes=2)) == 3
    assert _seal(database, now + timedelta(minutes=3)) == 0

    _write(database, 2, now + timedelta(minutes=3))
    assert _seal(database, now + timedelta(minutes=5)) == 2
    with database.reading() as tx:
        assert audit.broken_seal(tx) is None


def test_an_entry_of_the_last_minute_waits_for_its_seal(database: Database, now: datetime) -> None:
    _write(database, 1, now)

    assert _seal(database, now + timedelta(seconds=59)) == 0


def test_83_a_changed_entry_breaks_its_seal(sqlite_url: str, now: datetime) -> None:
    database = Database(sqlite_url)
    _write(database, 3, now)
    _seal(database, now + timedelta(minutes=2))

    # Somebody with the file in his hands can drop the trigger; the chain still tells.
    with database.transaction() as tx:
        tx.execute(text("DROP TRIGGER audit_entry_no_update"))
        tx.execute(text("UPDATE audit_entry SET actor = 'person:2' WHERE id = 2"))

    with database.reading() as tx:
        assert audit.broken_seal(tx) == 1
    database.close()


def test_83_a_removed_entry_breaks_its_seal(sqlite_url: str, now: datetime) -> None:
    database = Database(sqlite_url)
    _write(database, 3, now)
    _seal(database, now + timedelta(minutes=2))

    with database.transaction() as tx:
        tx.execute(text("DROP TRIGGER audit_entry_no_delete"))
        tx.execute(text("DELETE FROM audit_entry WHERE id = 3"))

    with database.reading() as tx:
        assert audit.broken_seal(tx) == 1
    database.close()
