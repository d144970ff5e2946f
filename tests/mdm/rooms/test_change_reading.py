"""Reading plans for people: whose they are, rings to come, what is not obeyed, names."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from mdm.base.db import Database, Tx
from mdm.base.errors import Conflict, Forbidden, InvalidInput, NotFound
from mdm.base.vault import Vault
from mdm.rooms.access.service import Viewer
from mdm.rooms.audit.service import Actor
from mdm.rooms.blueprints import service as blueprints
from mdm.rooms.blueprints import versions
from mdm.rooms.blueprints.models import ProfileVersion
from mdm.rooms.changes import arranging, queries
from mdm.rooms.changes import service as changes
from mdm.rooms.changes.models import ChangePlan
from mdm.rooms.changes.naming import named_operations, names_of
from mdm.rooms.changes.obeying import unobeyed
from mdm.rooms.changes.planned import planned_rings
from mdm.rooms.changes.replacing import draft_replacement
from mdm.rooms.changes.service import Wanted
from mdm.rooms.changes.spots import Spot
from mdm.rooms.changes.stored import operations_of, preview_of, rings_of
from mdm.rooms.devices.models import Device
from mdm.rooms.groups.previewing import try_rule
from mdm.rooms.schools import structure
from mdm.rooms.schools.models import Member
from policies.blueprint import DeclarationSetting, DeviceNameSetting, ProfileSetting, Setting
from policies.groups import AllOf, Comparison, InGrade, OsVersionIs
from policies.operations import (
    AssignmentSpec,
    BeginAssignment,
    Operation,
    PlaceDevice,
    Placing,
)
from policies.rings import Gate, RingKind, RingSpec
from policies.roster.values import Role
from policies.scope import Scope, ScopeKind
from profiles.declarations.configurations import app_settings
from profiles.payloads.restrictions import Restrictions
from profiles.schema.hints import HintKind
from tests.factories.people import helpdesk, manager_b, viewer
from tests.mdm.rooms.changing import SmallCity, a_small_city

ACTOR = Actor.system_user("tests")
CLASS_9B = RingSpec(RingKind.CHOSEN, (Scope(ScopeKind.CLASS, "12/9b"),))
EVERYBODY = RingSpec(RingKind.ALL)


@pytest.fixture
def tx(database: Database, vault: Vault) -> Iterator[Tx]:
    with database.transaction() as open_transaction:
        yield open_transaction


@pytest.fixture
def city(tx: Tx) -> SmallCity:
    return a_small_city(tx)


def _draft(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime, *operations: Operation
) -> ChangePlan:
    wanted = Wanted("Probe", operations or (city.app_for(city.grade),), rings=(CLASS_9B, EVERYBODY))
    return changes.draft(tx, vault, city.manager, wanted, now)


def _with(tx: Tx, vault: Vault, city: SmallCity, now: datetime, *settings: Setting) -> ChangePlan:
    saved = versions.save_blueprint(tx, city.here, "Probe", settings, ACTOR, now)
    spec = AssignmentSpec(city.grade, blueprint_version_id=saved.version.id)
    return _draft(tx, vault, city, now, BeginAssignment(spec))


def test_a_plan_is_found_by_those_only_who_see_its_school(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    plan = _draft(tx, vault, city, now)
    stranger = viewer(tx, manager_b(tx, city.elsewhere))

    assert queries.find(tx, city.manager, plan.id).id == plan.id
    assert [row.id for row in queries.plans(tx, city.manager, 10)] == [plan.id]
    assert queries.plans(tx, stranger, 10) == []
    assert queries.overview(tx, stranger, 10).total == 0
    with pytest.raises(NotFound):
        queries.find(tx, stranger, plan.id)


def test_ipads_of_a_plan_are_counted_by_class_and_named(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    plan = _draft(tx, vault, city, now)
    touched = preview_of(plan).devices

    places = queries.places(tx, touched)
    rows = queries.devices(tx, city.manager, plan, touched)

    assert [(one.class_name, one.devices) for one in places] == [("9a", 2), ("9b", 1)]
    assert [row.serial for row in rows] == ["SIM0000001", "SIM0000002", "SIM0000003"]


def test_an_ipad_that_has_moved_out_of_sight_is_not_named(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    plan = _draft(tx, vault, city, now)
    touched = preview_of(plan).devices
    moved = tx.get_one(Device, city.devices[0])
    moved.school_id, moved.class_group_id = city.elsewhere.id, None
    tx.flush()

    assert len(queries.devices(tx, city.manager, plan, touched)) == 2


def test_the_rings_of_a_draft_have_the_sizes_that_approving_gives_them(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    plan = _draft(tx, vault, city, now)
    planned = [ring.devices for ring in planned_rings(tx, plan)]

    changes.approve(tx, vault, city.manager, plan.id, plan.fingerprint, now)

    assert planned == [1, 2]
    assert [ring.devices for ring in queries.rings(tx, plan)] == planned


def test_arranging_changes_the_order_which_has_to_be_seen_anew(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    plan = _draft(tx, vault, city, now)
    before = plan.fingerprint

    arranging.arrange(tx, city.manager, plan.id, (EVERYBODY,), Gate(min_devices=1), now)

    assert rings_of(plan) == (EVERYBODY,)
    assert [ring.devices for ring in planned_rings(tx, plan)] == [3]
    assert plan.fingerprint != before


def test_arranging_is_for_drafts_and_for_those_who_may_change_them(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    plan = _draft(tx, vault, city, now)
    looking = viewer(tx, helpdesk(tx, city.here))

    with pytest.raises(Forbidden):
        arranging.arrange(tx, looking, plan.id, (), Gate(), now)
    with pytest.raises(InvalidInput, match="more than 10"):
        arranging.arrange(tx, city.manager, plan.id, (CLASS_9B,) * 11, Gate(), now)
    changes.discard(tx, city.manager, plan.id, now)
    with pytest.raises(Conflict):
        arranging.arrange(tx, city.manager, plan.id, (), Gate(), now)


def test_keys_that_a_system_does_not_know_are_told_with_their_ipads(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    new = Restrictions({"allowCallRecording": False, "allowCamera": False})
    saved = blueprints.save_restrictions(tx, vault, city.here, "Neu", new, ACTOR, now)
    tx.get_one(Device, city.devices[0]).os_version = "16.1"
    plan = _with(tx, vault, city, now, ProfileSetting(saved.profile.id))
    (group,) = preview_of(plan).groups

    found = unobeyed(tx, vault, group.effect, group.devices)

    assert [(one.key, one.kind, one.since, one.devices) for one in found] == [
        ("allowCallRecording", HintKind.NEEDS_NEWER_OS, "18.1", 1)
    ]


def test_a_declaration_that_a_profile_stands_in_for_is_obeyed(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    denied = DeclarationSetting(
        app_settings.TYPE, {"Allowed": {"DeniedApps": ["de.example.spiel"]}}
    )
    plan = _with(tx, vault, city, now, denied)
    (group,) = preview_of(plan).groups

    assert unobeyed(tx, vault, group.effect, group.devices) == ()


def test_a_profile_whose_seal_is_broken_hides_nothing_else(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    new = Restrictions({"allowCallRecording": False})
    saved = blueprints.save_restrictions(tx, vault, city.here, "Neu", new, ACTOR, now)
    plan = _with(tx, vault, city, now, ProfileSetting(saved.profile.id))
    tx.get_one(ProfileVersion, saved.version.id).sealed_content = b"broken"
    (group,) = preview_of(plan).groups

    assert unobeyed(tx, vault, group.effect, group.devices) == ()


def test_what_a_plan_does_and_speaks_of_is_named(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    plan = _draft(tx, vault, city, now, city.app_for(city.class_a))

    (named,) = named_operations(tx, city.manager, operations_of(plan))
    names = names_of(tx, preview_of(plan))

    assert (named.subject, named.kind, named.place, named.school) == (
        "Rechnen",
        ScopeKind.CLASS,
        "9a",
        "12",
    )
    assert names.apps == {"com.example.rechnen": "Rechnen"}


def _moved(tx: Tx, city: SmallCity, viewer: Viewer, after: Placing) -> tuple[Spot, Spot]:
    move = PlaceDevice(city.devices[0], Placing(city.here.id, city.nine_a.id), after)
    (named,) = named_operations(tx, viewer, [move])
    assert named.moved is not None
    return named.moved


def _taken_place(
    tx: Tx, city: SmallCity, now: datetime, names: tuple[str, str], label: str = ""
) -> Placing:
    """Slot 4 of class 9b, of a pupil."""
    pupil = Member(
        school_id=city.here.id,
        source_id="p-1",
        role=Role.PUPIL,
        given_name=names[0],
        family_name=names[1],
        label=label,
        created_at=now,
    )
    tx.add(pupil)
    tx.flush()
    slot = structure.class_slot(tx, city.nine_b.id, 4)
    return Placing(city.here.id, city.nine_b.id, slot, pupil.id)


def test_a_move_is_told_from_where_to_where(tx: Tx, city: SmallCity, now: datetime) -> None:
    after = _taken_place(tx, city, now, ("Ada", "Beispiel"))

    found = _moved(tx, city, city.manager, after)

    assert found == (Spot("", "9a"), Spot("", "9b", "", 4, "Ada Beispiel"))


def test_an_owner_without_a_name_is_told_by_the_label_of_the_seat(
    tx: Tx, city: SmallCity, now: datetime
) -> None:
    after = _taken_place(tx, city, now, ("", ""), "9b-04")

    _, found = _moved(tx, city, city.manager, after)

    assert found.owner == "9b-04"


def test_who_may_not_move_ipads_is_told_no_owner(tx: Tx, city: SmallCity, now: datetime) -> None:
    after = _taken_place(tx, city, now, ("Ada", "Beispiel"))

    _, found = _moved(tx, city, viewer(tx, helpdesk(tx, city.here)), after)

    assert (found.class_name, found.slot, found.owner) == ("9b", 4, None)


def test_of_a_school_out_of_sight_only_its_number_is_told(tx: Tx, city: SmallCity) -> None:
    found = _moved(tx, city, city.manager, Placing(city.elsewhere.id))

    assert found == (Spot("12", "9a"), Spot("13"))


def test_a_new_version_is_drafted_for_every_earlier_one_in_force(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    plan = _with(tx, vault, city, now, DeviceNameSetting("A-$SERIAL"))
    changes.approve(tx, vault, city.manager, plan.id, plan.fingerprint, now)
    saved = versions.save_blueprint(
        tx, city.here, "Probe", (DeviceNameSetting("B-$SERIAL"),), ACTOR, now
    )

    drafted = draft_replacement(tx, vault, city.manager, saved.version, "Version 2", now)

    assert drafted is not None
    assert drafted.device_count == 3
    assert plan.device_count == 3


def test_a_new_version_that_nobody_has_needs_no_plan(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime
) -> None:
    saved = versions.save_blueprint(
        tx, city.here, "Probe", (DeviceNameSetting("$SERIAL"),), ACTOR, now
    )

    assert draft_replacement(tx, vault, city.manager, saved.version, "Version 1", now) is None


def test_a_rule_is_tried_on_the_ipads_that_somebody_sees(
    tx: Tx, city: SmallCity, now: datetime
) -> None:
    rule = AllOf((InGrade(("9",)), OsVersionIs(Comparison.AT_LEAST, "17.0")))
    tx.get_one(Device, city.devices[2]).os_version = "16.1"
    tx.flush()

    tried = try_rule(tx, city.manager, None, rule, now, shown=1)

    assert (tried.total, tried.among) == (2, 3)
    assert [(one.serial, one.meets) for one in tried.devices] == [("SIM0000001", (True, True))]
