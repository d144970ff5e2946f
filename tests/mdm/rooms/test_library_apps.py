"""Apps of the library: added by any manager, corrected by who looks after every school."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from mdm.base.db import Database, Tx
from mdm.base.errors import Forbidden
from mdm.rooms.access.models import Role
from mdm.rooms.access.service import viewer_of
from mdm.rooms.assignments import service as assignments
from mdm.rooms.assignments.apps import save_app
from mdm.rooms.audit.service import Actor
from tests.factories.devices import an_ipad
from tests.factories.people import a_person, manager_a, reader
from tests.factories.schools import a_school

BUNDLE_ID = "de.example.vokabeln"


@pytest.fixture
def tx(database: Database) -> Iterator[Tx]:
    with database.transaction() as open_transaction:
        yield open_transaction


def test_a_manager_adds_an_app_and_may_say_the_same_again(tx: Tx, now: datetime) -> None:
    manager = viewer_of(tx, manager_a(tx, a_school(tx)))

    first = save_app(tx, manager, BUNDLE_ID, 9, "Vokabeln", now)
    again = save_app(tx, manager, f" {BUNDLE_ID} ", 9, " Vokabeln ", now)

    assert first.id == again.id


def test_a_manager_of_one_school_corrects_nothing_that_every_school_uses(
    tx: Tx, now: datetime
) -> None:
    manager = viewer_of(tx, manager_a(tx, a_school(tx)))
    save_app(tx, manager, BUNDLE_ID, 9, "Vokabeln", now)

    with pytest.raises(Forbidden):
        save_app(tx, manager, BUNDLE_ID, 10, "Vokabeln", now)


def test_whoever_has_an_app_that_was_corrected_gets_a_new_plan(tx: Tx, now: datetime) -> None:
    school = a_school(tx)
    has, has_not = an_ipad(tx, school), an_ipad(tx, a_school(tx, "13"), "SIM0000002")
    administrator = viewer_of(tx, a_person(tx, "administrator", Role.ADMINISTRATOR))
    app = save_app(tx, administrator, BUNDLE_ID, 9, "Vokabeln", now)
    assignments.assign(tx, school, None, app, Actor.job("test"), now)
    for ipad in (has, has_not):
        tx.refresh(ipad)
        ipad.done_generation = ipad.due_generation
    tx.flush()

    save_app(tx, administrator, BUNDLE_ID, 10, "Vokabeln", now)

    for ipad in (has, has_not):
        tx.refresh(ipad)
    assert has.due_generation > has.done_generation
    assert has_not.due_generation == has_not.done_generation


def test_who_may_only_look_adds_nothing(tx: Tx, now: datetime) -> None:
    looking = viewer_of(tx, reader(tx, a_school(tx)))

    with pytest.raises(Forbidden):
        save_app(tx, looking, BUNDLE_ID, 9, "Vokabeln", now)
