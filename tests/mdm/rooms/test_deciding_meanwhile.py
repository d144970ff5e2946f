"""A rule is approved while somebody saves what it gives, or for whom: the later one sees it."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest

from mdm.base.db import Database, Tx
from mdm.base.vault import Vault
from mdm.rooms.audit.service import Actor
from mdm.rooms.blueprints import service as library
from mdm.rooms.blueprints import versions
from mdm.rooms.blueprints.service import Saved
from mdm.rooms.changes import service as changes
from mdm.rooms.changes.models import ChangePlan
from mdm.rooms.changes.replacing import change_group_rule, draft_profile
from mdm.rooms.changes.service import Approved, Wanted
from mdm.rooms.groups import service as groups
from mdm.rooms.groups.service import SavedGroup
from mdm.rooms.schools.models import School
from policies.blueprint import ProfileSetting
from policies.groups import NameIs
from policies.operations import AssignmentSpec, BeginAssignment, Target
from profiles.payloads.wifi import Encryption, Personal, WifiNetwork
from tests.mdm.rooms.changing import SmallCity, a_small_city
from tests.mdm.rooms.meanwhile import await_one_that_waits

ACTOR = Actor.system_user("tests")
Saving = Callable[[Tx], object]


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    database = Database(postgres_url)
    yield database
    database.close()


@pytest.fixture
def city(database: Database, vault: Vault) -> SmallCity:
    with database.transaction() as tx:
        return a_small_city(tx)


def while_it_is_approved(
    database: Database,
    vault: Vault,
    city: SmallCity,
    spec: AssignmentSpec,
    saving: Saving,
    now: datetime,
) -> object:
    """Save in a second transaction while the first one approves a rule; what saving led to."""
    with database.transaction() as tx:
        wanted = Wanted("Probe", (BeginAssignment(spec),))
        plan = changes.draft(tx, vault, city.administrator, wanted, now)
        number, fingerprint = plan.id, plan.fingerprint

    def save() -> object:
        with database.transaction() as tx:
            return saving(tx)

    with ThreadPoolExecutor(1) as pool:
        with database.transaction() as tx:
            approved = changes.approve(tx, vault, city.administrator, number, fingerprint, now)
            assert isinstance(approved, Approved)
            other = pool.submit(save)
            await_one_that_waits(tx, other)
        return other.result()


def test_a_group_that_a_rule_is_just_approved_for_gets_another_rule_by_a_plan_only(
    database: Database, vault: Vault, city: SmallCity, now: datetime
) -> None:
    with database.transaction() as tx:
        nobody = NameIs(("none",))
        group = groups.save_group(tx, city.here, "Probe", nobody, ACTOR, now).group
    spec = AssignmentSpec(Target(city.here.id, group_id=group.id), app_id=city.app.id)

    def saving(tx: Tx) -> object:
        rule = NameIs(("iPad SIM0000002",))
        return change_group_rule(tx, vault, city.manager, group.id, rule, "Andere Regel", now)

    outcome = while_it_is_approved(database, vault, city, spec, saving, now)

    assert isinstance(outcome, ChangePlan)


def test_a_group_that_nothing_depends_on_gets_another_rule_at_once(
    database: Database, vault: Vault, city: SmallCity, now: datetime
) -> None:
    with database.transaction() as tx:
        group = groups.save_group(tx, city.here, "Probe", NameIs(("none",)), ACTOR, now).group
        rule = NameIs(("iPad SIM0000002",))

        outcome = change_group_rule(tx, vault, city.manager, group.id, rule, "Andere Regel", now)

    assert isinstance(outcome, SavedGroup)
    assert len(outcome.changed) == 1


def network(tx: Tx, vault: Vault, school: School, passphrase: str, now: datetime) -> Saved:
    access = Personal(passphrase, Encryption.WPA2_OR_WPA3)
    return library.save_wifi(tx, vault, school, "WLAN", WifiNetwork("Schule", access), ACTOR, now)


def test_a_profile_that_a_blueprint_is_just_approved_with_gets_another_version_by_a_plan_only(
    database: Database, vault: Vault, city: SmallCity, now: datetime
) -> None:
    with database.transaction() as tx:
        first = network(tx, vault, city.here, "das erste Wort", now)
        setting = ProfileSetting(first.profile.id)
        version = versions.save_blueprint(tx, city.here, "Netz", [setting], ACTOR, now).version
    spec = AssignmentSpec(city.class_a, blueprint_version_id=version.id)

    def saving(tx: Tx) -> object:
        second = network(tx, vault, city.here, "das zweite Wort", now)
        return draft_profile(tx, vault, city.manager, second, "Neues Passwort", now)

    outcome = while_it_is_approved(database, vault, city, spec, saving, now)

    assert isinstance(outcome, ChangePlan)
