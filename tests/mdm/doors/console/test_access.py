"""Who gets where: without sign-in, with another school's numbers, with another role."""

import re
from collections.abc import Callable
from dataclasses import asdict

import pytest
from flask import Flask

from tests.mdm.doors.console.browser import Browser
from tests.mdm.doors.console.conftest import World
from tests.mdm.doors.console.routes import OPEN, routes

UNKNOWN = 999_999
STRANGERS = ("manager_b", "outsider")


def test_every_route_without_sign_in_leads_to_the_sign_in_page(
    app: Flask, world: World, nobody: Browser
) -> None:
    answers = {
        (endpoint, method): nobody.client.open(path, method=method)
        for endpoint, method, path in routes(app, world)
        if endpoint not in OPEN
    }

    assert len(answers) >= 15
    for answer in answers.values():
        assert answer.status_code == 302
        assert (answer.location or "").startswith("/console/sign-in")


@pytest.mark.parametrize("stranger", STRANGERS)
def test_every_number_of_another_school_looks_like_none_at_all(
    app: Flask, world: World, signed_in: Callable[[str], Browser], stranger: str
) -> None:
    browser = signed_in(stranger)
    token = browser.token()
    theirs = [
        (method, path)
        for endpoint, method, path in routes(app, world)
        if any(character.isdigit() for character in path)
    ]

    answers = {
        (method, path): browser.client.open(path, method=method, data={"csrf_token": token})
        for method, path in theirs
    }

    assert len(answers) >= 10
    assert {answer.status_code for answer in answers.values()} == {404}


def test_a_foreign_number_and_an_unknown_one_read_the_same(
    world: World, signed_in: Callable[[str], Browser]
) -> None:
    browser = signed_in("manager_b")

    foreign = browser.get(f"/console/devices/{world.device}").text
    unknown = browser.get(f"/console/devices/{UNKNOWN}").text

    assert _without_reference(foreign) == _without_reference(unknown)


@pytest.mark.parametrize("stranger", STRANGERS)
def test_lists_counts_and_searches_do_not_tell_of_another_school(
    world: World, signed_in: Callable[[str], Browser], stranger: str
) -> None:
    browser = signed_in(stranger)

    pages = [
        browser.get("/console/schools").text,
        browser.get("/console/held").text,
        browser.get("/console/orders").text,
        browser.get(f"/console/schools/{world.school_b}?text=SIM").text,
        browser.get(f"/console/schools/{world.school_b}?class={world.class_a}").text,
    ]

    for page in pages:
        assert "SIM0000" not in page
        assert "Beispielschule Nord" not in page


def test_an_administrator_sees_every_school(
    world: World, signed_in: Callable[[str], Browser]
) -> None:
    page = signed_in("administrator").get("/console/schools").text

    assert "Beispielschule Nord" in page
    assert "Beispielschule Süd" in page


