"""Campuses, rooms, trolleys and slots; and where a device belongs."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import select

from mdm.base.db import Database, Tx
from mdm.base.errors import Conflict, InvalidInput, NotFound
from mdm.rooms.audit.models import AuditEntry
from mdm.rooms.audit.service import Actor
from mdm.rooms.devices.models import Device, Enrollment
from mdm.rooms.devices.placing import Placement, place, placement_of
from mdm.rooms.schools import structure
from mdm.rooms.schools.models import Member, School, Slot, Trolley
from mdm.rooms.schools.service import class_group, find_class_group
from policies.roster.values import Role
from tests.factories.devices import a_device, an_ipad
from tests.factories.schools import a_class, a_school

CLERK = Actor.system_user("clerk")


@pytest.fixture
def tx(database: Database) -> Iterator[Tx]:
    with database.transaction() as open_transaction:
        yield open_transaction


def slots(tx: Tx, trolley: Trolley) -> list[Slot]:
    return list(tx.scalars(select(Slot).where(Slot.trolley_id == trolley.id).order_by(Slot.number)))


def a_member(tx: Tx, school: School, now: datetime) -> Member:
    member = Member(
        school_id=school.id,
        source_id="S-1",
        role=Role.PUPIL,
        given_name="Muster-01",
        family_name="Beispiel",
        created_at=now,
    )
    tx.add(member)
    tx.flush()
    return member


def device_of(tx: Tx, ipad: Enrollment) -> Device:
    return tx.get_one(Device, ipad.device_id)


def test_the_city_has_one_name(tx: Tx, now: datetime) -> None:
    structure.name_city(tx, "Beispielstadt", CLERK, now)

    city = structure.name_city(tx, "  Neue   Beispielstadt ", CLERK, now)

    assert city.name == "Neue Beispielstadt"


def test_a_school_moves_to_a_campus(tx: Tx, now: datetime) -> None:
    school = a_school(tx)
    campus = structure.add_campus(tx, "Campus Nord", CLERK, now)

    structure.move_school(tx, school, campus, CLERK, now)

    assert school.campus_id == campus.id


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "Campus\x07"])
def test_a_name_that_nobody_can_read_is_refused(tx: Tx, now: datetime, name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        structure.add_campus(tx, name, CLERK, now)

    assert refused.value.field == "name"


def test_a_trolley_has_numbered_slots(tx: Tx, now: datetime) -> None:
    school = a_school(tx)

    trolley = structure.add_trolley(tx, school, "Koffer 1", 3, CLERK, now)

    assert [slot.number for slot in slots(tx, trolley)] == [1, 2, 3]


def test_a_trolley_grows_and_does_not_shrink(tx: Tx, now: datetime) -> None:
    trolley = structure.add_trolley(tx, a_school(tx), "Koffer 1", 3, CLERK, now)

    structure.extend_trolley(tx, trolley, 5, CLERK, now)

    assert [slot.number for slot in slots(tx, trolley)] == [1, 2, 3, 4, 5]
    with pytest.raises(InvalidInput):
        structure.extend_trolley(tx, trolley, 4, CLERK, now)


@pytest.mark.parametrize("count", [0, -1, 65])
def test_a_trolley_without_slots_or_with_too_many_is_refused(
    tx: Tx, now: datetime, count: int
) -> None:
    with pytest.raises(InvalidInput) as refused:
        structure.add_trolley(tx, a_school(tx), "Koffer 1", count, CLERK, now)

    assert refused.value.field == "slots"


def test_two_trolleys_of_one_school_have_two_names(tx: Tx, now: datetime) -> None:
    school = a_school(tx)
    structure.add_trolley(tx, school, "Koffer 1", 2, CLERK, now)

    with pytest.raises(InvalidInput):
        structure.add_trolley(tx, school, "Koffer 1", 2, CLERK, now)


def test_a_trolley_that_is_not_there_is_not_found(tx: Tx) -> None:
    with pytest.raises(NotFound):
        structure.find_trolley(tx, a_school(tx).id, "Koffer 9")


def test_a_device_is_put_into_a_slot_and_gets_a_new_plan(tx: Tx, now: datetime) -> None:
    school = a_school(tx)
    ipad = an_ipad(tx, school)
    device = device_of(tx, ipad)
    trolley = structure.add_trolley(tx, school, "Koffer 1", 2, CLERK, now)
    wanted = Placement(school.id, slot_id=slots(tx, trolley)[0].id)

    assert place(tx, device, wanted, CLERK, now)

    tx.refresh(ipad)
    assert placement_of(device) == wanted
    assert ipad.due_generation > ipad.done_generation
    tx.flush()
    assert tx.scalars(select(AuditEntry.act).order_by(AuditEntry.id.desc())).first() == (
        "device.place"
    )


def test_putting_a_device_where_it_is_changes_nothing(tx: Tx, now: datetime) -> None:
    school = a_school(tx)
    ipad = an_ipad(tx, school)
    device = device_of(tx, ipad)

    assert not place(tx, device, placement_of(device), CLERK, now)

    tx.refresh(ipad)
    assert ipad.due_generation == ipad.done_generation


def test_a_slot_holds_one_device(tx: Tx, now: datetime) -> None:
    school = a_school(tx)
    trolley = structure.add_trolley(tx, school, "Koffer 1", 2, CLERK, now)
    slot = slots(tx, trolley)[0].id
    place(tx, a_device(tx, school, "SIM0000001"), Placement(school.id, slot_id=slot), CLERK, now)
    second = a_device(tx, school, "SIM0000002")

    with pytest.raises(Conflict):
        place(tx, second, Placement(school.id, slot_id=slot), CLERK, now)


@pytest.mark.parametrize("kind", ["class", "slot", "owner"])
def test_a_place_of_another_school_is_refused(tx: Tx, now: datetime, kind: str) -> None:
    here, there = a_school(tx, "12"), a_school(tx, "13")
    device = a_device(tx, here)
    trolley = structure.add_trolley(tx, there, "Koffer 1", 1, CLERK, now)
    elsewhere = {
        "class": Placement(here.id, class_group_id=a_class(tx, there).id),
        "slot": Placement(here.id, slot_id=slots(tx, trolley)[0].id),
        "owner": Placement(here.id, owner_id=a_member(tx, there, now).id),
    }

    with pytest.raises(InvalidInput) as refused:
        place(tx, device, elsewhere[kind], CLERK, now)

    assert refused.value.field == kind


@pytest.mark.parametrize(
    ("name", "grade"), [("07B", "7"), ("10a", "10"), ("EF", "EF"), ("X", None)]
)
def test_a_class_that_people_name_has_the_grade_a_roster_gives_it(
    tx: Tx, now: datetime, name: str, grade: str | None
) -> None:
    school = a_school(tx)

    group = class_group(tx, school, name, CLERK, now)

    assert group.grade == grade
    assert find_class_group(tx, school.id, name) is group


def test_a_class_that_is_over_is_not_found_and_goes_on_when_it_is_named_again(
    tx: Tx, now: datetime
) -> None:
    school = a_school(tx)
    group = class_group(tx, school, "7b", CLERK, now)
    group.ended_at = now
    tx.flush()

    assert find_class_group(tx, school.id, "7b") is None
    assert class_group(tx, school, "7b", CLERK, now) is group
    assert group.ended_at is None
