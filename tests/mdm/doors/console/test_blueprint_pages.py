"""Blueprints in the console: filled in, saved in versions, compared, restored, retired."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from mdm.base.db import Database
from mdm.base.vault import Vault
from mdm.rooms.blueprints.blueprint_queries import find_version, settings_of
from mdm.rooms.blueprints.models import Blueprint, BlueprintVersion
from mdm.rooms.schools.models import School
from policies.blueprint import (
    AppSetting,
    DeclarationSetting,
    DeviceNameSetting,
    OsVersionSetting,
    ProfileSetting,
    Setting,
)
from policies.blueprint_json import write_settings
from policies.wishes import ProfileDelivery
from profiles.declarations.configurations import app_settings, passcode, update_settings
from tests.factories.changes import a_blueprint, approve_newest
from tests.factories.library import a_saved_profile
from tests.factories.times import NOW
from tests.mdm.doors.console.browser import Browser
from tests.mdm.doors.console.conftest import World
from tests.mdm.rooms.wishes import an_app

MATHS = "com.apple.configuration.math.settings"


def _settings(database: Database, blueprint_id: int) -> tuple[Setting, ...]:
    with database.reading() as tx:
        return settings_of(find_version(tx, blueprint_id))


def _edit(browser: Browser, world: World, **fields: str) -> None:
    base = {"name": "Grundausstattung", "based_on": "1", "keep_others": "y"}
    answer = browser.post(f"/console/blueprints/{world.blueprint}/edit", **(base | fields))
    assert answer.status_code == 302, answer.text


def test_every_field_becomes_a_setting(
    world: World, signed_in: Callable[[str], Browser], database: Database, vault: Vault
) -> None:
    with database.transaction() as tx:
        profile = a_saved_profile(tx, vault, NOW).profile.id
        app = an_app(tx).id

    _edit(
        signed_in("manager_a"),
        world,
        code_required="yes",
        code_length="6",
        code_complex="no",
        update_delay="30",
        update_install="AlwaysOn",
        apps_allowed="de.example.rechnen\ncom.apple.Preferences",
        os_version="26.1",
        os_deadline="2026-10-01T18:00",
        device_name="$SCHOOL_NUMBER-$SERIAL",
        **{f"profile_{profile}": "declaration", f"app_{app}": "offered"},
    )

    found = {setting.subject: setting for setting in _settings(database, world.blueprint)}
    code = found[f"{passcode.TYPE}/default"]
    updates, apps = found[f"{update_settings.TYPE}/default"], found[f"{app_settings.TYPE}/default"]
    assert isinstance(code, DeclarationSetting)
    assert isinstance(updates, DeclarationSetting)
    assert isinstance(apps, DeclarationSetting)
    assert code.payload == {
        "RequirePasscode": True,
        "MinimumLength": 6,
        "RequireComplexPasscode": False,
    }
    assert updates.payload["AutomaticActions"] == {"InstallOSUpdates": "AlwaysOn"}
    assert apps.payload["Allowed"] == {
        "AllowedApps": ["de.example.rechnen", "com.apple.Preferences"]
    }
    kinds = {type(setting) for setting in _settings(database, world.blueprint)}
    assert {OsVersionSetting, DeviceNameSetting, AppSetting, ProfileSetting} <= kinds
    assert found[str(profile)] == ProfileSetting(profile, None, ProfileDelivery.DECLARATION)


def test_the_form_shows_what_was_saved_and_saving_it_again_changes_nothing(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    browser, path = signed_in("manager_a"), f"/console/blueprints/{world.blueprint}/edit"
    fields = {
        "code_length": "6",
        "update_delay": "30",
        "apps_denied": "de.example.spiel",
        "os_version": "26.1",
        "os_deadline": "2026-10-01T18:00",
        "device_name": "$SERIAL",
    }
    _edit(browser, world, **fields)

    page = browser.get(path).text
    _edit(browser, world, **(fields | {"based_on": "2"}))

    for value in ("26.1", "2026-10-01T18:00", "30", "de.example.spiel", "$SERIAL"):
        assert value in page
    with database.reading() as tx:
        assert tx.get_one(Blueprint, world.blueprint).current_version == 2


def test_what_the_form_cannot_show_stays_and_goes_only_when_ticked_off(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    other = DeclarationSetting(MATHS, {"Calculator": {"BasicMode": {"AddSquareRoot": True}}})
    with database.transaction() as tx:
        version = find_version(tx, world.blueprint)
        version.items = write_settings((other, DeviceNameSetting("$SERIAL")))
    browser = signed_in("manager_a")

    page = browser.get(f"/console/blueprints/{world.blueprint}/edit").text
    _edit(browser, world, device_name="A-$SERIAL")
    kept = _settings(database, world.blueprint)
    browser.post(
        f"/console/blueprints/{world.blueprint}/edit",
        name="Grundausstattung",
        based_on="2",
        device_name="B-$SERIAL",
    )

    assert "math.settings" in page
    assert other in kept
    assert other not in _settings(database, world.blueprint)


def test_keys_without_a_field_stay_in_their_declaration(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    with database.transaction() as tx:
        version = find_version(tx, world.blueprint)
        before = DeclarationSetting(passcode.TYPE, {"MinimumLength": 4, "PasscodeReuseLimit": 3})
        version.items = write_settings((before,))

    _edit(signed_in("manager_a"), world, code_length="8")

    (after,) = _settings(database, world.blueprint)
    assert isinstance(after, DeclarationSetting)
    assert after.payload == {"MinimumLength": 8, "PasscodeReuseLimit": 3}


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"os_version": "26.1"}, "deadline"),
        ({"os_version": "bald", "os_deadline": "2026-10-01T18:00"}, "version"),
        ({"device_name": "$UNHEARD_OF"}, "template"),
        ({"code_length": "99"}, "von 0 bis 16"),
        ({"device_name": ""}, "settings"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_saved(
    world: World,
    signed_in: Callable[[str], Browser],
    database: Database,
    fields: dict[str, str],
    problem: str,
) -> None:
    answer = signed_in("manager_a").post(
        f"/console/blueprints/{world.blueprint}/edit",
        name="Grundausstattung",
        based_on="1",
        **fields,
    )

    assert answer.status_code == 400
    assert problem in answer.text
    with database.reading() as tx:
        assert tx.scalar(select(func.count()).select_from(BlueprintVersion)) == 1


def test_two_people_who_edit_the_same_version_do_not_overwrite_each_other(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    _edit(signed_in("administrator"), world, device_name="A-$SERIAL")

    late = signed_in("manager_a").post(
        f"/console/blueprints/{world.blueprint}/edit",
        name="Grundausstattung",
        based_on="1",
        device_name="B-$SERIAL",
    )

    assert late.status_code == 400
    assert "inzwischen gespeichert" in late.text
    assert _settings(database, world.blueprint) == (DeviceNameSetting("A-$SERIAL"),)


def test_a_new_blueprint_belongs_to_its_school(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    browser = signed_in("manager_a")

    answer = browser.post(
        f"/console/schools/{world.school_a}/blueprints/new",
        name="Klassenarbeit",
        based_on="0",
        code_length="6",
    )

    assert "Als Version 1 gespeichert. Noch hat sie niemand." in browser.get(answer.location).text
    with database.reading() as tx:
        made = tx.scalars(select(Blueprint).where(Blueprint.name == "Klassenarbeit")).one()
        assert made.school_id == world.school_a


def test_a_new_blueprint_of_a_name_that_is_taken_does_not_change_the_old_one(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    answer = signed_in("manager_a").post(
        f"/console/schools/{world.school_a}/blueprints/new",
        name="Grundausstattung",
        based_on="0",
        code_length="6",
    )

    assert answer.status_code == 400
    assert _settings(database, world.blueprint) == (DeviceNameSetting("$SERIAL"),)


def test_two_versions_are_compared_field_by_field(
    world: World, signed_in: Callable[[str], Browser]
) -> None:
    browser = signed_in("manager_a")
    _edit(browser, world, device_name="A-$SERIAL", code_length="6")

    page = browser.get(f"/console/blueprints/{world.blueprint}/compare").text
    same = browser.get(f"/console/blueprints/{world.blueprint}/compare?before=2&after=2").text

    assert "Version 1 und Version 2" in page
    assert "template: $SERIAL → A-$SERIAL" in page
    assert "Mindestens so viele Zeichen: 6" in page
    assert "Beide Versionen sagen dasselbe." in same


def test_an_old_version_is_restored_in_one_action_as_a_new_one(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    browser = signed_in("manager_a")
    _edit(browser, world, device_name="A-$SERIAL")

    answer = browser.post(f"/console/blueprints/{world.blueprint}/restore", version="1")

    assert "Version 1 wiederhergestellt" in browser.get(answer.location).text
    assert _settings(database, world.blueprint) == (DeviceNameSetting("$SERIAL"),)
    with database.reading() as tx:
        assert tx.get_one(Blueprint, world.blueprint).current_version == 3


@pytest.mark.parametrize(("version", "status"), [("", 400), ("x", 400), ("9", 404)])
def test_a_version_that_does_not_exist_is_not_restored(
    world: World, signed_in: Callable[[str], Browser], version: str, status: int
) -> None:
    browser = signed_in("manager_a")

    answer = browser.post(f"/console/blueprints/{world.blueprint}/restore", version=version)

    assert answer.status_code == status


def test_a_blueprint_nobody_has_is_taken_out_of_use(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    browser = signed_in("manager_a")

    answer = browser.post(f"/console/blueprints/{world.blueprint}/retire")

    assert (
        "ist außer Gebrauch. Ihre Versionen bleiben erhalten." in browser.get(answer.location).text
    )
    with database.reading() as tx:
        assert tx.get_one(Blueprint, world.blueprint).retired_at is not None


def test_the_citys_blueprints_are_seen_by_all_and_changed_by_those_who_see_all(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    with database.transaction() as tx:
        number = a_blueprint(tx, None, "Stadtweit").id

    seen = signed_in("manager_b").get("/console/blueprints").text
    refused = signed_in("manager_b").post(f"/console/blueprints/{number}/edit")
    allowed = signed_in("administrator").get(f"/console/blueprints/{number}/edit")

    assert "Stadtweit" in seen
    assert "Grundausstattung" not in seen
    assert refused.status_code == 403
    assert allowed.status_code == 200


def test_a_blueprint_names_no_profile_of_another_school(
    world: World, signed_in: Callable[[str], Browser], database: Database, vault: Vault
) -> None:
    with database.transaction() as tx:
        theirs = a_saved_profile(tx, vault, NOW).profile
        theirs.school_id = tx.get_one(School, world.school_b).id
        number = theirs.id

    page = signed_in("manager_a").get(f"/console/blueprints/{world.blueprint}/edit").text
    _edit(
        signed_in("manager_a"),
        world,
        device_name="A-$SERIAL",
        **{f"profile_{number}": "command"},
    )

    assert "Stundenplan" not in page
    assert _settings(database, world.blueprint) == (DeviceNameSetting("A-$SERIAL"),)


def test_a_list_that_hides_the_settings_app_is_saved_only_when_it_is_meant_so(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    browser, path = signed_in("manager_a"), f"/console/blueprints/{world.blueprint}/edit"
    exam = {"name": "Grundausstattung", "based_on": "1", "apps_allowed": "de.example.pruefung"}

    asked = browser.post(path, **exam)

    assert asked.status_code == 400
    assert "Die App „Einstellungen“ verschwindet" in asked.text
    assert "Das ist so gemeint" in asked.text
    with database.reading() as tx:
        assert tx.get_one(Blueprint, world.blueprint).current_version == 1
    _edit(browser, world, **exam, hides_settings="y")
    assert "Das ist so gemeint" not in browser.get(path).text


def test_the_plan_and_the_page_of_an_ipad_say_that_the_settings_app_disappears(
    world: World, signed_in: Callable[[str], Browser], database: Database, vault: Vault
) -> None:
    browser = signed_in("manager_a")
    _edit(browser, world, apps_allowed="de.example.pruefung", hides_settings="y")
    path = f"/console/schools/{world.school_a}/assignments/new"
    subject = re.findall(r'value="(blueprint:\d+)"', browser.get(path).text)[0]
    plan = str(browser.post(path, subject=subject, target="whole").location)

    previewed = browser.get(plan).text
    approve_newest(database, vault)
    explained = browser.get(f"/console/devices/{world.device}").text

    for page in (previewed, explained):
        assert "Die App „Einstellungen“ verschwindet" in page
