"""German and English: every word in both, chosen by the person, German by default."""

import enum
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po
from flask import Flask

from enrollment.standing import EnrollmentState, HoldReason
from enrollment.transition import Note
from mdm.doors import console
from mdm.doors.console import (
    blueprint_words,
    change_words,
    phrases,
    profile_upload,
    roster_words,
    words,
)
from mdm.rooms.access.models import Role
from mdm.rooms.actions.overview import OrderState
from mdm.rooms.changes.models import ChangeState
from mdm.rooms.devices.queries import Standing
from mdm.rooms.links.queries import LinkState
from mdm.rooms.rosters.lines import About, Happening
from mdm.rooms.rosters.models import ImportState
from policies.actions import QueryKind, RemoteKind
from policies.blueprint import SettingKind
from policies.conflicts import Precedence
from policies.delivery import DeliveryState
from policies.evidence import Contradiction
from policies.outcome import OutcomeKind
from policies.roster.changes import AmbiguousReason, MoveKind
from policies.roster.errors import Unreadable
from policies.roster.formats.mapping import Column
from policies.roster.formats.problems import ProblemKind
from policies.roster.formats.recognise import Format
from policies.roster.judgement import StopReason
from policies.roster.values import Role as MemberRole
from policies.verdict import RefusalKind
from policies.wishes import ProfileKind, ReasonKey
from profiles.commands.error_codes import ErrorCategory
from profiles.commands.refusal import RefusalKind as DeviceRefusalKind
from profiles.schema.hints import HintKind
from profiles.uploaded_profile import WarningKind
from tests.mdm.doors.console.browser import Browser
from tests.mdm.doors.console.conftest import World
from tests.mdm.doors.console.routes import routes

FOLDER = Path(console.__file__).parent
METHODS = [("**.py", "python"), ("**.html", "jinja2")]
OPTIONS = {"**.html": {"extensions": "jinja2.ext.i18n", "newstyle_gettext": "true"}}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")
TABLES: Mapping[type[enum.Enum], Mapping[enum.Enum, object]] = {
    DeliveryState: words.DELIVERY,
    Standing: words.STANDING,
    LinkState: words.LINK,
    EnrollmentState: words.ENROLLMENT,
    HoldReason: words.HELD,
    Role: words.ROLE,
    RemoteKind: words.REMOTE,
    ProfileKind: words.PROFILE,
    RefusalKind: words.REFUSAL,
    DeviceRefusalKind: words.DEVICE_REFUSAL,
    Contradiction: words.CONTRADICTION,
    ErrorCategory: words.ERROR,
    ReasonKey: words.REASON,
    OrderState: words.ORDER,
    ChangeState: change_words.STATE,
    Precedence: change_words.BECAUSE,
    HintKind: change_words.HINT,
    OutcomeKind: change_words.STANDS,
    SettingKind: blueprint_words.KIND,
    WarningKind: profile_upload.WARNING,
    ImportState: roster_words.STATE,
    About: roster_words.ABOUT,
    Happening: roster_words.HAPPENING,
    MoveKind: roster_words.MOVE,
    AmbiguousReason: roster_words.AMBIGUOUS,
    StopReason: roster_words.STOP,
    Format: roster_words.FORMAT,
    Column: roster_words.COLUMN,
    MemberRole: roster_words.MEMBER_ROLE,
}


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_message_of_code_and_templates_is_translated(language: str) -> None:
    catalogue = _catalogue(language)

    missing = [message for message in _messages() if not _is_translated(catalogue, message)]

    assert missing == []


@pytest.mark.parametrize("language", ["de", "en"])
def test_no_catalogue_keeps_a_message_that_nothing_uses(language: str) -> None:
    used = {_first(message) for message in _messages()}

    unused = [
        entry.id for entry in _catalogue(language) if entry.id and _first(entry.id) not in used
    ]

    assert unused == []


@pytest.mark.parametrize("language", ["de", "en"])
def test_a_translation_keeps_the_placeholders_of_its_message(language: str) -> None:
    broken = [
        entry.id
        for entry in _catalogue(language)
        if entry.id
        for text in _all(entry.string)
        if set(PLACEHOLDER.findall(text)) != set(PLACEHOLDER.findall(_first(entry.id)))
    ]

    assert broken == []


def test_german_has_one_word_for_approving_and_another_for_letting_an_ipad_go() -> None:
    """The German "freigeben" could mean either, and a tired person would click on the wrong one."""
    doubtful = [
        entry.id
        for entry in _catalogue("de")
        for text in _all(entry.string)
        if re.search(r"freig(e|i|a)b|\b(geb|gib|gab)\w* .*\bfrei\b", text, re.IGNORECASE)
    ]

    assert doubtful == []


