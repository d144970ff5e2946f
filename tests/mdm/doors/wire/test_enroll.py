"""Behind an enrolment link: who looks, who loads, who guesses, and a house that is not ready."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from mdm.base.clock import FixedClock
from mdm.base.db import Database
from mdm.base.tools import Tools
from mdm.doors import wire
from mdm.doors.wire import throttle
from mdm.rooms.audit.service import Actor
from mdm.rooms.links import service as links
from mdm.rooms.links.models import Challenge, EnrollmentLink
from mdm.rooms.schools.models import School


@pytest.fixture
def client(tools: Tools) -> Iterator[FlaskClient]:
    app = Flask("test", static_folder=None)
    door = wire.install(app, tools)
    yield app.test_client()
    door.last_seen.close()


@pytest.fixture
def path(database: Database, tools: Tools, school: School, now: datetime) -> str:
    with database.transaction() as tx:
        actor = Actor.system_user("test")
        link = links.create_link(tx, tools.vault, tools.settings, school, None, actor, now)
        return link.url.removeprefix(tools.settings.public_url)


def _used(database: Database) -> tuple[int, int]:
    with database.reading() as tx:
        uses = tx.scalars(select(EnrollmentLink.uses)).one()
        return uses, len(tx.scalars(select(Challenge.id)).all())


def test_looking_at_the_page_uses_nothing_up(
    client: FlaskClient, database: Database, path: str
) -> None:
    answer = client.get(path)

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert _used(database) == (0, 0)


@pytest.mark.parametrize("path", ["/enroll/forged", "/enroll/forged/profile", "/enroll-files/x"])
@pytest.mark.parametrize(
    ("public_url", "promised"),
    [("https://mdm.example", "max-age=31536000"), ("http://127.0.0.1:8000", None)],
)
def test_over_https_pages_and_profiles_say_that_it_stays_so(
    tools: Tools, path: str, public_url: str, promised: str | None
) -> None:
    app = Flask("test", static_folder=None)
    wire.install(app, replace(tools, settings=replace(tools.settings, public_url=public_url)))

    answer = app.test_client().get(path)

    assert answer.headers.get("Strict-Transport-Security") == promised


def test_asking_whether_the_profile_is_there_uses_nothing_up(
    client: FlaskClient, database: Database, path: str
) -> None:
    assert client.head(f"{path}/profile").status_code == 200
    assert _used(database) == (0, 0)


def test_a_house_without_push_certificate_keeps_the_use(
    client: FlaskClient, database: Database, path: str
) -> None:
    assert client.get(f"{path}/profile").status_code == 503
    assert _used(database) == (0, 0)


def test_a_link_that_is_over_answers_with_what_to_do(
    client: FlaskClient, tools: Tools, path: str, now: datetime
) -> None:
    assert isinstance(tools.clock, FixedClock)
    tools.clock.instant = now + timedelta(days=30)

    assert client.get(path).status_code == 410


def test_forged_links_are_counted_and_links_that_are_over_are_not(
    client: FlaskClient, tools: Tools, path: str, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "MOST_GUESSES", 1)
    assert isinstance(tools.clock, FixedClock)
    tools.clock.instant = now + timedelta(days=30)
    late = [client.get(path).status_code for _ in range(3)]

    forged = [client.get("/enroll/guess").status_code for _ in range(2)]

    assert late == [410, 410, 410]
    assert forged == [410, 429]


def test_without_a_database_the_page_says_come_again(
    tools: Tools, path: str, tmp_path: Path
) -> None:
    away = Database(f"sqlite:///{tmp_path / 'no folder' / 'database.sqlite'}")
    app = Flask("test", static_folder=None)
    wire.install(app, Tools(tools.settings, away, tools.vault, tools.clock, tools.bell))

    assert app.test_client().get(path).status_code == 503
