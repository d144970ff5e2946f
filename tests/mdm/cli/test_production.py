"""What a city's processes refuse to run with."""

import base64
from pathlib import Path

import pytest

from mdm.base.schema import SchemaBehind
from mdm.cli.web import _CLOSED, Part, without
from tests.mdm.cli.conftest import Type

KEY = base64.b64encode(b"k" * 32).decode()


@pytest.fixture
def city(clean_environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings as a city has them, but for what a test takes away."""
    key = tmp_path / "master.key"
    key.write_text(KEY)
    monkeypatch.setenv("KLASSENSATZ_MASTER_KEY_FILE", str(key))
    monkeypatch.setenv("KLASSENSATZ_REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setenv("KLASSENSATZ_DATABASE_URL", f"sqlite:///{tmp_path / 'empty.sqlite'}")


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize("words", [("serve", "device"), ("serve", "console"), ("worker", "push")])
def test_the_embedded_redis_is_refused(
    type_bare: Type, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KLASSENSATZ_REDIS_URL")

    result = type_bare(*words)

    assert result.exit_code == 1
    assert "KLASSENSATZ_REDIS_URL" in result.stderr


@pytest.mark.usefixtures("city")
def test_sqlite_is_refused_unless_somebody_insists(type_bare: Type) -> None:
    result = type_bare("serve", "device")

    assert result.exit_code == 1
    assert "--allow-sqlite" in result.stderr


@pytest.mark.usefixtures("city")
def test_an_older_schema_is_not_served(type_bare: Type) -> None:
    result = type_bare("serve", "device", "--allow-sqlite")

    assert result.exit_code == 1
    assert "mdm db upgrade" in result.stderr
    assert SchemaBehind.__name__ not in result.stderr


@pytest.mark.usefixtures("city")
def test_a_master_key_inside_the_home_is_refused(
    type_bare: Type, clean_environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clean_environment.mkdir()
    inside = clean_environment / "master.key"
    inside.write_text(KEY)
    monkeypatch.setenv("KLASSENSATZ_MASTER_KEY_FILE", str(inside))

    result = type_bare("serve", "console")

    assert result.exit_code == 1
    assert "KLASSENSATZ_MASTER_KEY_FILE" in result.stderr


@pytest.mark.parametrize(
    ("part", "path", "is_open"),
    [
        (Part.DEVICE, "/mdm/connect", True),
        (Part.DEVICE, "/healthz", True),
        (Part.DEVICE, "/console/schools", False),
        (Part.DEVICE, "/console", False),
        (Part.DEVICE, "/", False),
        (Part.CONSOLE, "/console/schools", True),
        (Part.CONSOLE, "/", True),
        (Part.CONSOLE, "/mdm/checkin", False),
        (Part.CONSOLE, "/scep", False),
        (Part.CONSOLE, "/enroll/token", False),
        (Part.EVERYTHING, "/mdm/connect", True),
        (Part.EVERYTHING, "/console/schools", True),
    ],
)
def test_each_part_opens_its_own_doors(part: Part, path: str, is_open: bool) -> None:
    statuses = []
    app = without(lambda environ, start: (start("200 OK", []), (b"x",))[1], _CLOSED[part])

    list(app({"PATH_INFO": path}, lambda status, headers: statuses.append(status)))

    assert statuses == ["200 OK" if is_open else "404 Not Found"]