@pytest.mark.parametrize("kind", TABLES, ids=lambda kind: kind.__name__)
def test_every_member_of_a_closed_kind_has_a_word(kind: type[enum.Enum]) -> None:
    assert set(TABLES[kind]) == set(kind)


def test_everything_that_can_be_wrong_with_a_roster_has_a_sentence() -> None:
    assert set(roster_words.FINDING) == {*Unreadable, *ProblemKind}


def test_every_note_of_a_check_in_has_a_word_in_the_journal() -> None:
    assert [note for note in Note if isinstance(phrases.act_name(f"device.{note}"), str)] == []


def test_every_kind_of_inventory_has_a_word() -> None:
    assert [kind for kind in QueryKind if isinstance(phrases.report_name(kind), str)] == []


def test_only_what_is_proven_is_green() -> None:
    tables = (words.DELIVERY, words.STANDING, words.LINK, words.ENROLLMENT, words.ORDER)

    green = [
        state
        for table in tables
        for state, word in table.items()  # type: ignore[attr-defined]
        if word.tone is words.Tone.GOOD
    ]

    assert green == [DeliveryState.PROVEN]


def test_an_outcome_is_told_by_its_kind_and_keeps_the_detail() -> None:
    text = phrases.outcome("locked: the device is locked")

    assert text == "Somebody has to unlock the iPad first. (the device is locked)"
    assert phrases.outcome("app_rejected") == "The app was refused on the iPad."


def test_facts_are_written_for_people() -> None:
    assert phrases.fact_text("battery_level", 0.734) == "73 %"
    assert phrases.fact_text("capacity_gb", 63.9) == "64 GB"
    assert phrases.fact_text("wifi_mac", "00:00:5e:00:53:01") == "00:00:5e:00:53:01"


def test_words_we_do_not_know_are_shown_as_they_are() -> None:
    assert phrases.request_name("SomethingNew") == "SomethingNew"
    assert phrases.outcome("unheard of: 12021") == "unheard of: 12021"
    assert phrases.act_name("future.act") == "future.act"


def test_pages_are_german_until_somebody_chooses_english(
    signed_in: Callable[[str], Browser],
) -> None:
    browser = signed_in("manager_a")
    german = browser.get("/console/schools").text

    answer = browser.post("/console/language", language="en", next="/console/schools")

    english = browser.get(answer.location).text
    assert '<html lang="de">' in german
    assert "Ihre Schulen" in german
    assert '<html lang="en">' in english
    assert "Your schools" in english


def test_the_language_survives_signing_out(signed_in: Callable[[str], Browser]) -> None:
    browser = signed_in("manager_a")
    browser.post("/console/language", language="en")

    browser.post("/console/sign-out")

    assert "Welcome to Klassensatz" in browser.get("/console/sign-in").text


def test_a_language_we_do_not_speak_is_refused(nobody: Browser) -> None:
    assert nobody.post("/console/language", language="fr").status_code == 400


def test_every_page_can_be_drawn_in_both_languages(
    app: Flask, world: World, signed_in: Callable[[str], Browser]
) -> None:
    browser = signed_in("administrator")
    paths = sorted({path for _, method, path in routes(app, world) if method == "GET"})
    drawn: dict[str, list[str]] = {}

    for language in ("de", "en"):
        browser.post("/console/language", language=language)
        for path in paths:
            with browser.get(path) as answer:
                if answer.mimetype == "text/html" and answer.status_code in {200, 404}:
                    drawn.setdefault(path, []).append(answer.text)

    assert len(drawn) >= 8
    for path, (german, english) in drawn.items():
        assert german != english, path
        assert "%(" not in german + english, path


def _messages() -> set[str | tuple[str, ...]]:
    keywords = dict(DEFAULT_KEYWORDS) | {"_l": None, "lazy_gettext": None}
    found = extract_from_dir(FOLDER, METHODS, OPTIONS, keywords=keywords)
    return {message for _, _, message, _, _ in found}


def _catalogue(language: str) -> Catalog:
    path = FOLDER / "translations" / language / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as source:
        return read_po(source, locale=language)


def _is_translated(catalogue: Catalog, message: str | tuple[str, ...]) -> bool:
    entry = catalogue.get(_first(message))
    return entry is not None and not entry.fuzzy and all(_all(entry.string))


def _first(message: str | tuple[str, ...] | list[str]) -> str:
    return message if isinstance(message, str) else message[0]


def _all(text: str | tuple[str, ...] | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)
