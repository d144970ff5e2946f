"""A grade gets what it needs: a list, a plan in two rings, the iPads' own proof, and undo."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select

from mdm.base.db import Database, Tx
from mdm.rooms.access.models import Role
from mdm.rooms.access.service import Viewer
from mdm.rooms.assignments import service as assignments
from mdm.rooms.assignments.models import Assignment
from mdm.rooms.blueprints import service as blueprints
from mdm.rooms.blueprints import versions
from mdm.rooms.blueprints.models import Profile, ProfileVersion
from mdm.rooms.blueprints.service import Saved
from mdm.rooms.changes import queries
from mdm.rooms.changes import service as changes
from mdm.rooms.changes.arranging import arrange
from mdm.rooms.changes.models import ChangePlan, ChangeState
from mdm.rooms.changes.queries import RingRow
from mdm.rooms.changes.replacing import draft_profile
from mdm.rooms.changes.service import Approved, Wanted
from mdm.rooms.changes.stored import preview_of
from mdm.rooms.devices.decisions import expect
from mdm.rooms.rosters import reading
from mdm.rooms.rosters import service as rosters
from mdm.rooms.schools.models import School
from mdm.rooms.schools.service import add_school
from mdm.simulator.faults import Failure
from mdm.simulator.fleet_thread import FleetPlan, FleetThread
from mdm.simulator.http import Route
from mdm.simulator.installed_apps import MANAGED
from mdm.simulator.ipad import SimulatedIpad
from mdm.simulator.rules_in_force import passcode_rule
from mdm.simulator.store import CATALOGUE
from policies.blueprint import AppSetting, DeclarationSetting, ProfileSetting
from policies.effects import ChangeKind
from policies.operations import (
    ApplyRosterImport,
    AssignmentSpec,
    BeginAssignment,
    EndAssignment,
    Target,
)
from policies.rings import Gate, RingKind, RingSpec
from policies.scope import Scope, ScopeKind
from profiles.declarations.configurations.managed_app import TYPE as MANAGED_APP
from profiles.declarations.configurations.passcode import TYPE as PASSCODE
from profiles.payloads.restrictions import Restrictions
from profiles.payloads.wifi import Personal, WifiNetwork
from tests.journeys.house import PUBLIC_URL
from tests.journeys.school_day import CLERK, SchoolDay
from tests.journeys.stage import Stage, a_stage
from tests.simulator_keys import SIMULATOR_KEYS

MANAGER = Viewer(0, "manager_a", "manager_a", Role.ADMINISTRATOR, None)
CLASSES = ("9a", "9a", "9b", "9b", "9b", "8c")
OS_VERSIONS = ("16.7.12", "26.1", "17.7.10", "18.6", "27.0", "18.6")
NETWORK = "WLAN"
APP = CATALOGUE[3]
NO_APP = Failure("MCMDMErrorDomain", 12041, times=None)
NO_PROFILE = Failure("MCInstallationErrorDomain", 4001, times=None)
WAIT = timedelta(minutes=10)
RINGS = (
    RingSpec(RingKind.CHOSEN, (Scope(ScopeKind.CLASS, "12/9a"),)),
    RingSpec(RingKind.ALL),
)
GATE = Gate(max_failed_share=0.1, wait=WAIT)
# More than any of these plans needs, at two minutes each.
ROUNDS = 40


@dataclass(frozen=True)
class Grade:
    """A school whose list is in and whose iPads have come to rest.

    profiles: identifiers of what the blueprint gives.
    """

    stage: Stage
    fleet: FleetThread
    school_id: int
    version_id: int
    profiles: frozenset[str]

    @property
    def first(self) -> list[SimulatedIpad]:
        return self.of("9a")

    @property
    def second(self) -> list[SimulatedIpad]:
        return self.of("9b")

    @property
    def others(self) -> list[SimulatedIpad]:
        return self.of("8c")

    def of(self, class_name: str) -> list[SimulatedIpad]:
        pairs = zip(self.fleet.ipads, CLASSES, strict=True)
        return [ipad for ipad, name in pairs if name == class_name]

    def has(self, ipad: SimulatedIpad) -> set[str]:
        """What is on an iPad of all that the blueprint gives, by the iPad's own word."""
        found = {name for name in self.profiles if ipad.profiles.get(name) is not None}
        app = ipad.apps.get(APP.bundle_id)
        if app is not None and app.state == MANAGED:
            found.add(APP.bundle_id)
        if passcode_rule(ipad).length == 6:
            found.add(PASSCODE)
        return found

    @property
    def everything(self) -> set[str]:
        return {*self.profiles, APP.bundle_id, PASSCODE}

    def live_until(self, condition: Callable[[], bool]) -> None:
        """Let jobs work and all iPads connect in turn, until something is so."""
        for _ in range(ROUNDS):
            if condition():
                return
            one_round(self.stage, self.fleet)
        assert condition()

    def state(self, plan_id: int) -> ChangeState:
        with self.stage.database.reading() as tx:
            return tx.get_one(ChangePlan, plan_id).state

    def rings(self, plan_id: int) -> list[RingRow]:
        with self.stage.database.reading() as tx:
            return queries.rings(tx, tx.get_one(ChangePlan, plan_id))

    def give(self) -> int:
        """Give the blueprint to grade 9, first to 9a; returns the number of the plan."""
        spec = AssignmentSpec(
            Target(self.school_id, grade="9"), blueprint_version_id=self.version_id
        )
        wanted = Wanted("Jahrgang 9", (BeginAssignment(spec),), "", RINGS, GATE)
        with self.stage.database.transaction() as tx:
            return decide(tx, self.stage, wanted)

    def another_password(self) -> int:
        """Draft another password of the school's network and let it come like the blueprint."""
        tools, now = self.stage.tools, self.stage.clock.now()
        with self.stage.database.transaction() as tx:
            school = tx.get_one(School, self.school_id)
            saved = a_school_network(tx, self.stage, school, "Tafel-Kreide")
            plan = draft_profile(tx, tools.vault, MANAGER, saved, "Neues Passwort", now)
            assert plan is not None
            arrange(tx, MANAGER, plan.id, RINGS, GATE, now)
            return approve(tx, self.stage, plan)

    def networks(self, ipads: Sequence[SimulatedIpad]) -> list[int]:
        """Which version of the school's network each iPad has, by its own word."""
        with self.stage.database.reading() as tx:
            rows = tx.execute(
                select(Profile.identifier, ProfileVersion.uuid, ProfileVersion.version).where(
                    Profile.id == ProfileVersion.profile_id, Profile.name == NETWORK
                )
            ).all()
        versions = {row.uuid: row.version for row in rows}
        found = [ipad.profiles.get(rows[0].identifier) for ipad in ipads]
        return [versions[one.profile.uuid] for one in found if one is not None]

    def take_back(self, plan_id: int) -> int:
        """Undo a plan; returns the number of the one that does it."""
        tools, now = self.stage.tools, self.stage.clock.now()
        with self.stage.database.transaction() as tx:
            undoing = changes.undo(tx, tools.vault, MANAGER, plan_id, now)
            return approve(tx, self.stage, undoing)

    def touched(self, plan_id: int) -> set[str]:
        """The serial numbers that the preview of a plan names."""
        with self.stage.database.reading() as tx:
            numbers = preview_of(tx.get_one(ChangePlan, plan_id)).devices
            rows = queries.devices(tx, MANAGER, tx.get_one(ChangePlan, plan_id), numbers)
            return {row.serial or "" for row in rows}


