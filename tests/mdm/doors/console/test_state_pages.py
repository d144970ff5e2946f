"""How the iPads stand, the iPads behind every number, files, and why one iPad has what it has."""

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from mdm.base.db import Database
from mdm.doors.console import state_words
from mdm.doors.console.words import Tone
from mdm.rooms.assignments.models import Assignment
from mdm.rooms.audit.service import Actor
from mdm.rooms.blueprints.blueprint_queries import find_version
from mdm.rooms.blueprints.models import Blueprint, BlueprintVersion
from mdm.rooms.devices.models import Device, Enrollment
from mdm.rooms.schools.models import School
from policies.compliance import Compliance
from policies.explanation import Waiting, WaitingKind, WishState
from policies.outcome import OutcomeKind, OutcomeReason
from policies.plan import RefusalKind
from profiles.schema.hints import HintKind
from tests.factories.changes import a_blueprint
from tests.factories.devices import a_device, an_ipad
from tests.factories.outcomes import an_outcome
from tests.factories.times import NOW
from tests.mdm.doors.console.browser import Browser
from tests.mdm.doors.console.conftest import World
from tests.mdm.rooms.wishes import an_app, assign

SignedIn = Callable[[str], Browser]
REASON = OutcomeReason("com.example.rechnen", "not_supervised")


@pytest.fixture
def standing(database: Database, world: World) -> World:
    """School A: its iPad as wished but silent, one blocked; school B: one never seen."""
    with database.transaction() as tx:
        school = tx.get_one(School, world.school_a)
        ipad = tx.get_one(Enrollment, world.enrollment)
        ipad.last_seen_at = NOW - timedelta(days=8)
        an_outcome(tx, ipad)
        app = an_app(tx)
        assign(tx, school, app)
        an_outcome(tx, an_ipad(tx, school, "SIM0000007"), OutcomeKind.BLOCKED, REASON)
        a_device(tx, tx.get_one(School, world.school_b), "SIM0000008")
    return world


def test_a_school_shows_its_numbers_by_grade_and_class(
    standing: World, signed_in: SignedIn
) -> None:
    page = signed_in("manager_a").get(f"/console/schools/{standing.school_a}/stand").text

    for shown in ("Stand der Geräte", "Jahrgang 7", "7b", "davon 1 still", "50 %", "Stand vom"):
        assert shown in page
    assert "Rechnen" in page
    assert "nur ein betreutes iPad kann das haben" in page


def test_of_the_main_places_one_is_marked(standing: World, signed_in: SignedIn) -> None:
    browser = signed_in("manager_a")
    paths = (f"/console/schools/{standing.school_a}/stand", f"/console/schools/{standing.school_a}")

    marked = [
        re.findall(r'aria-current="page">(\w+)<', browser.get(path).text)
        for path in (*paths, "/console/stand")
    ]

    assert marked == [["Stand"], ["Schulen"], ["Stand"]]


def test_every_count_says_what_it_counts_where_headings_have_no_room(
    standing: World, signed_in: SignedIn
) -> None:
    page = signed_in("manager_a").get(f"/console/schools/{standing.school_a}/stand").text

    (row,) = re.findall(r"<tr>\s*<th scope=\"row\">\s*Alle zusammen.*?</tr>", page, re.DOTALL)
    cells = re.findall(r"<td class=\"count[^>]*>", row)
    labels = re.findall(r"data-label=\"([^\"]+)\"", row)
    assert labels == [
        "iPads",
        "wie gewünscht",
        "auf dem Weg",
        "im Weg",
        "nicht registriert",
        "nie gesehen",
        "still seit 7 Tagen",
        "still seit 30 Tagen",
        "still seit 60 Tagen",
    ]
    assert len(cells) == len(labels)


def test_an_ipad_in_whose_way_something_is_does_not_read_as_locked(
    standing: World, signed_in: SignedIn
) -> None:
    browser = signed_in("manager_a")

    pages = [
        browser.get(f"/console/schools/{standing.school_a}/{path}").text
        for path in ("stand", "stand/devices?as=blocked")
    ]

    for page in pages:
        assert "etwas ist im Weg" in page
        assert "blockiert" not in page


