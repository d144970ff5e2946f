"""Profiles that declarations name: who knows the address gets it, and for how long."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from mdm.base.db import Database
from mdm.base.tools import Tools
from mdm.base.vault import Vault
from mdm.doors import wire
from mdm.rooms.declarations import service
from mdm.rooms.declarations.models import ProfileAddress
from mdm.rooms.devices.models import Device
from profiles import cms
from profiles.configuration_profile import read_profile
from tests.factories.authority import server_keys, signer
from tests.factories.declarations import a_profile_declaration, a_set, an_organization
from tests.factories.library import a_saved_profile
from tests.mdm.doors.wire.conftest import Classroom, Handset

MINUTE = timedelta(minutes=1)
PROFILE = "application/x-apple-aspen-config"


@pytest.fixture
def client(tools: Tools, vault: Vault, database: Database) -> Iterator[FlaskClient]:
    with database.transaction() as tx:
        server_keys(tx, vault)
    app = Flask("test", static_folder=None)
    door = wire.install(app, tools)
    yield app.test_client()
    door.last_seen.close()


@pytest.fixture
def handset(classroom: Classroom) -> Handset:
    return classroom.enrolled()


def declare(
    classroom: Classroom,
    handset: Handset,
    database: Database,
    vault: Vault,
    label: str = "Stundenplan $SERIAL",
) -> str:
    """Declare a profile; returns the path from which the handset is to fetch it."""
    with database.transaction() as tx:
        uuid = a_saved_profile(tx, vault, classroom.now, label).version.uuid
        number = classroom.current(handset, tx).id
        declared = (an_organization(), a_profile_declaration(uuid))
        service.replace(tx, vault, number, declared, classroom.now)
    endpoint = "declaration/configuration/cfg.profile"
    answer = handset.say({"MessageType": "DeclarativeManagement", "Endpoint": endpoint})
    address = json.loads(answer.body)["Payload"]["ProfileURL"]
    return str(address).removeprefix("http://127.0.0.1:8000")


def test_the_address_gives_the_profile_filled_and_signed(
    client: FlaskClient, classroom: Classroom, handset: Handset, database: Database, vault: Vault
) -> None:
    path = declare(classroom, handset, database, vault)

    answer = client.get(path)

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, PROFILE)
    assert answer.headers["Cache-Control"] == "no-store"
    certificate = signer().certificate.public_bytes(Encoding.DER)
    assert cms.read_signed(answer.data).fingerprint == cms.fingerprint(certificate)
    payload = read_profile(answer.data).payloads[0]
    assert payload.content["Label"] == f"Stundenplan {handset.serial}"


def test_two_ipads_have_two_addresses_for_one_profile(
    client: FlaskClient, classroom: Classroom, handset: Handset, database: Database, vault: Vault
) -> None:
    other = classroom.enrolled()

    paths = [declare(classroom, each, database, vault) for each in (handset, other)]

    assert paths[0] != paths[1]
    assert [client.get(path).status_code for path in paths] == [200, 200]


def test_a_fetch_is_remembered(
    client: FlaskClient,
    classroom: Classroom,
    handset: Handset,
    database: Database,
    vault: Vault,
    now: datetime,
) -> None:
    path = declare(classroom, handset, database, vault)

    client.head(path)
    with database.reading() as tx:
        after_head = tx.scalars(select(ProfileAddress.fetched_at)).one()
    client.get(path)

    with database.reading() as tx:
        after_get = tx.scalars(select(ProfileAddress.fetched_at)).one()
    assert (after_head, after_get) == (None, now)


def test_the_address_ends_with_the_enrolment(
    client: FlaskClient, classroom: Classroom, handset: Handset, database: Database, vault: Vault
) -> None:
    path = declare(classroom, handset, database, vault)

    handset.check_out()

    assert client.get(path).status_code == 404


def test_the_address_ends_when_no_set_names_the_version_any_more(
    client: FlaskClient, classroom: Classroom, handset: Handset, database: Database, vault: Vault
) -> None:
    path = declare(classroom, handset, database, vault)
    answers = []

    for length in (6, 7):
        with database.transaction() as tx:
            number = classroom.current(handset, tx).id
            service.replace(tx, vault, number, a_set(length), classroom.now + MINUTE)
        answers.append(client.get(path).status_code)

    assert answers == [200, 404]


def test_a_new_version_has_a_new_address(
    client: FlaskClient, classroom: Classroom, handset: Handset, database: Database, vault: Vault
) -> None:
    first, second = (declare(classroom, handset, database, vault, label) for label in ("A", "B"))

    assert first != second


def test_a_guess_gives_nothing(client: FlaskClient) -> None:
    for guess in ("x", "x" * 5000, "%00", "..", "' OR 1=1 --", "ä"):
        answer = client.get(f"/declared/profile/{guess}")

        assert (answer.status_code, answer.data) == (404, b"")
        assert client.head(f"/declared/profile/{guess}").status_code == 404


def test_an_ipad_that_lacks_a_fact_hears_later_and_gets_no_page(
    client: FlaskClient, classroom: Classroom, handset: Handset, database: Database, vault: Vault
) -> None:
    path = declare(classroom, handset, database, vault, "$DEVICE_NAME")
    with database.transaction() as tx:
        for device in tx.scalars(select(Device)):
            device.name = ""

    answer = client.get(path)

    assert (answer.status_code, answer.data) == (503, b"")
