"""Change plans from draft to approval: what is shown, what is done, who may."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from mdm.base.db import Database, Tx
from mdm.base.errors import Conflict, Forbidden, InvalidInput, NotFound
from mdm.base.vault import Vault
from mdm.rooms.assignments import service as assignments
from mdm.rooms.assignments.models import Assignment, Rollout, RolloutDevice
from mdm.rooms.audit.models import AuditEntry
from mdm.rooms.audit.service import Actor
from mdm.rooms.blueprints import versions
from mdm.rooms.changes import service as changes
from mdm.rooms.changes.arranging import arrange
from mdm.rooms.changes.models import ChangePlan, ChangeRing, ChangeState
from mdm.rooms.changes.service import Approved, PreviewMoved, Wanted
from mdm.rooms.changes.stored import gate_of, operations_of, preview_of, rings_of
from mdm.rooms.devices.models import Device
from mdm.rooms.devices.placing import placement_of
from mdm.rooms.facts import places as facts_places
from mdm.rooms.facts.rules import load_rules
from mdm.rooms.facts.service import load
from mdm.rooms.groups import service as groups
from policies.blueprint import DeviceNameSetting
from policies.city import compile_city
from policies.effects import ChangeKind
from policies.groups import NameIs
from policies.operations import (
    ChangeGroup,
    EndAssignment,
    Operation,
    PlaceDevice,
    Placing,
    ReplaceBlueprintVersion,
    Target,
)
from policies.outcome import OutcomeKind
from policies.rings import Gate, RingKind, RingSpec
from policies.scope import Scope, ScopeKind
from tests.factories.people import helpdesk, manager_b, viewer
from tests.factories.schools import a_class
from tests.mdm.rooms.changing import SmallCity, a_small_city, comes_to, is_due, released

ACTOR = Actor.system_user("tests")
MINUTE = timedelta(minutes=1)
CLASS_FIRST = (
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


def wanted(*operations: Operation) -> Wanted:
    return Wanted("Rechnen für Jahrgang 9", operations, rings=CLASS_FIRST)


def drafted(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime, *operations: Operation
) -> ChangePlan:
    return changes.draft(tx, vault, city.manager, wanted(*operations), now)


def approved(tx: Tx, vault: Vault, city: SmallCity, plan: ChangePlan, now: datetime) -> None:
    done = changes.approve(tx, vault, city.manager, plan.id, plan.fingerprint, now)
    assert done == Approved(plan.id)


def test_a_draft_lists_exactly_the_ipads_it_touches(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    plan = drafted(tx, vault, city, now, city.app_for(city.grade))

    (group,) = preview_of(plan).groups
    assert group.devices == city.devices[:3]
    assert [change.kind for change in group.effect.changes] == [ChangeKind.GAINS]
    assert (plan.state, plan.device_count) == (ChangeState.DRAFTED, 3)


def test_a_draft_does_nothing(tx: Tx, vault: Vault, city: SmallCity, now: datetime) -> None:
    for ipad in city.ipads:
        comes_to(tx, ipad, OutcomeKind.AS_WISHED, now)

    drafted(tx, vault, city, now, city.app_for(city.grade))

    assert not any(is_due(tx, ipad) for ipad in city.ipads)
    for table in (Assignment, Rollout, RolloutDevice):
        assert tx.scalar(select(func.count()).select_from(table)) == 0
    assert set(tx.scalars(select(AuditEntry.act))) & {"assignment.begin"} == set()


def test_a_plan_is_read_as_it_was_drafted(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    begin = city.app_for(city.grade)
    asked = replace(wanted(begin), gate=Gate(min_devices=1), reason="Probe")

    plan = changes.draft(tx, vault, city.manager, asked, now)

    tx.refresh(plan)
    assert operations_of(plan) == (begin,)
    assert (rings_of(plan), gate_of(plan)) == (CLASS_FIRST, Gate(min_devices=1))
    assert (plan.school_id, plan.reason) == (city.here.id, "Probe")


def test_the_usual_rings_are_proposed_when_nobody_names_any(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    asked = replace(wanted(city.app_for(city.grade)), rings=None)

    plan = changes.draft(tx, vault, city.manager, asked, now)

    assert [spec.kind for spec in rings_of(plan)] == [
        RingKind.TRAINING,
        RingKind.CHOSEN,
        RingKind.CHOSEN,
        RingKind.ALL,
    ]


def test_approving_releases_the_first_ring_and_nobody_else(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    for ipad in city.ipads:
        comes_to(tx, ipad, OutcomeKind.AS_WISHED, now)
    plan = drafted(tx, vault, city, now, city.app_for(city.grade))

    approved(tx, vault, city, plan, now + MINUTE)

    assert plan.state is ChangeState.ROLLING_OUT
    assert released(tx) == {city.devices[2]}
    assert [is_due(tx, ipad) for ipad in city.ipads] == [False, False, True, False]
    rings = tx.scalars(select(ChangeRing).order_by(ChangeRing.number)).all()
    assert [(ring.name, ring.device_count) for ring in rings] == [("class 12/9b", 1), ("all", 2)]


def test_what_was_shown_is_what_the_rules_say_once_everybody_is_released(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    plan = drafted(tx, vault, city, now, city.app_for(city.grade))
    approved(tx, vault, city, plan, now + MINUTE)

    rules = load_rules(tx, None)
    places = facts_places.load_places(tx, None)
    everybody = [replace(place, released=frozenset({plan.rollout_id or 0})) for place in places]
    compiled = compile_city(rules, everybody, now + MINUTE)

    touched = {number for number in city.devices if compiled.state(number).apps}
    assert touched == set(preview_of(plan).devices)


def test_a_change_that_touches_nobody_is_done_at_once(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    empty = a_class(tx, city.here, "8a")
    begin = city.app_for(Target(city.here.id, class_group_id=empty.id))
    plan = drafted(tx, vault, city, now, begin)

    approved(tx, vault, city, plan, now)

    assert (plan.state, plan.device_count) == (ChangeState.DONE, 0)


def test_inputs_that_moved_show_a_new_preview_and_nothing_happens(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    plan = drafted(tx, vault, city, now, city.app_for(city.grade))
    seen = plan.fingerprint
    tx.get_one(Device, city.devices[3]).school_id = city.here.id
    tx.get_one(Device, city.devices[3]).class_group_id = city.nine_a.id
    tx.flush()

    moved = changes.approve(tx, vault, city.manager, plan.id, seen, now + MINUTE)

    assert moved == PreviewMoved(plan.id, plan.fingerprint)
    assert plan.fingerprint != seen
    assert (plan.state, plan.device_count) == (ChangeState.DRAFTED, 4)
    assert tx.scalar(select(func.count()).select_from(Assignment)) == 0


def test_the_new_preview_can_be_approved(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    plan = drafted(tx, vault, city, now, city.app_for(city.class_a))
    tx.get_one(Device, city.devices[0]).class_group_id = None
    tx.flush()
    changes.approve(tx, vault, city.manager, plan.id, plan.fingerprint, now)

    approved(tx, vault, city, plan, now + MINUTE)

    assert plan.device_count == 1


def test_whoever_saw_another_order_of_rings_approves_nothing(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    plan = drafted(tx, vault, city, now, city.app_for(city.grade))
    seen = plan.fingerprint
    arrange(tx, city.manager, plan.id, (), Gate(), now)

    answer = changes.approve(tx, vault, city.manager, plan.id, seen, now)

    assert answer == PreviewMoved(plan.id, plan.fingerprint)
    assert plan.state is ChangeState.DRAFTED
    approved(tx, vault, city, plan, now)
    assert released(tx) == set(city.devices[:3])


@pytest.mark.parametrize("asks_for_training", [True, False])
def test_another_training_school_shows_a_plan_anew_whose_ring_it_is(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime, asks_for_training: bool
) -> None:
    plan = drafted(tx, vault, city, now, city.app_for(city.grade))
    rings = (RingSpec(RingKind.TRAINING),) if asks_for_training else ()
    arrange(tx, city.manager, plan.id, rings, Gate(), now)
    seen, city.here.is_training = plan.fingerprint, True
    tx.flush()

    answer = changes.approve(tx, vault, city.manager, plan.id, seen, now)

    assert isinstance(answer, PreviewMoved) is asks_for_training


def test_looking_again_shows_what_is_so_now(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    plan = drafted(tx, vault, city, now, city.app_for(city.class_a))
    before = plan.fingerprint

    changes.look_again(tx, vault, city.manager, plan.id, now + MINUTE)
    assert plan.fingerprint == before

    tx.get_one(Device, city.devices[0]).class_group_id = None
    tx.flush()
    changes.look_again(tx, vault, city.manager, plan.id, now + MINUTE)
    assert plan.device_count == 1


def test_a_plan_is_approved_once(tx: Tx, vault: Vault, city: SmallCity, now: datetime) -> None:
    plan = drafted(tx, vault, city, now, city.app_for(city.grade))
    approved(tx, vault, city, plan, now)

    with pytest.raises(Conflict, match="already decided"):
        changes.approve(tx, vault, city.manager, plan.id, plan.fingerprint, now)


def test_a_discarded_plan_is_not_approved(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    plan = drafted(tx, vault, city, now, city.app_for(city.grade))
    changes.discard(tx, city.manager, plan.id, now)

    with pytest.raises(Conflict, match="already decided"):
        changes.approve(tx, vault, city.manager, plan.id, plan.fingerprint, now)


def test_a_rule_ended_by_somebody_else_makes_the_plan_impossible(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    rule = assignments.begin(tx, city.app_for(city.grade).spec, ACTOR, now)
    plan = drafted(tx, vault, city, now, EndAssignment(rule.id))
    assignments.end(tx, rule.id, ACTOR, now)

    with pytest.raises(Conflict, match="ended meanwhile"):
        changes.approve(tx, vault, city.manager, plan.id, plan.fingerprint, now)


def test_another_version_of_a_blueprint_reaches_whoever_has_it(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    first, second = (
        versions.save_blueprint(
            tx, city.here, "Namen", [DeviceNameSetting(template)], ACTOR, now
        ).version
        for template in ("$SERIAL", "iPad $SERIAL")
    )
    rule = assignments.begin(
        tx,
        replace(city.app_for(city.grade).spec, app_id=None, blueprint_version_id=first.id),
        ACTOR,
        now,
    )
    plan = drafted(
        tx, vault, city, now, ReplaceBlueprintVersion(first.blueprint_id, first.id, second.id)
    )
    approved(tx, vault, city, plan, now)

    old, new = tx.scalars(select(Assignment).order_by(Assignment.id)).all()
    assert (old.id, old.ending_rollout_id, new.rollout_id) == (
        rule.id,
        plan.rollout_id,
        plan.rollout_id,
    )
    assert new.blueprint_version_id == second.id


def test_moving_an_ipad_shows_what_it_exchanges_and_moves_it(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    assignments.begin(tx, city.app_for(city.class_a).spec, ACTOR, now)
    device = tx.get_one(Device, city.devices[0])
    before = Placing(**asdict(placement_of(device)))
    move = PlaceDevice(device.id, before, replace(before, class_group_id=city.nine_b.id))

    plan = drafted(tx, vault, city, now, move)
    assert device.class_group_id == city.nine_a.id
    approved(tx, vault, city, plan, now)

    (group,) = preview_of(plan).groups
    assert group.devices == (device.id,)
    assert [change.kind for change in group.effect.changes] == [ChangeKind.LOSES]
    assert device.class_group_id == city.nine_b.id


def test_another_rule_for_a_group_shows_who_joins(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    nobody, one = NameIs(("none",)), NameIs(("iPad SIM0000002",))
    group = groups.save_group(tx, city.here, "Probe", nobody, ACTOR, now).group
    target = Target(city.here.id, group_id=group.id)
    assignments.begin(tx, city.app_for(target).spec, ACTOR, now)

    plan = drafted(tx, vault, city, now, ChangeGroup(group.id, nobody, one))

    assert preview_of(plan).devices == (city.devices[1],)


@pytest.mark.parametrize("title", ["", " ", "x" * 201])
def test_a_change_has_a_title(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime, title: str
) -> None:
    with pytest.raises(InvalidInput, match="title"):
        changes.draft(tx, vault, city.manager, Wanted(title, (city.app_for(city.grade),)), now)


def test_a_change_changes_something(tx: Tx, vault: Vault, city: SmallCity, now: datetime) -> None:
    with pytest.raises(InvalidInput, match="operations"):
        changes.draft(tx, vault, city.manager, wanted(), now)


def test_a_campus_manager_changes_his_schools_only(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    stranger = viewer(tx, manager_b(tx, city.elsewhere))

    with pytest.raises(NotFound):
        changes.draft(tx, vault, stranger, wanted(city.app_for(city.grade)), now)
    with pytest.raises(Forbidden):
        changes.draft(tx, vault, city.manager, wanted(city.app_for(Target())), now)


def test_another_schools_plan_is_neither_approved_nor_discarded_nor_undone(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    stranger = viewer(tx, manager_b(tx, city.elsewhere))
    plan = drafted(tx, vault, city, now, city.app_for(city.grade))

    with pytest.raises(NotFound):
        changes.approve(tx, vault, stranger, plan.id, plan.fingerprint, now)
    with pytest.raises(NotFound):
        changes.discard(tx, stranger, plan.id, now)
    with pytest.raises(NotFound):
        changes.undo(tx, vault, stranger, plan.id, now)


def test_the_helpdesk_changes_nothing(tx: Tx, vault: Vault, city: SmallCity, now: datetime) -> None:
    with pytest.raises(Forbidden):
        changes.draft(
            tx,
            vault,
            viewer(tx, helpdesk(tx, city.here)),
            wanted(city.app_for(city.grade)),
            now,
        )


def test_a_change_for_the_city_is_for_those_who_see_it_all(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    plan = changes.draft(tx, vault, city.administrator, wanted(city.app_for(Target())), now)

    assert (plan.school_id, plan.device_count) == (None, 4)


def test_every_decision_is_in_the_journal(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    plan = drafted(tx, vault, city, now, city.app_for(city.grade))
    approved(tx, vault, city, plan, now)

    acts = tx.scalars(select(AuditEntry.act).where(AuditEntry.subject_kind == "change_plan"))
    assert acts.all() == ["change.draft", "change.approve", "change.release"]


def test_places_are_those_of_the_facts(tx: Tx, city: SmallCity, now: datetime) -> None:
    places = {place.device: place for place in facts_places.load_places(tx, None)}

    assert places.keys() == set(city.devices)
    for ipad, device in zip(city.ipads, city.devices, strict=True):
        facts = load(tx, ipad, now).device
        place = places[device]
        assert (place.key, place.around | {place.itself}) == (facts.key, facts.scopes)
