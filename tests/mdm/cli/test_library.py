"""`mdm wifi`, `mdm restrictions`, `mdm app`: saved, drafted, and without secrets in sight."""

import json

import pytest
from sqlalchemy import func, select

from mdm.base.db import Database
from mdm.base.vault import Vault
from mdm.rooms.assignments.models import Assignment
from mdm.rooms.blueprints.models import App, Profile, ProfileVersion
from mdm.rooms.changes.models import ChangePlan
from mdm.rooms.devices.models import Enrollment
from mdm.rooms.schools.service import school_by_number
from tests.factories.changes import approve_newest
from tests.factories.devices import an_ipad
from tests.factories.people import reader
from tests.factories.schools import a_class, a_school
from tests.mdm.cli.conftest import Type

PASSPHRASE = "ein langes Beispiel"
SET_WIFI = ("wifi", "set", "--school", "12", "--ssid", "Schule", "--password-stdin")


@pytest.fixture(autouse=True)
def school(database: Database) -> None:
    with database.transaction() as tx:
        a_class(tx, a_school(tx))


def test_a_network_is_saved_and_drafted_for_the_school(mdm: Type, database: Database) -> None:
    result = mdm(*SET_WIFI, input=PASSPHRASE)

    assert result.exit_code == 0, result.output
    assert PASSPHRASE not in result.output
    assert "WLAN begins for school 12" in result.stdout
    assert "Fingerprint: " in result.stdout
    with database.reading() as tx:
        assert tx.scalars(select(Profile.name)).all() == ["WLAN"]
        assert tx.scalars(select(Assignment)).all() == []


def test_the_same_network_again_has_nothing_to_decide(
    mdm: Type, database: Database, vault: Vault
) -> None:
    mdm(*SET_WIFI, input=PASSPHRASE)
    approve_newest(database, vault)

    again = mdm(*SET_WIFI, input=PASSPHRASE)
    for_programs = mdm(*SET_WIFI, "--json", input=PASSPHRASE)

    assert "already is exactly that" in again.stderr
    assert json.loads(for_programs.stdout) is None
    with database.reading() as tx:
        assert tx.scalar(select(func.count()).select_from(ProfileVersion)) == 1
        assert tx.scalar(select(func.count()).select_from(ChangePlan)) == 1


def test_a_new_passphrase_is_drafted_for_whoever_has_the_network(
    mdm: Type, database: Database, vault: Vault
) -> None:
    with database.transaction() as tx:
        ipad = an_ipad(tx, school_by_number(tx, "12"))
    mdm(*SET_WIFI, input=PASSPHRASE)
    approve_newest(database, vault)
    with database.reading() as tx:
        due = tx.get_one(Enrollment, ipad.id).due_generation

    told = json.loads(mdm(*SET_WIFI, "--json", input="ein anderes Beispiel").stdout)

    assert told["operations"] == ["whoever has WLAN gets version 2 instead of 1"]
    assert told["devices"] == 1
    with database.reading() as tx:
        assert tx.get_one(Enrollment, ipad.id).due_generation == due


def test_a_short_passphrase_is_refused_without_being_repeated(mdm: Type) -> None:
    result = mdm(*SET_WIFI, input="kurz")

    assert result.exit_code == 1
    assert "Password" in result.stderr
    assert "kurz" not in result.output


def test_a_reader_may_not_set_a_network(mdm: Type, database: Database) -> None:
    with database.transaction() as tx:
        reader(tx, school_by_number(tx, "12"))

    result = mdm("--as", "reader", *SET_WIFI, input=PASSPHRASE)

    assert result.exit_code == 1
    assert "not allowed" in result.stderr


def test_restrictions_are_read_by_the_kind_of_each_key(mdm: Type, database: Database) -> None:
    result = mdm(
        "restrictions",
        "set",
        "--school",
        "12",
        "--class",
        "7b",
        "allowCamera=false",
        "blockedAppBundleIDs=de.example.spiel, de.example.chat",
        "enforcedSoftwareUpdateDelay=30",
    )

    assert result.exit_code == 0, result.output
    with database.reading() as tx:
        summary = tx.scalars(select(ProfileVersion)).one().summary
    assert summary["restrictions"] == {
        "allowCamera": False,
        "blockedAppBundleIDs": ["de.example.spiel", "de.example.chat"],
        "enforcedSoftwareUpdateDelay": 30,
    }


@pytest.mark.parametrize(
    "pair", ["allowCamera=vielleicht", "allowCamera", "allowCamara=false", "ratingApps=7x"]
)
def test_a_wrong_restriction_is_refused_with_its_key(mdm: Type, pair: str) -> None:
    result = mdm("restrictions", "set", "--school", "12", pair)

    assert result.exit_code == 1
    assert pair.partition("=")[0] in result.stderr


def test_an_app_is_drafted_for_a_class(mdm: Type, database: Database, vault: Vault) -> None:
    words = ("--bundle-id", "de.example.vokabeln", "--store-id", "900000001", "--name", "Vokabeln")

    result = mdm("app", "assign", "--school", "12", "--class", "7b", *words)

    assert result.exit_code == 0, result.output
    assert "Vokabeln begins for class 7b of school 12" in result.stdout
    approve_newest(database, vault)
    with database.reading() as tx:
        assigned = tx.scalars(select(Assignment)).one()
        assert tx.get_one(App, assigned.app_id).store_id == 900000001
        assert assigned.class_group_id is not None


def test_an_app_comes_into_the_library_and_to_nobody(mdm: Type, database: Database) -> None:
    words = ("app", "add", "--bundle-id", "de.example.vokabeln", "--store-id", "9", "--name", "V")

    result = mdm(*words)

    assert result.exit_code == 0, result.output
    with database.reading() as tx:
        assert tx.scalars(select(App.bundle_id)).all() == ["de.example.vokabeln"]
        assert tx.scalar(select(func.count()).select_from(Assignment)) == 0


def test_who_may_only_look_adds_no_app(mdm: Type, database: Database) -> None:
    with database.transaction() as tx:
        reader(tx, school_by_number(tx, "12"))

    result = mdm(
        "--as", "reader", "app", "add", "--bundle-id", "de.example.vokabeln", "--name", "V"
    )

    assert result.exit_code == 1
    with database.reading() as tx:
        assert tx.scalar(select(func.count()).select_from(App)) == 0


def test_restrictions_that_hide_the_settings_app_say_so(mdm: Type, database: Database) -> None:
    with database.transaction() as tx:
        an_ipad(tx, school_by_number(tx, "12"), "SIM0000001")
    exam = ("restrictions", "set", "--school", "12", "allowListedAppBundleIDs=de.example.pruefung")

    result = mdm(*exam)

    assert "the Settings app disappears" in result.stderr
    assert "note: the Settings app disappears" in result.stdout
