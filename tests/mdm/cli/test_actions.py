"""`mdm action`: for whom, with which words, and what is said when it is refused."""

import pytest
from sqlalchemy import select

from mdm.base.db import Database
from mdm.rooms.actions.models import Action
from mdm.rooms.commands.models import Command
from policies.delivery import DeliveryState
from tests.factories.devices import an_ipad
from tests.factories.people import helpdesk
from tests.factories.schools import a_class, a_school
from tests.mdm.cli.conftest import Type


@pytest.fixture(autouse=True)
def _two_ipads(database: Database) -> None:
    with database.transaction() as tx:
        school = a_school(tx)
        group = a_class(tx, school)
        an_ipad(tx, school, "SIMF00000001", class_group=group)
        an_ipad(tx, school, "SIMF00000002", class_group=group, is_supervised=False)
        helpdesk(tx, school)


def _commands(database: Database) -> list[Command]:
    with database.reading() as tx:
        return list(tx.scalars(select(Command).order_by(Command.id)))


def test_a_restart_is_queued_under_the_name_of_the_system_user(
    mdm: Type, database: Database
) -> None:
    result = mdm("action", "restart", "--serial", "simf00000001", "--reason", "hängt", "--yes")

    assert result.exit_code == 0, result.output
    command = _commands(database)[0]
    assert command.request_type == "RestartDevice"
    assert command.ordered_by.startswith("system:")


def test_an_unsupervised_ipad_is_refused_before_queueing_with_the_reason(
    mdm: Type, database: Database
) -> None:
    result = mdm("action", "restart", "--serial", "SIMF00000002", "--reason", "hängt", "--yes")

    assert result.exit_code == 1
    assert "needs supervision" in result.stderr
    assert _commands(database) == []


def test_a_class_is_ordered_as_one_and_those_that_cannot_are_named(
    mdm: Type, database: Database
) -> None:
    words = ("--school", "12", "--class", "7b", "--reason", "Prüfung", "--yes")

    result = mdm("action", "restart", *words)

    assert result.exit_code == 0, result.output
    assert "SIMF00000002: the device cannot do that: needs supervision" in result.stderr
    assert len(_commands(database)) == 1


def test_without_a_reason_nothing_is_erased(mdm: Type, database: Database) -> None:
    result = mdm("action", "erase", "--serial", "SIMF00000001", "--yes")

    assert result.exit_code == 1
    assert "--reason" in result.stderr
    assert _commands(database) == []


def test_an_erase_is_asked_for_and_no_is_no(mdm: Type, database: Database) -> None:
    result = mdm("action", "erase", "--serial", "SIMF00000001", "--reason", "defekt", input="n\n")

    assert result.exit_code == 1
    assert _commands(database) == []


def test_the_helpdesk_may_not_erase(mdm: Type, database: Database) -> None:
    words = ("action", "erase", "--serial", "SIMF00000001", "--reason", "defekt", "--yes")

    result = mdm("--as", "helpdesk", *words)

    assert result.exit_code == 1
    assert "not allowed" in result.stderr


def test_a_message_goes_along_with_a_lock(mdm: Type, database: Database) -> None:
    words = (
        "--serial",
        "SIMF00000001",
        "--reason",
        "weg",
        "--set",
        "Message=Bitte melden",
        "--yes",
    )

    result = mdm("action", "lock", *words)

    assert result.exit_code == 0, result.output
    with database.reading() as tx:
        assert tx.scalars(select(Action)).one().parameters == {"Message": "Bitte melden"}


def test_the_emergency_stop_takes_back_what_waits_until_it_is_released(
    mdm: Type, database: Database
) -> None:
    erase = ("action", "erase", "--serial", "SIMF00000001", "--reason", "defekt", "--yes")
    mdm(*erase)

    mdm("action", "stop", "--reason", "falsche Liste")

    assert _commands(database)[0].state is DeliveryState.CANCELLED
    assert "emergency stop" in mdm(*erase).stderr
    mdm("action", "release")
    assert mdm(*erase).exit_code == 0


def test_an_order_is_taken_back(mdm: Type, database: Database) -> None:
    mdm("action", "restart", "--serial", "SIMF00000001", "--reason", "hängt", "--yes")
    with database.reading() as tx:
        number = tx.scalars(select(Action.id)).one()

    result = mdm("action", "cancel", str(number))

    assert result.exit_code == 0, result.output
    assert _commands(database)[0].state is DeliveryState.CANCELLED


@pytest.mark.parametrize(
    "words",
    [
        ("restart",),
        ("restart", "--class", "7b"),
        ("restart", "--serial", "SIMF00000001", "--school", "12", "--class", "7b"),
        ("explode", "--serial", "SIMF00000001"),
    ],
)
def test_for_whom_must_be_clear(mdm: Type, words: tuple[str, ...]) -> None:
    assert mdm("action", *words).exit_code == 2