def test_what_was_not_heard_of_lately_is_not_green(standing: World, signed_in: SignedIn) -> None:
    page = signed_in("manager_a").get(f"/console/schools/{standing.school_a}/stand").text

    assert "share-unheard" in page
    assert "share-good" not in page


def test_only_what_is_proven_is_green() -> None:
    tables = (state_words.STANDS, state_words.WISH)

    green = [kind for table in tables for kind, word in table.items() if word.tone is Tone.GOOD]

    assert green == [Compliance.AS_WISHED, WishState.PROVEN]


def test_every_number_leads_to_its_ipads(standing: World, signed_in: SignedIn) -> None:
    browser = signed_in("manager_a")
    page = browser.get(f"/console/schools/{standing.school_a}/stand").text
    links = set(re.findall(r'href="(/console/[^"]*/stand/devices[^"]*)">(\d+)', page))

    listed = {
        href: browser.get(href.replace("&amp;", "&")).text.count("row-link") for href, _ in links
    }

    assert len(links) >= 6
    assert listed == {href: int(number) for href, number in links}


def test_the_ipads_in_the_way_of_one_reason_are_listed(
    standing: World, signed_in: SignedIn
) -> None:
    path = f"/console/schools/{standing.school_a}/stand/devices"
    browser = signed_in("manager_a")

    page = browser.get(f"{path}?about=com.example.rechnen&why=not_supervised").text

    assert "SIM0000007" in page
    assert "SIM0000001" not in page
    assert "SIM0000007" not in browser.get(f"{path}?about=com.example.rechnen&why=refused").text


def test_the_city_page_has_a_line_for_each_school(standing: World, signed_in: SignedIn) -> None:
    page = signed_in("administrator").get("/console/stand").text

    assert "ganze Stadt" in page
    assert f"/console/schools/{standing.school_a}/stand" in page
    assert f"/console/schools/{standing.school_b}/stand" in page


def test_english_pages_say_the_same(standing: World, signed_in: SignedIn) -> None:
    browser = signed_in("manager_a")
    browser.post("/console/language", language="en")

    page = browser.get(f"/console/schools/{standing.school_a}/stand").text

    assert "State of the iPads" in page
    assert "only a supervised iPad can have it" in page


@pytest.mark.parametrize("login", ["manager_b", "outsider"])
def test_a_person_sees_and_counts_only_his_schools(
    standing: World, signed_in: SignedIn, login: str
) -> None:
    browser, number = signed_in(login), standing.school_a

    texts = [browser.get(path).text for path in ("/console/stand", "/console/stand/devices")]
    texts.append(browser.get("/console/stand/file?format=csv").text)
    foreign = [
        browser.get(f"/console/schools/{number}/stand{rest}").status_code
        for rest in ("", "/devices", "/file?format=csv")
    ]

    for text in texts:
        assert "Beispielschule Nord" not in text
        assert "SIM0000001" not in text
    assert foreign == [404, 404, 404]
    document = json.loads(browser.get("/console/stand/file?format=json").text)
    assert document["shares"][0]["scope"] == "schools_in_sight"
    assert document["shares"][0]["devices"] == (1 if login == "manager_b" else 0)


SEES = {
    "administrator": (200, 200),
    "helpdesk": (200, 404),
    "manager_a": (200, 404),
    "manager_b": (404, 200),
    "outsider": (404, 404),
    "reader": (200, 404),
}


def test_whoever_sees_a_school_sees_how_it_stands(standing: World, signed_in: SignedIn) -> None:
    schools = (standing.school_a, standing.school_b)

    found = {
        login: tuple(
            signed_in(login).get(f"/console/schools/{number}/stand").status_code
            for number in schools
        )
        for login in SEES
    }

    assert found == SEES


def test_a_file_is_a_dated_download(standing: World, signed_in: SignedIn) -> None:
    answer = signed_in("manager_a").get(
        f"/console/schools/{standing.school_a}/stand/file?format=csv"
    )

    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert answer.mimetype == "text/csv"
    assert f"stand-12-{NOW:%Y-%m-%d}.csv" in answer.headers["Content-Disposition"]
    assert [row["scope"] for row in rows] == ["school", "grade", "class"]


ODD = ("as=nonsense", "silent=8", "silent=x", "page=-1", "as=%00")


