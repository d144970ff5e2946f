"""The page of a plan for many iPads: it says as much as before, and grows no further with them."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from mdm.base.db import Database, Tx
from mdm.rooms.changes.models import ChangePlan
from mdm.rooms.changes.stored import compressed, preview_of
from mdm.rooms.schools.models import ClassGroup, School
from policies.change_plan import EffectGroup
from policies.effects import Change, ChangeKind, Effect
from policies.scope import CITY
from policies.value_json import digest
from policies.wishes import Reason, ReasonKey, WantedName
from tests.factories import devices
from tests.factories.times import NOW
from tests.mdm.doors.console.browser import Browser
from tests.mdm.doors.console.conftest import World


def _touch(tx: Tx, world: World, *groups: Sequence[int]) -> None:
    """Let the draft of the world name each of these groups of iPads differently."""
    plan = tx.get_one(ChangePlan, world.plan)
    named = tuple(_named(f"Gruppe {number}", group) for number, group in enumerate(groups, 1))
    preview = replace(preview_of(plan), groups=named)
    plan.compressed_preview, plan.device_count = compressed(preview), preview.device_count


def _named(name: str, numbers: Sequence[int]) -> EffectGroup:
    wish = WantedName(name, Reason(ReasonKey.ASSIGNED, CITY, NOW))
    effect = Effect((Change(ChangeKind.GAINS, None, wish),))
    return EffectGroup(digest(effect), effect, tuple(numbers))


def _ipads(tx: Tx, world: World, count: int) -> list[int]:
    """More iPads of the class that is there, so that nothing else of a page changes with them."""
    school, group = tx.get_one(School, world.school_a), tx.get_one(ClassGroup, world.class_a)
    serials = (f"SIM{count:04}{number:03}" for number in range(count))
    return [devices.an_ipad(tx, school, one, class_group=group).device_id for one in serials]


@pytest.mark.parametrize("page", ["", "/live.json", "/effects/{effect}"])
def test_more_ipads_make_no_part_of_a_plan_longer_or_slower(
    world: World,
    database: Database,
    signed_in: Callable[[str], Browser],
    count_statements: list[str],
    page: str,
) -> None:
    browser, looks = signed_in("administrator"), []
    for number in (60, 400):
        with database.transaction() as tx:
            _touch(tx, world, _ipads(tx, world, number))
            effect = preview_of(tx.get_one(ChangePlan, world.plan)).groups[0].digest
        count_statements.clear()
        answer = browser.get(f"/console/changes/{world.plan}{page.format(effect=effect)}")
        looks.append((answer.status_code, len(count_statements), len(answer.data)))

    few, many = looks
    assert few[:2] == many[:2] == (200, few[1])
    assert many[2] < few[2] + 200


def test_what_happens_to_many_kinds_of_ipads_comes_page_by_page(
    world: World, database: Database, signed_in: Callable[[str], Browser]
) -> None:
    with database.transaction() as tx:
        _touch(tx, world, *([number] for number in _ipads(tx, world, 45)))
    browser = signed_in("administrator")
    path = f"/console/changes/{world.plan}"

    pages = [browser.get(f"{path}?page={number}").text for number in (1, 2, 3)]

    assert [page.count("bekommt den Namen Gruppe") for page in pages] == [20, 20, 5]
    assert "Seite 1 von 3" in pages[0]
    assert f'rel="prev" href="{path}?page=2"' in pages[2]
    assert all("45 iPads werden berührt." in page for page in pages)


def test_behind_the_last_page_nobody_reads_that_no_ipad_is_touched(
    world: World, signed_in: Callable[[str], Browser]
) -> None:
    page = signed_in("administrator").get(f"/console/changes/{world.plan}?page=9").text

    assert "1 iPad wird berührt." in page
    assert "Kein iPad bekommt oder verliert" not in page


def test_the_list_of_plans_reads_no_preview(
    world: World, signed_in: Callable[[str], Browser], count_statements: list[str]
) -> None:
    browser = signed_in("administrator")
    count_statements.clear()

    browser.get("/console/changes")

    assert not any("compressed_preview" in statement for statement in count_statements)
