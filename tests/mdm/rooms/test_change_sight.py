"""Who sees which change plan: whose iPads change by it, and of those iPads his own only."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TypeAlias

import pytest

from mdm.base.db import Database, Tx
from mdm.base.errors import Forbidden, NotFound
from mdm.base.vault import Vault
from mdm.rooms.access.service import Viewer
from mdm.rooms.assignments import service as assignments
from mdm.rooms.blueprints import versions
from mdm.rooms.blueprints.blueprint_queries import find_version
from mdm.rooms.changes import advancing, arranging, queries, sight
from mdm.rooms.changes import service as changes
from mdm.rooms.changes.models import ChangePlan
from mdm.rooms.changes.service import Wanted
from mdm.rooms.schools.models import School
from policies.blueprint import DeviceNameSetting
from policies.operations import AssignmentSpec, Operation, ReplaceBlueprintVersion, Target
from policies.rings import Gate
from tests.factories.changes import a_blueprint
from tests.factories.people import a_person, helpdesk, manager_b, viewer
from tests.factories.schools import a_school
from tests.mdm.rooms.changing import SmallCity, a_small_city

Draft: TypeAlias = Callable[[Tx, Vault, SmallCity, datetime], ChangePlan]


@pytest.fixture
def tx(database: Database, vault: Vault) -> Iterator[Tx]:
    with database.transaction() as open_transaction:
        yield open_transaction


@pytest.fixture
def city(tx: Tx) -> SmallCity:
    return a_small_city(tx)


@pytest.fixture
def stranger(tx: Tx) -> Viewer:
    """Somebody whose only school has no iPad."""
    return viewer(tx, manager_b(tx, a_school(tx, "14", "Beispielschule West")))


def _of_everywhere(tx: Tx, vault: Vault, city: SmallCity, now: datetime) -> ChangePlan:
    wanted = Wanted("Überall", (city.app_for(Target()),))
    return changes.draft(tx, vault, city.administrator, wanted, now)


def _of_both(tx: Tx, vault: Vault, city: SmallCity, now: datetime) -> ChangePlan:
    both: tuple[Operation, ...] = (
        city.app_for(city.grade),
        city.app_for(Target(city.elsewhere.id)),
    )
    return changes.draft(tx, vault, city.administrator, Wanted("Zwei", both), now)


def _of_here(tx: Tx, vault: Vault, city: SmallCity, now: datetime) -> ChangePlan:
    wanted = Wanted("Hier", (city.app_for(city.grade),))
    return changes.draft(tx, vault, city.manager, wanted, now)


def _listed(tx: Tx, who: Viewer) -> list[int]:
    found = [row.id for row in queries.plans(tx, who, 9)]
    assert queries.overview(tx, who, 1).total == len(found)
    return found


def test_a_plan_of_one_school_is_seen_by_whoever_sees_that_school(
    tx: Tx, vault: Vault, city: SmallCity, stranger: Viewer, now: datetime
) -> None:
    plan = _of_here(tx, vault, city, now)

    assert _listed(tx, city.manager) == _listed(tx, city.administrator) == [plan.id]
    assert queries.find(tx, city.manager, plan.id) is plan
    assert _listed(tx, stranger) == []
    with pytest.raises(NotFound):
        queries.find(tx, stranger, plan.id)


@pytest.mark.parametrize("drafted", [_of_everywhere, _of_both])
def test_a_plan_of_many_schools_is_seen_by_those_whose_ipads_change(
    tx: Tx, vault: Vault, city: SmallCity, stranger: Viewer, now: datetime, drafted: Draft
) -> None:
    plan = drafted(tx, vault, city, now)

    assert _listed(tx, city.manager) == _listed(tx, city.administrator) == [plan.id]
    assert queries.find(tx, city.manager, plan.id) is plan
    assert _listed(tx, stranger) == []
    with pytest.raises(NotFound):
        queries.find(tx, stranger, plan.id)


def test_a_plan_of_the_city_stays_in_sight_once_it_is_approved(
    tx: Tx, vault: Vault, city: SmallCity, stranger: Viewer, now: datetime
) -> None:
    plan = _of_everywhere(tx, vault, city, now)

    changes.approve(tx, vault, city.administrator, plan.id, plan.fingerprint, now)

    assert _listed(tx, city.manager) == [plan.id]
    assert _listed(tx, stranger) == []


def test_a_draft_of_the_city_that_was_given_up_concerns_nobody_at_a_school(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    plan = _of_everywhere(tx, vault, city, now)

    changes.discard(tx, city.administrator, plan.id, now)

    assert _listed(tx, city.manager) == []
    assert _listed(tx, city.administrator) == [plan.id]


def test_only_ipads_in_sight_are_in_the_preview_that_is_shown(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    plan = _of_everywhere(tx, vault, city, now)

    assert sight.shown_preview(tx, city.manager, plan).devices == city.devices[:3]
    assert sight.shown_preview(tx, city.administrator, plan).devices == city.devices
    assert plan.device_count == len(city.devices)


def test_what_a_plan_does_at_other_schools_is_not_told(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    plan = _of_both(tx, vault, city, now)

    assert sight.shown_operations(tx, vault, city.manager, plan) == [city.app_for(city.grade)]
    assert len(sight.shown_operations(tx, vault, city.administrator, plan)) == 2


def test_another_version_of_a_blueprint_is_told_of_even_when_it_is_done(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    actor, blueprint = city.administrator.actor, a_blueprint(tx, None)
    first = find_version(tx, blueprint.id, 1)
    for school in (city.here, city.elsewhere):
        spec = AssignmentSpec(Target(school.id), blueprint_version_id=first.id)
        assignments.begin(tx, spec, actor, now)
    other = (DeviceNameSetting("$SERIAL-2"),)
    second = versions.save_blueprint(tx, None, blueprint.name, other, actor, now).version
    replaced = ReplaceBlueprintVersion(blueprint.id, first.id, second.id)
    wanted = Wanted("Neu", (replaced, city.app_for(Target(city.elsewhere.id))), rings=())
    plan = changes.draft(tx, vault, city.administrator, wanted, now)

    changes.approve(tx, vault, city.administrator, plan.id, plan.fingerprint, now)

    assert sight.shown_operations(tx, vault, city.manager, plan) == [replaced]


@pytest.mark.parametrize("drafted", [_of_everywhere, _of_both])
def test_seeing_a_part_of_a_plan_does_not_let_decide_about_it(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime, drafted: Draft
) -> None:
    plan = drafted(tx, vault, city, now)
    refused = (Forbidden, NotFound)

    (row,) = queries.plans(tx, city.manager, 9)
    assert not row.may_decide
    with pytest.raises(Forbidden):
        sight.require_decision(city.manager, plan)
    with pytest.raises(refused):
        changes.approve(tx, vault, city.manager, plan.id, plan.fingerprint, now)
    with pytest.raises(refused):
        changes.look_again(tx, vault, city.manager, plan.id, now)
    with pytest.raises(refused):
        arranging.arrange(tx, city.manager, plan.id, (), Gate(), now)
    with pytest.raises(refused):
        changes.discard(tx, city.manager, plan.id, now)
    changes.approve(tx, vault, city.administrator, plan.id, plan.fingerprint, now)
    with pytest.raises(refused):
        advancing.stop(tx, city.manager, plan.id, "Probe", now)
    with pytest.raises(refused):
        changes.undo(tx, vault, city.manager, plan.id, now)
    advancing.stop(tx, city.administrator, plan.id, "Probe", now)
    with pytest.raises(refused):
        advancing.resume(tx, city.manager, plan.id, now)


def test_whoever_looks_after_all_schools_of_a_plan_decides_if_his_role_allows(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    plan = _of_both(tx, vault, city, now)
    schools: list[School] = [city.here, city.elsewhere]
    manager = viewer(tx, a_person(tx, "manager_c", schools=schools))

    assert sight.may_decide(manager, plan)
    assert not sight.may_decide(viewer(tx, helpdesk(tx, city.here)), plan)
    assert sight.shown_preview(tx, manager, plan).device_count == plan.device_count