@pytest.fixture
def stage(database: Database) -> Iterator[Stage]:
    """A house on each engine in turn."""
    with a_stage(database) as stage:
        yield stage


@pytest.fixture
def fleet(stage: Stage) -> Iterator[FleetThread]:
    """Six iPads of five systems, which connect only when a test says so."""
    plan = FleetPlan(
        len(CLASSES),
        SIMULATOR_KEYS,
        (Route(PUBLIC_URL, stage.address),),
        first_number=31_000,
        os_versions=OS_VERSIONS,
        clock=stage.clock,
        tick_s=0.01,
    )
    with FleetThread(plan) as fleet:
        yield fleet


@pytest.fixture
def grade(stage: Stage, fleet: FleetThread) -> Grade:
    now = stage.clock.now()
    serials = [ipad.serial_number for ipad in fleet.ipads]
    with stage.database.transaction() as tx:
        school = add_school(tx, "12", "Beispielschule Nord", CLERK, now)
        expect(tx, serials, school.id, None, CLERK, now)
        school_id = school.id
    failures = fleet.enrol_all(SchoolDay(stage.tools, school_id).link())
    assert failures == {}
    with stage.database.transaction() as tx:
        school = tx.get_one(School, school_id)
        bring_in(tx, stage, school, dict(zip(serials, CLASSES, strict=True)))
        network = a_school_network(tx, stage, school, "Schwamm-Kreide")
        assignments.assign(tx, school, None, network.profile, CLERK, now)
        version_id, profiles = a_blueprint(tx, stage, school)
    for _ in range(4):
        one_round(stage, fleet)
    return Grade(stage, fleet, school_id, version_id, profiles)


