"""Wi-Fi and restrictions from the pages: described, confirmed with a number, saved, given out."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from mdm.base.db import Database
from mdm.base.vault import Vault
from mdm.rooms.assignments.models import Assignment
from mdm.rooms.audit.service import Actor
from mdm.rooms.blueprints import service as blueprints
from mdm.rooms.blueprints.contents import open_content
from mdm.rooms.blueprints.models import Profile, ProfileVersion
from mdm.rooms.changes.models import ChangePlan
from mdm.rooms.devices.models import Enrollment
from mdm.rooms.schools.models import School
from profiles.payloads.restrictions import Restrictions
from tests.factories.changes import approve_newest
from tests.factories.times import NOW
from tests.mdm.doors.console.browser import Browser
from tests.mdm.doors.console.conftest import World

SECRET = "ein langes WLAN-Passwort"[:24].replace(" ", "-")
NETWORK = {
    "ssid": "Schule-Nord",
    "way_in": "passphrase",
    "class_group_id": "0",
    "name": "WLAN",
    "server_name": "",
    "authority": "",
    "user_name": "",
}


def _contents(database: Database, vault: Vault) -> list[dict[str, Any]]:
    with database.reading() as tx:
        rows = tx.execute(
            select(Profile.identifier, ProfileVersion)
            .join(ProfileVersion, ProfileVersion.profile_id == Profile.id)
            .order_by(ProfileVersion.id)
        ).all()
        return [
            dict(payload.content)
            for identifier, version in rows
            for payload in open_content(vault, identifier, version).payloads
        ]


def test_whom_a_network_reaches_is_said_before_anything_is_saved(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    answer = signed_in("manager_a").post(
        f"/console/schools/{world.school_a}/wifi", step="look", **NETWORK
    )

    assert answer.status_code == 200
    assert "Dieses Netz an 1 iPad geben?" in answer.text
    assert "Schule-Nord" in answer.text
    with database.reading() as tx:
        assert tx.scalar(select(func.count()).select_from(Profile)) == 0


def test_a_network_is_saved_drafted_and_its_password_never_shown(
    world: World, signed_in: Callable[[str], Browser], database: Database, vault: Vault
) -> None:
    browser, path = signed_in("manager_a"), f"/console/schools/{world.school_a}"
    with database.reading() as tx:
        due = tx.get_one(Enrollment, world.enrollment).due_generation

    answer = browser.post(f"{path}/wifi", step="save", password=SECRET, **NETWORK)

    page, again = browser.get(answer.location).text, browser.get(f"{path}/wifi").text
    assert "Gespeichert. Noch hat es niemand" in page
    assert "WLAN" in page
    assert SECRET not in page + again
    assert _contents(database, vault)[0]["Password"] == SECRET
    with database.reading() as tx:
        plan = tx.scalars(select(ChangePlan).order_by(ChangePlan.id.desc())).first()
        assert plan is not None
        assert (plan.title, plan.device_count) == ("WLAN für: Beispielschule Nord", 1)
        assert tx.scalars(select(Assignment)).all() == []
        assert tx.get_one(Enrollment, world.enrollment).due_generation == due


def test_the_same_network_again_has_nothing_to_decide(
    world: World, signed_in: Callable[[str], Browser], database: Database, vault: Vault
) -> None:
    browser, path = signed_in("manager_a"), f"/console/schools/{world.school_a}/wifi"
    browser.post(path, step="save", password=SECRET, **NETWORK)
    approve_newest(database, vault)
    plans = select(func.count()).select_from(ChangePlan)
    with database.reading() as tx:
        before = tx.scalar(plans)

    answer = browser.post(path, step="save", password=SECRET, **NETWORK)

    assert "Nichts hat sich geändert" in browser.get(answer.location).text
    with database.reading() as tx:
        assert tx.scalar(plans) == before


def test_another_password_is_drafted_for_whoever_has_the_network(
    world: World, signed_in: Callable[[str], Browser], database: Database, vault: Vault
) -> None:
    browser, path = signed_in("manager_a"), f"/console/schools/{world.school_a}/wifi"
    browser.post(path, step="save", password=SECRET, **NETWORK)
    approve_newest(database, vault)

    answer = browser.post(path, step="save", password=f"{SECRET}2", **NETWORK)

    page = browser.get(answer.location).text
    assert "Wer „WLAN“ in Version 1 hat, bekommt Version 2." in page
    with database.reading() as tx:
        assert tx.scalars(select(Profile.current_version)).one() == 1


@pytest.mark.parametrize("password", ["", "kurz", "mit Umläuten drin", "x" * 65])
def test_a_password_that_no_ipad_takes_is_refused_and_not_repeated(
    world: World, signed_in: Callable[[str], Browser], database: Database, password: str
) -> None:
    answer = signed_in("manager_a").post(
        f"/console/schools/{world.school_a}/wifi", step="save", password=password, **NETWORK
    )

    assert answer.status_code == 400
    assert "8 bis 63 Zeichen, ohne Umlaute." in answer.text
    assert not password or password not in answer.text
    with database.reading() as tx:
        assert tx.scalars(select(Profile)).all() == []


ODD_NETWORKS = (
    {"ssid": ""},
    {"ssid": "ü" * 17},
    {"way_in": "open"},
    {"way_in": "certificate"},
    {"way_in": "certificate", "server_name": "*"},
    {"way_in": "certificate", "server_name": "radius.example", "authority": "kein Zertifikat"},
    {"way_in": "account", "server_name": "radius.example"},
    {"class_group_id": "999999"},
    {"name": ""},
)


@pytest.mark.parametrize("odd", ODD_NETWORKS)
def test_an_odd_network_is_refused_at_the_first_step(
    world: World, signed_in: Callable[[str], Browser], odd: dict[str, str]
) -> None:
    answer = signed_in("manager_a").post(
        f"/console/schools/{world.school_a}/wifi", step="look", **(NETWORK | odd)
    )

    assert answer.status_code == 400


def test_a_network_with_certificates_needs_no_password(
    world: World, signed_in: Callable[[str], Browser], database: Database, vault: Vault
) -> None:
    fields = NETWORK | {"way_in": "certificate", "server_name": "radius.example"}
    browser, path = signed_in("manager_a"), f"/console/schools/{world.school_a}/wifi"

    asked = browser.post(path, step="look", **fields)
    browser.post(path, step="save", **fields)

    assert 'type="password"' not in asked.text
    network = _contents(database, vault)[-1]
    assert network["EAPClientConfiguration"]["TLSTrustedServerNames"] == ["radius.example"]


def test_an_account_is_asked_for_its_password(
    world: World, signed_in: Callable[[str], Browser], database: Database, vault: Vault
) -> None:
    fields = NETWORK | {
        "way_in": "account",
        "server_name": "radius.example",
        "user_name": "ipads",
    }
    path = f"/console/schools/{world.school_a}/wifi"

    signed_in("manager_a").post(path, step="save", password="geheim", **fields)

    known = _contents(database, vault)[-1]["EAPClientConfiguration"]
    assert (known["UserName"], known["UserPassword"]) == ("ipads", "geheim")


def test_replacing_a_network_is_announced(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    browser, path = signed_in("manager_a"), f"/console/schools/{world.school_a}/wifi"
    browser.post(path, step="save", password=SECRET, **NETWORK)

    page = browser.post(path, step="look", **NETWORK).text

    assert "Es ersetzt „WLAN“ in Version 1" in page


def test_changing_something_keeps_what_was_typed(
    world: World, signed_in: Callable[[str], Browser]
) -> None:
    answer = signed_in("manager_a").post(
        f"/console/schools/{world.school_a}/wifi", step="change", **NETWORK
    )

    assert 'value="Schule-Nord"' in answer.text


def test_restrictions_are_confirmed_with_their_words_before_they_are_saved(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    path = f"/console/schools/{world.school_a}/restrictions"

    page = signed_in("manager_a").post(path, step="look", chosen=["allowCamera"]).text

    assert "Diese Einschränkungen auf 1 iPad setzen?" in page
    assert "Keine Kamera" in page
    with database.reading() as tx:
        assert tx.scalars(select(Profile)).all() == []


def test_restrictions_are_saved_for_a_class_and_shown_at_the_school(
    world: World, signed_in: Callable[[str], Browser], database: Database, vault: Vault
) -> None:
    browser, path = signed_in("manager_a"), f"/console/schools/{world.school_a}/restrictions"
    chosen = ["allowCamera", "forceAutomaticDateAndTime"]

    answer = browser.post(f"{path}?class={world.class_a}", step="save", chosen=chosen)

    assert "Einschränkungen 7b" in browser.get(answer.location).text
    approve_newest(database, vault)
    assert "Einschränkungen 7b" in browser.get(f"/console/schools/{world.school_a}").text
    assert _contents(database, vault) == [{"allowCamera": False, "forceAutomaticDateAndTime": True}]
    with database.reading() as tx:
        assert tx.scalars(select(Assignment.class_group_id)).all() == [world.class_a]


def test_what_ends_is_said_and_what_was_set_elsewhere_stays(
    world: World, signed_in: Callable[[str], Browser], database: Database, vault: Vault
) -> None:
    browser, path = signed_in("manager_a"), f"/console/schools/{world.school_a}/restrictions"
    browser.post(path, step="save", chosen=["allowCamera"])
    with database.transaction() as tx:
        version = tx.scalars(select(ProfileVersion)).one()
        known = version.summary["restrictions"] | {"allowBookstore": False}
        version.summary = version.summary | {"restrictions": known}

    page = browser.post(path, step="look", chosen=["allowAirDrop"]).text
    browser.post(path, step="save", chosen=["allowAirDrop"])

    assert "Das endet" in page
    assert "1 weitere Einschränkung" in page
    assert _contents(database, vault)[-1] == {"allowAirDrop": False, "allowBookstore": False}


def test_a_restriction_that_is_not_on_the_list_is_refused(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    path = f"/console/schools/{world.school_a}/restrictions"

    answer = signed_in("manager_a").post(path, step="save", chosen=["allowEverything"])

    assert answer.status_code == 400
    with database.reading() as tx:
        assert tx.scalars(select(Profile)).all() == []


def test_a_class_of_another_school_has_no_restrictions_here(
    world: World, signed_in: Callable[[str], Browser]
) -> None:
    path = f"/console/schools/{world.school_b}/restrictions?class={world.class_a}"

    assert signed_in("administrator").get(path).status_code == 404


def test_restrictions_set_elsewhere_that_hide_the_settings_app_are_told_of(
    world: World, signed_in: Callable[[str], Browser], database: Database, vault: Vault
) -> None:
    browser, path = signed_in("manager_a"), f"/console/schools/{world.school_a}/restrictions"
    with database.transaction() as tx:
        school = tx.get_one(School, world.school_a)
        values = Restrictions({"allowListedAppBundleIDs": ("de.example.pruefung",)})
        actor = Actor.job("test")
        blueprints.save_restrictions(tx, vault, school, "Einschränkungen", values, actor, NOW)

    asked = browser.post(path, step="look", chosen="allowCamera").text
    plan = browser.get(browser.post(path, step="save", chosen="allowCamera").location).text

    for page in (asked, plan):
        assert "Die App „Einstellungen“ verschwindet" in page
