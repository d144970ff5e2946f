"""The migrated schema is the one the models describe, on both engines."""

import pytest
import sqlalchemy as sa

from mdm.base.db import Database
from mdm.base.embedded_postgres import EmbeddedPostgres
from mdm.base.schema import differences, require_current
from mdm.rooms.audit import service as audit
from mdm.rooms.audit.service import Actor, Subject


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
