"""Reading change plans: who sees which, and what a page and a command line need."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from mdm.base.db import Database, Tx
from mdm.base.errors import NotFound
from mdm.base.vault import Vault
from mdm.rooms.changes import queries
from mdm.rooms.changes import service as changes
from mdm.rooms.changes.models import ChangePlan, ChangeState
from mdm.rooms.changes.service import Wanted
from policies.operations import Target
from policies.outcome import OutcomeKind
from policies.rings import Gate, RingKind, RingSpec
from policies.scope import Scope, ScopeKind
from tests.factories.people import manager_b, viewer
from tests.mdm.rooms.changing import SmallCity, a_small_city, comes_to

RINGS = (
    RingSpec(RingKind.CHOSEN, (Scope(ScopeKind.CLASS, "12/9b"),)),
    RingSpec(RingKind.ALL),
)


@pytest.fixture
def tx(database: Database, vault: Vault) -> Iterator[Tx]:
    with database.transaction() as open_transaction:
        yield open_transaction


@pytest.fixture
def city(tx: Tx) -> SmallCity:
    return a_small_city(tx)


@pytest.fixture
def plan(tx: Tx, vault: Vault, city: SmallCity, now: datetime) -> ChangePlan:
    wanted = Wanted("Rechnen", (city.app_for(city.grade),), "Probe", RINGS)
    return changes.draft(tx, vault, city.manager, wanted, now)


def test_a_plan_says_everything_a_page_shows(
    tx: Tx, vault: Vault, city: SmallCity, plan: ChangePlan, now: datetime
) -> None:
    comes_to(tx, city.ipads[2], OutcomeKind.AS_WISHED, now)
    changes.approve(tx, vault, city.manager, plan.id, plan.fingerprint, now)

    view = queries.view(tx, city.manager, plan.id)

    assert (view.row.title, view.row.school, view.row.device_count) == ("Rechnen", "12", 3)
    assert (view.wished_rings, view.gate) == (RINGS, Gate())
    assert [(ring.name, ring.device_count) for ring in view.rings] == [
        ("class 12/9b", 1),
        ("all", 2),
    ]
    assert view.names == {city.app.bundle_id: "Rechnen"}
    assert view.can_be_undone


def test_the_touched_ipads_come_by_effect_and_page(
    tx: Tx, vault: Vault, city: SmallCity, plan: ChangePlan, now: datetime
) -> None:
    (group,) = queries.view(tx, city.manager, plan.id).preview.groups
    changes.approve(tx, vault, city.manager, plan.id, plan.fingerprint, now)

    page = queries.touched(tx, city.manager, plan.id, group.digest, city.devices[0], 2)

    found = [(one.serial, one.class_name, one.ring, one.released_at) for one in page]
    assert found == [("SIM0000002", "9a", 1, None), ("SIM0000003", "9b", 0, now)]
    assert queries.touched(tx, city.manager, plan.id, "another effect") == []


def test_plans_are_listed_newest_first_with_what_undoes_them(
    tx: Tx, vault: Vault, city: SmallCity, plan: ChangePlan, now: datetime
) -> None:
    changes.approve(tx, vault, city.manager, plan.id, plan.fingerprint, now)
    undoing = changes.undo(tx, vault, city.manager, plan.id, now)

    rows = queries.plans(tx, city.manager)

    assert [(row.id, row.undoes_id, row.undone_by_id) for row in rows] == [
        (undoing.id, plan.id, None),
        (plan.id, None, undoing.id),
    ]
    (draft,) = queries.plans(tx, city.manager, [ChangeState.DRAFTED])
    assert draft.id == undoing.id


def test_a_plan_is_seen_by_whoever_sees_its_school(
    tx: Tx, vault: Vault, city: SmallCity, plan: ChangePlan, now: datetime
) -> None:
    stranger = viewer(tx, manager_b(tx, city.elsewhere))
    everywhere = Wanted("Überall", (city.app_for(Target()),))
    of_city = changes.draft(tx, vault, city.administrator, everywhere, now)

    assert [row.id for row in queries.plans(tx, city.administrator)] == [of_city.id, plan.id]
    assert [row.id for row in queries.plans(tx, city.manager)] == [plan.id]
    assert queries.plans(tx, stranger) == []
    with pytest.raises(NotFound):
        queries.view(tx, stranger, plan.id)
    with pytest.raises(NotFound):
        queries.touched(tx, stranger, plan.id)
