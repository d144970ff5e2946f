"""Smart groups in the console: tried first, and drafted when something depends on them."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from mdm.base.db import Database
from mdm.doors.console.group_form import Row, rows_of, rule_of
from mdm.rooms.assignments import service as assignments
from mdm.rooms.audit.service import Actor
from mdm.rooms.blueprints.blueprint_queries import find_version
from mdm.rooms.changes.models import ChangePlan
from mdm.rooms.groups.models import SmartGroup
from mdm.rooms.schools.models import School
from policies.group_json import write_rule
from policies.operations import AssignmentSpec, Target
from tests.factories import devices
from tests.factories.changes import a_group
from tests.factories.times import NOW
from tests.mdm.doors.console.browser import Browser
from tests.mdm.doors.console.conftest import World


def _rows(*rows: tuple[str, str, str]) -> dict[str, str]:
    return {
        name: value
        for place, row in enumerate(rows)
        for name, value in zip(
            (f"field_{place}", f"operator_{place}", f"value_{place}"), row, strict=True
        )
    }


def _rule(database: Database, group_id: int) -> dict[str, Any]:
    with database.reading() as tx:
        return tx.get_one(SmartGroup, group_id).rule


def _assigned(database: Database, world: World) -> None:
    with database.transaction() as tx:
        version = find_version(tx, world.blueprint)
        spec = AssignmentSpec(
            Target(world.school_a, group_id=world.group), blueprint_version_id=version.id
        )
        assignments.begin(tx, spec, Actor.job("test"), NOW)


def test_a_preview_names_the_ipads_and_the_lines_each_meets_and_saves_nothing(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    with database.transaction() as tx:
        school = tx.get_one(School, world.school_a)
        devices.an_ipad(tx, school, "SIM0000077", os_version="16.1")
    rows = _rows(("os_version", "below", "17.0"), ("grade", "is", "7"))

    answer = signed_in("manager_a").post(
        f"/console/schools/{world.school_a}/groups/new",
        name="Zu alt",
        combine="any",
        step="look",
        **rows,
    )

    assert answer.status_code == 200
    assert "2 iPads passen" in answer.text
    assert "✓ Version von iPadOS ist kleiner als 17.0" in answer.text
    assert "✓ Jahrgang ist 7" in answer.text
    with database.reading() as tx:
        assert [row.name for row in tx.scalars(select(SmartGroup))] == ["Stufe 7"]


def test_a_new_group_is_saved_and_counts_its_ipads(
    world: World, signed_in: Callable[[str], Browser]
) -> None:
    browser = signed_in("manager_a")

    answer = browser.post(
        f"/console/schools/{world.school_a}/groups/new",
        name="Siebte",
        combine="all",
        step="save",
        **_rows(("grade", "is", "7, 8")),
    )

    page, listed = browser.get(answer.location).text, browser.get("/console/groups").text
    assert "1 iPad passt" in page
    assert "Jahrgang ist 7, 8" in page
    assert "Siebte" in listed


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (("grade", "is", ""), "row 1: ist leer"),
        (("os_version", "below", "neu"), "row 1: ist keine Version"),
        (("os_version", "is", "17.0"), "row 1"),
        (("grade", "below", "7"), "row 1"),
        (("free_storage_gb", "below", "viel"), "row 1"),
        (("unheard_of", "is", "x"), "row 1"),
        (("group", "is", "999999"), "999999"),
    ],
)
def test_a_wrong_line_is_named_by_its_number(
    world: World,
    signed_in: Callable[[str], Browser],
    database: Database,
    row: tuple[str, str, str],
    problem: str,
) -> None:
    answer = signed_in("manager_a").post(
        f"/console/schools/{world.school_a}/groups/new",
        name="Falsch",
        combine="all",
        step="save",
        **_rows(row),
    )

    assert answer.status_code == 400
    assert problem in answer.text
    with database.reading() as tx:
        assert len(tx.scalars(select(SmartGroup)).all()) == 1


def test_a_group_without_any_line_is_refused(
    world: World, signed_in: Callable[[str], Browser]
) -> None:
    answer = signed_in("manager_a").post(
        f"/console/schools/{world.school_a}/groups/new", name="Leer", combine="all", step="save"
    )

    assert answer.status_code == 400
    assert "ist leer" in answer.text


def test_groups_that_name_each_other_in_a_circle_are_refused(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    with database.transaction() as tx:
        other = a_group(tx, tx.get_one(School, world.school_a), "Andere")
        other.rule = {"group": world.group}

    answer = signed_in("manager_a").post(
        f"/console/groups/{world.group}/edit",
        name="Stufe 7",
        combine="all",
        step="look",
        **_rows(("group", "is", str(other.id))),
    )

    assert answer.status_code == 400
    assert "→" in answer.text
    assert _rule(database, world.group) == {"grade": ["7"]}


def test_another_rule_for_a_group_nothing_depends_on_is_saved_at_once(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    signed_in("manager_a").post(
        f"/console/groups/{world.group}/edit",
        name="Stufe 7",
        combine="all",
        step="save",
        **_rows(("grade", "is_not", "7")),
    )

    assert _rule(database, world.group) == {"all": [{"not": {"grade": ["7"]}}]}


def test_another_rule_for_a_group_that_decides_is_only_drafted(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    _assigned(database, world)
    browser = signed_in("manager_a")

    answer = browser.post(
        f"/console/groups/{world.group}/edit",
        name="Stufe 7",
        combine="all",
        step="save",
        **_rows(("enrolled", "is", "")),
    )

    page = browser.get(answer.location).text
    assert "Die Gruppe „Stufe 7“ bekommt eine andere Regel." in page
    assert "Es gilt dann für alle sofort." in page
    assert _rule(database, world.group) == {"grade": ["7"]}
    with database.reading() as tx:
        assert len(tx.scalars(select(ChangePlan)).all()) == 2


def test_a_group_that_decides_is_not_taken_out_of_use(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    _assigned(database, world)
    browser = signed_in("manager_a")

    answer = browser.post(f"/console/groups/{world.group}/retire")

    assert "Davon hängt noch etwas ab." in browser.get(answer.location).text
    with database.reading() as tx:
        assert tx.get_one(SmartGroup, world.group).retired_at is None


def test_a_nested_rule_is_shown_and_the_form_says_that_it_cannot(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    with database.transaction() as tx:
        group = tx.get_one(SmartGroup, world.group)
        group.rule = {"all": [{"any": [{"grade": ["7"]}, {"grade": ["8"]}]}]}
    browser = signed_in("manager_a")

    page = browser.get(f"/console/groups/{world.group}").text
    form = browser.get(f"/console/groups/{world.group}/edit").text

    assert "any" in page
    assert "ist verschachtelt" in form


LINES = (
    Row("grade", "is", "7, 8"),
    Row("school", "is_not", "12"),
    Row("os_version", "below", "17.0"),
    Row("free_storage_gb", "at_least", "8"),
    Row("silent_days", "at_least", "7"),
    Row("silent_days", "below", "7"),
    Row("has_app", "is", "de.example.app"),
    Row("has_app", "is_not", "de.example.app"),
    Row("supervised", "is_not", ""),
    Row("model", "is", "iPad13,*"),
)


@pytest.mark.parametrize("line", LINES, ids=lambda line: f"{line.field}-{line.operator}")
def test_a_line_is_read_as_it_was_written(line: Row) -> None:
    values = line.value if line.field != "model" else "iPad13"
    typed = Row(line.field, line.operator, values)

    rule = write_rule(rule_of("any", [typed]))

    assert rows_of(rule) == ("any", [typed])
