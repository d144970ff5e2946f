"""Whether the house is well, and its figures for those who know the token."""

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from mdm.base.db import Database
from mdm.base.settings import Settings
from mdm.base.tools import Tools
from mdm.doors.wire import health

TOKEN = "a-token-for-the-watch"


def _client(tools: Tools, token: str = "", database: Database | None = None) -> FlaskClient:
    app = Flask("test")
    settings = Settings(metrics_token=token)
    kept = database or tools.database
    health.install(app, Tools(settings, kept, tools.vault, tools.clock, tools.bell))
    return app.test_client()


def test_a_house_with_its_database_is_well(tools: Tools) -> None:
    assert _client(tools).get("/healthz").status_code == 200


def test_a_house_without_its_database_is_not(tools: Tools, tmp_path: Path) -> None:
    away = Database(f"sqlite:///{tmp_path / 'no folder' / 'database.sqlite'}")

    answer = _client(tools, database=away).get("/healthz")

    assert answer.status_code == 503


def test_figures_are_for_those_who_know_the_token(tools: Tools) -> None:
    client = _client(tools, TOKEN)

    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})

    assert answer.status_code == 200
    assert b"klassensatz_device_refusals_total" in answer.data


@pytest.mark.parametrize("shown", ["", "Bearer ", "Bearer another", TOKEN, "Bearer \u00e4"])
def test_without_the_token_there_are_no_figures_even_from_loopback(
    tools: Tools, shown: str
) -> None:
    headers = {"Authorization": shown}

    assert _client(tools, TOKEN).get("/metrics", headers=headers).status_code == 404


def test_a_house_without_a_token_tells_nobody(tools: Tools) -> None:
    headers = {"Authorization": "Bearer "}

    assert _client(tools).get("/metrics", headers=headers).status_code == 404
