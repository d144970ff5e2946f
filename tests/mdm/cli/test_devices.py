"""`mdm devices` and `mdm device`: lists, expectations, one device, a held one let in."""

import json
from pathlib import Path

from mdm.base.db import Database
from mdm.base.vault import Vault
from mdm.rooms.devices.models import Device
from tests.factories.devices import a_held_ipad, a_reported_item, an_ipad
from tests.factories.links import a_link
from tests.factories.people import manager_b
from tests.factories.schools import a_school
from tests.mdm.cli.conftest import Type


def test_expected_serial_numbers_appear_with_their_class(mdm: Type, database: Database) -> None:
    with database.transaction() as tx:
        a_school(tx)

    mdm("devices", "expect", "--school", "12", "--class", "7b", "simf00000001", "SIMF00000002")

    rows = json.loads(mdm("devices", "--json").stdout)
    assert [(r["serial"], r["class_name"], r["standing"]) for r in rows] == [
        ("SIMF00000001", "7b", "expected"),
        ("SIMF00000002", "7b", "expected"),
    ]


def test_serial_numbers_come_from_a_file_too(mdm: Type, database: Database, tmp_path: Path) -> None:
    file = tmp_path / "serials.txt"
    file.write_text("SIMF00000001\n\nSIMF00000002\n")
    with database.transaction() as tx:
        a_school(tx)

    result = mdm("devices", "expect", "--school", "12", "--file", str(file))

    assert "2 of them new" in result.stderr


def test_a_malformed_serial_number_leaves_none_expected(mdm: Type, database: Database) -> None:
    with database.transaction() as tx:
        a_school(tx)

    result = mdm("devices", "expect", "--school", "12", "SIMF00000001", "no-serial")

    assert result.exit_code == 1
    assert json.loads(mdm("devices", "--json").stdout) == []


def test_a_list_is_narrowed_to_a_school(mdm: Type, database: Database) -> None:
    with database.transaction() as tx:
        an_ipad(tx, a_school(tx), "SIMF00000001")
        an_ipad(tx, a_school(tx, "34", "Beispielschule Süd"), "SIMF00000002")

    result = mdm("devices", "--school", "34")

    assert result.stdout.startswith("SIMF00000002\t")
    assert "SIMF00000001" not in result.stdout


def test_a_device_shows_what_it_reported(mdm: Type, database: Database) -> None:
    with database.transaction() as tx:
        enrollment = an_ipad(tx, a_school(tx), "SIMF00000001")
        a_reported_item(tx, enrollment, "profile", "org.example.wifi", {"uuid": "A"})

    story = json.loads(mdm("device", "simf00000001", "--json").stdout)

    assert story["device"]["standing"] in ("enrolled", "silent")
    assert story["items"][0]["subject"] == "org.example.wifi"


def test_a_device_of_another_school_looks_like_none(mdm: Type, database: Database) -> None:
    with database.transaction() as tx:
        an_ipad(tx, a_school(tx), "SIMF00000001")
        manager_b(tx, a_school(tx, "34", "Beispielschule Süd"))

    result = mdm("--as", "manager_b", "device", "SIMF00000001")

    assert result.exit_code == 1
    assert "no device SIMF00000001" in result.stderr


def test_a_held_device_is_let_in(mdm: Type, database: Database, vault: Vault) -> None:
    with database.transaction() as tx:
        school = a_school(tx)
        held = a_held_ipad(tx, None, "SIMF00000099", link_id=a_link(tx, school).id)

    result = mdm("device", "accept", "SIMF00000099")

    assert result.exit_code == 0, result.output
    with database.reading() as tx:
        assert tx.get_one(Device, held.device_id).school_id == school.id


def test_a_device_that_is_not_held_cannot_be_accepted(mdm: Type, database: Database) -> None:
    with database.transaction() as tx:
        an_ipad(tx, a_school(tx), "SIMF00000001")

    assert mdm("device", "accept", "SIMF00000001").exit_code == 1