MAY = (
    ("reader", "/console/devices/{device}/refresh", 403),
    ("reader", "/console/devices/{device}/actions/restart", 403),
    ("reader", "/console/devices/{device}/actions/erase", 403),
    ("reader", "/console/schools/{school_a}/links", 403),
    ("reader", "/console/links/{link}/revoke", 403),
    ("reader", "/console/held/{held}/accept", 403),
    ("helpdesk", "/console/devices/{device}/actions/erase", 403),
    ("helpdesk", "/console/devices/{device}/actions/lock", 403),
    ("helpdesk", "/console/held/{held}/accept", 403),
    ("reader", "/console/orders/{order}/second", 403),
    ("reader", "/console/orders/{order}/cancel", 403),
    ("helpdesk", "/console/orders/{order}/second", 403),
    ("helpdesk", "/console/orders/{order}/cancel", 403),
    ("administrator", "/console/orders/{order}/second", 400),
    ("manager_a", "/console/stop", 403),
    ("manager_a", "/console/stop/release", 403),
    ("helpdesk", "/console/stop", 403),
    ("reader", "/console/stop", 403),
    ("outsider", "/console/stop", 403),
    ("reader", "/console/devices/{device}/release", 403),
    ("helpdesk", "/console/devices/{device}/release", 403),
    ("reader", "/console/devices/{device}/expect-return", 403),
    ("helpdesk", "/console/devices/{device}/expect-return", 403),
    ("reader", "/console/schools/{school_a}/expected", 403),
    ("helpdesk", "/console/schools/{school_a}/expected", 403),
    ("reader", "/console/schools/{school_a}/wifi", 403),
    ("helpdesk", "/console/schools/{school_a}/wifi", 403),
    ("reader", "/console/schools/{school_a}/restrictions", 403),
    ("helpdesk", "/console/schools/{school_a}/restrictions", 403),
    ("reader", "/console/schools/{school_a}/roster", 403),
    ("helpdesk", "/console/schools/{school_a}/roster", 403),
    ("reader", "/console/schools/{school_a}/trolleys", 403),
    ("helpdesk", "/console/schools/{school_a}/rooms", 403),
    ("manager_a", "/console/schools/{school_a}/campus", 403),
    ("reader", "/console/devices/{device}/place", 403),
    ("helpdesk", "/console/devices/{device}/place", 403),
    ("reader", "/console/rosters/{roster}/choose", 403),
    ("reader", "/console/rosters/{roster}/confirm", 403),
    ("helpdesk", "/console/rosters/{roster}/apply", 403),
    ("helpdesk", "/console/rosters/{roster}/discard", 403),
    ("reader", "/console/changes/{plan}/approve", 403),
    ("helpdesk", "/console/changes/{plan}/approve", 403),
    ("reader", "/console/changes/{plan}/arrange", 403),
    ("reader", "/console/changes/{plan}/look-again", 403),
    ("reader", "/console/changes/{plan}/discard", 403),
    ("reader", "/console/changes/{plan}/stop", 403),
    ("reader", "/console/changes/{plan}/resume", 403),
    ("reader", "/console/changes/{plan}/undo", 403),
    ("helpdesk", "/console/blueprints/{blueprint}/edit", 403),
    ("helpdesk", "/console/blueprints/{blueprint}/restore", 403),
    ("helpdesk", "/console/blueprints/{blueprint}/retire", 403),
    ("manager_a", "/console/blueprints/new", 403),
    ("reader", "/console/schools/{school_a}/blueprints/new", 403),
    ("reader", "/console/groups/{group}/edit", 403),
    ("reader", "/console/groups/{group}/retire", 403),
    ("manager_a", "/console/groups/new", 403),
    ("reader", "/console/schools/{school_a}/groups/new", 403),
    ("manager_a", "/console/profiles/upload", 403),
    ("reader", "/console/schools/{school_a}/profiles/upload", 403),
    ("manager_a", "/console/assignments/new", 403),
    ("reader", "/console/schools/{school_a}/assignments/new", 403),
    ("reader", "/console/blueprints/apps", 403),
    ("helpdesk", "/console/blueprints/apps", 403),
    # Allowed, but the form is empty.
    ("manager_a", "/console/blueprints/apps", 400),
    ("manager_a", "/console/schools/{school_a}/assignments/new", 400),
    ("manager_a", "/console/schools/{school_a}/profiles/upload", 400),
    ("manager_a", "/console/schools/{school_a}/groups/new", 400),
    ("manager_a", "/console/schools/{school_a}/blueprints/new", 400),
    ("manager_a", "/console/changes/{plan}/arrange", 400),
    # Allowed, but it is only a draft.
    ("manager_a", "/console/changes/{plan}/resume", 409),
    ("manager_a", "/console/changes/{plan}/undo", 409),
    ("manager_a", "/console/schools/{school_a}/roster", 400),
    ("manager_a", "/console/schools/{school_a}/trolleys", 400),
    ("manager_a", "/console/schools/{school_a}/rooms", 400),
    ("manager_a", "/console/devices/{device}/place", 400),
    ("manager_a", "/console/rosters/{roster}/apply", 409),
    ("administrator", "/console/stop", 400),
    ("manager_a", "/console/devices/{device}/release", 400),
    ("manager_a", "/console/schools/{school_a}/expected", 400),
    ("manager_a", "/console/schools/{school_a}/wifi", 400),
    ("helpdesk", "/console/devices/{device}/actions/restart", 400),
    ("manager_a", "/console/devices/{device}/actions/erase", 400),
    ("manager_a", "/console/devices/{device}/actions/explode", 404),
    ("manager_a", "/console/devices/{device}/actions/shut_down", 404),
)


