"""What the pages show and do: schools, links, held iPads, one device, the journal."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from xml.etree import ElementTree

import pytest
from sqlalchemy import func, select

from enrollment.standing import HoldReason
from mdm.base.clock import FixedClock
from mdm.base.db import Database
from mdm.rooms.audit.models import AuditEntry
from mdm.rooms.audit.service import Actor, Subject, record
from mdm.rooms.commands.models import Command
from mdm.rooms.devices.models import Device, Enrollment
from mdm.rooms.links.models import EnrollmentLink
from mdm.rooms.schools.models import School
from policies.delivery import DeliveryState
from tests.conftest import ENGINES
from tests.factories import commands, devices
from tests.mdm.doors.console.browser import Browser
from tests.mdm.doors.console.conftest import World


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest) -> str:
    """Lists, counts and searches are the engine's business: each in turn."""
    chosen = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    return str(request.getfixturevalue(chosen))


def test_the_first_address_leads_to_the_schools(signed_in: Callable[[str], Browser]) -> None:
    browser = signed_in("manager_a")

    assert browser.get("/").location == "/console/"
    assert browser.get("/console/").location == "/console/schools"


def test_a_school_shows_its_classes_devices_and_links(
    world: World, signed_in: Callable[[str], Browser]
) -> None:
    page = signed_in("manager_a").get(f"/console/schools/{world.school_a}").text

    for shown in ("Beispielschule Nord", "7b", "SIM0000001", "registriert", "0 von 30 benutzt"):
        assert shown in page


def test_a_school_can_be_searched_by_a_part_of_the_serial_number(
    world: World, signed_in: Callable[[str], Browser]
) -> None:
    browser, path = signed_in("manager_a"), f"/console/schools/{world.school_a}"

    assert "iPad SIM0000001" in browser.get(f"{path}?text=sim0000001").text
    assert "Zu dieser Suche passt kein iPad" in browser.get(f"{path}?text=XYZ").text
    assert "Zu dieser Suche passt kein iPad" in browser.get(f"{path}?standing=silent").text