@pytest.mark.parametrize("query", ODD)
def test_a_number_that_we_do_not_count_is_refused(
    standing: World, signed_in: SignedIn, query: str
) -> None:
    assert signed_in("manager_a").get(f"/console/stand/devices?{query}").status_code == 400


def test_an_unknown_kind_of_file_is_refused(standing: World, signed_in: SignedIn) -> None:
    assert signed_in("manager_a").get("/console/stand/file?format=xls").status_code == 400


def test_the_page_of_an_ipad_says_what_it_should_have_and_why(
    standing: World, signed_in: SignedIn
) -> None:
    page = signed_in("manager_a").get(f"/console/devices/{standing.device}").text

    assert "Was es haben soll, und warum" in page
    assert "Rechnen" in page
    assert "Denn Schule 12 will es seit" in page
    assert "Wartet auf:" in page


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("de", "Kommt mit der Vorlage „Grundausstattung“ (Version 1). Grund: Inventur"),
        ("en", "Comes with the blueprint “Grundausstattung” (version 1). Reason: Inventur"),
    ],
)
def test_the_page_of_an_ipad_says_who_decided_a_rule_of_the_city(
    standing: World, signed_in: SignedIn, database: Database, language: str, sentences: str
) -> None:
    with database.transaction() as tx:
        tx.add(
            Assignment(
                blueprint_version_id=find_version(tx, a_blueprint(tx, None).id).id,
                reason="Inventur",
                created_by=Actor.person(standing.people["administrator"]).name,
                created_at=NOW,
            )
        )
    browser = signed_in("manager_a")
    browser.post("/console/language", language=language)

    page = browser.get(f"/console/devices/{standing.device}").text

    who = "Entschieden: administrator, " if language == "de" else "Decided: administrator, "
    assert who in page
    assert sentences in page


def test_an_ipad_that_never_enrolled_is_not_explained(
    standing: World, signed_in: SignedIn, database: Database
) -> None:
    with database.transaction() as tx:
        row = a_device(tx, tx.get_one(School, standing.school_a), "SIM0000009")

    page = signed_in("manager_a").get(f"/console/devices/{row.id}").text

    assert "Ohne laufende Registrierung" in page


def test_rules_that_cannot_be_read_do_not_hide_the_page(
    standing: World, signed_in: SignedIn, database: Database
) -> None:
    with database.transaction() as tx:
        bundle = Blueprint(name="kaputt", current_version=1, created_at=NOW)
        tx.add(bundle)
        tx.flush()
        broken = BlueprintVersion(
            blueprint_id=bundle.id,
            version=1,
            items=[{"kind": "unheard of"}],
            digest="0" * 64,
            created_by="system:factory",
            created_at=NOW,
        )
        tx.add(broken)
        tx.flush()
        rule = Assignment(
            blueprint_version_id=broken.id, created_by="system:factory", created_at=NOW
        )
        tx.add(rule)

    answer = signed_in("manager_a").get(f"/console/devices/{standing.device}")

    assert answer.status_code == 200
    assert "Die Regeln für dieses iPad sind nicht lesbar" in answer.text


def test_what_a_name_from_outside_says_is_no_markup(
    standing: World, signed_in: SignedIn, database: Database
) -> None:
    with database.transaction() as tx:
        tx.get_one(Device, standing.device).name = "<b>iPad</b>"
    path = f"/console/schools/{standing.school_a}/stand/devices"

    page = signed_in("manager_a").get(f"{path}?class=%3Cb%3E").text

    assert "<b>" not in page


@pytest.mark.parametrize(
    ("kind", "table"),
    [
        (Compliance, state_words.STANDS),
        (WishState, state_words.WISH),
        (WaitingKind, state_words.WAITING),
        (HintKind, state_words.HINT),
        (RefusalKind, {k: v for k, v in state_words.IN_THE_WAY.items() if k != "refused"}),
    ],
)
def test_every_member_of_a_closed_kind_has_a_word(kind: type, table: dict[object, object]) -> None:
    assert set(table) == set(kind)  # type: ignore[call-overload]


def test_what_is_waited_for_is_told_by_its_kind() -> None:
    waiting = Waiting(WaitingKind.CONTACT)

    assert state_words.waiting_text(waiting, {}) == "the iPad to connect"
