"""The migrated schema is the one the models describe, on both engines."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from mdm.base.db import Database, Instant
from mdm.base.embedded_postgres import EmbeddedPostgres
from mdm.base.schema import SchemaBehind, differences, require_current, upgrade
from mdm.rooms.audit import service as audit
from mdm.rooms.audit.service import Actor, Subject
from mdm.rooms.groups.models import SmartGroup


def test_models_and_migrations_agree_on_sqlite(sqlite_url: str) -> None:
    assert differences(sqlite_url) is None


def test_models_and_migrations_agree_on_postgresql(
    postgres: EmbeddedPostgres, postgres_template: str
) -> None:
    name = "test_differences"
    postgres.create(name, postgres_template)

    found = differences(postgres.owner_url(name))
    postgres.drop(name)

    assert found is None


def test_a_migrated_database_may_be_served(database: Database) -> None:
    require_current(database)


def test_a_schema_from_a_later_release_is_served_too(database: Database) -> None:
    stamp(database, "later")

    require_current(database)


def test_an_older_schema_is_refused_with_the_way_out(database: Database) -> None:
    stamp(database, "0001")

    with pytest.raises(SchemaBehind, match="mdm db upgrade"):
        require_current(database)


def test_groups_that_time_changes_go_on_from_their_last_whole_look(
    tmp_path: Path, now: datetime
) -> None:
    url = f"sqlite:///{tmp_path / 'old.sqlite'}"
    upgrade(url, to="0001")
    columns = "id, name, rule, version, created_by, created_at, look_again_at"
    stored = Instant().process_bind_param(now, sqlite.dialect())
    with sa.create_engine(url).begin() as connection:
        for number, again in ((1, stored), (2, None)):
            values = {"n": number, "g": f"G{number}", "at": stored, "again": again}
            text = (
                f"INSERT INTO smart_group ({columns}) VALUES (:n, :g, '{{}}', 1, 'x', :at, :again)"
            )
            connection.execute(sa.text(text), values)

    upgrade(url)

    database = Database(url)
    with database.reading() as tx:
        looks = tx.scalars(sa.select(SmartGroup.look_again_at).order_by(SmartGroup.id)).all()
    database.close()
    assert looks == [now - timedelta(hours=1), None]


def stamp(database: Database, revision: str) -> None:
    with database.transaction() as tx:
        tx.execute(sa.text("UPDATE alembic_version SET version_num = :v"), {"v": revision})


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entry SET act = 'x'", "DELETE FROM audit_entry"]
)
def test_the_database_refuses_to_change_the_journal(
    database: Database, statement: str, now: sa.DateTime
) -> None:
    with database.transaction() as tx:
        audit.record(tx, Actor.job("test"), "test.act", Subject.of("test", 1), now)  # type: ignore[arg-type]

    with pytest.raises(sa.exc.DBAPIError), database.transaction() as tx:
        tx.execute(sa.text(statement))
