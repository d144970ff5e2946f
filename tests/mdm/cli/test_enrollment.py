"""`mdm enrollment-link`, `mdm enrollment-profile`, `mdm push-certificate`."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509

from mdm.base.db import Database
from mdm.base.vault import Vault
from mdm.rooms.authority import push
from mdm.simulator.apns_certificates import StandInAuthority
from tests.factories.people import manager_b
from tests.factories.schools import a_class, a_school
from tests.mdm.cli.conftest import Type

TOPIC = "com.apple.mgmt.External.example"


@pytest.fixture
def certificate_file(mdm: Type, database: Database, vault: Vault, tmp_path: Path) -> Path:
    """The answer of a stand-in for Apple's portal to the newest request."""
    mdm("push-certificate", "request", "--email", "it@stadt.example")
    with database.reading() as tx:
        _, key = push.open_request(tx, vault)
    issued = StandInAuthority(datetime.now(UTC)).issue_push(TOPIC, datetime.now(UTC), key=key)
    file = tmp_path / "certificate.pem"
    file.write_bytes(issued.certificate_pem)
    return file


def test_a_link_is_printed_for_the_public_address(
    mdm: Type, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KLASSENSATZ_PUBLIC_URL", "https://mdm.stadt.example")
    with database.transaction() as tx:
        a_class(tx, a_school(tx))

    result = mdm("enrollment-link", "create", "--school", "12", "--class", "7b", "--qr")

    assert result.stdout.startswith("https://mdm.stadt.example/enroll/")
    assert result.stdout.count("\n") == 1


def test_a_class_that_does_not_exist_is_a_usage_error(mdm: Type, database: Database) -> None:
    with database.transaction() as tx:
        a_school(tx)

    result = mdm("enrollment-link", "create", "--school", "12", "--class", "9x")

    assert result.exit_code == 2


def test_a_manager_makes_no_links_for_another_school(mdm: Type, database: Database) -> None:
    with database.transaction() as tx:
        a_school(tx)
        manager_b(tx, a_school(tx, "34", "Beispielschule Süd"))

    result = mdm("--as", "manager_b", "enrollment-link", "create", "--school", "12")

    assert result.exit_code == 1
    assert "no school" in result.stderr


def test_without_a_push_certificate_no_profile_is_made(mdm: Type, database: Database) -> None:
    with database.transaction() as tx:
        a_school(tx)

    result = mdm("enrollment-profile", "--school", "12")

    assert result.exit_code == 1
    assert "push certificate" in result.stderr


@pytest.mark.parametrize("more", [(), ("--serial", "SIMF00000001")])
def test_the_enrolment_profile_is_printed_signed(
    mdm: Type, database: Database, certificate_file: Path, more: tuple[str, ...]
) -> None:
    mdm("push-certificate", "import", str(certificate_file))
    with database.transaction() as tx:
        a_school(tx)

    result = mdm("enrollment-profile", "--school", "12", *more)

    assert result.exit_code == 0, result.stderr
    assert TOPIC.encode() in result.stdout_bytes


def test_a_request_is_printed_as_a_signing_request(mdm: Type) -> None:
    result = mdm("push-certificate", "request", "--email", "it@stadt.example")

    asked = x509.load_pem_x509_csr(result.stdout.encode())
    assert asked.is_signature_valid


def test_an_imported_certificate_is_shown(mdm: Type, certificate_file: Path) -> None:
    mdm("push-certificate", "import", str(certificate_file), "--apple-account", "a@stadt.example")

    shown = json.loads(mdm("push-certificate", "show", "--json").stdout)

    assert shown["topic"] == TOPIC
    assert shown["apple_account"] == "a@stadt.example"
    assert 360 <= shown["days_left"] <= 365


def test_a_certificate_of_another_key_is_refused(
    mdm: Type, certificate_file: Path, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    foreign = tmp_path / "foreign.pem"
    foreign.write_bytes(StandInAuthority(now).issue_push(TOPIC, now).certificate_pem)

    result = mdm("push-certificate", "import", str(foreign))

    assert result.exit_code == 1
    assert "newest request" in result.stderr


def test_a_vendor_option_alone_is_a_usage_error(mdm: Type, certificate_file: Path) -> None:
    result = mdm(
        "push-certificate",
        "request",
        "--email",
        "it@stadt.example",
        "--vendor-key",
        str(certificate_file),
    )

    assert result.exit_code == 2
    assert result.stdout == ""
