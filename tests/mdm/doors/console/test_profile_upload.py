"""Uploaded profiles: judged before they are saved, and never given to anybody unasked."""

from collections.abc import Callable
from io import BytesIO

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from mdm.base.db import Database
from mdm.rooms.assignments import service as assignments
from mdm.rooms.audit.service import Actor
from mdm.rooms.blueprints.models import Profile, ProfileVersion
from mdm.rooms.changes.models import ChangePlan
from mdm.rooms.devices.models import Enrollment
from policies.operations import AssignmentSpec, Target
from profiles.configuration_profile import Payload
from tests.factories.profiles import UUID_2, a_mobileconfig, a_web_clip
from tests.factories.times import NOW
from tests.mdm.doors.console.browser import Browser
from tests.mdm.doors.console.conftest import World

SETTINGS = b"""\
name = "Mathe-Raum"
identifier = "de.beispielstadt.mathe"

[[payload]]
type = "web_clip"
label = "Stundenplan"
url = "https://plan.example.org/"
"""


def upload(
    browser: Browser, world: World, body: bytes, file: str = "plan.mobileconfig", **fields: str
) -> TestResponse:
    answer = browser.client.post(
        f"/console/schools/{world.school_a}/profiles/upload",
        data={
            "name": "Stundenplan",
            "csrf_token": browser.token(),
            "file": (BytesIO(body), file),
            **fields,
        },
    )
    # A large form lies in a file of the test's client, which nobody else closes.
    answer.request.environ["wsgi.input"].close()
    return answer


def _versions(database: Database) -> int:
    with database.reading() as tx:
        return tx.scalar(select(func.count()).select_from(ProfileVersion)) or 0


def test_a_profile_is_saved_for_its_school_and_reaches_nobody(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    answer = upload(signed_in("manager_a"), world, a_mobileconfig(a_web_clip()))

    assert answer.status_code == 200
    assert "Als Version 1 gespeichert." in answer.text
    assert "com.apple.webClip.managed" in answer.text
    with database.reading() as tx:
        assert tx.scalars(select(Profile.school_id)).all() == [world.school_a]


def test_a_file_of_settings_becomes_a_profile(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    answer = upload(signed_in("manager_a"), world, SETTINGS, "mathe.toml")

    assert answer.status_code == 200
    assert "Als Version 1 gespeichert." in answer.text
    assert "com.apple.webClip.managed" in answer.text
    assert _versions(database) == 1


def test_the_form_says_which_files_it_takes(
    world: World, signed_in: Callable[[str], Browser]
) -> None:
    page = signed_in("manager_a").get(f"/console/schools/{world.school_a}/profiles/upload").text

    assert "Datei (.mobileconfig oder .toml)" in page


@pytest.mark.parametrize(
    ("right", "wrong", "problem"),
    [
        (b"label =", b"icon = { from_file = 'bild.png' }\nlabel =", "nennt eine weitere Datei"),
        (b"label =", b"icon = { from_file = 'bild.png' }\nlabel =", "(Zeile 6)"),
        (b"url =", b"ulr =", "payload[0].ulr"),
        (b'"web_clip"', b"web_clip", "mathe.toml"),
        (b"name", b"\xff", "mathe.toml"),
        (b"name", b"#" * (1024 * 1024) + b"\nname", "mathe.toml"),
    ],
    ids=["another file", "its line", "no field", "no TOML", "no text", "large"],
)
def test_a_wrong_file_of_settings_is_refused_with_its_reason(
    world: World,
    signed_in: Callable[[str], Browser],
    database: Database,
    right: bytes,
    wrong: bytes,
    problem: str,
) -> None:
    answer = upload(signed_in("manager_a"), world, SETTINGS.replace(right, wrong, 1), "mathe.toml")

    assert answer.status_code == 400
    assert problem in answer.text
    assert _versions(database) == 0


def test_what_its_author_should_know_is_said(
    world: World, signed_in: Callable[[str], Browser]
) -> None:
    unknown = Payload("com.example.unheard", "com.example.unheard.1", UUID_2, "Fremd", {"Key": 1})

    answer = upload(signed_in("manager_a"), world, a_mobileconfig(unknown))

    assert "Gespeichert, aber bitte beachten:" in answer.text
    assert "diese Art von Inhalt kennen wir nicht" in answer.text


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "Abgelehnt"),
        (b"kein Profil", "Abgelehnt"),
        (b"bplist00", "ist kein Profil in XML-Form"),
        (b"x" * (8 * 1024 * 1024 + 1), "ist größer als 8 MiB"),
    ],
    ids=["empty", "text", "binary", "large"],
)
def test_what_is_no_profile_is_refused_with_its_reason(
    world: World,
    signed_in: Callable[[str], Browser],
    database: Database,
    body: bytes,
    problem: str,
) -> None:
    answer = upload(signed_in("manager_a"), world, body)

    assert answer.status_code == 400
    assert problem in answer.text
    assert _versions(database) == 0


def test_a_profile_that_takes_ipads_away_is_refused(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    foreign = Payload(
        "com.apple.mdm", "com.example.mdm", UUID_2, "MDM", {"ServerURL": "https://mdm.example"}
    )

    answer = upload(signed_in("manager_a"), world, a_mobileconfig(foreign))

    assert answer.status_code == 400
    assert "würde das iPad in eine andere Verwaltung bringen" in answer.text
    assert _versions(database) == 0


def test_a_form_without_a_file_is_refused(
    world: World, signed_in: Callable[[str], Browser]
) -> None:
    answer = signed_in("manager_a").post(
        f"/console/schools/{world.school_a}/profiles/upload", name="Stundenplan"
    )

    assert answer.status_code == 400
    assert "Bitte ausfüllen" in answer.text


def test_a_new_version_reaches_nobody_and_leads_to_its_change(
    world: World, signed_in: Callable[[str], Browser], database: Database
) -> None:
    browser = signed_in("manager_a")
    upload(browser, world, a_mobileconfig(a_web_clip()))
    with database.transaction() as tx:
        profile = tx.scalars(select(Profile)).one()
        spec = AssignmentSpec(Target(world.school_a), profile_id=profile.id)
        assignments.begin(tx, spec, Actor.job("test"), NOW)
        due = tx.get_one(Enrollment, world.enrollment).due_generation

    page = upload(browser, world, a_mobileconfig(a_web_clip("Vertretungsplan"))).text

    with database.reading() as tx:
        plan = tx.scalars(select(ChangePlan).order_by(ChangePlan.id.desc())).first()
        assert plan is not None
        assert tx.get_one(Enrollment, world.enrollment).due_generation == due
        assert tx.scalars(select(Profile.current_version)).one() == 1
    assert "Als Version 2 gespeichert." in page
    change = f"/console/changes/{plan.id}"
    assert change in page
    assert "Version 2" in browser.get(change).text
    assert plan.device_count == 1


def test_a_profile_that_hides_the_settings_app_says_so(
    world: World, signed_in: Callable[[str], Browser]
) -> None:
    keys = {"allowListedAppBundleIDs": ["de.example.pruefung"]}
    exam = Payload("com.apple.applicationaccess", "de.example.exam.1", UUID_2, "Exam", keys)

    answer = upload(signed_in("manager_a"), world, a_mobileconfig(exam))

    assert answer.status_code == 200
    assert "Die App „Einstellungen“ verschwindet" in answer.text
