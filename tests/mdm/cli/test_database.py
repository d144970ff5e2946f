"""`mdm db` and `mdm master-key`."""

import base64
from pathlib import Path

from mdm.base.db import Database
from mdm.base.schema import require_current
from tests.mdm.cli.conftest import Type


def test_check_needs_no_state_and_leaves_none(type_bare: Type, clean_environment: Path) -> None:
    result = type_bare("db", "check")

    assert result.exit_code == 0, result.output
    assert not clean_environment.exists()


def test_check_compares_a_named_database_as_well(type_bare: Type, tmp_path: Path) -> None:
    """An empty one is not at the newest version, so the models cannot agree with it."""
    result = type_bare("db", "check", "--url", f"sqlite:///{tmp_path / 'empty.sqlite'}")

    assert result.exit_code == 1


def test_upgrade_makes_a_database_that_may_be_served(
    type_bare: Type, clean_environment: Path
) -> None:
    assert type_bare("db", "upgrade").exit_code == 0

    database = Database(f"sqlite:///{clean_environment / 'klassensatz.sqlite'}")
    require_current(database)
    database.close()


def test_the_home_folder_is_closed_to_others(type_bare: Type, clean_environment: Path) -> None:
    type_bare("db", "upgrade")

    assert clean_environment.stat().st_mode & 0o777 == 0o700


def test_a_master_key_is_32_bytes_and_new_each_time(type_bare: Type) -> None:
    first, second = (type_bare("master-key", "new").stdout.strip() for _ in range(2))

    assert len(base64.b64decode(first)) == 32
    assert first != second
