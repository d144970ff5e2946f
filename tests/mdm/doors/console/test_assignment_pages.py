"""Assignments in the console: what holds at a school; beginning and ending only draft."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from mdm.base.db import Database
from mdm.base.vault import Vault
from mdm.rooms.assignments import service as assignments
from mdm.rooms.assignments.models import Assignment
from mdm.rooms.audit.service import Actor
from mdm.rooms.blueprints.blueprint_queries import find_version
from mdm.rooms.changes.models import ChangePlan
from policies.operations import AssignmentSpec, Target
from tests.factories.library import a_saved_profile
from tests.factories.times import NOW
from tests.mdm.doors.console.browser import Browser
from tests.mdm.doors.console.conftest import World


def _rule(database: Database, world: World, target: Target) -> int:
    with database.transaction() as tx:
        version = find_version(tx, world.blueprint)
        spec = AssignmentSpec(target, blueprint_version_id=version.id, reason="Schuljahr")
        return assignments.begin(tx, spec, Actor.job("test"), NOW).id


def _new(world: World) -> str:
    return f"/console/schools/{world.school_a}/assignments/new"


def _subject(browser: Browser, world: World, kind: str = "blueprint") -> str:
    return re.findall(rf'value="({kind}:\d+)"', browser.get(_new(world)).text)[0]


def test_what_holds_is_listed_with_its_scope_and_who_decided_it(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    _rule(database, world, Target(world.school_a, class_group_id=world.class_a))

    page = signed_in("reader").get(f"/console/schools/{world.school_a}/assignments").text

    assert "Grundausstattung" in page
    assert "Klasse 7b (Schule 12)" in page
    assert "Schuljahr" in page
    assert "Beenden" not in page.replace("Beenden zeigt zuerst", "")


def test_ending_a_rule_drafts_what_each_ipad_loses(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    rule = _rule(database, world, Target(world.school_a))
    browser = signed_in("manager_a")

    answer = browser.post(f"/console/assignments/{rule}/end")

    page = browser.get(answer.location).text
    assert "Grundausstattung (Version 1) endet für: Schule 12." in page
    assert "muss den Namen $SERIAL nicht mehr haben" in page
    with database.reading() as tx:
        assert tx.get_one(Assignment, rule).ended_at is None


@pytest.mark.parametrize(
    ("login", "status"), [("reader", 403), ("manager_b", 404), ("outsider", 404)]
)
def test_a_rule_is_ended_by_those_only_whose_school_it_is(
    world: World,
    signed_in: Callable[[str], Browser],
    database: Database,
    login: str,
    status: int,
) -> None:
    rule = _rule(database, world, Target(world.school_a))

    assert signed_in(login).post(f"/console/assignments/{rule}/end").status_code == status


def test_a_rule_of_the_city_is_seen_at_a_school_and_ended_by_those_who_see_all(
    world: World, signed_in: Callable[[str], Browser], database: Database, vault: Vault
) -> None:
    with database.transaction() as tx:
        profile = a_saved_profile(tx, vault, NOW).profile.id
        spec = AssignmentSpec(Target(), profile_id=profile)
        rule = assignments.begin(tx, spec, Actor.job("test"), NOW).id
    manager, administrator = signed_in("manager_a"), signed_in("administrator")

    page = manager.get(f"/console/schools/{world.school_a}/assignments").text

    assert "Stundenplan" in page
    assert f"/assignments/{rule}/end" not in page
    assert manager.post(f"/console/assignments/{rule}/end").status_code == 403
    assert administrator.post(f"/console/assignments/{rule}/end").status_code == 302


def test_a_window_is_typed_on_the_clock_of_the_city(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    browser = signed_in("manager_a")

    browser.post(
        _new(world),
        subject=_subject(browser, world),
        target="whole",
        starts_at="2026-10-01T08:00",
        ends_at="2026-10-02T08:00",
    )

    with database.reading() as tx:
        plan = tx.scalars(select(ChangePlan).order_by(ChangePlan.id.desc())).first()
        assert plan is not None
        spec = plan.operations[0]["spec"]
    starts = datetime.fromisoformat(spec["starts_at"]).astimezone(UTC)
    assert starts == datetime(2026, 10, 1, 6, 0, tzinfo=UTC)


TARGETS = ("grade:7", "class:1", "group:1", "serial")


@pytest.mark.parametrize("target", TARGETS)
def test_every_part_of_a_school_can_be_meant(
    world: World, signed_in: Callable[[str], Browser], target: str
) -> None:
    browser = signed_in("manager_a")

    answer = browser.post(
        _new(world), subject=_subject(browser, world), target=target, serial="sim0000001"
    )

    assert answer.status_code == 302


@pytest.mark.parametrize(
    ("odd", "problem"),
    [
        ({"target": "serial", "serial": "SIM9999999"}, "gibt es nicht"),
        ({"target": "serial", "serial": ""}, "gibt es nicht"),
        ({"ends_at": "2020-01-01T08:00"}, "ist schon vorbei"),
        (
            {"starts_at": "2027-01-02T08:00", "ends_at": "2027-01-01T08:00"},
            "liegt nicht nach dem Beginn",
        ),
        ({"target": "class:999999"}, ""),
        ({"subject": "profile:999999"}, ""),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_field(
    world: World,
    signed_in: Callable[[str], Browser],
    database: Database,
    odd: dict[str, str],
    problem: str,
) -> None:
    browser = signed_in("manager_a")
    fields = {"subject": _subject(browser, world), "target": "whole"}

    answer = browser.post(_new(world), **(fields | odd))

    assert answer.status_code == 400
    assert problem in answer.text
    assert "ends_at:" not in answer.text
    with database.reading() as tx:
        assert tx.scalar(select(func.count()).select_from(ChangePlan)) == 1


def test_the_city_is_assigned_by_those_who_see_all(
    world: World, signed_in: Callable[[str], Browser], database: Database, vault: Vault
) -> None:
    with database.transaction() as tx:
        profile = a_saved_profile(tx, vault, NOW).profile.id
    browser = signed_in("administrator")

    answer = browser.post("/console/assignments/new", subject=f"profile:{profile}", target="whole")

    page = browser.get(answer.location).text
    assert "Stundenplan gilt für: die ganze Stadt." in page
    # Whose iPads would change sees it; deciding about it is for those who see all.
    manager = signed_in("manager_a")
    assert manager.get(answer.location).status_code == 200
    assert manager.post(f"{answer.location}/approve", fingerprint="x").status_code == 403
