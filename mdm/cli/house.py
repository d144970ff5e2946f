"""What a verb works with: settings, tools, who acts, and transactions that ring afterwards."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

import click

from mdm.base.bell import Job
from mdm.base.db import Database, Tx, after_commit
from mdm.base.errors import Forbidden, HouseError
from mdm.base.schema import require_current
from mdm.base.settings import Settings, read_settings
from mdm.base.tools import Tools, build_tools
from mdm.cli.remembered import environment_with, remembered
from mdm.rooms.access.models import Role
from mdm.rooms.access.service import Act, Viewer, require, viewer_by_login
from mdm.rooms.audit.service import Actor
from mdm.rooms.schools.models import ClassGroup, School
from mdm.rooms.schools.service import find_class_group, school_by_number
from mdm.rooms.tables import load_all


class NoDatabase(HouseError):
    """There is no database yet."""


@dataclass(frozen=True, slots=True)
class SystemUser(Viewer):
    """Whoever is signed in to the machine: sees every school, and is journalled by that name."""

    @property
    def actor(self) -> Actor:
        return Actor.system_user(self.login)


class House:
    """Settings and tools of one run of the command, each made at first use.

    login: of the person named with `--as`; None for whoever is signed in to the system.
    """

    def __init__(self, login: str | None) -> None:
        self._login = login

    @cached_property
    def settings(self) -> Settings:
        """The settings, with what the last `mdm up` was told. raises: SettingsError."""
        said = remembered(read_settings().home)
        return read_settings(environment_with(said))

    @cached_property
    def tools(self) -> Tools:
        """Database, vault and bell.

        raises: NoDatabase, SchemaBehind, MissingMasterKey, WrongMasterKey.
        """
        load_all()
        _require_database(self.settings)
        return build_tools(self.settings)

    def now(self) -> datetime:
        return self.tools.clock.now()

    @contextmanager
    def transaction(self, *jobs: Job) -> Iterator[Tx]:
        """Open a writing transaction; once it is safe, ring for these jobs."""
        with self.tools.database.transaction() as tx:
            for job in jobs:
                after_commit(tx, lambda job=job: self.tools.bell.ring(job))  # type: ignore[misc]
            yield tx

    @contextmanager
    def reading(self) -> Iterator[Tx]:
        """Open a transaction that only reads."""
        with self.tools.database.reading() as tx:
            yield tx

    def acting(self, tx: Tx) -> Viewer:
        """Who acts. Whoever holds the machine's account sees every school.

        raises: NotFound for a login given with `--as` that is nobody's.
        """
        if self._login is None:
            user = getpass.getuser()
            return SystemUser(0, user, user, Role.ADMINISTRATOR, None)
        return viewer_by_login(tx, self._login)

    def acting_for(self, tx: Tx, act: Act, school: School | None) -> Viewer:
        """Who acts, if he may do this at a school; None is for those who see every school.

        raises: NotFound (no such person, not his school), Forbidden.
        """
        acting = self.acting(tx)
        if school is not None:
            require(acting, act, school.id)
        elif acting.school_ids is not None or not acting.may(act):
            raise Forbidden(act.value)
        return acting

    def close(self) -> None:
        """Give the connections back."""
        if "tools" in self.__dict__:
            self.tools.database.close()


pass_house = click.make_pass_decorator(House)


def find_school(tx: Tx, number: str, class_name: str | None) -> tuple[School, ClassGroup | None]:
    """Find a school by number, and one of its classes by name.

    raises: NotFound (no such school or class).
    """
    school = school_by_number(tx, number)
    if class_name is None:
        return school, None
    group = find_class_group(tx, school.id, class_name)
    if group is None:
        raise click.UsageError(f"school {number} has no class {class_name}")
    return school, group


def _require_database(settings: Settings) -> None:
    database = Database(settings.database)
    path = database.url.database
    if database.is_sqlite and path and not Path(path).is_file():
        raise NoDatabase(f"no database at {path}: start `mdm up` once, or run `mdm db upgrade`")
    try:
        require_current(database)
    finally:
        database.close()
