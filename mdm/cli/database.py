"""`mdm db`: bring the schema to the newest version, and check that models and history agree."""

import tempfile
from pathlib import Path

import click

from mdm.base import schema
from mdm.cli.home import prepare_home
from mdm.cli.house import House, pass_house
from mdm.cli.output import say
from mdm.cli.upgrading import upgrade_database


@click.group()
def db() -> None:
    """Look after the database's schema."""


@db.command()
@click.option("--url", help="Another database than the settings name; as the tables' owner.")
@pass_house
def upgrade(house: House, url: str | None) -> None:
    """Bring the database to the newest version.

    Runs as the owner of the tables; the role that serves is given rights on the rows.
    """
    if url is None:
        prepare_home(house.settings.home)
        url = house.settings.database_owner
    upgrade_database(house.settings, url)
    say("The database is at the newest version.")


@db.command()
@click.option("--url", help="Compare this database instead of a fresh one.")
def check(url: str | None) -> None:
    """Check that the models describe exactly what the migrations build.

    Without --url a fresh database is migrated and thrown away; no state is needed or touched.
    """
    found = schema.differences(url) if url is not None else _fresh_differences()
    if found is not None:
        raise click.ClickException(f"models and migrations differ: {' '.join(found.split())}")
    say("Models and migrations agree.")


def _fresh_differences() -> str | None:
    with tempfile.TemporaryDirectory(prefix="klassensatz-check-") as folder:
        url = f"sqlite:///{Path(folder) / 'check.sqlite'}"
        schema.upgrade(url)
        return schema.differences(url)
