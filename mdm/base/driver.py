"""Statements that skip SQLAlchemy's machinery but not its language.

A statement is written with SQLAlchemy Core, compiled once for its dialect, and its text is
run on the driver's own connection: the device path runs thousands a second. Each thread keeps
one driver connection, in autocommit, for as long as it lives.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler

from mdm.base.db import Database, instant_text


class DriverStatement:
    """One compiled statement; `params` turns named values into what the driver wants."""

    def __init__(self, database: Database, statement: ClauseElement) -> None:
        dialect = database.engine.dialect
        compiled = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
        if not isinstance(compiled, SQLCompiler):
            raise TypeError("only statements can be compiled for the driver")
        self.text = str(compiled)
        self._order = compiled.positiontup
        self._constants = {k: v for k, v in compiled.params.items() if v is not None}
        self._sqlite = database.is_sqlite

    def params(self, values: Mapping[str, Any]) -> Any:
        """Values by name, in the driver's form; constants of the statement are filled in."""
        merged = {**self._constants, **values}
        if self._order is None:
            return merged
        return [self._plain(merged[name]) for name in self._order]

    def _plain(self, value: Any) -> Any:
        return instant_text(value) if isinstance(value, datetime) else value


class Driver:
    """The driver's connections of one database, one a thread."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._local = threading.local()
        # Counts statements and transactions; tests hold the device path to its budget with it.
        self.statements = 0

    def prepare(self, statement: ClauseElement) -> DriverStatement:
        """Compile a Core statement for this database."""
        return DriverStatement(self._database, statement)

    def rows(self, statement: DriverStatement, values: Mapping[str, Any]) -> Sequence[Any]:
        """Run one statement and fetch every row."""
        self.statements += 1
        cursor = self._connection().execute(statement.text, statement.params(values))
        return list(cursor.fetchall()) if cursor.description else []

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Several statements as one. On SQLite it is a writer from its first moment."""
        connection = self._connection()
        connection.execute("BEGIN IMMEDIATE" if self._database.is_sqlite else "BEGIN")
        try:
            yield
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    def close(self) -> None:
        """Give this thread's connection back."""
        held = getattr(self._local, "held", None)
        if held is not None:
            self._local.held = None
            held.invalidate()

    def _connection(self) -> Any:
        held = getattr(self._local, "held", None)
        if held is None or _is_broken(held):
            held = self._local.held = self._open()
        return held.driver_connection

    def _open(self) -> Any:
        held = self._database.engine.raw_connection()
        if not self._database.is_sqlite:
            connection: Any = held.driver_connection
            connection.autocommit = True
        return held


def _is_broken(held: Any) -> bool:
    connection = held.driver_connection
    return connection is None or bool(getattr(connection, "closed", False))
