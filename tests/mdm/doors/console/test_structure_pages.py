"""The structure of a school on pages: classes, trolleys and rooms, and where an iPad belongs."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from mdm.base.db import Database
from mdm.base.vault import Vault
from mdm.rooms.access.models import Person, Role
from mdm.rooms.access.service import viewer_of
from mdm.rooms.assignments import service as assignments
from mdm.rooms.audit.service import Actor
from mdm.rooms.changes.models import ChangePlan
from mdm.rooms.devices.models import Device, Enrollment
from mdm.rooms.rosters import service as rosters
from mdm.rooms.rosters.service import RosterFile
from mdm.rooms.schools import structure
from mdm.rooms.schools.models import Campus, ClassGroup, Member, Room, School, Slot, Trolley
from policies.operations import AssignmentSpec, Target
from tests.factories.people import a_person
from tests.factories.rosters import a_school as a_roster
from tests.factories.times import NOW
from tests.mdm.doors.console.browser import Browser
from tests.mdm.doors.console.conftest import World
from tests.mdm.rooms.wishes import an_app

SignedIn = Callable[[str], Browser]
SYSTEM = Actor.system_user("tests")
NOWHERE = {"class_name": "", "trolley": "", "slot": "", "owner": ""}


def put(browser: Browser, device: int, **where: str) -> TestResponse:
    """Send the form of a place."""
    return browser.post(f"/console/devices/{device}/place", **(NOWHERE | where))


@pytest.fixture
def full(world: World, database: Database, vault: Vault) -> World:
    """School A with three classes, courses, a trolley with two iPads, and its people."""
    with database.transaction() as tx:
        boss = viewer_of(tx, tx.get_one(Person, world.people["administrator"]))
        file = RosterFile("schule.csv", "generic", b"content", a_roster())
        row = rosters.draft(tx, vault, boss, file, NOW)
        # The list knows nothing of an iPad that is in its class already.
        second = viewer_of(tx, a_person(tx, "administrator_b", Role.ADMINISTRATOR))
        typed = " ".join(rosters.show(tx, vault, second, row.id).verdict.to_type)
        rosters.confirm(tx, vault, second, row.id, typed, NOW)
        rosters.carry_out(tx, vault, row.id, boss.actor, NOW)
    return world


def test_a_page_shows_grades_classes_courses_and_trolleys_with_their_ipads(
    full: World, signed_in: SignedIn
) -> None:
    page = signed_in("manager_a").get(f"/console/schools/{full.school_a}/structure").text

    for shown in ("6a", "7a", "7b", "Mathe 7", "Chor", "Koffer 1", "DMPX0003", "2 von 2 Plätzen"):
        assert shown in page


def test_who_may_only_look_sees_the_structure_without_forms(
    full: World, signed_in: SignedIn
) -> None:
    page = signed_in("reader").get(f"/console/schools/{full.school_a}/structure").text

    assert "Koffer 1" in page
    assert "/trolleys" not in page
    assert "/roster" not in page
    assert "Muster-" not in page


def test_a_trolley_is_added_with_its_room(
    world: World, signed_in: SignedIn, database: Database
) -> None:
    browser = signed_in("manager_a")

    browser.post(
        f"/console/schools/{world.school_a}/trolleys", name="Koffer 9", slots="12", room="R 101"
    )

    page = browser.get(f"/console/schools/{world.school_a}/structure").text
    assert "0 von 12 Plätzen belegt" in page
    with database.reading() as tx:
        trolley = tx.scalars(select(Trolley)).one()
        assert tx.get_one(Room, trolley.room_id).name == "R 101"


@pytest.mark.parametrize("slots", ["0", "65", "many", ""])
def test_a_number_of_slots_that_cannot_be_is_told(
    world: World, signed_in: SignedIn, slots: str
) -> None:
    answer = signed_in("manager_a").post(
        f"/console/schools/{world.school_a}/trolleys", name="Koffer 9", slots=slots
    )

    assert answer.status_code == 400


def test_a_trolleys_name_is_there_once(full: World, signed_in: SignedIn) -> None:
    answer = signed_in("manager_a").post(
        f"/console/schools/{full.school_a}/trolleys", name="Koffer 1", slots="3"
    )

    assert answer.status_code == 400
    assert "Dieser Name ist vergeben" in answer.text


def test_a_room_is_added(world: World, signed_in: SignedIn) -> None:
    browser = signed_in("manager_a")

    browser.post(f"/console/schools/{world.school_a}/rooms", name="Mediothek")

    assert "Mediothek" in browser.get(f"/console/schools/{world.school_a}/structure").text


def test_an_administrator_says_at_which_site_a_school_is(
    world: World, signed_in: SignedIn, database: Database
) -> None:
    browser, path = signed_in("administrator"), f"/console/schools/{world.school_a}/campus"

    browser.post(path, campus_id="0", name="Campus Nord")

    with database.reading() as tx:
        site = tx.scalars(select(Campus)).one()
        assert tx.get_one(School, world.school_a).campus_id == site.id
    browser.post(path, campus_id="0", name="")
    with database.reading() as tx:
        assert tx.get_one(School, world.school_a).campus_id is None


def test_an_ipad_that_gets_nothing_else_by_it_is_put_into_its_slot_at_once(
    full: World, signed_in: SignedIn, database: Database
) -> None:
    browser = signed_in("manager_a")
    browser.post(f"/console/schools/{full.school_a}/trolleys", name="Koffer 9", slots="5")

    answer = put(browser, full.device, trolley="Koffer 9", slot="4")

    assert answer.location.endswith(f"/console/devices/{full.device}")
    assert "Sonst ändert sich für das iPad nichts" in browser.get(answer.location).text
    with database.reading() as tx:
        device = tx.get_one(Device, full.device)
        assert tx.get_one(Slot, device.slot_id).number == 4
        assert device.class_group_id is None


def test_an_ipad_is_shown_what_a_move_brings_before_it_moves(
    full: World, signed_in: SignedIn, database: Database
) -> None:
    browser = signed_in("manager_a")
    with database.transaction() as tx:
        trolley = tx.scalars(select(Trolley).where(Trolley.name == "Koffer 1")).one()
        structure.extend_trolley(tx, trolley, 5, SYSTEM, NOW)
        target = Target(full.school_a, trolley_id=trolley.id)
        assignments.begin(tx, AssignmentSpec(target, app_id=an_app(tx).id), SYSTEM, NOW)
        due = tx.get_one(Enrollment, full.enrollment).due_generation

    answer = put(browser, full.device, trolley="Koffer 1", slot="4")

    page = browser.get(answer.location).text
    assert "/console/changes/" in answer.location
    assert "1 iPad wird berührt" in page
    assert "bisher ohne eigenen Platz; künftig Platz 4 in Koffer 1." in page
    with database.reading() as tx:
        assert tx.get_one(Device, full.device).slot_id is None
        assert tx.get_one(Enrollment, full.enrollment).due_generation == due


def test_an_ipad_that_is_there_already_is_left_alone(
    full: World, signed_in: SignedIn, database: Database
) -> None:
    browser = signed_in("manager_a")

    for _ in range(2):
        put(browser, full.device, class_name="7a")

    moved = ChangePlan.title.endswith(": anderer Ort")
    with database.reading() as tx:
        assert tx.scalar(select(func.count(ChangePlan.id)).where(moved)) == 1


def test_an_ipad_gets_the_class_of_its_owner(
    full: World, signed_in: SignedIn, database: Database
) -> None:
    browser = signed_in("manager_a")
    page = browser.get(f"/console/devices/{full.device}/place").text

    put(browser, full.device, owner="S-0001")

    assert "Muster-01, Kind-01 (6a)" in page
    with database.reading() as tx:
        device = tx.get_one(Device, full.device)
        assert tx.get_one(Member, device.owner_id).source_id == "S-0001"
        assert tx.get_one(ClassGroup, device.class_group_id).name == "6a"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"trolley": "Koffer 1", "slot": "1"}, "steckt ein anderes iPad"),
        ({"trolley": "Koffer 1", "slot": "60"}, "Diesen Platz gibt es nicht"),
        ({"slot": "3"}, "Diesen Platz gibt es nicht"),
        ({"owner": "S-9999"}, "niemanden mit dieser Kennung"),
    ],
)
def test_a_place_that_cannot_be_is_told(
    full: World, signed_in: SignedIn, fields: dict[str, str], said: str
) -> None:
    answer = put(signed_in("manager_a"), full.device, **fields)

    assert answer.status_code == 400
    assert said in answer.text


def test_a_class_of_another_school_is_no_choice(full: World, signed_in: SignedIn) -> None:
    answer = put(signed_in("manager_a"), full.device, class_name="9z", trolley="Koffer 77")

    assert answer.status_code == 400
