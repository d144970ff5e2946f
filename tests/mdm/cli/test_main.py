"""The command itself: help without loading anything, and how errors leave."""

import subprocess
import sys

import click
import pytest

from mdm.cli.main import _VERBS, main
from tests.mdm.cli.conftest import Type


def test_help_loads_neither_the_database_library_nor_the_web_server() -> None:
    """It is what people type first, and it should be there at once."""
    program = (
        "import sys\n"
        "from click.testing import CliRunner\n"
        "from mdm.cli.main import main\n"
        "assert CliRunner().invoke(main, ['--help']).exit_code == 0\n"
        "print([name for name in ('sqlalchemy', 'flask', 'granian') if name in sys.modules])\n"
    )

    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert shown.stdout == "[]\n", shown.stderr


@pytest.mark.parametrize("name", sorted(_VERBS))
def test_each_verb_in_the_list_can_be_loaded_and_explains_itself(name: str) -> None:
    command = main.get_command(click.Context(main), name)  # type: ignore[attr-defined]

    assert command is not None
    assert command.help
    assert _VERBS[name].line.endswith(".")


def test_an_unknown_setting_is_refused_by_name(mdm: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KLASSENSATZ_HOMME", "x")

    result = mdm("school", "list")

    assert result.exit_code == 1
    assert "KLASSENSATZ_HOMME" in result.stderr
    assert "Traceback" not in result.output


def test_a_wrong_master_key_is_refused_before_anything_is_done(
    mdm: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KLASSENSATZ_MASTER_KEY", "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg=")

    result = mdm("school", "add", "--number", "12", "--name", "Beispielschule Nord")

    assert result.exit_code == 1
    assert "master key" in result.stderr


def test_without_a_database_the_next_step_is_said(type_bare: Type) -> None:
    result = type_bare("school", "list")

    assert result.exit_code == 1
    assert "mdm up" in result.stderr


def test_a_missing_option_is_a_usage_error(mdm: Type) -> None:
    assert mdm("school", "add", "--number", "12").exit_code == 2


def test_a_person_nobody_knows_cannot_act(mdm: Type) -> None:
    result = mdm("--as", "nobody", "school", "list")

    assert result.exit_code == 1
    assert "no person nobody" in result.stderr
