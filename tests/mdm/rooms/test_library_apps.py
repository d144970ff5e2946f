"""Apps of the library: added by any manager, corrected by who looks after every school."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from mdm.base.db import Database, Tx
from mdm.base.errors import Forbidden
from mdm.rooms.access.models import Role
from mdm.rooms.access.service import viewer_of
from mdm.rooms.assignments import service as assignments
from mdm.rooms.assignments.apps import NumberInUse, save_app
from mdm.rooms.assignments.models import Assignment
from mdm.rooms.assignments.rollouts import open_rollout
from mdm.rooms.audit.service import Actor
from mdm.rooms.blueprints.models import App
from mdm.rooms.blueprints.versions import save_blueprint
from mdm.rooms.schools.models import School
from policies.blueprint import AppSetting
from policies.operations import AssignmentSpec, Target
from tests.factories.devices import an_ipad
from tests.factories.people import a_person, manager_a, reader
from tests.factories.schools import a_school
from tests.factories.times import NOW

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


def test_whoever_has_an_app_whose_name_was_corrected_gets_a_new_plan(tx: Tx, now: datetime) -> None:
    school = a_school(tx)
    has, has_not = an_ipad(tx, school), an_ipad(tx, a_school(tx, "13"), "SIM0000002")
    administrator = viewer_of(tx, a_person(tx, "administrator", Role.ADMINISTRATOR))
    app = save_app(tx, administrator, BUNDLE_ID, 9, "Vokabeln", now)
    assignments.assign(tx, school, None, app, Actor.job("test"), now)
    for ipad in (has, has_not):
        tx.refresh(ipad)
        ipad.done_generation = ipad.due_generation
    tx.flush()

    save_app(tx, administrator, BUNDLE_ID, 9, "Die Vokabeln", now)

    for ipad in (has, has_not):
        tx.refresh(ipad)
    assert has.due_generation > has.done_generation
    assert has_not.due_generation == has_not.done_generation


def begun(tx: Tx, school: School, now: datetime, **said: Any) -> Assignment:
    spec = AssignmentSpec(Target(school.id), **said)
    return assignments.begin(tx, spec, Actor.job("test"), now)


def a_version_with(tx: Tx, app: App, now: datetime, *, absent: bool = False) -> int:
    settings = [AppSetting(app.bundle_id, absent=absent)]
    return save_blueprint(tx, None, "Grundlage", settings, Actor.job("test"), now).version.id


def by_itself(tx: Tx, school: School, app: App, now: datetime) -> None:
    begun(tx, school, now, app_id=app.id)


def by_a_blueprint(tx: Tx, school: School, app: App, now: datetime) -> None:
    begun(tx, school, now, blueprint_version_id=a_version_with(tx, app, now))


def on_its_way(tx: Tx, school: School, app: App, now: datetime) -> None:
    begun(tx, school, now, app_id=app.id).rollout_id = open_rollout(tx, {}, now).id
    tx.flush()


@pytest.mark.parametrize("give", [by_itself, by_a_blueprint, on_its_way])
def test_another_number_is_refused_while_rules_give_the_app(
    tx: Tx, now: datetime, give: Callable[[Tx, School, App, datetime], None]
) -> None:
    administrator = viewer_of(tx, a_person(tx, "administrator", Role.ADMINISTRATOR))
    app = save_app(tx, administrator, BUNDLE_ID, 9, "Vokabeln", now)
    give(tx, a_school(tx), app, now)

    with pytest.raises(NumberInUse) as refused:
        save_app(tx, administrator, BUNDLE_ID, 10, "Vokabeln", now)

    assert refused.value.field == "store_id"
    assert "End what gives it" in refused.value.next_step
    assert app.store_id == 9
    assert save_app(tx, administrator, BUNDLE_ID, 9, "Die Vokabeln", now).name == "Die Vokabeln"


def test_a_blueprint_that_takes_the_app_away_gives_it_to_nobody(tx: Tx, now: datetime) -> None:
    administrator = viewer_of(tx, a_person(tx, "administrator", Role.ADMINISTRATOR))
    app = save_app(tx, administrator, BUNDLE_ID, 9, "Vokabeln", now)
    version = a_version_with(tx, app, now, absent=True)
    begun(tx, a_school(tx), now, blueprint_version_id=version)

    assert save_app(tx, administrator, BUNDLE_ID, 10, "Vokabeln", now).store_id == 10


@pytest.mark.parametrize("ended", [{"ended_at": NOW}, {"ends_at": NOW - timedelta(hours=1)}])
def test_a_number_is_corrected_once_no_rule_gives_the_app_any_more(
    tx: Tx, now: datetime, ended: dict[str, datetime]
) -> None:
    administrator = viewer_of(tx, a_person(tx, "administrator", Role.ADMINISTRATOR))
    app = save_app(tx, administrator, BUNDLE_ID, 9, "Vokabeln", now)
    rule = begun(tx, a_school(tx), now, app_id=app.id)
    for name, at in ended.items():
        setattr(rule, name, at)
    tx.flush()

    assert save_app(tx, administrator, BUNDLE_ID, 10, "Vokabeln", now).store_id == 10


def test_who_may_only_look_adds_nothing(tx: Tx, now: datetime) -> None:
    looking = viewer_of(tx, reader(tx, a_school(tx)))

    with pytest.raises(Forbidden):
        save_app(tx, looking, BUNDLE_ID, 9, "Vokabeln", now)
