"""Two schools with their people and iPads, and an application with the console alone."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import pytest
from flask import Flask

from mdm.base.bell import NoBell
from mdm.base.clock import FixedClock
from mdm.base.db import Database, Tx
from mdm.base.settings import Settings
from mdm.base.tools import EXTENSION, Tools
from mdm.base.vault import Vault
from mdm.doors import console
from mdm.rooms.access.service import Viewer
from mdm.rooms.audit.models import AuditEntry
from mdm.rooms.blueprints.blueprint_queries import find_version
from mdm.rooms.changes.stored import preview_of
from mdm.rooms.rosters import service as rosters
from mdm.rooms.rosters.models import RosterImport
from mdm.rooms.rosters.service import RosterFile
from tests.factories import actions, changes, commands, devices, links, people, schools
from tests.factories.rosters import a_pupil, one_class
from tests.factories.times import NOW
from tests.mdm.doors.console.browser import Browser

# The import of the world is in the journal already.
SINCE_THEN = AuditEntry.act != "roster.draft"


@dataclass(frozen=True, slots=True)
class World:
    """Numbers of what exists. Everything but school B and its people belongs to school A."""

    school_a: int
    school_b: int
    class_a: int
    device: int
    enrollment: int
    link: int
    held: int
    order: int
    roster: int
    blueprint: int
    group: int
    plan: int
    effect: str
    people: dict[str, int]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough for most of this; the pages themselves are drawn from both."""
    return sqlite_url


@pytest.fixture
def world(database: Database, vault: Vault) -> World:
    """School A with an iPad, a link, a held newcomer, an order, an import, a blueprint,
    a smart group and a change plan; school B with nothing.

    The order is an erase by the administrator that waits for a second person. The import is a
    draft of the administrator's, of one class with three pupils. The plan is a draft that gives
    the blueprint to school A.
    """
    with database.transaction() as tx:
        school_a = schools.a_school(tx, "12", "Beispielschule Nord")
        school_b = schools.a_school(tx, "13", "Beispielschule Süd")
        class_a = schools.a_class(tx, school_a)
        found = (
            people.manager_a(tx, school_a),
            people.manager_b(tx, school_b),
            people.outsider(tx),
            people.administrator(tx),
            people.helpdesk(tx, school_a),
            people.reader(tx, school_a),
        )
        link = links.a_link(tx, school_a, class_a)
        ipad = devices.an_ipad(tx, school_a, class_group=class_a)
        ipad.link_id = link.id
        held = devices.a_held_ipad(tx, None, link_id=link.id)
        commands.a_command(tx, ipad)
        devices.a_report(tx, ipad)
        order = actions.an_order(tx, f"person:{found[3].id}", [ipad])
        roster = a_draft(tx, vault, people.viewer(tx, found[3]))
        blueprint = changes.a_blueprint(tx, school_a)
        group = changes.a_group(tx, school_a)
        version = find_version(tx, blueprint.id)
        plan = changes.a_draft_of(tx, school_a, version.id, ipad.device_id)
        return World(
            school_a.id,
            school_b.id,
            class_a.id,
            ipad.device_id,
            ipad.id,
            link.id,
            held.id,
            order.id,
            roster.id,
            blueprint.id,
            group.id,
            plan.id,
            preview_of(plan).groups[0].digest,
            {person.login: person.id for person in found},
        )


def a_draft(tx: Tx, vault: Vault, viewer: Viewer) -> RosterImport:
    """A list of school A that waits for a decision."""
    roster = one_class(*(a_pupil(number) for number in (1, 2, 3)))
    file = RosterFile("klassen.csv", "generic", b"content", roster)
    return rosters.draft(tx, vault, viewer, file, NOW)


@pytest.fixture
def clock(now: datetime) -> FixedClock:
    """A clock that stands at `now` until a test moves it."""
    return FixedClock(now)


@pytest.fixture
def tools(database: Database, vault: Vault, clock: FixedClock) -> Tools:
    """The tools of a process without Redis."""
    return Tools(Settings(), database, vault, clock, NoBell())


@pytest.fixture
def app(tools: Tools) -> Flask:
    """The console alone, as it is put into the application."""
    return make_app(tools)


def make_app(tools: Tools) -> Flask:
    """Build an application around tools."""
    app = Flask("mdm", static_folder=None)
    app.extensions[EXTENSION] = tools
    console.install(app, tools)
    return app


@pytest.fixture
def nobody(app: Flask) -> Browser:
    """A browser in which nobody is signed in."""
    return Browser(app)


@pytest.fixture
def signed_in(app: Flask, world: World, now: datetime) -> Callable[[str], Browser]:
    """Gives the browser of a person, by login."""

    def browser(login: str) -> Browser:
        return Browser(app).become(world.people[login], now.isoformat())

    return browser
