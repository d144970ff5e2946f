"""`mdm city`: its name reaches the iPads as who manages them."""

from datetime import datetime

from mdm.base.db import Database
from mdm.rooms.devices.models import Enrollment
from mdm.rooms.facts import service as facts
from tests.factories.devices import an_ipad
from tests.factories.people import manager_a
from tests.factories.schools import a_school
from tests.mdm.cli.conftest import Type


def test_the_name_of_the_city_is_what_ipads_are_told(
    mdm: Type, database: Database, now: datetime
) -> None:
    with database.transaction() as tx:
        ipad = an_ipad(tx)

    mdm("city", "--name", "Beispielstadt")

    with database.reading() as tx:
        assert facts.load(tx, ipad.id, now).device.organization == "Beispielstadt"


def test_every_ipad_is_due_when_the_city_has_another_name(mdm: Type, database: Database) -> None:
    with database.transaction() as tx:
        ipad = an_ipad(tx)
        ipad.done_generation = ipad.due_generation

    mdm("city", "--name", "Beispielstadt")

    with database.reading() as tx:
        row = tx.get_one(Enrollment, ipad.id)
        assert row.due_generation > row.done_generation


def test_a_manager_may_not_name_the_city(mdm: Type, database: Database) -> None:
    with database.transaction() as tx:
        manager_a(tx, a_school(tx))

    result = mdm("--as", "manager_a", "city", "--name", "Beispielstadt")

    assert result.exit_code == 1
    assert "not allowed" in result.stderr
