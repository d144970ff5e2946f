"""Fixtures everybody shares: a fixed instant, a vault, and both engines as they really are.

Every test gets a database of its own, copied from a migrated template, so that commits are
real and nothing has to be cleaned up.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import event

from mdm.base.db import Database
from mdm.base.embedded_postgres import APP_ROLE, EmbeddedPostgres, start_postgres
from mdm.base.schema import upgrade
from mdm.base.vault import Vault, open_vault

MASTER_KEY = b"m" * 32
_MEMORY = Path("/dev/shm")
_ROOM = 3 << 30

# How long an example takes says more about the machine than about the code.
settings.register_profile("klassensatz", deadline=None)
settings.load_profile("klassensatz")
ENGINES = ("sqlite", "postgresql")


@pytest.fixture
def now() -> datetime:
    """A school morning."""
    return datetime(2026, 9, 14, 7, 45, tzinfo=UTC)


@pytest.fixture(scope="session")
def sqlite_template() -> Iterator[Path]:
    """A migrated SQLite file to copy."""
    folder = Path(tempfile.mkdtemp(prefix="klassensatz-sqlite-"))
    path = folder / "template.sqlite"
    upgrade(f"sqlite:///{path}")
    database = Database(f"sqlite:///{path}")
    with database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    yield path
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """A real PostgreSQL for this test process."""
    folder = Path(tempfile.mkdtemp(prefix="klassensatz-postgres-", dir=_roomy_memory()))
    server = start_postgres(folder)
    server.forget_on_crash()
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


def _roomy_memory() -> Path | None:
    """A folder in memory, where a database is copied in 0.03 s and not in 0.65; None without one.

    Each process needs a few hundred megabytes for its databases and their log.
    """
    free = shutil.disk_usage(_MEMORY).free if _MEMORY.is_dir() else 0
    return _MEMORY if free > _ROOM and os.access(_MEMORY, os.W_OK) else None


@pytest.fixture(scope="session")
def postgres_template(postgres: EmbeddedPostgres) -> str:
    """A migrated PostgreSQL database to copy."""
    name = "template_klassensatz"
    postgres.create(name)
    upgrade(postgres.owner_url(name), APP_ROLE)
    return name


class _Names:
    """Names for databases, one after the other within this process."""

    used = 0

    @classmethod
    def fresh(cls) -> str:
        cls.used += 1
        return f"test_{os.getpid()}_{cls.used}"


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh migrated SQLite database."""
    path = tmp_path / "test.sqlite"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres: EmbeddedPostgres, postgres_template: str) -> Iterator[str]:
    """A fresh migrated PostgreSQL database, as the role that only works."""
    name = _Names.fresh()
    postgres.create(name, postgres_template)
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh migrated database on each engine in turn."""
    chosen = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    return str(request.getfixturevalue(chosen))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """The database behind `database_url`."""
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def vault(database: Database, now: datetime) -> Vault:
    """The vault of the test's database."""
    with database.transaction() as tx:
        return open_vault(tx, MASTER_KEY, now)


@pytest.fixture
def count_statements(database: Database) -> Iterator[list[str]]:
    """Every statement that SQLAlchemy sends from now on."""
    seen: list[str] = []

    def remember(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", remember)
    yield seen
    event.remove(database.engine, "before_cursor_execute", remember)
