"""The database: engine, declarative base, and the one way to open a transaction.

Here: what SQLite and PostgreSQL need to behave alike. Rooms receive a `Tx` and never
commit; only doors, jobs and the command line open one.
Not here: tables (each room's models.py), migrations (migrations/).
"""

import enum
import hashlib
import sqlite3
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

import psycopg
from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    CursorResult,
    Dialect,
    Engine,
    Enum,
    Integer,
    MetaData,
    Result,
    create_engine,
    event,
    func,
    literal,
    make_url,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP
from sqlalchemy.exc import (
    DBAPIError,
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import String, TypeDecorator, TypeEngine

Tx = Session
_T = TypeVar("_T")

BigId = BigInteger().with_variant(Integer, "sqlite")
Json = JSON().with_variant(JSONB(), "postgresql")

# The database is away, full, read-only or overrun; the same request may succeed a minute later.
UNAVAILABLE = (
    OperationalError,
    InterfaceError,
    InternalError,
    PoolTimeout,
    sqlite3.OperationalError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.InternalError,
)
_LOST_RACES = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)
# How often a lost race is run in all: two rivals meet once, a third one is an accident.
_RUNS = 3
# A database that is away must not keep a device waiting for longer than it is patient.
_CONNECT_SECONDS = 5

_WRITES = "klassensatz_writes"
_AFTER_COMMIT = "klassensatz_after_commit"
# Fixed width and UTC, so that SQLite compares instants correctly as text.
_TEXT_INSTANT = "%Y-%m-%d %H:%M:%S.%f"


class Base(DeclarativeBase):
    """Base of every table, with one naming convention for constraints."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Instant(TypeDecorator[datetime]):
    """An aware instant in UTC: timestamptz on PostgreSQL, fixed-width text on SQLite."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(TIMESTAMP(timezone=True))
        return dialect.type_descriptor(String(26))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value if dialect.name == "postgresql" else instant_text(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if isinstance(value, str):
            # 0.3 us where strptime takes 16, and a large page reads thousands of them.
            return datetime.fromisoformat(value).replace(tzinfo=UTC)
        return value.astimezone(UTC)  # type: ignore[no-any-return]


def instant_text(value: datetime) -> str:
    """Write an instant as SQLite keeps it; for statements that go straight to the driver."""
    return value.astimezone(UTC).strftime(_TEXT_INSTANT)


def stored_enum(kind: type[enum.Enum]) -> Enum:
    """A column type that keeps an enum by value, as text, checked by the table.

    The check is not a native type: adding a value later must not lock the table.
    """
    return Enum(
        kind,
        native_enum=False,
        length=40,
        create_constraint=False,
        validate_strings=True,
        values_callable=lambda members: [str(member.value) for member in members],
    )


class Database:
    """One engine, and transactions on it."""

    def __init__(self, url: str, *, pool_size: int = 8) -> None:
        self.url = make_url(url)
        self.engine = _make_engine(url, pool_size)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def transaction(self) -> Iterator[Tx]:
        """Open a writing transaction; commit at the end, roll back as a whole on any error.

        What was registered with `after_commit` runs after the commit and never before.
        """
        with self._session(writes=True) as tx:
            yield tx
            tx.commit()
            waiting: list[Callable[[], None]] = tx.info.pop(_AFTER_COMMIT, [])
        for callback in waiting:
            callback()

    @contextmanager
    def reading(self) -> Iterator[Tx]:
        """Open a transaction that only reads and is always rolled back."""
        with self._session(writes=False) as tx:
            yield tx

    @contextmanager
    def _session(self, *, writes: bool) -> Iterator[Tx]:
        engine = self.engine.execution_options(**{_WRITES: writes})
        with Session(engine, expire_on_commit=False, autoflush=True) as tx:
            yield tx

    def empty_log(self) -> None:
        """Let what was deleted stand in no file of SQLite any longer, once readers have ended.

        Its log keeps old pages until others are written over them, while the house runs maybe
        for weeks. PostgreSQL does the same by itself (autovacuum).
        """
        if self.is_sqlite:
            # Past the engine's own BEGIN: no log is emptied inside a transaction.
            with closing(self.engine.raw_connection()) as connection:
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close every connection; the next use opens new ones."""
        self.engine.dispose()

    def forget_after_fork(self) -> None:
        """Drop the parent's connections in a forked child without closing them."""
        self.engine.dispose(close=False)


def changed_rows(result: Result[Any]) -> int:
    """How many rows an update or delete changed."""
    if not isinstance(result, CursorResult):
        raise TypeError("only statements that write count rows")
    return result.rowcount


def after_commit(tx: Tx, callback: Callable[[], None]) -> None:
    """Run `callback` once the transaction is safe; never if it is rolled back.

    The callback rings bells only: what it does may be lost, so a row must remember it too.
    """
    tx.info.setdefault(_AFTER_COMMIT, []).append(callback)


def alone(tx: Tx, *names: str) -> None:
    """Wait until no other transaction holds one of these names; hold them until this one ends.

    What is read afterwards is as the others left it. On SQLite writers are alone anyway.
    """
    if tx.get_bind().dialect.name != "postgresql":
        return
    tx.execute(select(_lock(names)))


def until_settled(act: Callable[[], _T]) -> _T:
    """Run `act`, a transaction as a whole, and again when another one was faster.

    raises: what `act` raises, of lost races only the last.
    """
    for _ in range(_RUNS - 1):
        try:
            return act()
        except DBAPIError as error:
            if not _is_lost_race(error):
                raise
    return act()


def alone_from_here(tx: Tx, names: Collection[str]) -> ColumnElement[int]:
    """The same as a column of a statement that is sent anyway.

    That very statement still reads what was there before it waited; the next one does not.
    """
    return _lock(names) if tx.get_bind().dialect.name == "postgresql" else literal(0)


def _lock(names: Collection[str]) -> ColumnElement[int]:
    # In one order by everybody, so that two who want the same names never block each other.
    keys = sorted({_lock_key(name) for name in names})
    key = func.unnest(literal(keys, ARRAY(BigInteger))).column_valued("key")
    return select(func.count(func.pg_advisory_xact_lock(key))).scalar_subquery()


def _lock_key(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)


def _is_lost_race(error: DBAPIError) -> bool:
    return isinstance(error, IntegrityError) or isinstance(error.orig, _LOST_RACES)


def _make_engine(url: str, pool_size: int) -> Engine:
    # An error about a statement must not carry its values into a log.
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(
            url,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_pre_ping=True,
            connect_args={"connect_timeout": _CONNECT_SECONDS},
            hide_parameters=True,
        )
    engine = create_engine(
        url,
        connect_args={"timeout": 30},
        pool_size=pool_size,
        max_overflow=64,
        hide_parameters=True,
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # We begin transactions ourselves: the driver would begin late and in the weaker mode.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        # A push token that we acknowledged and lost at a power failure never comes again.
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=30000",
        "cache_size=-16000",
        "trusted_schema=OFF",
        # A name that was deleted must not stay in a free page; some builds default to that.
        "secure_delete=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    # A transaction that reads first and writes later fails at once when another writer was
    # faster ("database is locked" without waiting), so writers say so at the beginning.
    writes = connection.get_execution_options().get(_WRITES, True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
