"""Bringing the database to the newest version, with rights for the role that serves."""

from sqlalchemy import make_url

from mdm.base.schema import upgrade
from mdm.base.settings import Settings


def upgrade_database(settings: Settings, owner_url: str) -> None:
    """Upgrade the database at `owner_url`; the serving role of the settings gets its rights."""
    upgrade(owner_url, _serving_role(settings.database, owner_url))


def _serving_role(serving_url: str, owner_url: str) -> str | None:
    """The role that serves, where it is another one than the owner of the tables."""
    serving, owner = make_url(serving_url), make_url(owner_url)
    engines = {serving.get_backend_name(), owner.get_backend_name()}
    if engines != {"postgresql"} or serving.username == owner.username:
        return None
    return serving.username
