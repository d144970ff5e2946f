"""Approved plans on their way: released ring by ring, stopped by failures, finished, undone."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from enrollment.standing import EnrollmentState
from mdm.base.db import Database, Tx
from mdm.base.errors import Conflict, InvalidInput, NotFound
from mdm.base.vault import Vault
from mdm.rooms.assignments import service as assignments
from mdm.rooms.assignments.models import Assignment, Rollout
from mdm.rooms.audit.models import AuditEntry
from mdm.rooms.audit.service import Actor
from mdm.rooms.changes import advancing
from mdm.rooms.changes import service as changes
from mdm.rooms.changes.models import ChangePlan, ChangeRing, ChangeState
from mdm.rooms.changes.service import Approved, Wanted
from mdm.rooms.changes.stored import operations_of, preview_of
from mdm.rooms.devices.models import Enrollment
from mdm.rooms.facts.service import load
from policies.operations import BeginAssignment, EndAssignment, Operation
from policies.outcome import OutcomeKind
from policies.rings import Gate, RingKind, RingSpec
from policies.scope import Scope, ScopeKind
from tests.factories.devices import an_ipad
from tests.factories.people import manager_b, viewer
from tests.mdm.rooms.changing import SmallCity, a_small_city, comes_to, is_due, released
from tests.mdm.rooms.wishes import an_app

ACTOR = Actor.system_user("tests")
HOUR = timedelta(hours=1)
GATE = Gate(max_failed_share=0.1, min_devices=5, wait=HOUR)
RINGS = (
    RingSpec(RingKind.CHOSEN, (Scope(ScopeKind.CLASS, "12/9a"),)),
    RingSpec(RingKind.ALL),
)


@pytest.fixture
def tx(database: Database, vault: Vault) -> Iterator[Tx]:
    with database.transaction() as open_transaction:
        yield open_transaction


@pytest.fixture
def city(tx: Tx, now: datetime) -> SmallCity:
    """Every iPad has been as it should be for a day."""
    city = a_small_city(tx)
    for ipad in city.ipads:
        comes_to(tx, ipad, OutcomeKind.AS_WISHED, now - 24 * HOUR)
    return city


def under_way(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime, *operations: Operation
) -> ChangePlan:
    """An approved plan; without operations, an app for the grade: first 9a, then 9b."""
    wanted = Wanted("Rechnen", operations or (city.app_for(city.grade),), "", RINGS, GATE)
    plan = changes.draft(tx, vault, city.manager, wanted, now)
    done = changes.approve(tx, vault, city.manager, plan.id, plan.fingerprint, now)
    assert done == Approved(plan.id)
    return plan


def everybody_comes_to(tx: Tx, city: SmallCity, outcome: OutcomeKind, now: datetime) -> None:
    """Whoever was released is as wished, or refuses what the plan brings."""
    in_the_way = city.app.bundle_id if outcome is OutcomeKind.BLOCKED else None
    for ipad, device in zip(city.ipads, city.devices, strict=True):
        if device in released(tx):
            comes_to(tx, ipad, outcome, now, in_the_way)


def aside(tx: Tx) -> list[int]:
    return list(tx.scalars(select(ChangeRing.set_aside).order_by(ChangeRing.number)))


def through(tx: Tx, city: SmallCity, plan: ChangePlan, now: datetime) -> datetime:
    """Let a plan succeed everywhere; returns the instant of its end."""
    for _ in range(4):
        everybody_comes_to(tx, city, OutcomeKind.AS_WISHED, now)
        now += HOUR
        advancing.advance(tx, now)
    assert plan.state is ChangeState.DONE
    return now


def rings(tx: Tx) -> list[tuple[int, int]]:
    rows = tx.scalars(select(ChangeRing).order_by(ChangeRing.number)).all()
    return [(row.proven, row.failed) for row in rows]


def test_the_next_ring_follows_when_the_first_is_proven_and_its_time_has_passed(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    plan = under_way(tx, vault, city, now)
    everybody_comes_to(tx, city, OutcomeKind.AS_WISHED, now)

    assert advancing.advance(tx, now + HOUR / 2) == 0
    assert advancing.advance(tx, now + HOUR) == 1

    assert released(tx) == set(city.devices[:3])
    assert is_due(tx, city.ipads[2])
    assert (plan.state, plan.current_ring) == (ChangeState.ROLLING_OUT, 1)


def test_an_ipad_that_still_has_to_be_planned_for_proves_nothing(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    under_way(tx, vault, city, now)

    assert advancing.advance(tx, now + HOUR) == 0
    assert rings(tx) == [(0, 0), (0, 0)]


def test_failures_stop_the_roll_out_by_itself(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    plan = under_way(tx, vault, city, now)
    everybody_comes_to(tx, city, OutcomeKind.BLOCKED, now + HOUR / 2)

    advancing.advance(tx, now + HOUR)

    assert plan.state is ChangeState.STOPPED
    assert plan.stopped_because == "ring 1: 2 of 2 iPads failed"
    assert released(tx) == set(city.devices[:2])
    assert advancing.advance(tx, now + 9 * HOUR) == 0


@pytest.mark.parametrize("since", [-HOUR, HOUR / 2])
def test_whoever_is_in_trouble_with_something_else_neither_fails_nor_holds_up_a_ring(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime, since: timedelta
) -> None:
    plan = under_way(tx, vault, city, now)
    comes_to(tx, city.ipads[0], OutcomeKind.BLOCKED, now + since, "org.example.other")
    assert advancing.advance(tx, now + HOUR) == 0

    comes_to(tx, city.ipads[1], OutcomeKind.AS_WISHED, now + HOUR)
    advancing.advance(tx, now + HOUR)

    assert (plan.state, plan.current_ring) == (ChangeState.ROLLING_OUT, 1)
    assert (rings(tx)[0], aside(tx)[0]) == ((1, 0), 1)


def _unproven(tx: Tx, vault: Vault, city: SmallCity, now: datetime) -> ChangePlan:
    """A plan that has stopped because both iPads of its first ring were set aside."""
    plan = under_way(tx, vault, city, now)
    gone = tx.get_one(Enrollment, city.ipads[0])
    gone.state, gone.ended_at = EnrollmentState.CHECKED_OUT, now
    comes_to(tx, city.ipads[1], OutcomeKind.BLOCKED, now, "org.example.other")
    advancing.advance(tx, now + HOUR)
    return plan


def test_a_ring_that_can_prove_nothing_stops_the_roll_out_and_says_so(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    plan = _unproven(tx, vault, city, now)

    assert (plan.state, aside(tx)) == (ChangeState.STOPPED, [2, 0])
    assert plan.stopped_because == "ring 1: none of 2 iPads can prove it"
    assert released(tx) == set(city.devices[:2])


def test_a_person_lets_the_next_ring_follow_without_a_proof(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    plan = _unproven(tx, vault, city, now)

    advancing.resume(tx, city.manager, plan.id, now + HOUR)
    advancing.advance(tx, now + HOUR)

    assert (plan.state, plan.current_ring) == (ChangeState.ROLLING_OUT, 1)
    assert released(tx) == set(city.devices[:3])


def test_a_ring_that_can_prove_it_again_has_to_when_the_plan_goes_on(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    plan = _unproven(tx, vault, city, now)
    comes_to(tx, city.ipads[1], OutcomeKind.ON_ITS_WAY, now + HOUR)

    advancing.resume(tx, city.manager, plan.id, now + HOUR)

    assert advancing.advance(tx, now + HOUR) == 0
    comes_to(tx, city.ipads[1], OutcomeKind.AS_WISHED, now + HOUR)
    assert advancing.advance(tx, now + HOUR) == 1
    assert plan.current_ring == 1


def test_whoever_resumes_a_plan_that_a_person_stopped_is_still_asked_about_a_missing_proof(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    plan = under_way(tx, vault, city, now)
    for ipad in city.ipads[:2]:
        comes_to(tx, ipad, OutcomeKind.BLOCKED, now, "org.example.other")
    advancing.stop(tx, city.manager, plan.id, "Prüfung in 9b", now)

    advancing.resume(tx, city.manager, plan.id, now + HOUR)
    advancing.advance(tx, now + HOUR)

    assert plan.stopped_because == "ring 1: none of 2 iPads can prove it"


def test_a_plan_ends_without_whoever_is_in_trouble_with_something_else(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    plan = under_way(tx, vault, city, now)
    everybody_comes_to(tx, city, OutcomeKind.AS_WISHED, now)
    advancing.advance(tx, now + HOUR)
    comes_to(tx, city.ipads[2], OutcomeKind.BLOCKED, now - HOUR, "org.example.other")

    advancing.advance(tx, now + HOUR)

    assert plan.state is ChangeState.DONE


def test_whoever_left_management_does_not_hold_up_a_ring(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    plan = under_way(tx, vault, city, now)
    everybody_comes_to(tx, city, OutcomeKind.AS_WISHED, now)
    gone = tx.get_one(Enrollment, city.ipads[0])
    gone.state, gone.ended_at = EnrollmentState.CHECKED_OUT, now

    advancing.advance(tx, now + HOUR)

    assert plan.current_ring == 1
    assert (rings(tx)[0], aside(tx)[0]) == ((1, 0), 1)


def test_whoever_was_in_trouble_before_and_refuses_what_the_change_brings_counts_as_failed(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    plan = under_way(tx, vault, city, now)
    earlier = now - HOUR
    comes_to(tx, city.ipads[0], OutcomeKind.BLOCKED, earlier, "org.example.other")
    comes_to(tx, city.ipads[1], OutcomeKind.BLOCKED, earlier, city.app.bundle_id)

    advancing.advance(tx, now + HOUR)

    assert plan.stopped_because == "ring 1: 1 of 2 iPads failed"


def test_a_person_lets_failures_pass_and_only_new_ones_stop_it_again(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    plan = under_way(tx, vault, city, now)
    everybody_comes_to(tx, city, OutcomeKind.BLOCKED, now + HOUR / 2)
    advancing.advance(tx, now + HOUR)

    advancing.resume(tx, city.manager, plan.id, now + HOUR)
    advancing.advance(tx, now + HOUR)
    assert released(tx) == set(city.devices[:3])

    comes_to(tx, city.ipads[2], OutcomeKind.BLOCKED, now + 2 * HOUR, city.app.bundle_id)
    advancing.advance(tx, now + 2 * HOUR)
    assert plan.stopped_because == "ring 2: 1 of 1 iPads failed"


def test_a_person_stops_a_plan_with_a_reason(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    plan = under_way(tx, vault, city, now)
    with pytest.raises(InvalidInput, match="reason"):
        advancing.stop(tx, city.manager, plan.id, " ", now)

    advancing.stop(tx, city.manager, plan.id, "Prüfung in 9b", now)

    everybody_comes_to(tx, city, OutcomeKind.AS_WISHED, now)
    assert advancing.advance(tx, now + HOUR) == 0
    assert (plan.state, plan.stopped_because) == (ChangeState.STOPPED, "Prüfung in 9b")


def test_only_what_is_stopped_is_resumed(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    plan = under_way(tx, vault, city, now)

    with pytest.raises(Conflict, match="not stopped"):
        advancing.resume(tx, city.manager, plan.id, now)


def test_another_schools_plan_is_neither_stopped_nor_resumed(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    stranger = viewer(tx, manager_b(tx, city.elsewhere))
    plan = under_way(tx, vault, city, now)

    with pytest.raises(NotFound):
        advancing.stop(tx, stranger, plan.id, "Nein", now)
    with pytest.raises(NotFound):
        advancing.resume(tx, stranger, plan.id, now)


def test_a_plan_is_done_when_its_last_ring_is_proven(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    plan = under_way(tx, vault, city, now)

    through(tx, city, plan, now)

    rollout = tx.get_one(Rollout, plan.rollout_id)
    assert rollout.ended_at == plan.finished_at
    assert rings(tx) == [(2, 0), (1, 0)]
    acts = tx.scalars(select(AuditEntry.act).where(AuditEntry.subject_kind == "change_plan"))
    assert acts.all() == [
        "change.draft",
        "change.approve",
        "change.release",
        "change.release",
        "change.done",
    ]


def test_a_silent_ipad_does_not_keep_a_plan_open_for_ever(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    plan = under_way(tx, vault, city, now)
    everybody_comes_to(tx, city, OutcomeKind.AS_WISHED, now)
    advancing.advance(tx, now + HOUR)

    assert advancing.advance(tx, now + 13 * 24 * HOUR) == 0
    assert advancing.advance(tx, now + 15 * 24 * HOUR) == 1

    assert plan.state is ChangeState.DONE


def test_a_rule_that_ends_is_over_when_the_last_ring_is_through(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    rule = assignments.begin(tx, city.app_for(city.grade).spec, ACTOR, now)
    plan = under_way(tx, vault, city, now, EndAssignment(rule.id))
    assert rule.ended_at is None

    through(tx, city, plan, now)

    tx.refresh(rule)
    assert rule.ended_at == plan.finished_at


def test_undoing_a_finished_plan_takes_its_rules_back(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    plan = under_way(tx, vault, city, now)
    now = through(tx, city, plan, now)
    rule = tx.scalars(select(Assignment)).one()

    undoing = changes.undo(tx, vault, city.manager, plan.id, now)

    (operation,) = operations_of(undoing)
    assert isinstance(operation, EndAssignment)
    assert operation.assignment_id == rule.id
    assert (undoing.undoes_id, undoing.device_count) == (plan.id, 3)
    changes.approve(tx, vault, city.manager, undoing.id, undoing.fingerprint, now)
    through(tx, city, undoing, now)
    assert plan.state is ChangeState.UNDONE
    tx.refresh(rule)
    assert rule.ended_at is not None


def test_what_ended_comes_back_as_old_as_it_was(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    rule = assignments.begin(tx, city.app_for(city.grade).spec, ACTOR, now)
    plan = under_way(tx, vault, city, now + HOUR, EndAssignment(rule.id))
    later = through(tx, city, plan, now + HOUR)

    undoing = changes.undo(tx, vault, city.manager, plan.id, later)
    changes.approve(tx, vault, city.manager, undoing.id, undoing.fingerprint, later)

    back = tx.scalars(select(Assignment).where(Assignment.id != rule.id)).one()
    assert (back.created_at, back.grade, back.app_id) == (now, "9", city.app.id)


def test_an_undoing_passes_the_same_rings_and_the_same_gate(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    plan = under_way(tx, vault, city, now)

    undoing = changes.undo(tx, vault, city.manager, plan.id, now)

    assert undoing.gate == plan.gate
    assert undoing.rings == plan.rings


def test_an_undoing_can_be_undone_itself(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    plan = under_way(tx, vault, city, now)
    now = through(tx, city, plan, now)
    undoing = changes.undo(tx, vault, city.manager, plan.id, now)
    changes.approve(tx, vault, city.manager, undoing.id, undoing.fingerprint, now)
    now = through(tx, city, undoing, now)

    again = changes.undo(tx, vault, city.manager, undoing.id, now)

    (operation,) = operations_of(again)
    assert isinstance(operation, BeginAssignment)
    assert again.device_count == 3


def test_a_change_is_undone_once(tx: Tx, vault: Vault, city: SmallCity, now: datetime) -> None:
    plan = under_way(tx, vault, city, now)
    now = through(tx, city, plan, now)
    first, second = (changes.undo(tx, vault, city.manager, plan.id, now) for _ in range(2))
    changes.approve(tx, vault, city.manager, first.id, first.fingerprint, now)

    with pytest.raises(Conflict):
        changes.approve(tx, vault, city.manager, second.id, second.fingerprint, now)


def test_a_draft_is_not_undone(tx: Tx, vault: Vault, city: SmallCity, now: datetime) -> None:
    wanted = Wanted("Rechnen", (city.app_for(city.grade),))
    plan = changes.draft(tx, vault, city.manager, wanted, now)

    with pytest.raises(Conflict, match="approved"):
        changes.undo(tx, vault, city.manager, plan.id, now)


def test_of_two_who_approve_at_once_one_wins(
    database: Database, vault: Vault, now: datetime
) -> None:
    with database.transaction() as tx:
        city = a_small_city(tx)
        wanted = Wanted("Rechnen", (city.app_for(city.grade),), rings=RINGS, gate=GATE)
        plan = changes.draft(tx, vault, city.manager, wanted, now)
        number, fingerprint = plan.id, plan.fingerprint
    together = threading.Barrier(2)

    def decide() -> object:
        together.wait()
        try:
            with database.transaction() as tx:
                return changes.approve(tx, vault, city.manager, number, fingerprint, now)
        except Conflict as error:
            return error

    with ThreadPoolExecutor(2) as pool:
        outcomes = [running.result() for running in [pool.submit(decide) for _ in range(2)]]

    assert {type(outcome) for outcome in outcomes} == {Approved, Conflict}
    with database.reading() as tx:
        assert len(tx.scalars(select(Assignment)).all()) == 1
        assert len(tx.scalars(select(Rollout)).all()) == 1


def test_two_workers_release_a_ring_once(database: Database, vault: Vault, now: datetime) -> None:
    with database.transaction() as tx:
        city = a_small_city(tx)
        under_way(tx, vault, city, now)
        everybody_comes_to(tx, city, OutcomeKind.AS_WISHED, now)
    together = threading.Barrier(2)

    def work() -> int:
        together.wait()
        with database.transaction() as tx:
            return advancing.advance(tx, now + HOUR)

    with ThreadPoolExecutor(2) as pool:
        steps = [running.result() for running in [pool.submit(work) for _ in range(2)]]

    with database.reading() as tx:
        assert sum(steps) == 1
        assert released(tx) == set(city.devices[:3])


def apps_of(tx: Tx, city: SmallCity, now: datetime) -> list[bool]:
    """Who should have the app, by the very facts that plans are made of."""
    return [bool(load(tx, ipad, now).desired(now).apps) for ipad in city.ipads]


def test_a_ring_has_the_rule_as_soon_as_it_is_released(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    plan = under_way(tx, vault, city, now)
    assert apps_of(tx, city, now) == [True, True, False, False]

    end = through(tx, city, plan, now)

    assert apps_of(tx, city, end) == [True, True, True, False]


def test_a_ring_loses_the_rule_as_soon_as_it_is_released(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    rule = assignments.begin(tx, city.app_for(city.grade).spec, ACTOR, now)
    plan = under_way(tx, vault, city, now, EndAssignment(rule.id))
    assert apps_of(tx, city, now) == [False, False, True, False]

    end = through(tx, city, plan, now)

    assert apps_of(tx, city, end) == [False] * 4


def newcomer(tx: Tx, city: SmallCity, now: datetime) -> int:
    """An iPad that comes into 9a; returns its enrollment, for which nothing is to be planned."""
    ipad = an_ipad(tx, city.here, "SIM0000009", class_group=city.nine_a)
    comes_to(tx, ipad.id, OutcomeKind.AS_WISHED, now)
    return ipad.id


def has_the_app(tx: Tx, ipad: int, now: datetime) -> bool:
    return bool(load(tx, ipad, now).desired(now).apps)


def test_who_comes_into_the_scope_gets_the_rule_with_the_last_ring(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    plan = under_way(tx, vault, city, now)
    early = newcomer(tx, city, now)
    assert not has_the_app(tx, early, now)

    everybody_comes_to(tx, city, OutcomeKind.AS_WISHED, now)
    advancing.advance(tx, now + HOUR)

    assert plan.state is ChangeState.ROLLING_OUT
    assert has_the_app(tx, early, now + HOUR)
    assert is_due(tx, early)
    late = an_ipad(tx, city.here, "SIM0000010", class_group=city.nine_b)
    assert has_the_app(tx, late.id, now + HOUR)


def test_who_comes_into_the_scope_loses_an_ended_rule_with_the_last_ring(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    rule = assignments.begin(tx, city.app_for(city.grade).spec, ACTOR, now)
    under_way(tx, vault, city, now, EndAssignment(rule.id))
    ipad = newcomer(tx, city, now)
    assert has_the_app(tx, ipad, now)

    everybody_comes_to(tx, city, OutcomeKind.AS_WISHED, now)
    advancing.advance(tx, now + HOUR)

    assert not has_the_app(tx, ipad, now + HOUR)
    assert is_due(tx, ipad)


def test_who_comes_into_the_scope_gets_nothing_from_a_stopped_plan(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    under_way(tx, vault, city, now)
    everybody_comes_to(tx, city, OutcomeKind.BLOCKED, now)
    advancing.advance(tx, now + HOUR)

    ipad = newcomer(tx, city, now + HOUR)
    advancing.advance(tx, now + 2 * HOUR)

    assert not has_the_app(tx, ipad, now + 2 * HOUR)


def test_undoing_a_plan_under_way_touches_only_whom_it_has_reached(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    plan = under_way(tx, vault, city, now)

    undoing = changes.undo(tx, vault, city.manager, plan.id, now)
    assert preview_of(undoing).devices == city.devices[:2]
    changes.approve(tx, vault, city.manager, undoing.id, undoing.fingerprint, now)
    assert apps_of(tx, city, now) == [False] * 4

    end = through(tx, city, undoing, now)
    assert apps_of(tx, city, end) == [False] * 4
    assert all(rollout.ended_at for rollout in tx.scalars(select(Rollout)))


def test_undoing_an_end_under_way_gives_everybody_the_rule_back(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    rule = assignments.begin(tx, city.app_for(city.grade).spec, ACTOR, now)
    before = [load(tx, ipad, now).desired(now) for ipad in city.ipads]
    plan = under_way(tx, vault, city, now, EndAssignment(rule.id))

    undoing = changes.undo(tx, vault, city.manager, plan.id, now)
    assert preview_of(undoing).devices == city.devices[:2]
    changes.approve(tx, vault, city.manager, undoing.id, undoing.fingerprint, now)
    assert apps_of(tx, city, now) == [True, True, True, False]

    end = through(tx, city, undoing, now)
    assert [load(tx, ipad, end).desired(end) for ipad in city.ipads] == before


def test_a_plan_that_cannot_be_read_stops_no_other(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    broken = under_way(tx, vault, city, now)
    music = an_app(tx, "com.example.musik", 4712)
    other = under_way(tx, vault, city, now, city.app_for(city.grade, music))
    broken.gate = {"is": "Door"}
    everybody_comes_to(tx, city, OutcomeKind.AS_WISHED, now)

    assert advancing.advance(tx, now + HOUR) == 1
    assert (broken.current_ring, other.current_ring) == (0, 1)
