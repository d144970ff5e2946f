"""Alembic's environment: the database from our settings, the tables from the rooms.

A migration lets the previous release run: add, fill, switch, remove, in separate releases.
"""

from alembic import context
from sqlalchemy import Connection

from mdm.base.db import Base, Database
from mdm.base.settings import read_settings
from mdm.rooms.tables import load_all

load_all()


def _url() -> str:
    given = context.config.attributes.get("url")
    return given if isinstance(given, str) else read_settings().database_owner


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        compare_server_default=False,
    )
    with context.begin_transaction():
        context.run_migrations()


database = Database(_url())
try:
    with database.engine.connect() as connection:
        _run(connection)
        connection.commit()
finally:
    database.close()
