"""The demonstration's school year: its list can be read, and only the grade is touched."""

from types import SimpleNamespace
from typing import cast

import pytest
from sqlalchemy import select

from mdm.base.bell import NoBell
from mdm.base.clock import FixedClock
from mdm.base.db import Database
from mdm.base.errors import Conflict
from mdm.base.settings import Settings
from mdm.base.tools import Tools
from mdm.base.vault import Vault
from mdm.cli.demo import grade_evidence
from mdm.cli.demo.evidence import Cast
from mdm.cli.demo.pupils import corrected, first_list
from mdm.cli.demo.scene import set_scene
from mdm.cli.demo.school_year import SchoolYear
from mdm.cli.demo.stage import Stage
from mdm.rooms.assignments.models import RolloutDevice
from mdm.rooms.changes.models import ChangePlan, ChangeState
from mdm.rooms.devices.models import Device
from policies.roster.formats.generic import header_of, read_generic
from policies.roster.formats.mapping import guess_mapping
from policies.roster.values import School
from tests.factories.devices import an_enrollment
from tests.factories.times import NOW

SERIALS = [f"SIMF{number:08d}" for number in range(12)]
MINE = SERIALS[6:]


@pytest.fixture
def year(database: Database, vault: Vault) -> SchoolYear:
    tools = Tools(Settings(), database, vault, FixedClock(NOW), NoBell())
    with database.transaction() as tx:
        scene = set_scene(tx, tools, SERIALS)
        for device in tx.scalars(select(Device)):
            device.udid = f"UDID-{device.serial}"
            an_enrollment(tx, device)
    stage = cast(Stage, SimpleNamespace(tools=tools, scene=scene))
    return SchoolYear(stage, scene.last_school)


def test_the_list_is_one_that_the_reader_understands() -> None:
    content = first_list(MINE).as_csv()

    read = read_generic(content, guess_mapping(header_of(content)), School("34"))

    assert read.problems == ()
    assert {place.serial for place in read.roster.placements} == set(MINE)


def test_the_corrected_list_moves_some_and_misses_one() -> None:
    first = first_list(MINE)

    second = corrected(first)

    assert len(second.pupils) == len(first.pupils) - 1
    moved = {s for s in MINE if first.classes[s] != second.classes[s]}
    assert moved == {MINE[1], MINE[4]}


def test_the_list_seats_every_ipad_of_its_school_and_no_other(year: SchoolYear) -> None:
    year.bring_in_list()

    with year.stage.tools.database.reading() as tx:
        assert grade_evidence.seated(tx, year.seats) == set(MINE)
        others = tx.scalars(select(Device.owner_id).where(Device.serial.not_in(MINE)))
        assert set(others) == {None}


def test_the_grade_is_reached_by_a_plan_in_two_rings(year: SchoolYear) -> None:
    year.bring_in_list()

    year.give_to_grade()

    with year.stage.tools.database.reading() as tx:
        rings = dict.fromkeys((0, 1), 0)
        reached = set()
        for ring, serial in tx.execute(
            select(RolloutDevice.ring, Device.serial)
            .join(Device, Device.id == RolloutDevice.device_id)
            .join(ChangePlan, ChangePlan.rollout_id == RolloutDevice.rollout_id)
            .where(ChangePlan.id == year.plan)
        ):
            rings[ring] += 1
            reached.add(serial)
    assert reached == year.grade_serials
    assert rings == {0: 2, 1: 2}


def test_what_the_grade_got_is_taken_back_by_a_plan_of_its_own(year: SchoolYear) -> None:
    year.bring_in_list()
    year.give_to_grade()

    year.take_back()

    with year.stage.tools.database.reading() as tx:
        assert tx.get_one(ChangePlan, year.plan).state is ChangeState.UNDONE
        assert tx.get_one(ChangePlan, year.undoing).undoes_id == year.plan


def test_nothing_is_taken_back_before_it_was_given(year: SchoolYear) -> None:
    with pytest.raises(Conflict):
        year.take_back()


def test_an_ipad_without_a_judgement_obeys_nobody(year: SchoolYear) -> None:
    year.bring_in_list()
    year.give_to_grade()

    with year.stage.tools.database.reading() as tx:
        assert grade_evidence.obeying(tx, Cast(frozenset(SERIALS), NOW), year.plan or 0) == set()
