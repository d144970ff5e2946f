"""`mdm payload`: from a file that people write to a profile in the library."""

import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

import mdm as house
from mdm.base.db import Database
from mdm.base.toml_text import place_of
from mdm.base.vault import Vault
from mdm.rooms.blueprints.contents import open_content
from mdm.rooms.blueprints.models import Profile, ProfileVersion
from profiles.configuration_profile import Payload, read_profile
from profiles.payloads.by_name import BUILDERS
from tests.factories.schools import a_school
from tests.mdm.cli.conftest import Type

# What schools use; the line numbers below are those of this text.
SCHOOL = """\
name = "Grundeinstellung"
identifier = "de.beispielstadt.grund"

[[payload]]
type = "passcode"
minimum_length = 6

[[payload]]
type = "app_lock"
bundle_id = "de.example.pruefung"
options = ["no_rotation"]
user_options = ["zoom"]

[[payload]]
type = "home_screen"
dock = [{ bundle_id = "com.apple.mobilesafari" }]
pages = [
    [
        { name = "Sprachen", pages = [[{ bundle_id = "de.example.vokabeln" }]] },
        { url = "https://plan.example.org/" },
    ],
]

[[payload]]
type = "notifications"
apps = [{ bundle_id = "de.example.vokabeln", alert = "none", sounds = false }]

[[payload]]
type = "web_filter"
block_adult = true
denied = ["spiele.example.net"]

[[payload]]
type = "dns"
server = { url = "https://dns.example.org/query" }

[[payload]]
type = "http_proxy"
proxy = { server = "proxy.example.org", port = 3128 }

[[payload]]
type = "relay"
servers = [{ http3_url = "https://relay.example.org/" }]
domains = ["intern.example.org"]

[[payload]]
type = "web_clip"
label = "Stundenplan"
url = "https://plan.example.org/?schule=$SCHOOL_NUMBER"

[[payload]]
type = "airplay"
only = [{ name = "Raum 104" }]

[[payload]]
type = "airprint"
printers = [{ host = "drucker.example.org", path = "ipp/print", port = 631 }]

[[payload]]
type = "conference_room"
message = "Willkommen in $SCHOOL"

[[payload]]
type = "lock_screen"
footnote = "Eigentum von $SCHOOL"
asset_tag = "$SERIAL"

[[payload]]
type = "classroom"
organization_uuid = "11111111-2222-5333-8444-555555555555"
organization_name = "Beispielschule Nord"

[payload.roster]
classes = [{ beacon_id = 7, name = "9b", leaders = ["t1"], members = ["p1"] }]
people = [
    { identifier = "t1", name = "Lehrkraft A", apple_account = "a@example.org" },
    { identifier = "p1", name = "Kind A", apple_account = "b@example.org" },
]

[[payload]]
type = "dav"
kind = "calendars"
host = "kalender.example.org"
user_name = "ipad"
password = { from_file = "kalender.txt" }

[[payload]]
type = "single_sign_on"
extension = "de.example.anmeldung"
urls = ["https://login.example.org/"]

[[payload]]
type = "font"
name = "Grundschrift"
file = { from_file = "schrift.otf" }

[[payload]]
type = "managed_domains"
web = ["*.example.org"]

[[payload]]
type = "scep"
called = "ausweis"
url = "https://ca.example.org/scep"
challenge = "$SERIAL"
subject = { attributes = [["CN", "$SERIAL"]] }

[[payload]]
type = "vpn"
name = "Schule"

[payload.tunnel]
server = "vpn.example.org"
remote_identifier = "vpn.example.org"
local_identifier = "$SERIAL"
access = { identity_uuid = "ausweis" }
"""


@pytest.fixture(autouse=True)
def school(database: Database) -> None:
    with database.transaction() as tx:
        a_school(tx)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "kalender.txt").write_text("ge$HEIM\n", encoding="utf-8")
    (tmp_path / "schrift.otf").write_bytes(b"OTTO" + bytes(60))
    return tmp_path


def built(mdm: Type, folder: Path, text: str = SCHOOL) -> Any:
    source = folder / "grund.toml"
    source.write_text(text, encoding="utf-8")
    return mdm("payload", "build", str(source), "-o", str(folder / "grund.mobileconfig"))


def test_a_file_with_what_a_school_uses_comes_into_the_library(
    mdm: Type, folder: Path, database: Database, vault: Vault
) -> None:
    assert built(mdm, folder).exit_code == 0

    made = str(folder / "grund.mobileconfig")
    result = mdm("profile", "upload", made, "--school", "12", "--name", "Grundeinstellung")

    assert result.exit_code == 0, result.output
    with database.reading() as tx:
        profile = tx.scalars(select(Profile)).one()
        version = tx.scalars(select(ProfileVersion)).one()
        kept = open_content(vault, profile.identifier, version)
    assert len(kept.payloads) == SCHOOL.count("[[payload]]")
    identity, vpn = kept.payloads[-2:]
    tunnel: Any = vpn.content["IKEv2"]
    assert tunnel["PayloadCertificateUUID"] == identity.uuid
    assert _of_type(kept.payloads, "caldav.account").content["CalDAVPassword"] == "ge$$HEIM"
    assert version.summary["variables"] == ["SCHOOL", "SCHOOL_NUMBER", "SERIAL"]


