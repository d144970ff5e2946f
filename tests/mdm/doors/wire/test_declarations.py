"""Declarative management at the door: one set for all answers, and what must never be said."""

import json
import logging
import sqlite3
import threading
from datetime import datetime, timedelta
from http import HTTPStatus

import pytest
from sqlalchemy import event, select

from mdm.base.bell import Job, RecordingBell
from mdm.base.db import Database
from mdm.base.tools import Tools
from mdm.base.vault import Vault
from mdm.doors.wire.answer import EMPTY, Answer
from mdm.doors.wire.door import DeviceDoor
from mdm.rooms.declarations import contents, service
from mdm.rooms.declarations.models import DeclarationChannel, DeclarationSnapshot, StatusReport
from mdm.rooms.devices.models import Enrollment
from profiles.declarations.declaration import Declaration, read_declaration
from profiles.declarations.received import (
    ReceivedManifest,
    read_declaration_items,
    read_tokens,
)
from profiles.declarations.snapshot import Snapshot
from tests.factories.declarations import (
    PASSCODE,
    a_passcode,
    a_set,
    a_status,
    an_organization,
    states,
)
from tests.mdm.doors.wire.conftest import Classroom, Handset

MINUTE = timedelta(minutes=1)
USER = {
    "UserID": "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
    "UserShortName": "pupil@beispielschule.example",
}
LATER = (503, (("Retry-After", "60"),))


@pytest.fixture(autouse=True)
def _as_a_new_process() -> None:
    contents.remembered.clear()
    contents.snapshot_of.cache_clear()


@pytest.fixture
def handset(classroom: Classroom) -> Handset:
    return classroom.enrolled()


@pytest.fixture
def declared(classroom: Classroom, handset: Handset, database: Database, vault: Vault) -> Handset:
    """A handset that should have a passcode."""
    tell(classroom, handset, database, vault, a_set())
    return handset


def tell(
    classroom: Classroom,
    handset: Handset,
    database: Database,
    vault: Vault,
    declarations: tuple[Declaration, ...],
    at: timedelta = timedelta(),
) -> int:
    """Let a handset have these; returns the number of its enrollment."""
    with database.transaction() as tx:
        number = classroom.current(handset, tx).id
        service.replace(tx, vault, number, declarations, classroom.now + at)
    return number


def ask(handset: Handset, endpoint: str, **more: object) -> Answer:
    return handset.say({"MessageType": "DeclarativeManagement", "Endpoint": endpoint, **more})


def a_list(handset: Handset) -> ReceivedManifest:
    answer = ask(handset, "declaration-items")
    assert (answer.status, answer.content_type) == (200, "application/json")
    return read_declaration_items(answer.body)


def a_token(handset: Handset) -> str:
    answer = ask(handset, "tokens")
    assert (answer.status, answer.content_type) == (200, "application/json")
    return read_tokens(answer.body).declarations_token


def channel(database: Database) -> DeclarationChannel:
    with database.reading() as tx:
        return tx.scalars(select(DeclarationChannel)).one()


def test_tokens_list_and_declarations_fit_each_other(declared: Handset) -> None:
    token = a_token(declared)
    listed = a_list(declared)

    fetched = {
        item.identifier: ask(declared, f"declaration/{item.kind.value}/{item.identifier}")
        for item in listed.items
    }

    assert listed.declarations_token == token
    assert set(fetched) == {each.identifier for each in a_set()}
    for item in listed.items:
        answer = fetched[item.identifier]
        assert answer.content_type == "application/json"
        assert read_declaration(answer.body).server_token == item.server_token


def test_the_list_is_remembered_as_fetched(declared: Handset, database: Database) -> None:
    token = a_token(declared)
    assert channel(database).fetched_token is None

    a_list(declared)

    after = channel(database)
    assert after.fetched_token == token
    assert after.enabled_at == after.fetched_at is not None


