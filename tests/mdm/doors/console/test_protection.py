"""What protects every answer: headers, tokens, escaping, our own files only."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import update

from mdm.base.db import Database
from mdm.base.settings import Settings
from mdm.base.tools import Tools
from mdm.doors.console.sessions import ConsoleSessions
from mdm.rooms.commands.models import Command
from mdm.rooms.devices.models import Device
from tests.factories import devices
from tests.factories.people import PASSWORD
from tests.mdm.doors.console.browser import Browser
from tests.mdm.doors.console.conftest import World, make_app
from tests.mdm.doors.console.routes import routes

_ADDRESS = re.compile(r'(?:src|href|action)="([^"]*)"')
_MARKUP = '<img src=x onerror="alert(1)"><script>alert(2)</script>'


def test_every_answer_carries_the_protecting_headers(
    app: Flask, world: World, signed_in: Callable[[str], Browser]
) -> None:
    browser = signed_in("administrator")
    paths = {path for _, method, path in routes(app, world) if method == "GET"}

    for path in [*paths, "/bootstrap/files/css/bootstrap.min.css"]:
        with browser.get(path) as answer:
            headers = answer.headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"


def test_pages_are_not_kept_by_browsers(signed_in: Callable[[str], Browser]) -> None:
    answer = signed_in("manager_a").get("/console/schools")

    assert answer.headers["Cache-Control"] == "no-store"


def test_over_https_the_cookie_is_bound_to_it_and_to_this_host(tools: Tools, world: World) -> None:
    secure = replace(tools, settings=Settings(public_url="https://mdm.example"))
    browser = Browser(make_app(secure))

    answer = browser.get("/console/sign-in", base_url="https://mdm.example")

    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-klassensatz=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_over_plain_http_nothing_promises_https(nobody: Browser) -> None:
    answer = nobody.get("/console/sign-in")

    assert "Strict-Transport-Security" not in answer.headers
    assert "HttpOnly" in answer.headers["Set-Cookie"]


@pytest.mark.parametrize(
    "path", ["/mdm/checkin", "/mdm/connect", "/scep", "/enroll/x", "/consoles"]
)
def test_device_addresses_never_open_a_cookie(app: Flask, path: str) -> None:
    with app.test_request_context(path) as context:
        session = ConsoleSessions().open_session(app, context.request)

    assert session is None


@pytest.mark.parametrize("kind", ["form", "json", "text"])
def test_a_change_without_our_token_is_refused(
    app: Flask, world: World, signed_in: Callable[[str], Browser], kind: str
) -> None:
    browser = signed_in("administrator")
    bodies = {
        "form": {"data": {"language": "en"}},
        "json": {"json": {"language": "en"}},
        "text": {"data": "language=en", "content_type": "text/plain"},
    }
    changing = [path for _, method, path in routes(app, world) if method == "POST"]

    answers = [browser.client.post(path, **bodies[kind]) for path in changing]

    assert len(answers) >= 8
    assert {answer.status_code for answer in answers} == {403}


def test_a_form_sent_from_a_sibling_host_is_refused(signed_in: Callable[[str], Browser]) -> None:
    browser = signed_in("manager_a")

    answer = browser.client.post(
        "/console/language",
        data={"language": "en", "csrf_token": browser.token()},
        headers={"Sec-Fetch-Site": "same-site"},
    )

    assert answer.status_code == 403


def test_the_token_of_one_person_is_worth_nothing_to_another(
    signed_in: Callable[[str], Browser],
) -> None:
    token = signed_in("manager_b").token()

    answer = signed_in("manager_a").client.post(
        "/console/language", data={"language": "en", "csrf_token": token}
    )

    assert answer.status_code == 403


def test_markup_from_devices_and_people_is_shown_as_text(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    with database.transaction() as tx:
        tx.execute(update(Device).values(name=_MARKUP, product_name=_MARKUP, os_version="<b>1</b>"))
        tx.execute(update(Command).values(outcome=_MARKUP, reason=_MARKUP, request_type="<i>X</i>"))
        ipad = tx.get_one(devices.Enrollment, world.enrollment)
        devices.a_reported_item(tx, ipad, "profile", _MARKUP, {"name": _MARKUP})
        devices.a_reported_item(tx, ipad, "app", _MARKUP, {"name": _MARKUP, "version": _MARKUP})
    browser = signed_in("manager_a")

    pages = [
        browser.get(f"/console/schools/{world.school_a}").text,
        browser.get(f"/console/devices/{world.device}").text,
        browser.get(f"/console/devices/{world.device}/live.json").json["parts"]["commands"],
        browser.get(f"/console/devices/{world.device}/actions/erase").text,
        browser.get(f"/console/links/{world.link}").text,
        browser.get("/console/held").text,
    ]

    for page in pages:
        assert "<img src=x" not in page
        assert "<script>" not in page
        assert "&lt;img src=x" in page


def test_no_page_asks_another_host_for_anything(
    app: Flask, world: World, signed_in: Callable[[str], Browser]
) -> None:
    browser = signed_in("administrator")
    paths = {path for _, method, path in routes(app, world) if method == "GET"}

    found = {address for path in paths for address in _addresses(browser, path)}

    assert "/console/static/console.css" in found
    for address in found:
        assert address.startswith(("/", "#content")), address
        assert not address.startswith("//"), address


def test_no_page_holds_a_script_or_style_of_its_own(
    app: Flask, world: World, signed_in: Callable[[str], Browser]
) -> None:
    browser = signed_in("administrator")

    for path in {path for _, method, path in routes(app, world) if method == "GET"}:
        with browser.get(path) as answer:
            text = answer.text if answer.mimetype == "text/html" else ""
        assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son[a-z]+=", text), path


def test_every_file_a_page_asks_for_exists(
    world: World, signed_in: Callable[[str], Browser]
) -> None:
    browser = signed_in("manager_a")
    wanted = {
        address
        for path in (f"/console/links/{world.link}", f"/console/devices/{world.device}")
        for address in _addresses(browser, path)
        if "/static/" in address or "/files/" in address or address.endswith(".svg")
    }

    assert len(wanted) >= 4
    for address in wanted:
        with browser.get(address) as answer:
            assert answer.status_code == 200, address


def test_a_surprise_becomes_a_page_with_the_number_of_its_log_line(
    signed_in: Callable[[str], Browser],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError(f"cannot, because of {PASSWORD}")

    browser = signed_in("manager_a")
    monkeypatch.setattr("mdm.doors.console.schools.queries.schools", broken)

    answer = browser.get("/console/schools")

    record = next(record for record in caplog.records if record.message == "console_error")
    assert answer.status_code == 500
    assert record.__dict__["reference"] in answer.text
    assert PASSWORD not in answer.text
    assert "Traceback" not in answer.text


def test_an_address_that_does_not_exist_is_a_page_of_ours(
    signed_in: Callable[[str], Browser],
) -> None:
    answer = signed_in("manager_a").get("/console/there/is/nothing")

    assert answer.status_code == 404
    assert "Diese Seite gibt es nicht" in answer.text
    assert "Nummer für den Helpdesk" in answer.text


@pytest.mark.parametrize("path", ["/console/?__debugger__=yes&cmd=resource", "/console", "/"])
def test_no_debugger_answers(nobody: Browser, path: str, now: datetime) -> None:
    answer = nobody.get(path)

    assert answer.status_code in {302, 308}


def _addresses(browser: Browser, path: str) -> set[str]:
    with browser.get(path) as answer:
        return set(_ADDRESS.findall(answer.text)) if answer.mimetype == "text/html" else set()
