"""Declarations end to end: wished, told, obeyed, proven by the iPad's report, and taken back."""

from collections.abc import Iterator, Sequence

import pytest
from sqlalchemy import select

from mdm.base.db import Database
from mdm.rooms.assignments import service as assignments
from mdm.rooms.blueprints import versions
from mdm.rooms.declarations import queries
from mdm.rooms.declarations.models import DeclarationSnapshot
from mdm.rooms.schools.models import School
from mdm.simulator.declarative.inspection import active_on, declarations_on
from mdm.simulator.fleet_thread import FleetThread
from mdm.simulator.ipad import SimulatedIpad
from policies.actions import RemoteKind
from policies.blueprint import DeclarationSetting, ProfileSetting, Setting
from policies.declared import DeclaredFacts
from policies.operations import AssignmentSpec, Target
from policies.wishes import ProfileDelivery
from profiles.declarations.configurations.passcode import TYPE as PASSCODE
from profiles.declarations.declaration import manifest_item
from profiles.declarations.declaration_state import Standing, standing
from tests.factories.library import a_saved_profile
from tests.journeys.school_day import CLERK, SchoolDay
from tests.journeys.stage import Stage, a_day, a_stage
from tests.journeys.test_obedience import PATIENCE_S, a_fleet

LEGACY = "com.apple.configuration.legacy"


@pytest.fixture
def stage(database: Database) -> Iterator[Stage]:
    """A house on each engine in turn."""
    with a_stage(database) as stage:
        yield stage


@pytest.fixture
def fleet(stage: Stage) -> Iterator[FleetThread]:
    with a_fleet(stage) as fleet:
        yield fleet


@pytest.fixture
def ipad(stage: Stage, fleet: FleetThread, day: SchoolDay) -> SimulatedIpad:
    """An iPad that has enrolled and come to rest."""
    ipad = fleet.ipads[0]
    fleet.enrol(ipad, day.link())
    stage.live(fleet, [ipad])
    return ipad


@pytest.fixture
def day(stage: Stage, fleet: FleetThread) -> SchoolDay:
    return a_day(stage, fleet.ipads)


def wish(stage: Stage, day: SchoolDay, settings: Sequence[Setting]) -> int:
    """Let the school have a blueprint with these settings; returns the rule's number."""
    now = stage.clock.now()
    with stage.database.transaction() as tx:
        school = tx.get_one(School, day.school_id)
        saved = versions.save_blueprint(tx, school, "Grundschutz", settings, CLERK, now)
        spec = AssignmentSpec(Target(school_id=school.id), blueprint_version_id=saved.version.id)
        return assignments.begin(tx, spec, CLERK, now).id


def wish_no_more(stage: Stage, rule: int) -> None:
    with stage.database.transaction() as tx:
        assignments.end(tx, rule, CLERK, stage.clock.now())


def known(stage: Stage, ipad: SimulatedIpad) -> DeclaredFacts:
    """What the house knows of an iPad's declarations."""
    number = stage.enrollment(ipad).id
    with stage.database.reading() as tx:
        return queries.declared(tx, [number])[number]


def of_type(facts: DeclaredFacts, declaration_type: str) -> list[str]:
    return [name for name, one in facts.issued.items() if one.declaration_type == declaration_type]


def proven(facts: DeclaredFacts) -> dict[str, Standing]:
    """How far everything has come that the iPad should have."""
    return {name: standing(manifest_item(one), facts.states) for name, one in facts.issued.items()}


def a_passcode(length: int = 6) -> DeclarationSetting:
    return DeclarationSetting(PASSCODE, {"RequirePasscode": True, "MinimumLength": length})


def test_an_ipad_that_enrols_takes_what_the_house_declares(
    stage: Stage, ipad: SimulatedIpad
) -> None:
    facts = known(stage, ipad)

    assert facts.enabled
    assert facts.capabilities is not None
    assert set(proven(facts).values()) == {Standing.IN_FORCE}
    assert set(declarations_on(ipad)) == set(facts.issued)
    assert not ipad.complaints


def test_a_passcode_is_declared_proven_changed_and_taken_back(
    stage: Stage, fleet: FleetThread, day: SchoolDay, ipad: SimulatedIpad
) -> None:
    before = set(known(stage, ipad).issued)

    rule = wish(stage, day, [a_passcode()])
    stage.live(fleet, [ipad])
    wished = known(stage, ipad)
    wish_no_more(stage, rule)
    changed_rule = wish(stage, day, [a_passcode(8)])
    stage.live(fleet, [ipad])
    changed = known(stage, ipad)
    wish_no_more(stage, changed_rule)
    stage.live(fleet, [ipad])

    (name,) = of_type(wished, PASSCODE)
    assert proven(wished)[name] is Standing.IN_FORCE
    assert proven(changed)[name] is Standing.IN_FORCE
    assert changed.issued[name].payload["MinimumLength"] == 8
    assert set(known(stage, ipad).issued) == before == set(known(stage, ipad).states)
    assert name not in declarations_on(ipad)
    assert not ipad.complaints


def test_a_profile_comes_from_an_address_of_the_ipads_own_and_goes_again(
    stage: Stage, fleet: FleetThread, day: SchoolDay, ipad: SimulatedIpad
) -> None:
    with stage.database.transaction() as tx:
        saved = a_saved_profile(tx, stage.tools.vault, stage.clock.now(), "Plan $SERIAL")
        number, identifier = saved.profile.id, saved.profile.identifier

    declared = ProfileSetting(number, delivery=ProfileDelivery.DECLARATION)
    rule = wish(stage, day, [declared, a_passcode()])
    stage.live(fleet, [ipad])
    wished = known(stage, ipad)
    installed = ipad.profiles.get(identifier)
    wish_no_more(stage, rule)
    wish(stage, day, [a_passcode()])
    stage.live(fleet, [ipad])

    (name,) = of_type(wished, LEGACY)
    assert proven(wished)[name] is Standing.IN_FORCE
    assert installed is not None
    assert installed.declaration == name
    assert ipad.profiles.get(identifier) is None
    assert of_type(known(stage, ipad), LEGACY) == []
    assert not ipad.complaints


def test_ipads_with_the_same_wishes_share_one_set(
    stage: Stage, fleet: FleetThread, day: SchoolDay, ipad: SimulatedIpad
) -> None:
    other = fleet.ipads[1]
    fleet.enrol(other, day.link())
    wish(stage, day, [a_passcode()])
    stage.live(fleet, [ipad, other])

    tokens = {known(stage, one).fetched_token for one in (ipad, other)}

    assert len(tokens) == 1
    with stage.database.reading() as tx:
        row = tx.scalars(
            select(DeclarationSnapshot).where(DeclarationSnapshot.token.in_(tokens))
        ).one()
    assert row.empty_because is None


def test_after_a_new_enrolment_everything_is_declared_anew(
    stage: Stage, fleet: FleetThread, day: SchoolDay, ipad: SimulatedIpad
) -> None:
    wish(stage, day, [a_passcode()])
    stage.live(fleet, [ipad])
    first = stage.enrollment(ipad).id

    day.order(RemoteKind.ERASE, [ipad.serial_number])
    fleet.poll(ipad)
    assert fleet.wait_until(lambda: ipad.is_online, PATIENCE_S)
    stage.work()
    fleet.enrol(ipad, day.link())
    stage.live(fleet, [ipad])

    assert stage.enrollment(ipad).id != first
    facts = known(stage, ipad)
    assert set(proven(facts).values()) == {Standing.IN_FORCE}
    assert active_on(ipad)
