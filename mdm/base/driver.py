"""Statements that skip SQLAlchemy's machinery but not its language.

A statement is written with SQLAlchemy Core, compiled once for its dialect, and its text is
run on the driver's own connection: the device path runs thousands a second.
On PostgreSQL each thread keeps one connection, in autocommit, for as long as it lives. On
SQLite all threads of a process share one, in turn: it has one writer anyway, and every commit
would make the other connections read their pages anew.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

import psycopg
from sqlalchemy import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler

from mdm.base.db import Database, Instant, instant_text

# Pages in the log before SQLite writes them back, 16 MB. The same few pages change again and
# again, so that a longer log means less to write back.
_SQLITE_LOG_PAGES = 4000


class DriverStatement:
    """One compiled statement; `params` turns named values into what the driver wants."""

    def __init__(self, database: Database, statement: ClauseElement) -> None:
        dialect = database.engine.dialect
        compiled = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
        if not isinstance(compiled, SQLCompiler):
            raise TypeError("only statements can be compiled for the driver")
        self.text = str(compiled)
        self._constants = {k: v for k, v in compiled.params.items() if v is not None}
        self._in_order = _picker(compiled.positiontup)

    def params(self, values: Mapping[str, Any]) -> Any:
        """Values by name, in the driver's form; constants of the statement are filled in.

        values: may name more than the statement takes; instants as Driver.instant gives them.
        """
        merged = {**self._constants, **values} if self._constants else values
        return merged if self._in_order is None else self._in_order(merged)


class Driver:
    """The driver's connections of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._is_sqlite = database.is_sqlite
        self._held: Any = _Shared() if self._is_sqlite else threading.local()
        self._turn: AbstractContextManager[object] = (
            threading.RLock() if self._is_sqlite else nullcontext()
        )
        # Counts statements and transactions; tests hold the device path to its budget with it.
        self.statements = 0

    def prepare(self, statement: ClauseElement) -> DriverStatement:
        """Compile a Core statement for this database."""
        return DriverStatement(self._database, statement)

    def instant(self, value: datetime) -> Any:
        """An instant in the driver's form."""
        if not self._is_sqlite:
            return value
        # Four times as fast as formatting, and the clock's instants are always in UTC.
        if value.tzinfo is UTC:
            return value.isoformat(" ", "microseconds")[:26]
        return instant_text(value)

    def read_instant(self, value: Any) -> datetime | None:
        """An instant as it came out of a row, whichever driver it came from."""
        return Instant().process_result_value(value, self._database.engine.dialect)

    def rows(self, statement: DriverStatement, values: Mapping[str, Any]) -> Sequence[Any]:
        """Run one statement and fetch every row."""
        self.statements += 1
        params = statement.params(values)
        with self._turn:
            try:
                return self._run(statement.text, params)
            except psycopg.OperationalError:
                # A server that was restarted ended every connection. The statement stood alone,
                # and one that took effect unseen changes nothing when it comes again.
                if not self._is_lost():
                    raise
                return self._run(statement.text, params)

    def _run(self, text: str, params: Any) -> Sequence[Any]:
        cursor = self._connection().execute(text, params)
        return cursor.fetchall() if cursor.description else []

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Several statements as one. On SQLite it is a writer from its first moment."""
        with self._turn:
            connection = self._connection()
            connection.execute("BEGIN IMMEDIATE" if self._is_sqlite else "BEGIN")
            self._held.in_transaction = True
            try:
                yield
                connection.execute("COMMIT")
            except BaseException:
                self._roll_back(connection)
                raise
            finally:
                self._held.in_transaction = False

    def close(self) -> None:
        """Give the connection back: this thread's, or on SQLite the process's."""
        with self._turn:
            self._held.owned = self._held.connection = None

    def _roll_back(self, connection: Any) -> None:
        # SQLite has mostly done it when the disk is full, and refuses to do it twice.
        if connection.in_transaction if self._is_sqlite else not connection.closed:
            connection.execute("ROLLBACK")

    def _is_lost(self) -> bool:
        """Whether the connection is gone and nothing began on it that must be whole."""
        connection = getattr(self._held, "connection", None)
        return bool(
            getattr(connection, "closed", False)
            and not getattr(self._held, "in_transaction", False)
        )

    def _connection(self) -> Any:
        connection = getattr(self._held, "connection", None)
        if connection is None or getattr(connection, "closed", False):
            connection = self._open()
        return connection

    def _open(self) -> Any:
        fairy = self._database.engine.raw_connection()
        connection: Any = fairy.driver_connection
        # Never back into the pool, as when its thread ends: the next user would be in
        # autocommit without knowing, and its transactions would be none.
        fairy.detach()
        self._held.owned = _Owned(connection)
        self._held.connection = connection
        if self._is_sqlite:
            connection.execute(f"PRAGMA wal_autocheckpoint={_SQLITE_LOG_PAGES}")
            # An answer lost at a power failure is asked for again, so this path need not wait
            # for the disk; check-in messages go another way and do.
            connection.execute("PRAGMA synchronous=NORMAL")
        else:
            connection.autocommit = True
        return connection


class _Owned:
    """A connection that is closed as soon as nobody has it, as when its thread has ended."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def __del__(self) -> None:
        self._connection.close()


class _Shared:
    """What threading.local is on PostgreSQL, one for all threads."""

    owned: Any = None
    connection: Any = None
    in_transaction: bool = False


def _picker(names: Sequence[str] | None) -> Any:
    """What picks positional values out of a mapping; None where the driver takes names."""
    if names is None:
        return None
    if len(names) == 1:
        only = names[0]
        return lambda values: (values[only],)
    return itemgetter(*names) if names else lambda _values: ()
