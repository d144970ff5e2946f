"""The pages that list things: one page at a time, in a table that says what it lists."""

from collections.abc import Callable

import pytest

from mdm.base.db import Database, Tx
from mdm.doors.console.paging import PAGE_SIZE
from mdm.rooms.devices.models import Device
from mdm.rooms.schools.models import School
from tests.factories.changes import a_blueprint, a_group
from tests.mdm.doors.console.browser import Browser
from tests.mdm.doors.console.conftest import World

Make = Callable[[Tx, School, str], object]
LISTS = {
    "blueprints": "Vorlagen",
    "groups": "Intelligente Gruppen",
    "orders": "Aufträge",
    "changes": "Änderungen",
}


@pytest.mark.parametrize(("path", "caption"), LISTS.items())
def test_every_list_says_what_it_is_and_heads_each_column(
    world: World, signed_in: Callable[[str], Browser], path: str, caption: str
) -> None:
    page = signed_in("administrator").get(f"/console/{path}").text

    assert f'<caption class="visually-hidden">{caption}</caption>' in page
    heading, first_row = page.split("<thead>")[1].split("</tbody>")[0].split("</thead>")
    assert heading.count('<th scope="col"') == first_row.split("</tr>")[0].count("<td")


@pytest.mark.parametrize(("path", "make"), [("blueprints", a_blueprint), ("groups", a_group)])
def test_a_long_list_comes_page_by_page(
    world: World,
    database: Database,
    signed_in: Callable[[str], Browser],
    path: str,
    make: Make,
) -> None:
    with database.transaction() as tx:
        school = tx.get_one(School, world.school_a)
        for number in range(PAGE_SIZE):
            make(tx, school, f"A {number:02}")
    browser = signed_in("manager_a")

    first, second = (browser.get(f"/console/{path}?page={number}").text for number in (1, 2))

    assert (first.count("row-link"), second.count("row-link")) == (PAGE_SIZE, 1)
    assert "Seite 1 von 2" in first
    assert f'rel="next" href="/console/{path}?page=2"' in first


def test_what_an_ipad_calls_itself_stays_text_above_a_list(
    world: World, database: Database, signed_in: Callable[[str], Browser]
) -> None:
    with database.transaction() as tx:
        tx.get_one(Device, world.device).name = "<b>iPad</b>"

    page = signed_in("administrator").get("/console/orders").text

    assert "Löschen: &lt;b&gt;iPad&lt;/b&gt;" in page
    assert "<b>iPad" not in page