def test_a_long_list_is_divided_into_pages(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    with database.transaction() as tx:
        school = tx.get_one(School, world.school_a)
        for number in range(60):
            devices.a_device(tx, school, f"SIMX{number:06d}")
    browser, path = signed_in("manager_a"), f"/console/schools/{world.school_a}?text=SIMX"

    first, second = browser.get(path).text, browser.get(f"{path}&page=2").text

    assert "Seite 1 von 2" in first
    assert (first.count("row-link"), second.count("row-link")) == (50, 10)


def test_a_link_is_made_for_a_class_and_shown_as_address_and_code(
    world: World, signed_in: Callable[[str], Browser]
) -> None:
    browser = signed_in("helpdesk")

    made = browser.post(
        f"/console/schools/{world.school_a}/links",
        class_group_id=str(world.class_a),
        hours="4",
        uses="28",
    )

    page = browser.get(made.location).text
    picture = browser.get(f"{made.location}/qr.svg")
    assert "Registrierungslink für 7b" in page
    assert "28" in page
    assert "http://127.0.0.1:8000/enroll/" in page
    assert picture.mimetype == "image/svg+xml"
    assert ElementTree.fromstring(picture.data).tag.endswith("svg")


def test_a_link_with_odd_numbers_is_not_made(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    browser, path = signed_in("manager_a"), f"/console/schools/{world.school_a}/links"
    odd = (
        {"class_group_id": "0", "hours": "0", "uses": "30"},
        {"class_group_id": "0", "hours": "100000", "uses": "30"},
        {"class_group_id": "0", "hours": "4", "uses": "-1"},
        {"class_group_id": "0", "hours": "4", "uses": "viele"},
        {"class_group_id": "99999", "hours": "4", "uses": "30"},
        {"class_group_id": "7b", "hours": "4", "uses": "30"},
    )

    answers = [browser.post(path, **fields).status_code for fields in odd]

    assert set(answers) == {400}
    with database.reading() as tx:
        assert tx.scalar(select(func.count()).select_from(EnrollmentLink)) == 1


def test_a_revoked_link_shows_neither_address_nor_code(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    browser, path = signed_in("manager_a"), f"/console/links/{world.link}"

    browser.post(f"{path}/revoke")

    page = browser.get(path).text
    assert "widerrufen" in page
    assert "/enroll/" not in page
    assert browser.get(f"{path}/qr.svg").status_code == 404
    with database.reading() as tx:
        about_links = select(AuditEntry.act).where(AuditEntry.subject_kind == "enrollment_link")
        assert tx.scalars(about_links).all() == ["link.revoke"]


def test_a_link_that_is_over_shows_no_code(
    world: World, signed_in: Callable[[str], Browser], clock: FixedClock, database: Database
) -> None:
    with database.transaction() as tx:
        tx.get_one(EnrollmentLink, world.link).expires_at = clock.instant
    browser = signed_in("manager_a")

    assert "abgelaufen" in browser.get(f"/console/links/{world.link}").text
    assert browser.get(f"/console/links/{world.link}/qr.svg").status_code == 404


def test_arriving_ipads_appear_without_a_reload(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    browser, path = signed_in("manager_a"), f"/console/links/{world.link}/arrivals.json"
    before = browser.get(path).json["parts"]
    with database.transaction() as tx:
        ipad = devices.an_ipad(tx, tx.get_one(School, world.school_a), "SIM0000002")
        ipad.link_id = world.link

    after = browser.get(path).json["parts"]

    assert "SIM0000002" not in before["arrivals"]
    assert "SIM0000002" in after["arrivals"]
    assert set(after) == {"arrivals", "uses"}


def test_the_name_of_another_schools_ipad_is_not_told_by_a_link_it_used(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    with database.transaction() as tx:
        theirs = tx.get_one(School, world.school_b)
        device = devices.a_device(tx, theirs, "SIM0000003", name="iPad von einem Kind")
        devices.an_enrollment(
            tx,
            device,
            held_reason=HoldReason.KNOWN_DEVICE_FOREIGN_CERTIFICATE,
            link_id=world.link,
        )

    page = signed_in("manager_a").get(f"/console/links/{world.link}").text
    held = signed_in("manager_a").get("/console/held").text

    assert "SIM0000003" in page
    assert "iPad von einem Kind" not in page
    assert "SIM0000003" not in held
    assert "SIM0000003" in signed_in("manager_b").get("/console/held").text


def test_a_held_ipad_says_who_it_claims_to_be_and_why_it_waits(
    world: World, signed_in: Callable[[str], Browser]
) -> None:
    page = signed_in("manager_a").get("/console/held").text

    assert "SIM0000099" in page
    assert "steht nicht auf der Liste dieser Schule" in page
    assert "Dieses iPad annehmen" in page


def test_an_accepted_ipad_joins_the_school_of_its_link(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    browser = signed_in("manager_a")

    answer = browser.post(f"/console/held/{world.held}/accept")

    assert answer.location == "/console/held"
    assert "Niemand wartet" in browser.get("/console/held").text
    with database.reading() as tx:
        row = tx.get_one(Enrollment, world.held)
        assert row.held_reason is None
        assert tx.get_one(Device, row.device_id).school_id == world.school_a


def test_accepting_twice_is_answered_like_an_unknown_one(
    world: World, signed_in: Callable[[str], Browser]
) -> None:
    browser = signed_in("manager_a")
    browser.post(f"/console/held/{world.held}/accept")

    assert browser.post(f"/console/held/{world.held}/accept").status_code == 404


def test_a_reader_sees_who_waits_but_no_button(
    world: World, signed_in: Callable[[str], Browser]
) -> None:
    page = signed_in("reader").get("/console/held").text

    assert "SIM0000099" in page
    assert "Dieses iPad annehmen" not in page


def test_what_an_ipad_tells_by_itself_in_part_reads_like_no_fault(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    with database.transaction() as tx:
        ipad = tx.get_one(Enrollment, world.enrollment)
        devices.a_report(tx, ipad, "status").is_complete = False

    page = signed_in("manager_a").get(f"/console/devices/{world.device}").text

    assert "Teilbericht" in page
    assert "unvollständig" not in page


def test_a_list_that_breaks_off_is_called_incomplete(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    with database.transaction() as tx:
        ipad = tx.get_one(Enrollment, world.enrollment)
        devices.a_report(tx, ipad, "profile_list").is_complete = False

    page = signed_in("manager_a").get(f"/console/devices/{world.device}").text

    assert "unvollständig" in page


def test_a_device_page_shows_what_was_reported_and_when(
    world: World, signed_in: Callable[[str], Browser], database: Database, now: datetime
) -> None:
    with database.transaction() as tx:
        ipad = tx.get_one(Enrollment, world.enrollment)
        seen = now - timedelta(minutes=12)
        devices.a_reported_item(tx, ipad, "profile", "example.wifi", {"name": "WLAN"}, seen)
        devices.a_reported_item(tx, ipad, "app", "example.app", {"name": "Mathe"}, seen)

    page = signed_in("manager_a").get(f"/console/devices/{world.device}").text

    for shown in ("SIM0000001", "WLAN", "Mathe", "vor 12 Minuten", "Gerätedaten", "26.1"):
        assert shown in page


def test_every_state_of_a_command_is_shown_by_its_word(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    with database.transaction() as tx:
        ipad = tx.get_one(Enrollment, world.enrollment)
        for state in DeliveryState:
            commands.a_command(tx, ipad, state=state)

    page = signed_in("manager_a").get(f"/console/devices/{world.device}").text

    assert page.count("word-good") == 1
    for shown in ("eingereiht", "gerufen", "wartet auf Entsperren", "nachgewiesen", "unbestätigt"):
        assert shown in page


def test_a_command_that_is_proven_turns_green_without_a_reload(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    browser, path = signed_in("manager_a"), f"/console/devices/{world.device}/live.json"
    before = browser.get(path).json["parts"]["commands"]
    with database.transaction() as tx:
        tx.scalars(select(Command)).one().state = DeliveryState.PROVEN

    after = browser.get(path).json["parts"]["commands"]

    assert "word-good" not in before
    assert "word-good" in after


def test_a_silent_device_is_shown_as_silent(
    world: World, signed_in: Callable[[str], Browser], clock: FixedClock, now: datetime
) -> None:
    clock.instant = now + timedelta(days=8)
    since = clock.instant.isoformat()
    browser = signed_in("manager_a").become(world.people["manager_a"], since)

    page = browser.get(f"/console/schools/{world.school_a}?standing=silent").text

    assert "SIM0000001" in page


def test_the_journal_names_people_by_name(
    world: World, signed_in: Callable[[str], Browser]
) -> None:
    signed_in("manager_a").post(f"/console/links/{world.link}/revoke")

    page = signed_in("administrator").get("/console/journal").text

    assert "manager_a" in page
    assert "hat einen Registrierungslink widerrufen" in page


def test_the_journal_is_narrowed_to_a_school_or_a_thing(
    world: World, signed_in: Callable[[str], Browser]
) -> None:
    signed_in("manager_a").post(f"/console/links/{world.link}/revoke")
    signed_in("manager_a").post(f"/console/devices/{world.device}/expect-return")
    browser = signed_in("administrator")

    pages = {
        query: browser.get(f"/console/journal?{query}").text
        for query in (
            f"school={world.school_a}",
            f"school={world.school_b}",
            f"kind=device&id={world.device}",
        )
    }

    revoked = ["hat einen Registrierungslink widerrufen" in page for page in pages.values()]
    returns = ["eine neue Registrierung erlaubt" in page for page in pages.values()]
    assert revoked == [True, False, False]
    assert returns == [True, False, True]
    assert browser.get("/console/journal?kind=nonsense").status_code == 400


def test_older_entries_of_the_journal_are_reached_page_by_page(
    world: World, signed_in: Callable[[str], Browser], database: Database, now: datetime
) -> None:
    with database.transaction() as tx:
        for number in range(120):
            record(tx, Actor.job("test"), f"act {number:03}", Subject.of("device", 1), now)
    browser = signed_in("administrator")
    seen, path = [], "/console/journal?kind=device"

    while path:
        page = browser.get(path).text
        seen += re.findall(r"act \d{3}", page)
        found = re.search(r'rel="next" href="([^"]+)"', page)
        path = found[1].replace("&amp;", "&") if found else ""

    assert seen == [f"act {number:03}" for number in reversed(range(120))]
