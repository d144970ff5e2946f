"""The tools that doors work with, built once per process and handed down."""

from dataclasses import dataclass

from mdm.base.bell import Bell, NoBell, RedisBell
from mdm.base.clock import Clock, SystemClock
from mdm.base.db import Database
from mdm.base.settings import Settings, require_master_key
from mdm.base.vault import Vault, open_vault

EXTENSION = "klassensatz"


@dataclass(frozen=True, slots=True)
class Tools:
    """Settings, database, vault, clock and bell of one process."""

    settings: Settings
    database: Database
    vault: Vault
    clock: Clock
    bell: Bell


def build_tools(settings: Settings) -> Tools:
    """Open everything a process needs.

    raises: MissingMasterKey, WrongMasterKey; nothing is written in clear text before.
    """
    database = Database(settings.database)
    clock = SystemClock()
    try:
        with database.transaction() as tx:
            vault = open_vault(tx, require_master_key(settings), clock.now())
    except BaseException:
        database.close()
        raise
    bell: Bell = RedisBell(settings.redis_url) if settings.redis_url else NoBell()
    return Tools(settings, database, vault, clock, bell)
