"""One blueprint on iPads of every generation from 16 to 27: each obeys it in the way it knows."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from typing import TypeVar
from zoneinfo import ZoneInfo

import pytest

from mdm.base.db import Database
from mdm.rooms.assignments import service as assignments
from mdm.rooms.blueprints import service as blueprints
from mdm.rooms.blueprints import versions
from mdm.rooms.declarations import queries
from mdm.rooms.schools.models import School
from mdm.simulator.declarative.inspection import active_on
from mdm.simulator.fleet_thread import FleetPlan, FleetThread
from mdm.simulator.hardware import Habits
from mdm.simulator.http import Route
from mdm.simulator.installed_apps import MANAGED
from mdm.simulator.installed_profiles import RESTRICTIONS
from mdm.simulator.ipad import SimulatedIpad
from mdm.simulator.rules_in_force import deferral_days, may_open, passcode_rule
from mdm.simulator.store import CATALOGUE
from policies.blueprint import AppSetting, DeclarationSetting, OsVersionSetting, ProfileSetting
from policies.operations import AssignmentSpec, Target
from policies.wishes import ProfileDelivery
from profiles.declarations.configurations import app_settings, passcode, update_settings
from profiles.declarations.declaration import manifest_item
from profiles.declarations.declaration_state import Standing, standing
from tests.factories.library import a_saved_profile
from tests.journeys.house import PUBLIC_URL
from tests.journeys.school_day import CLERK
from tests.journeys.stage import Stage, a_day, a_stage
from tests.simulator_keys import SIMULATOR_KEYS

OS_VERSIONS = ("16.7.12", "17.7.10", "18.6", "26.1", "27.0")
NEWEST = "27.1"
APP = CATALOGUE[3]
GAME = "com.example.game"
DAYS = timedelta(days=3)
PATIENCE_S = 60.0

T = TypeVar("T")


@pytest.fixture
def stage(database: Database) -> Iterator[Stage]:
    """A house on each engine in turn."""
    with a_stage(database) as stage:
        yield stage


@pytest.fixture
def fleet(stage: Stage) -> Iterator[FleetThread]:
    """An iPad of each generation, which has everything that one blueprint can say."""
    plan = FleetPlan(
        len(OS_VERSIONS),
        SIMULATOR_KEYS,
        (Route(PUBLIC_URL, stage.address),),
        first_number=32_000,
        os_versions=OS_VERSIONS,
        clock=stage.clock,
        habits=Habits(boot_ticks=1),
        tick_s=0.01,
    )
    with FleetThread(plan) as fleet:
        day = a_day(stage, fleet.ipads)
        wish(stage, day.school_id)
        assert fleet.enrol_all(day.link()) == {}
        stage.live(fleet, fleet.ipads)
        yield fleet


def wish(stage: Stage, school_id: int) -> None:
    now = stage.clock.now()
    deadline = (now + DAYS).astimezone(ZoneInfo("Europe/Berlin")).replace(tzinfo=None)
    with stage.database.transaction() as tx:
        school = tx.get_one(School, school_id)
        saved = a_saved_profile(tx, stage.tools.vault, now, "Plan $SERIAL")
        blueprints.save_app(tx, APP.bundle_id, APP.store_id, APP.name, CLERK, now)
        settings = (
            ProfileSetting(saved.profile.id, delivery=ProfileDelivery.DECLARATION),
            AppSetting(APP.bundle_id, APP.store_id),
            DeclarationSetting(passcode.TYPE, {"MinimumLength": 6}),
            DeclarationSetting(update_settings.TYPE, {"Deferrals": {"CombinedPeriodInDays": 40}}),
            DeclarationSetting(app_settings.TYPE, {"Allowed": {"DeniedApps": [GAME]}}),
            OsVersionSetting(NEWEST, deadline.replace(microsecond=0)),
        )
        version = versions.save_blueprint(tx, school, "Grundschutz", settings, CLERK, now).version
        spec = AssignmentSpec(Target(school_id=school.id), blueprint_version_id=version.id)
        assignments.begin(tx, spec, CLERK, now)


def hides(ipad: SimulatedIpad, bundle_id: str) -> bool:
    """Whether an app is hidden, in the old word or in the new one."""
    payloads = ipad.profiles.payloads(RESTRICTIONS)
    blocked = [str(payload.content.get("blockedAppBundleIDs")) for payload in payloads]
    return not may_open(ipad, bundle_id) or any(bundle_id in names for names in blocked)


def stand_ins(ipad: SimulatedIpad) -> tuple[str, ...]:
    """Profiles that say what the iPad takes no declaration of."""
    names = (installed.profile.identifier for installed in ipad.profiles)
    return tuple(name for name in names if ".declared." in name)


def obeys(ipad: SimulatedIpad) -> bool:
    app = ipad.apps.get(APP.bundle_id)
    return (
        passcode_rule(ipad).length == 6
        and deferral_days(ipad) == 40
        and hides(ipad, GAME)
        and app is not None
        and app.state == MANAGED
    )


def failed(stage: Stage, ipad: SimulatedIpad) -> tuple[str, ...]:
    kinds = ("InstallProfile", "RemoveProfile", "InstallApplication", "ScheduleOSUpdate")
    return tuple(kind for kind in kinds if "failed" in stage.states(ipad, kind))


def not_in_force(stage: Stage, ipad: SimulatedIpad) -> set[str]:
    """What the house still waits for, of all that it declares to an iPad."""
    number = stage.enrollment(ipad).id
    with stage.database.reading() as tx:
        facts = queries.declared(tx, [number])[number]
    return {
        name
        for name, one in facts.issued.items()
        if standing(manifest_item(one), facts.states) is not Standing.IN_FORCE
    }


def all_have(ipads: Sequence[SimulatedIpad], version: str) -> bool:
    return all(ipad.hardware.os_version == version for ipad in ipads)


def each(values: Iterable[T]) -> dict[str, T]:
    """By the version with which an iPad began."""
    return dict(zip(OS_VERSIONS, values, strict=True))


def test_every_generation_obeys_one_blueprint_and_comes_to_the_version_in_time(
    stage: Stage, fleet: FleetThread
) -> None:
    everywhere, nothing = dict.fromkeys(OS_VERSIONS, True), dict.fromkeys(OS_VERSIONS, ())

    assert each(map(obeys, fleet.ipads)) == everywhere
    assert each(not not_in_force(stage, ipad) for ipad in fleet.ipads) == everywhere
    assert tuple(ipad.hardware.os_version for ipad in fleet.ipads) == OS_VERSIONS
    assert [version for version, names in each(map(stand_ins, fleet.ipads)).items() if names] == [
        "16.7.12",
        "17.7.10",
        "18.6",
        "26.1",
    ]

    stage.later(DAYS)
    # A command first loads the version, and installs it when it comes again the day after.
    for ipads in (fleet.ipads[1:], fleet.ipads):
        stage.later(timedelta(hours=1))
        stage.live(fleet, fleet.ipads)
        assert fleet.wait_until(partial(all_have, ipads, NEWEST), PATIENCE_S)
        stage.later(timedelta(days=1))
        stage.live(fleet, fleet.ipads)

    assert each(map(obeys, fleet.ipads)) == everywhere
    assert each(not not_in_force(stage, ipad) for ipad in fleet.ipads) == everywhere
    # All know the newest words now, and the way there broke nothing.
    assert each(map(stand_ins, fleet.ipads)) == nothing
    assert len({frozenset(active_on(ipad)) for ipad in fleet.ipads}) == 1
    assert each(failed(stage, ipad) for ipad in fleet.ipads) == nothing
    assert [complaint for ipad in fleet.ipads for complaint in ipad.complaints] == []
    orders = each(stage.commands(ipad, "ScheduleOSUpdate") for ipad in fleet.ipads)
    assert [version for version, rows in orders.items() if rows] == ["16.7.12"]
