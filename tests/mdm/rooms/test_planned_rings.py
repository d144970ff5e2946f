"""How many iPads each ring of a draft would have: told for a city without looking at each iPad."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import func, select

from mdm.base.db import Database, Tx
from mdm.base.vault import Vault
from mdm.rooms.changes import queries
from mdm.rooms.changes import service as changes
from mdm.rooms.changes.among import among
from mdm.rooms.changes.models import ChangePlan
from mdm.rooms.changes.planned import planned_rings
from mdm.rooms.changes.service import Wanted
from mdm.rooms.devices.models import Device
from mdm.rooms.groups.models import SmartGroupMember
from mdm.rooms.schools.models import Course, CourseMember, Member, Slot, Trolley
from policies.operations import Target
from policies.ring_text import read_rings
from policies.roster.values import Role
from tests.factories.changes import a_group
from tests.factories.devices import an_ipad
from tests.mdm.rooms.changing import SmallCity, a_small_city

# The number of a row that comes first in a fresh database: its course, trolley or group.
RINGS = [
    "all",
    "school 13, all",
    "class 12/9a, grade 12/9, all",
    "training, school 12",
    "trolley 12/1, grade 12/9, all",
    "course 12/1, grade 12/9, all",
    "group 1, all",
    "device SIM0000003, class 12/9b, all",
    "grade 12/10, all",
]


@pytest.fixture
def tx(database: Database, vault: Vault) -> Iterator[Tx]:
    with database.transaction() as open_transaction:
        yield open_transaction


@pytest.fixture
def city(tx: Tx, now: datetime) -> SmallCity:
    """The small city, school 13 for training, and at school 12 four iPads in no class.

    Two belong to pupils of grade 9, one of them in a course; one is in a trolley, one in a group.
    """
    city = a_small_city(tx)
    city.elsewhere.is_training = True
    here = city.here
    of_pupil, of_singer, in_trolley, in_group = (
        tx.get_one(Device, an_ipad(tx, here, f"SIM000001{number}").device_id) for number in range(4)
    )
    for device in (of_pupil, of_singer):
        device.owner_id = _a_pupil(tx, city, f"pupil-{device.id}", now).id
    course = Course(school_id=here.id, name="Chor", created_at=now)
    trolley = Trolley(school_id=here.id, name="Koffer 1", created_at=now)
    tx.add_all([course, trolley])
    tx.flush()
    slot = Slot(trolley_id=trolley.id, number=1)
    tx.add_all([slot, CourseMember(course_id=course.id, member_id=of_singer.owner_id)])
    tx.flush()
    in_trolley.slot_id = slot.id
    group = a_group(tx, None)
    tx.add(SmartGroupMember(group_id=group.id, device_id=in_group.id, since=now))
    tx.flush()
    return city


def _a_pupil(tx: Tx, city: SmallCity, source_id: str, now: datetime) -> Member:
    pupil = Member(
        school_id=city.here.id,
        source_id=source_id,
        role=Role.PUPIL,
        given_name="Kind",
        family_name="Muster",
        grade="9",
        created_at=now,
    )
    tx.add(pupil)
    tx.flush()
    return pupil


def _draft(tx: Tx, vault: Vault, city: SmallCity, rings: str, now: datetime) -> ChangePlan:
    wanted = Wanted("Rechnen", (city.app_for(Target()),), rings=read_rings(rings, None))
    return changes.draft(tx, vault, city.administrator, wanted, now)


@pytest.mark.parametrize("rings", RINGS)
def test_every_ring_is_as_large_as_approving_makes_it(
    tx: Tx, vault: Vault, city: SmallCity, rings: str, now: datetime
) -> None:
    plan = _draft(tx, vault, city, rings, now)

    planned = [ring.devices for ring in planned_rings(tx, plan)]

    changes.approve(tx, vault, city.administrator, plan.id, plan.fingerprint, now)
    assert planned == [ring.devices for ring in queries.rings(tx, plan)]
    assert sum(planned) == 8


def test_more_ipads_of_a_class_take_no_further_look(
    tx: Tx, vault: Vault, city: SmallCity, now: datetime, count_statements: list[str]
) -> None:
    for number in range(300):
        an_ipad(tx, city.here, f"SIM0001{number:03}", class_group=city.nine_a)
    plan = _draft(tx, vault, city, "class 12/9a, all", now)
    planned_rings(tx, plan)
    count_statements.clear()

    planned = planned_rings(tx, plan)

    assert [ring.devices for ring in planned] == [302, 6]
    # Training schools, classes, then what tells their places.
    assert len(count_statements) == 7


def test_any_number_of_ipads_is_asked_for_in_one_statement(
    tx: Tx, city: SmallCity, count_statements: list[str]
) -> None:
    count_statements.clear()

    found = tx.scalar(select(func.count()).where(among(tx, Device.id, range(100_000))))

    assert found == 8
    assert len(count_statements) == 1


def test_nobody_is_among_no_numbers(tx: Tx, city: SmallCity) -> None:
    assert tx.scalars(select(Device.id).where(among(tx, Device.id, []))).all() == []
