"""Signing in and out: what a cookie is worth, and for how long."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from mdm.base.clock import FixedClock
from mdm.base.db import Database
from mdm.doors.console.sign_in import safe_target
from mdm.rooms.access import service as access
from mdm.rooms.access.models import Person
from mdm.rooms.access.service import Credentials
from mdm.rooms.audit.models import AuditEntry
from mdm.rooms.audit.service import Actor
from mdm.rooms.schools.service import add_school
from tests.factories.people import PASSWORD
from tests.mdm.doors.console.browser import Browser
from tests.mdm.doors.console.conftest import SINCE_THEN, World


def test_the_right_password_leads_to_the_schools(nobody: Browser, world: World) -> None:
    answer = nobody.sign_in("manager_a", PASSWORD)

    assert (answer.status_code, answer.location) == (302, "/console/schools")
    assert "Beispielschule Nord" in nobody.get("/console/schools").text


def test_a_sign_in_is_journalled(nobody: Browser, world: World, database: Database) -> None:
    nobody.sign_in("manager_a", PASSWORD)

    with database.reading() as tx:
        acts = tx.scalars(select(AuditEntry.act).where(SINCE_THEN)).all()
    assert acts == ["person.sign_in"]


def test_others_can_write_while_a_password_is_checked(
    nobody: Browser,
    world: World,
    database: Database,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def write_meanwhile(_: Credentials, __: str) -> bool:
        with database.transaction() as tx:
            add_school(tx, "77", "Beispielschule West", Actor.system_user("mdm"), now)
        return True

    monkeypatch.setattr(Credentials, "fit", write_meanwhile)

    assert nobody.sign_in("manager_a", PASSWORD).status_code == 302


def test_a_wrong_password_and_an_unknown_login_read_the_same(nobody: Browser, world: World) -> None:
    wrong = nobody.sign_in("manager_a", "nicht das Passwort")
    unknown = nobody.sign_in("manager_x", "nicht das Passwort")

    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert "passen nicht zusammen" in wrong.text
    assert _without_token(wrong.text).replace("manager_a", "manager_x") == _without_token(
        unknown.text
    )


def test_the_login_is_read_without_regard_to_case(nobody: Browser, world: World) -> None:
    assert nobody.sign_in(" Manager_A ", PASSWORD).status_code == 302


def test_the_way_back_leads_to_the_page_that_was_wanted(nobody: Browser, world: World) -> None:
    sent_away = nobody.get(f"/console/schools/{world.school_a}?text=7b")

    answer = nobody.sign_in("manager_a", PASSWORD, sent_away.location)

    assert answer.location == f"/console/schools/{world.school_a}?text=7b"


FOREIGN_TARGETS = (
    "https://evil.example/",
    "//evil.example/console/",
    "/\\evil.example",
    "/console/\\evil.example",
    "javascript:alert(1)",
    "/console\n/x",
    "/console/x\r\nSet-Cookie: a=b",
    "/elsewhere",
    "console/schools",
    "",
)


def test_a_foreign_target_after_sign_in_is_not_followed(app: Flask) -> None:
    with app.test_request_context("/console/"):
        followed = {safe_target(target) for target in FOREIGN_TARGETS}

    assert followed == {"/console/schools"}


def test_the_cookie_before_sign_in_is_worth_nothing_after_it(
    nobody: Browser, app: Flask, world: World
) -> None:
    token, before = nobody.token(), nobody.cookie()

    nobody.sign_in("manager_a", PASSWORD)

    assert nobody.cookie() != before
    fixed = Browser(app)
    fixed.client.set_cookie("klassensatz", before)
    assert fixed.get("/console/schools").status_code == 302
    stale = nobody.client.post("/console/language", data={"language": "en", "csrf_token": token})
    assert stale.status_code == 403


def test_a_copied_cookie_is_worth_nothing_after_sign_out(
    nobody: Browser, app: Flask, world: World
) -> None:
    nobody.sign_in("manager_a", PASSWORD)
    copy = Browser(app)
    copy.client.set_cookie("klassensatz", nobody.cookie())
    assert copy.get("/console/schools").status_code == 200

    nobody.post("/console/sign-out")

    assert copy.get("/console/schools").status_code == 302


def test_a_new_password_ends_every_older_sign_in(
    signed_in: Callable[[str], Browser], world: World, database: Database, now: datetime
) -> None:
    browser = signed_in("manager_a")
    assert browser.get("/console/schools").status_code == 200

    with database.transaction() as tx:
        person = tx.get_one(Person, world.people["manager_a"])
        access.set_password(tx, person, "ein anderes Passwort", Actor.system_user("mdm"), now)

    assert browser.get("/console/schools").status_code == 302


def test_a_closed_account_is_signed_out(
    signed_in: Callable[[str], Browser], world: World, database: Database
) -> None:
    browser = signed_in("manager_a")

    with database.transaction() as tx:
        tx.get_one(Person, world.people["manager_a"]).is_active = False

    assert browser.get("/console/schools").status_code == 302


def test_a_sign_in_is_over_after_the_hours_set(
    signed_in: Callable[[str], Browser], clock: FixedClock
) -> None:
    browser = signed_in("manager_a")

    clock.instant += timedelta(hours=9, minutes=59)
    assert browser.get("/console/schools").status_code == 200

    clock.instant += timedelta(minutes=1)
    assert browser.get("/console/schools").status_code == 302


def test_a_cookie_without_a_proper_instant_is_not_believed(app: Flask, world: World) -> None:
    for since in ("", "yesterday", "2026-09-14T07:45:00"):
        browser = Browser(app).become(world.people["manager_a"], since)
        assert browser.get("/console/schools").status_code == 302, since


def test_a_forged_cookie_is_not_believed(nobody: Browser, world: World) -> None:
    nobody.client.set_cookie("klassensatz", "eyJwZXJzb24iOjF9.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb")

    assert nobody.get("/console/schools").status_code == 302


def test_guessing_a_password_is_slowed_down(nobody: Browser, world: World) -> None:
    answers = [nobody.sign_in("manager_a", f"geraten {n}").status_code for n in range(5)]

    answer = nobody.sign_in("manager_a", PASSWORD)

    assert answers == [401] * 5
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "Zu viele Versuche" in answer.text


def test_one_guesser_does_not_lock_the_others_out(nobody: Browser, world: World) -> None:
    for n in range(6):
        nobody.sign_in("manager_b", f"geraten {n}")

    assert nobody.sign_in("manager_a", PASSWORD).status_code == 302


def test_successful_sign_ins_are_not_counted(nobody: Browser, world: World) -> None:
    answers = [nobody.sign_in("manager_a", PASSWORD).status_code for _ in range(7)]

    assert answers == [302] * 7


def test_many_addresses_guessing_one_login_meet_a_limit(nobody: Browser, world: World) -> None:
    token = nobody.token()
    fields = {"login": "manager_a", "password": "", "csrf_token": token}

    answers = [
        nobody.client.post(
            "/console/sign-in", data=fields, environ_base={"REMOTE_ADDR": f"192.0.2.{n}"}
        ).status_code
        for n in range(42)
    ]

    assert set(answers[:40]) == {401}
    assert answers[40:] == [429, 429]


def _without_token(page: str) -> str:
    return re.sub(r'name="csrf_token" value="[^"]+"', "", page)