def test_a_role_may_do_what_it_is_for_and_nothing_else(
    world: World, signed_in: Callable[[str], Browser]
) -> None:
    values = asdict(world)

    answers = {
        (login, path): signed_in(login).post(path.format(**values)).status_code
        for login, path, _ in MAY
    }

    assert answers == {(login, path): status for login, path, status in MAY}


def test_a_page_offers_only_what_the_role_may_do(
    world: World, signed_in: Callable[[str], Browser]
) -> None:
    path = f"/console/devices/{world.device}"

    assert "actions/erase" in signed_in("manager_a").get(path).text
    assert "actions/erase" not in signed_in("helpdesk").get(path).text
    assert "actions/restart" in signed_in("helpdesk").get(path).text
    assert "actions/" not in signed_in("reader").get(path).text


ORDER_PAGES = {
    "manager_a": (200, True),
    "manager_b": (404, False),
    "outsider": (404, False),
    "helpdesk": (200, False),
    "reader": (200, False),
    # The administrator has ordered it, and sees who else must agree.
    "administrator": (200, False),
}


def test_an_order_is_seen_by_those_who_see_its_ipads_and_seconded_by_another_who_may(
    world: World, signed_in: Callable[[str], Browser]
) -> None:
    answers = {
        login: signed_in(login).get(f"/console/orders/{world.order}") for login in ORDER_PAGES
    }

    seen = {
        login: (answer.status_code, f"/orders/{world.order}/second" in answer.text)
        for login, answer in answers.items()
    }
    assert seen == ORDER_PAGES


@pytest.mark.parametrize("login", ORDER_PAGES)
def test_the_list_of_orders_shows_nobody_more_than_he_may_see(
    world: World, signed_in: Callable[[str], Browser], login: str
) -> None:
    browser = signed_in(login)

    page, schools = browser.get("/console/orders").text, browser.get("/console/schools").text

    is_seen = ORDER_PAGES[login][0] == 200
    assert ("SIM0000001" in page) == is_seen
    assert ("1 Auftrag wartet auf eine zweite Person" in schools) == is_seen


def test_the_journal_of_the_city_is_for_administrators(
    world: World, signed_in: Callable[[str], Browser]
) -> None:
    answers = {
        login: signed_in(login).get("/console/journal").status_code for login in world.people
    }

    assert [login for login, status in answers.items() if status == 200] == ["administrator"]
    assert set(answers.values()) == {200, 403}


def test_extra_fields_of_a_form_change_nothing(
    world: World, signed_in: Callable[[str], Browser]
) -> None:
    browser = signed_in("manager_a")

    answer = browser.post(
        f"/console/schools/{world.school_a}/links",
        class_group_id="0",
        hours="1",
        uses="1",
        school_id=str(world.school_b),
        role="administrator",
    )

    page = browser.get(answer.location).text
    assert "Beispielschule Nord" in page
    assert "Beispielschule Süd" not in page


ODD_FILTERS = (
    "standing=nonsense",
    "standing=school__name",
    "class=7b",
    "class=1%20OR%201=1",
    "page=-1",
    "page=1e9",
    "page=99999999999999999999",
    "class=%D9%A1",
    "text=%00",
)


def test_a_filter_we_do_not_offer_is_refused(
    world: World, signed_in: Callable[[str], Browser]
) -> None:
    browser = signed_in("manager_a")

    for query in ODD_FILTERS:
        answer = browser.get(f"/console/schools/{world.school_a}?{query}")
        assert answer.status_code == 400, query


def test_a_search_text_is_text_and_nothing_else(
    world: World, signed_in: Callable[[str], Browser]
) -> None:
    browser = signed_in("manager_a")

    for text in ("'; DROP TABLE device; --", "%", "_", "\\", "🦊" * 200):
        answer = browser.get(f"/console/schools/{world.school_a}", query_string={"text": text})
        assert answer.status_code == 200, text
        assert "SIM0000001" not in answer.text, text


def _without_reference(page: str) -> str:
    """The page without what differs between any two answers: tokens, path and reference."""
    page = re.sub(r'name="(csrf_token|next)" value="[^"]*"', "", page)
    return re.sub(r"(Nummer für den Helpdesk: )[0-9a-f]{8}", r"\1", page)