def test_a_file_of_settings_is_uploaded_in_one_step(
    mdm: Type, folder: Path, database: Database, vault: Vault
) -> None:
    source = folder / "grund.TOML"
    source.write_text(SCHOOL, encoding="utf-8")

    result = mdm("profile", "upload", str(source), "--school", "12", "--name", "Grundeinstellung")

    assert result.exit_code == 0, result.output
    assert "is saved as version 1" in result.stderr
    with database.reading() as tx:
        profile = tx.scalars(select(Profile)).one()
        kept = open_content(vault, profile.identifier, tx.scalars(select(ProfileVersion)).one())
    assert _of_type(kept.payloads, "caldav.account").content["CalDAVPassword"] == "ge$$HEIM"


def test_uploading_what_was_built_of_a_file_changes_nothing(mdm: Type, folder: Path) -> None:
    built(mdm, folder)
    mdm("profile", "upload", str(folder / "grund.toml"), "--name", "Grund")

    again = mdm("profile", "upload", str(folder / "grund.mobileconfig"), "--name", "Grund")

    assert "already is exactly that, in version 1" in again.stderr


def test_a_wrong_file_of_settings_is_not_uploaded(
    mdm: Type, folder: Path, database: Database
) -> None:
    source = folder / "grund.toml"
    source.write_text(SCHOOL.replace("minimum_length", "minimum_lenght", 1), encoding="utf-8")

    result = mdm("profile", "upload", str(source), "--name", "Grund")

    assert result.exit_code == 1
    assert "payload[0].minimum_lenght" in result.stderr
    assert "(line 6)" in result.stderr
    with database.reading() as tx:
        assert tx.scalars(select(Profile)).all() == []


def test_the_example_of_the_operator_guide_works(mdm: Type, folder: Path) -> None:
    guide = (Path(house.__file__).parent / "docs" / "operator-guide.md").read_text("utf-8")
    example = next(part for part in guide.split("```\n") if "[[payload]]" in part)
    (folder / "challenge.txt").write_text("geheim", encoding="utf-8")

    assert built(mdm, folder, example).exit_code == 0


def test_what_is_made_is_kept_from_others_and_the_same_each_time(mdm: Type, folder: Path) -> None:
    built(mdm, folder)
    first = (folder / "grund.mobileconfig").read_bytes()
    (folder / "grund.mobileconfig").unlink()

    built(mdm, folder)

    assert (folder / "grund.mobileconfig").read_bytes() == first
    assert (folder / "grund.mobileconfig").stat().st_mode & 0o077 == 0
    assert read_profile(first).identifier == "de.beispielstadt.grund"


@pytest.mark.parametrize(
    ("right", "wrong", "field", "words"),
    [
        ("minimum_length = 6", "minimum_lenght = 6", "payload[0].minimum_lenght", "(line 6)"),
        ("minimum_length = 6", 'minimum_length = "6"', "payload[0].minimum_length", "(line 6)"),
        (
            "minimum_length = 6",
            "minimum_length = 17",
            "payload[0].minLength",
            "(in the part that begins in line 4)",
        ),
        ('type = "app_lock"', 'type = "applock"', "payload[1].type", "did you mean app_lock"),
        ("port = 3128", "port = 70000", "payload[6].", "(in the part that begins in line 37)"),
        ("$SCHOOL_NUMBER", "$SCHULE", "payload[8].URL", "unknown variable"),
        ("identifier = ", "identifer = ", "identifer", "(line 2)"),
        ('"de.beispielstadt.grund"', '"org.klassensatz.x"', "PayloadIdentifier", "belongs to"),
        ("schrift.otf", "fehlt.otf", "fehlt.otf", "No such file"),
        ("schrift.otf", "kalender.txt", "payload[16].", ""),
        ('type = "passcode"', "type = passcode", "grund.toml", "line 5"),
    ],
)
def test_what_is_wrong_is_named_with_field_and_line_and_nothing_is_written(
    mdm: Type, folder: Path, right: str, wrong: str, field: str, words: str
) -> None:
    assert right in SCHOOL

    result = built(mdm, folder, SCHOOL.replace(right, wrong, 1))

    assert result.exit_code == 1
    assert field in result.stderr
    assert words in result.stderr
    assert not (folder / "grund.mobileconfig").exists()


def test_every_type_is_listed_and_explained(mdm: Type) -> None:
    listed = [line.split("\t")[0] for line in mdm("payload", "list").stdout.splitlines()]

    assert listed == list(BUILDERS)
    for name in listed:
        assert mdm("payload", "show", name).exit_code == 0


def test_a_type_says_what_must_be_given_and_which_words_it_takes(mdm: Type) -> None:
    shown = mdm("payload", "show", "web_filter").stdout

    assert re.search(r"^block_adult\t\ttrue or false$", shown, re.MULTILINE)
    assert re.search(r"^or$", shown, re.MULTILINE)
    assert re.search(r"^bundle_id\trequired\ta text$", shown, re.MULTILINE)
    assert re.search(r"^only\[\].url\trequired\ta text$", shown, re.MULTILINE)
    assert "calendars | contacts" in mdm("payload", "show", "dav").stdout


def test_a_name_that_comes_twice_in_its_part_names_the_part() -> None:
    text = "[[settings]]\na = 1\n[[settings]]\n# b = 0\nlist = [{ b = 1 },\n{ b = 2 }]\n"

    assert place_of(text, "settings[0].a") == "line 2"
    assert place_of(text, "settings[1].list[1].b") == "in the part that begins in line 3"
    assert place_of(text, "settings[2].a") == ""


def _of_type(payloads: tuple[Payload, ...], short: str) -> Payload:
    return next(one for one in payloads if one.type == f"com.apple.{short}")
