"""The list of every table, for migrations and checks. Loads the models and nothing else."""

from importlib import import_module
from pkgutil import iter_modules

import mdm.base.vault
import mdm.rooms
from mdm.base.db import Base

# Named, so that nobody takes the import of the vault's table for unused.
VAULT_TABLE = mdm.base.vault.DataKey.__tablename__


def load_all() -> type[Base]:
    """Import the models of every room and return the base that knows their tables."""
    for room in iter_modules(mdm.rooms.__path__, "mdm.rooms."):
        if room.ispkg:
            _load_models(room.name)
    return Base


def _load_models(room: str) -> None:
    try:
        import_module(f"{room}.models")
    except ModuleNotFoundError as error:
        # A room without tables of its own has no models.py.
        if error.name != f"{room}.models":
            raise