def test_a_device_half_way_through_a_sync_gets_what_it_was_promised(
    classroom: Classroom, declared: Handset, database: Database, vault: Vault
) -> None:
    listed = a_list(declared)

    # Meanwhile the passcode is wished no more.
    tell(classroom, declared, database, vault, (an_organization(),), MINUTE)

    for item in listed.items:
        answer = ask(declared, f"declaration/{item.kind.value}/{item.identifier}")
        assert answer.status == 200
        assert read_declaration(answer.body).server_token == item.server_token


def test_of_a_declaration_that_changed_meanwhile_the_newest_is_given(
    classroom: Classroom, declared: Handset, database: Database, vault: Vault
) -> None:
    a_list(declared)

    tell(classroom, declared, database, vault, a_set(8), MINUTE)

    answer = ask(declared, f"declaration/configuration/{PASSCODE}")
    payload = read_declaration(answer.body).declaration.payload
    assert payload["MinimumLength"] == 8


def test_answers_come_from_one_set_although_it_is_replaced_while_one_is_read(
    classroom: Classroom,
    declared: Handset,
    database: Database,
    vault: Vault,
    door: DeviceDoor,
    now: datetime,
) -> None:
    """The door is stopped between learning which set it is and reading it."""
    asking = door.declared.asking(declared.fingerprint, declared.udid)
    assert asking is not None
    contents.remembered.clear()

    tell(classroom, declared, database, vault, (an_organization("Andere Stadt"),), MINUTE)

    tokens = read_tokens(door.declared.tokens(asking) or b"")
    listed = read_declaration_items(door.declared.items(asking, now) or b"")
    assert tokens.declarations_token == listed.declarations_token == asking.token
    assert {item.identifier for item in listed.items} == {each.identifier for each in a_set()}


def test_whatever_is_replaced_meanwhile_a_list_and_its_token_belong_together(
    classroom: Classroom, declared: Handset, database: Database, vault: Vault
) -> None:
    sets = (a_set(), (an_organization(), *a_passcode(8)), (an_organization("Andere Stadt"),))
    names = {
        Snapshot.of(each, classroom.now).token: {one.identifier for one in each} for each in sets
    }
    changing = threading.Thread(
        target=lambda: [tell(classroom, declared, database, vault, sets[n % 3]) for n in range(12)]
    )

    changing.start()
    seen = []
    while changing.is_alive():
        seen.append(a_list(declared))
    changing.join()

    for listed in seen:
        assert {item.identifier for item in listed.items} == names[listed.declarations_token]


def test_a_device_whose_channel_was_never_told_anything_hears_later(handset: Handset) -> None:
    for endpoint in ("tokens", "declaration-items", f"declaration/configuration/{PASSCODE}"):
        answer = ask(handset, endpoint)

        assert (answer.status, answer.headers) == LATER
        assert answer.body == b""


def test_a_device_that_has_not_finished_enrolling_hears_later(classroom: Classroom) -> None:
    handset = classroom.handset()
    handset.authenticate()

    for endpoint in ("tokens", "declaration-items", "status"):
        assert (ask(handset, endpoint).status, ask(handset, endpoint).headers) == LATER


def test_a_device_that_waits_to_be_accepted_hears_later(classroom: Classroom) -> None:
    handset = classroom.handset(expected=False)
    handset.authenticate()
    handset.token_update()

    assert (ask(handset, "declaration-items").status, ask(handset, "tokens").headers) == LATER


def test_after_a_new_enrolment_the_old_set_is_told_no_more(
    classroom: Classroom, declared: Handset, database: Database
) -> None:
    a_list(declared)
    declared.check_out()
    with database.reading() as tx:
        left = tx.scalars(select(DeclarationChannel)).all()

    declared.token_update(b"\x02" * 32)

    assert left == []
    assert ask(declared, "declaration-items").status == 503


def test_after_check_out_nothing_is_told(declared: Handset) -> None:
    declared.check_out()

    assert ask(declared, "declaration-items").status == 400


def test_a_first_word_with_a_renewed_certificate_may_ask_for_declarations(
    classroom: Classroom, declared: Handset
) -> None:
    renewed = classroom.renewal(declared)

    assert a_token(renewed) == a_token(renewed)


