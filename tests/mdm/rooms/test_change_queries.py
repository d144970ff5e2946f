"""Reading change plans: what a page and a command line need."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from mdm.base.db import Database, Tx
from mdm.base.vault import Vault
from mdm.rooms.changes import advancing, queries
from mdm.rooms.changes import service as changes
from mdm.rooms.changes.models import ChangePlan, ChangeState
from mdm.rooms.changes.service import Wanted
from policies.outcome import OutcomeKind
from policies.rings import RingKind, RingSpec
from policies.scope import Scope, ScopeKind
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


def test_rings_tell_how_far_they_have_come(
    tx: Tx, vault: Vault, city: SmallCity, plan: ChangePlan, now: datetime
) -> None:
    assert queries.rings(tx, plan) == []
    changes.approve(tx, vault, city.manager, plan.id, plan.fingerprint, now)
    comes_to(tx, city.ipads[2], OutcomeKind.AS_WISHED, now)

    advancing.advance(tx, now)

    first, last = queries.rings(tx, plan)
    assert (first.name, first.devices, first.proven, first.waiting) == ("class 12/9b", 1, 1, 0)
    assert (last.name, last.devices, last.released_at, last.waiting) == ("all", 2, None, 0)


def test_the_touched_ipads_tell_their_ring_and_how_they_stand(
    tx: Tx, vault: Vault, city: SmallCity, plan: ChangePlan, now: datetime
) -> None:
    changes.approve(tx, vault, city.manager, plan.id, plan.fingerprint, now)
    comes_to(tx, city.ipads[2], OutcomeKind.BLOCKED, now)

    page = queries.devices(tx, city.manager, plan, city.devices[1:3])

    assert [
        (one.serial, one.class_name, one.ring, one.released_at, one.outcome) for one in page
    ] == [
        ("SIM0000002", "9a", 1, None, None),
        ("SIM0000003", "9b", 0, now, OutcomeKind.BLOCKED),
    ]


def test_an_ipad_that_was_as_wished_is_on_its_way_once_its_ring_is_released(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    """Its last judgement knows nothing of the change: green would be no proof."""
    plan = changes.draft(
        tx, vault, city.manager, Wanted("App", (city.app_for(city.grade),), rings=()), now
    )
    comes_to(tx, city.ipads[2], OutcomeKind.AS_WISHED, now)

    changes.approve(tx, vault, city.manager, plan.id, plan.fingerprint, now)

    (ipad,) = queries.devices(tx, city.manager, plan, city.devices[2:3])
    assert (ipad.released_at, ipad.outcome) == (now, OutcomeKind.ON_ITS_WAY)


def test_the_touched_ipads_are_counted_by_class(tx: Tx, city: SmallCity) -> None:
    places = queries.places(tx, city.devices)

    assert [(one.school, one.class_name, one.devices) for one in places] == [
        ("12", "9a", 2),
        ("12", "9b", 1),
        ("13", None, 1),
    ]


def test_the_ipads_of_a_whole_city_are_counted_in_one_statement(
    tx: Tx, city: SmallCity, count_statements: list[str]
) -> None:
    count_statements.clear()

    places = queries.places(tx, range(1, 20_000))

    assert sum(one.devices for one in places) == len(city.devices)
    assert len(count_statements) == 1


def test_plans_are_listed_newest_first_and_by_state(
    tx: Tx, vault: Vault, city: SmallCity, plan: ChangePlan, now: datetime
) -> None:
    changes.approve(tx, vault, city.manager, plan.id, plan.fingerprint, now)
    undoing = changes.undo(tx, vault, city.manager, plan.id, now)

    assert [row.id for row in queries.plans(tx, city.manager, 9)] == [undoing.id, plan.id]
    (draft,) = queries.plans(tx, city.manager, 9, only=ChangeState.DRAFTED)
    assert draft.id == undoing.id
    assert queries.undone_by(tx, plan) is undoing
    assert queries.has_way_back(plan)


def test_one_look_lists_a_page_and_what_waits_for_somebody(
    tx: Tx, vault: Vault, city: SmallCity, plan: ChangePlan, now: datetime
) -> None:
    changes.approve(tx, vault, city.manager, plan.id, plan.fingerprint, now)
    advancing.stop(tx, city.manager, plan.id, "Probe", now)
    undoing = changes.undo(tx, vault, city.manager, plan.id, now)

    found = queries.overview(tx, city.manager, 1, 1)

    assert found.total == 2
    assert [row.id for row in found.rows] == [plan.id]
    assert [row.id for row in found.drafts] == [undoing.id]
    assert [row.id for row in found.stopped] == [plan.id]
