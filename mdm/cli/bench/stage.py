"""The stage of a run: a temporary home with three databases on one engine.

small: the fleet and nobody else. large: the same fleet among many. history: two groups of the
fleet, one of them with a thousand finished commands each.
"""

import base64
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg
from psycopg import sql

from enrollment.identity import CertifiedKey
from mdm.base.db import Database
from mdm.base.embedded_postgres import APP_ROLE, EmbeddedPostgres, start_postgres
from mdm.base.identifiers import random_bytes
from mdm.base.schema import upgrade
from mdm.base.settings import Settings
from mdm.base.tools import build_tools
from mdm.cli.bench import seed
from mdm.cli.bench.seed import Town
from mdm.rooms.authority import service as authority
from mdm.rooms.commands.models import OPEN

# What dead rows a replay leaves is swept between rounds, so that each finds the same tables.
_SWEPT = ("command", "enrollment")


@dataclass(frozen=True, slots=True)
class Stage:
    """One engine with its databases; `postgres` is None on SQLite."""

    home: Path
    postgres: EmbeddedPostgres | None

    def settings(self, database: str) -> Settings:
        """The settings of a web process on one of the databases."""
        return Settings(home=self.home, database_url=self.url(database), master_key=self.master_key)

    @property
    def master_key(self) -> bytes:
        return base64.b64decode(self.master_key_file.read_text())

    @property
    def master_key_file(self) -> Path:
        return self.home / "master.key"

    def url(self, database: str) -> str:
        if self.postgres is not None:
            return self.postgres.url(database)
        return f"sqlite:///{self.home / database}.sqlite"

    def owner_url(self, database: str) -> str:
        return self.postgres.owner_url(database) if self.postgres else self.url(database)


@contextmanager
def open_stage(engine: str) -> Iterator[Stage]:
    """Start an engine in a temporary folder, and remove both at the end.

    engine: "sqlite" or "postgresql". raises: EngineMissing.
    """
    with ExitStack() as cleaning:
        home = Path(tempfile.mkdtemp(prefix="klassensatz-bench-"))
        cleaning.callback(shutil.rmtree, home, ignore_errors=True)
        postgres = start_postgres(home / "postgres") if engine == "postgresql" else None
        if postgres is not None:
            cleaning.callback(postgres.stop)
        stage = Stage(home, postgres)
        stage.master_key_file.write_text(base64.b64encode(random_bytes(32)).decode())
        yield stage


def add_database(stage: Stage, database: str) -> None:
    """Make an empty database at the newest version of the schema."""
    if stage.postgres is not None:
        stage.postgres.create(database)
        upgrade(stage.owner_url(database), APP_ROLE)
    else:
        upgrade(stage.url(database))


def make_authority(stage: Stage, database: str, now: datetime) -> tuple[int, CertifiedKey]:
    """Make a database's device authority; returns its row number and itself."""
    tools = build_tools(stage.settings(database))
    try:
        with tools.database.transaction() as tx:
            authority.ensure(tx, tools.vault, "Klassensatz", now)
            return authority.authorities(tx, tools.vault)[0]
    finally:
        tools.database.close()


def fill(stage: Stage, database: str, town: Town, authority_id: int, now: datetime) -> None:
    """Write a town's rows."""
    opened = Database(stage.owner_url(database))
    try:
        with opened.transaction() as tx:
            seed.seed(tx, town, authority_id, now)
    finally:
        opened.close()
    _sweep(stage, database)


def put_back(stage: Stage, database: str) -> None:
    """Let every queue be as it was, and the tables as if nothing had happened."""
    opened = Database(stage.owner_url(database))
    try:
        with opened.transaction() as tx:
            seed.put_back(tx)
    finally:
        opened.close()
    _sweep(stage, database)


def open_commands(stage: Stage, database: str) -> int:
    """Count the commands that still wait; a whole replay leaves those of nobody else."""
    opened = Database(stage.owner_url(database))
    try:
        with opened.engine.connect() as connection:
            # The text is a constant of the command queue.
            count = connection.exec_driver_sql(f"SELECT count(*) FROM command WHERE {OPEN}")  # noqa: S608
            return int(count.scalar_one())
    finally:
        opened.close()


def _sweep(stage: Stage, database: str) -> None:
    if stage.postgres is None:
        _checkpoint_sqlite(stage.url(database))
    else:
        _vacuum(stage.owner_url(database))


def _checkpoint_sqlite(url: str) -> None:
    opened = Database(url)
    try:
        connection = opened.engine.raw_connection()
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
    finally:
        opened.close()


def _vacuum(url: str) -> None:
    plain = url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(plain, autocommit=True) as connection:
        for table in _SWEPT:
            connection.execute(sql.SQL("VACUUM (ANALYZE) {}").format(sql.Identifier(table)))
        connection.execute("CHECKPOINT")