def test_another_devices_certificate_is_refused(classroom: Classroom, declared: Handset) -> None:
    other = classroom.enrolled()

    for endpoint in ("tokens", "declaration-items", f"declaration/configuration/{PASSCODE}"):
        assert ask(declared.with_another_certificate(other), endpoint).status == 400


def test_a_strangers_certificate_is_refused(classroom: Classroom, declared: Handset) -> None:
    stranger = classroom.stranger()

    status = ask(declared.with_another_certificate(stranger), "status", Data=a_status({}))

    assert status.status == 400


def test_a_declaration_of_another_channel_is_not_there(
    classroom: Classroom, declared: Handset, database: Database, vault: Vault
) -> None:
    other = classroom.enrolled()
    tell(classroom, other, database, vault, (an_organization(),))

    assert ask(other, f"declaration/configuration/{PASSCODE}").status == 404
    assert ask(declared, f"declaration/configuration/{PASSCODE}").status == 200


def test_a_user_of_a_shared_ipad_has_declarations_of_their_own(
    classroom: Classroom, declared: Handset, database: Database, vault: Vault
) -> None:
    declared.token_update(b"\x09" * 32, **USER)
    before = ask(declared, "declaration-items", **USER)
    with database.transaction() as tx:
        row = tx.scalars(select(Enrollment).where(Enrollment.parent_id.is_not(None))).one()
        service.replace(tx, vault, row.id, (an_organization("Für Schüler"),), classroom.now)

    mine = ask(declared, "declaration-items", **USER)

    assert before.status == 503
    assert [item.identifier for item in read_declaration_items(mine.body).items] == ["mgmt.org"]
    assert ask(declared, f"declaration/configuration/{PASSCODE}", **USER).status == 404
    assert a_list(declared).declarations_token == a_token(declared)


def test_a_user_whom_nobody_knows_yet_hears_later(declared: Handset) -> None:
    for endpoint in ("tokens", "status"):
        assert ask(declared, endpoint, **USER).status == 503


def test_a_guests_report_is_let_go(declared: Handset, database: Database) -> None:
    guest = {"UserID": USER["UserID"], "UserShortName": ""}

    answer = ask(declared, "status", Data=a_status({}), **guest)

    assert answer == EMPTY
    with database.reading() as tx:
        assert tx.scalars(select(StatusReport)).all() == []


ODD_NAMES = (
    "cfg.passcode/..",
    "../configuration/cfg.passcode",
    "..",
    "/",
    "cfg.passcode/",
    "cfg.passcode%00",
    "CFG.PASSCODE",
    "' OR 1=1 --",
    "x" * 255,
    "äöü",
)


def test_only_the_very_identifier_is_found(declared: Handset) -> None:
    answers = {name: ask(declared, f"declaration/configuration/{name}") for name in ODD_NAMES}

    assert {name for name, answer in answers.items() if answer.status != 404} == set()


def test_a_declaration_is_found_under_its_own_kind_only(declared: Handset) -> None:
    for kind in ("activation", "asset", "management"):
        assert ask(declared, f"declaration/{kind}/{PASSCODE}").status == 404


NO_ENDPOINTS = (
    "",
    "token",
    "declaration",
    "declaration/",
    "declaration/configuration",
    "declaration/configuration/",
    "declaration/secret/x",
    "Declaration-Items",
    "status/x",
    "declaration/configuration/a\u202eb",
    "declaration/configuration/" + "x" * 300,
)


def test_an_endpoint_that_does_not_exist_is_refused(declared: Handset) -> None:
    answers = {endpoint: ask(declared, endpoint) for endpoint in NO_ENDPOINTS}

    assert {endpoint for endpoint, answer in answers.items() if answer.status != 400} == set()
    assert a_token(declared)


DEEP = b'{"StatusItems":' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"}"
ODD_REPORTS = {
    "no JSON": b"hello",
    "another kind": b"[]",
    "deep": DEEP,
    "huge": b'{"StatusItems":{"a":"' + b"x" * 3_000_000 + b'"}}',
    "binary": bytes(range(256)),
    "a number without end": b'{"StatusItems":{"a":' + b"9" * 10_000 + b"}}",
    "not a number": b'{"StatusItems":{"a":NaN}}',
}