def one_round(stage: Stage, fleet: FleetThread) -> None:
    stage.work()
    stage.later(timedelta(minutes=2))
    fleet.poll_all()
    stage.flush()


def bring_in(tx: Tx, stage: Stage, school: School, classes: Mapping[str, str]) -> None:
    """Import the school's list by a change plan, as a school's program exports it."""
    lines = ["Interne ID;Nachname;Vorname;Klasse;Jahrgang;Seriennummer"]
    for number, (serial, name) in enumerate(classes.items()):
        lines.append(f"D-{number};Muster-{number};Kind-{number};{name};{name[0]};{serial}")
    upload = reading.Upload("schueler.csv", "\r\n".join(lines).encode("utf-8-sig"))
    read = reading.read(upload, school, None, None, reading.limits_of(stage.tools.settings))
    assert read.file is not None, read.findings
    row = rosters.draft(tx, stage.tools.vault, MANAGER, read.file, stage.clock.now())
    decide(tx, stage, Wanted("Schülerliste", (ApplyRosterImport(row.id),)))


def a_school_network(tx: Tx, stage: Stage, school: School, password: str) -> Saved:
    """Save what everybody has: an iPad lets no network go before it has proven another."""
    network, now = WifiNetwork("Beispiel-Schulnetz", Personal(password)), stage.clock.now()
    return blueprints.save_wifi(tx, stage.tools.vault, school, NETWORK, network, CLERK, now)


def a_blueprint(tx: Tx, stage: Stage, school: School) -> tuple[int, frozenset[str]]:
    """WLAN, restrictions, an app and a passcode; returns the version and profile identifiers."""
    vault, now = stage.tools.vault, stage.clock.now()
    network = WifiNetwork("Beispiel-Jahrgang-9", Personal("Kreide-Tafel-Schwamm"))
    limits = Restrictions({"allowAirDrop": False})
    wifi = blueprints.save_wifi(tx, vault, school, "WLAN 9", network, CLERK, now).profile
    rules = blueprints.save_restrictions(tx, vault, school, "Regeln 9", limits, CLERK, now).profile
    blueprints.save_app(tx, APP.bundle_id, APP.store_id, APP.name, CLERK, now)
    settings = (
        ProfileSetting(wifi.id),
        ProfileSetting(rules.id),
        AppSetting(APP.bundle_id, APP.store_id),
        DeclarationSetting(PASSCODE, {"RequirePasscode": True, "MinimumLength": 6}),
    )
    saved = versions.save_blueprint(tx, school, "Jahrgang 9", settings, CLERK, now)
    return saved.version.id, frozenset({wifi.identifier, rules.identifier})


def decide(tx: Tx, stage: Stage, wanted: Wanted) -> int:
    plan = changes.draft(tx, stage.tools.vault, MANAGER, wanted, stage.clock.now())
    return approve(tx, stage, plan)


def approve(tx: Tx, stage: Stage, plan: ChangePlan) -> int:
    """Approve exactly what was previewed."""
    tools, now = stage.tools, stage.clock.now()
    done = changes.approve(tx, tools.vault, MANAGER, plan.id, plan.fingerprint, now)
    assert done == Approved(plan.id)
    return plan.id


def serials(ipads: Sequence[SimulatedIpad]) -> set[str]:
    return {ipad.serial_number for ipad in ipads}


