"""What is wrong with an upload or a blueprint is said in German, with the next step."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from flask import Flask
from flask_babel import force_locale

import policies
import profiles
from mdm.base.errors import InvalidInput
from mdm.doors import console
from mdm.doors.console import next_step_words, problem_words
from mdm.doors.console.problems import problem_text
from mdm.rooms import blueprints
from profiles.configuration_profile import Payload
from tests.factories.profiles import UUID_2, a_mobileconfig
from tests.mdm.doors.console.browser import Browser
from tests.mdm.doors.console.conftest import World
from tests.mdm.doors.console.test_profile_upload import upload

_REFUSALS = {"InvalidPayload", "InvalidSetting", "InvalidInput", "MalformedMessage", "Problem"}
_PROFILES = Path(profiles.__file__).parent
# What a profile of ours alone is made of; nobody uploads or writes it.
_OURS = {"mdm.py", "setup_assistant.py"}
_CONFIGURATIONS = ("app_settings", "calculator", "passcode", "safari", "update_settings")


def _told(app: Flask, error: InvalidInput, language: str = "de") -> str:
    with app.test_request_context(), force_locale(language):
        return problem_text(error)


def _sources() -> Iterator[Path]:
    """Everything that judges an upload, a file of settings or a blueprint."""
    yield from (one for one in (_PROFILES / "payloads").glob("*.py") if one.name not in _OURS)
    yield from (_PROFILES / "schema").glob("*.py")
    names = ("typed_values", "uploaded_profile", "configuration_profile", "identifiers", "plist")
    yield from (_PROFILES / f"{name}.py" for name in names)
    declared = _PROFILES / "declarations"
    yield from (declared / f"{name}.py" for name in ("sense", "checked_declaration", "declaration"))
    yield from (declared / "configurations" / f"{name}.py" for name in _CONFIGURATIONS)
    yield from Path(policies.__file__).parent.glob("blueprint*.py")
    yield from Path(blueprints.__file__).parent.glob("*.py")


def _sentences() -> set[str]:
    """Every problem that stands in the code as it will be said."""
    return {
        call.args[1].value
        for source in _sources()
        for call in ast.walk(ast.parse(source.read_text("utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in _REFUSALS
        and len(call.args) > 1
        and isinstance(call.args[1], ast.Constant)
        and isinstance(call.args[1].value, str)
    }


def test_every_problem_of_an_upload_or_a_blueprint_has_german_words(app: Flask) -> None:
    found = _sentences()

    silent = [problem for problem in found if _told(app, InvalidInput("", problem)) == problem]

    assert "erases an iPad too soon" in found
    assert len(found) > 100
    assert silent == []


def test_what_an_author_can_do_is_told_in_german_as_well() -> None:
    path = Path(console.__file__).parent / "translations" / "de" / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as source:
        german = read_po(source, locale="de")
    every = {*next_step_words.STEPS, *(message for _, message in next_step_words.PATTERNS)}
    every |= {*problem_words.PROBLEMS, *(message for _, message in problem_words.PATTERNS)}

    same = [text for text in every if (entry := german.get(text)) is None or entry.string == text]

    assert same == []


@pytest.mark.parametrize(
    ("problem", "next_step", "told"),
    [
        ("is larger than 1024 KiB", "", "ist größer als 1024 KiB"),
        (
            "is the same as PayloadUUID",
            "give each its own",
            "ist dasselbe wie PayloadUUID; geben Sie jedem etwas Eigenes",
        ),
        ("holds the unknown variable $SCHULE", "", "enthält die unbekannte Variable $SCHULE"),
        ("is out of range", "give 1 to 16", "liegt nicht im erlaubten Bereich; geben Sie 1 bis 16"),
        ("is not a known key", "did you mean minLength?", "meinten Sie minLength?"),
        ("is not one of the choices", "write wep, wpa2", "verwenden Sie eines von: wep, wpa2"),
        ("is empty (line 7)", "", "ist leer (Zeile 7)"),
        (
            "is zero (in the part that begins in line 7)",
            "give 1 to 65535",
            "ist null (im Teil ab Zeile 7); geben Sie 1 bis 65535 an",
        ),
        ("Invalid value (at line 5, column 8)", "", "kein gültiges TOML (Zeile 5, Spalte 8)"),
        ("WLAN is no longer in use", "Choose another one.", "„WLAN“ wird nicht mehr verwendet"),
    ],
)
def test_names_and_numbers_stay_in_a_problem(
    app: Flask, problem: str, next_step: str, told: str
) -> None:
    assert told in _told(app, InvalidInput("feld", problem, next_step))


def test_a_problem_without_german_words_is_shown_as_it_came(app: Flask) -> None:
    error = InvalidInput("field", "is unheard of", "Leave it out.")

    assert _told(app, error) == "field: is unheard of. Leave it out."


def test_english_pages_say_it_in_english(app: Flask) -> None:
    error = InvalidInput("minLength", "is out of range", "give 0 to 16")

    assert _told(app, error, "en") == "minLength: is out of range; give 0 to 16"


def test_an_upload_that_erases_ipads_too_soon_is_refused_in_german(
    world: World, signed_in: Callable[[str], Browser]
) -> None:
    hasty = {"maxFailedAttempts": 3}
    code = Payload("com.apple.mobiledevice.passwordpolicy", "de.example.c", UUID_2, "Code", hasty)

    page = upload(signed_in("manager_a"), world, a_mobileconfig(code)).text

    assert "maxFailedAttempts: löscht ein iPad zu früh" in page
    assert "geben Sie 4 bis 11 an, oder lassen Sie es weg. Es wurde nichts gespeichert." in page


def test_a_blueprint_that_contradicts_itself_is_refused_in_german(
    world: World, signed_in: Callable[[str], Browser]
) -> None:
    never = {"name": "Neu", "update_download": "AlwaysOff", "update_install": "AlwaysOn"}

    page = signed_in("manager_a").post(f"/console/schools/{world.school_a}/blueprints/new", **never)

    assert page.status_code == 400
    assert "installiert, was nie geladen wird" in page.text
    assert "is never downloaded" not in page.text