def test_any_report_is_kept_as_it_came_and_thanked_for(
    declared: Handset, database: Database
) -> None:
    answers = [ask(declared, "status", Data=body) for body in ODD_REPORTS.values()]

    assert answers == [EMPTY] * len(ODD_REPORTS)
    with database.reading() as tx:
        assert len(tx.scalars(select(StatusReport)).all()) == len(ODD_REPORTS)


def test_a_report_wakes_the_worker(declared: Handset, tools: Tools) -> None:
    ask(declared, "status", Data=a_status(states(a_set())))

    assert isinstance(tools.bell, RecordingBell)
    assert tools.bell.rung[-1] is Job.READ_RESULTS


def test_a_report_of_a_device_that_was_told_nothing_is_kept_too(
    handset: Handset, database: Database
) -> None:
    assert ask(handset, "status", Data=a_status({})) == EMPTY

    with database.reading() as tx:
        assert tx.scalars(select(StatusReport)).one().read_at is None


def test_a_report_without_content_is_thanked_for_and_noted(
    declared: Handset, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert ask(declared, "status") == EMPTY

    assert "status_without_report" in caplog.text
    with database.reading() as tx:
        assert tx.scalars(select(StatusReport)).all() == []


def test_a_report_is_not_readable_in_storage(declared: Handset, database: Database) -> None:
    ask(declared, "status", Data=a_status({"device": {"name": "Beispielname"}}))

    with database.reading() as tx:
        sealed = tx.scalars(select(StatusReport)).one().sealed or b""
    assert b"Beispielname" not in sealed


def test_a_set_that_was_altered_in_storage_is_an_error_never_an_empty_list(
    declared: Handset, database: Database
) -> None:
    with database.transaction() as tx:
        tx.scalars(select(DeclarationSnapshot)).one().compressed = b"broken"
    contents.remembered.clear()

    for endpoint in ("tokens", "declaration-items", f"declaration/configuration/{PASSCODE}"):
        assert ask(declared, endpoint).status == 500


def test_a_database_that_is_away_is_503_never_404_or_empty(
    declared: Handset, door: DeviceDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> list[object]:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(door.fast.driver, "rows", away)

    for endpoint in ("tokens", "declaration-items", f"declaration/configuration/{PASSCODE}"):
        answer = ask(declared, endpoint)
        assert (answer.status, answer.body) == (HTTPStatus.SERVICE_UNAVAILABLE, b"")


def test_reading_takes_one_statement_once_the_set_is_known(
    declared: Handset, door: DeviceDoor
) -> None:
    a_list(declared)
    door.fast.driver.statements = 0

    for endpoint in ("tokens", "declaration-items", f"declaration/configuration/{PASSCODE}"):
        ask(declared, endpoint)

    assert door.fast.driver.statements == 3


def test_reading_takes_two_statements_and_one_to_remember_at_first(
    declared: Handset, door: DeviceDoor
) -> None:
    door.fast.driver.statements = 0

    ask(declared, "tokens")
    after_tokens = door.fast.driver.statements
    contents.remembered.clear()
    ask(declared, "declaration-items")

    assert after_tokens == 2
    assert door.fast.driver.statements == after_tokens + 3


def test_declaring_needs_no_lock_and_no_other_statement(
    declared: Handset, database: Database
) -> None:
    seen: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *a: seen.append(a[2]))

    a_list(declared)

    assert seen == []


def test_json_has_no_charset(declared: Handset) -> None:
    answer = ask(declared, "tokens")

    assert answer.content_type == "application/json"
    assert json.loads(answer.body)["SyncTokens"].keys() == {"DeclarationsToken", "Timestamp"}


def test_a_passcode_that_is_taken_back_is_missing_in_the_list(
    classroom: Classroom, declared: Handset, database: Database, vault: Vault
) -> None:
    before = a_list(declared)

    tell(classroom, declared, database, vault, (an_organization(),), MINUTE)

    gone = {item.identifier for item in before.items} - {
        i.identifier for i in a_list(declared).items
    }
    assert gone == {each.identifier for each in a_passcode()}