def test_a_grade_gets_a_blueprint_ring_by_ring_and_gives_it_back(grade: Grade) -> None:
    ninth = [*grade.first, *grade.second]

    plan = grade.give()
    assert grade.touched(plan) == serials(ninth)
    grade.stage.later(2 * WAIT)
    grade.stage.work()
    assert grade.rings(plan)[1].released_at is None

    def second_is_released() -> bool:
        is_released = grade.rings(plan)[1].released_at is not None
        if not is_released:
            assert not any(grade.has(ipad) for ipad in grade.second)
        return is_released

    grade.live_until(second_is_released)
    assert all(grade.has(ipad) == grade.everything for ipad in grade.first)
    assert grade.rings(plan)[0].proven == 2

    grade.live_until(lambda: grade.state(plan) is ChangeState.DONE)
    assert [(ring.proven, ring.failed) for ring in grade.rings(plan)] == [(2, 0), (3, 0)]
    assert all(grade.has(ipad) == grade.everything for ipad in ninth)
    assert not any(grade.has(ipad) for ipad in grade.others)

    undoing = grade.take_back(plan)
    assert grade.touched(undoing) == serials(ninth)
    grade.live_until(lambda: grade.state(undoing) is ChangeState.DONE)
    assert [(ring.proven, ring.failed) for ring in grade.rings(undoing)] == [(2, 0), (3, 0)]
    assert grade.state(plan) is ChangeState.UNDONE
    # Removing an app deletes what pupils made with it: it stays until somebody decides so.
    assert [grade.has(ipad) for ipad in ninth] == [{APP.bundle_id}] * 5
    assert not any(ipad.complaints for ipad in grade.fleet.ipads)


def test_an_app_that_fails_in_the_first_ring_never_reaches_the_second(grade: Grade) -> None:
    for ipad in grade.first:
        # By command on iPadOS 16, by declaration on iPadOS 26.
        ipad.faults.failures["InstallApplication"] = NO_APP
        ipad.faults.invalid_declarations[MANAGED_APP] = "Error.ConfigurationCannotBeApplied"

    plan = grade.give()
    grade.live_until(lambda: grade.state(plan) is not ChangeState.ROLLING_OUT)

    assert grade.state(plan) is ChangeState.STOPPED
    for _ in range(3):
        one_round(grade.stage, grade.fleet)
    first, second = grade.rings(plan)
    assert first.failed
    assert second.released_at is None
    assert not any(APP.bundle_id in grade.has(ipad) for ipad in grade.first)
    assert not any(grade.has(ipad) for ipad in (*grade.second, *grade.others))
    assert not any(ipad.complaints for ipad in grade.fleet.ipads)


def test_another_password_comes_ring_by_ring_and_goes_back(grade: Grade) -> None:
    everybody = grade.fleet.ipads
    others = [*grade.second, *grade.others]
    assert grade.networks(everybody) == [1] * 6

    plan = grade.another_password()
    assert grade.touched(plan) == serials(everybody)
    grade.live_until(lambda: grade.networks(grade.first) == [2, 2])
    assert grade.networks(others) == [1] * 4

    grade.live_until(lambda: grade.state(plan) is ChangeState.DONE)
    assert [(ring.proven, ring.failed) for ring in grade.rings(plan)] == [(2, 0), (4, 0)]
    assert grade.networks(everybody) == [2] * 6

    undoing = grade.take_back(plan)
    grade.live_until(lambda: grade.state(undoing) is ChangeState.DONE)
    assert grade.networks(everybody) == [1] * 6
    assert not any(ipad.complaints for ipad in everybody)


def test_a_password_that_the_first_ring_refuses_never_reaches_the_second(grade: Grade) -> None:
    for ipad in grade.first:
        ipad.faults.failures["InstallProfile"] = NO_PROFILE

    plan = grade.another_password()
    grade.live_until(lambda: grade.state(plan) is not ChangeState.ROLLING_OUT)

    assert grade.state(plan) is ChangeState.STOPPED
    for _ in range(3):
        one_round(grade.stage, grade.fleet)
    assert grade.networks(grade.fleet.ipads) == [1] * 6
    assert grade.rings(plan)[1].released_at is None


def test_the_last_network_stays_and_the_change_is_through(grade: Grade) -> None:
    with grade.stage.database.transaction() as tx:
        rule = tx.scalars(select(Assignment.id)).one()
        plan = decide(tx, grade.stage, Wanted("Ohne WLAN", (EndAssignment(rule),), "", RINGS, GATE))
        (group,) = preview_of(tx.get_one(ChangePlan, plan)).groups
        assert [change.kind for change in group.effect.changes] == [ChangeKind.STAYS]

    grade.live_until(lambda: grade.state(plan) is ChangeState.DONE)

    assert grade.networks(grade.fleet.ipads) == [1] * 6
