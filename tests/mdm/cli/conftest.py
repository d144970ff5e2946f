"""The command as somebody types it, against a database of its own on each engine."""

import base64
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mdm.base.db import Database
from mdm.base.settings import PREFIX
from mdm.base.vault import Vault
from mdm.cli.main import main
from tests.conftest import MASTER_KEY

Type = Callable[..., Result]


@pytest.fixture
def clean_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No setting but the home folder; returns that folder, which does not exist yet."""
    for name in list(os.environ):
        if name.startswith(PREFIX):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    monkeypatch.setenv("KLASSENSATZ_HOME", str(home))
    return home


@pytest.fixture
def type_bare(clean_environment: Path) -> Type:
    """Type a command on a machine where nothing has run yet."""

    def run(*words: str, **options: str) -> Result:
        return CliRunner().invoke(main, words, catch_exceptions=False, **options)  # type: ignore[arg-type]

    return run


@pytest.fixture
def mdm(
    type_bare: Type,
    database: Database,
    database_url: str,
    vault: Vault,
    monkeypatch: pytest.MonkeyPatch,
) -> Type:
    """Type a command where the database is in order."""
    monkeypatch.setenv("KLASSENSATZ_DATABASE_URL", database_url)
    monkeypatch.setenv("KLASSENSATZ_MASTER_KEY", base64.b64encode(MASTER_KEY).decode())
    return type_bare
