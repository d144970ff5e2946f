"""What `mdm serve` and `mdm worker` refuse: what is good for a trial and bad for a city."""

import os
from pathlib import Path

from mdm.base.db import Database
from mdm.base.embedded import socket_of
from mdm.base.errors import SettingsError
from mdm.base.schema import require_current
from mdm.base.settings import PREFIX, Settings, read_settings


def production_settings(*, allow_sqlite: bool) -> Settings:
    """Read the settings, as a city needs them.

    raises: SettingsError naming the setting and what to do, SchemaBehind.
    """
    settings = read_settings()
    _require_redis(settings)
    _require_key_outside(settings)
    database = Database(settings.database)
    try:
        if database.is_sqlite and not allow_sqlite:
            raise SettingsError(
                f"{PREFIX}DATABASE_URL: SQLite has one writer, which is too few for a city; name a "
                "PostgreSQL database, or say --allow-sqlite for a single school"
            )
        require_current(database)
    finally:
        database.close()
    return settings


def _require_redis(settings: Settings) -> None:
    embedded = f"unix://{socket_of(settings.home / 'redis')}"
    if settings.redis_url in ("", embedded):
        raise SettingsError(
            f"{PREFIX}REDIS_URL: name a Redis or Valkey of your own; the embedded one is an old "
            "release for trials (`mdm up`)"
        )


def _require_key_outside(settings: Settings) -> None:
    home = settings.home.resolve()
    file = os.environ.get(f"{PREFIX}MASTER_KEY_FILE")
    is_inside = file is not None and home in Path(file).resolve().parents
    if not settings.master_key or is_inside:
        raise SettingsError(
            f"{PREFIX}MASTER_KEY_FILE: keep the master key outside {home}, so that a copy of that "
            "folder opens nothing"
        )
