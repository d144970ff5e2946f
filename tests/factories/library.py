"""Profiles as the library keeps them."""

from datetime import datetime

from mdm.base.db import Tx
from mdm.base.vault import Vault
from mdm.rooms.audit.service import Actor
from mdm.rooms.blueprints import service as blueprints
from mdm.rooms.blueprints.service import Saved
from tests.factories.profiles import a_mobileconfig, a_web_clip


def a_saved_profile(
    tx: Tx, vault: Vault, now: datetime, label: str = "Stundenplan", name: str = "Stundenplan"
) -> Saved:
    """A web clip of the city; another label is another version."""
    file = a_mobileconfig(a_web_clip(label))
    return blueprints.save_custom(tx, vault, None, name, file, Actor.job("test"), now)
