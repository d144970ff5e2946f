"""Merging status reports: what each leaves behind, in which order, and what bad ones may not do."""

import logging
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from mdm.base.db import Database
from mdm.base.vault import Vault
from mdm.rooms.declarations import merging, queries, service, status
from mdm.rooms.declarations.models import DeclarationChannel, DeclarationState, StatusReport
from mdm.rooms.devices.models import Device, Enrollment, Report, ReportedItem
from tests.factories.declarations import (
    ORGANIZATION,
    PASSCODE,
    a_passcode,
    a_set,
    a_status,
    an_organization,
    states,
)
from tests.factories.devices import an_ipad

MINUTE = timedelta(minutes=1)
APP = "com.example.rechnen"
CAPABILITIES = {
    "management": {
        "client-capabilities": {
            "supported-versions": ["1.0.0"],
            "supported-payloads": {
                "declarations": {
                    "activations": ["com.apple.activation.simple"],
                    "configurations": ["com.apple.configuration.passcode.settings"],
                },
                "status-items": ["device.operating-system.version"],
            },
        }
    }
}


@pytest.fixture
def enrollment(database: Database) -> Enrollment:
    with database.transaction() as tx:
        return an_ipad(tx)


class Mailbox:
    """Lets an enrollment report, and the worker read."""

    def __init__(self, database: Database, vault: Vault, number: int, now: datetime) -> None:
        self.database, self.vault, self.number, self.now = database, vault, number, now

    def keep(self, body: bytes, minutes: int = 0) -> None:
        with self.database.transaction() as tx:
            status.keep(tx, self.vault, self.number, body, self.now + minutes * MINUTE)

    def read(self, limit: int = 50) -> int:
        with self.database.transaction() as tx:
            return status.read_next(tx, self.vault, self.now, limit)

    def say(self, items: dict[str, Any], minutes: int = 0, **more: Any) -> None:
        self.keep(a_status(items, **more), minutes)
        self.read()

    def items(self, kind: str = "status") -> dict[str, dict[str, Any]]:
        with self.database.reading() as tx:
            rows = tx.scalars(select(ReportedItem).where(ReportedItem.kind == kind))
            return {row.subject: row.value for row in rows}

    def states(self) -> dict[str, DeclarationState]:
        with self.database.reading() as tx:
            return {row.identifier: row for row in tx.scalars(select(DeclarationState))}


@pytest.fixture
def mailbox(database: Database, vault: Vault, enrollment: Enrollment, now: datetime) -> Mailbox:
    return Mailbox(database, vault, enrollment.id, now)


def test_a_report_tells_which_declarations_are_in_force(mailbox: Mailbox) -> None:
    mailbox.say(states(a_set()))

    found = mailbox.states()
    assert set(found) == {each.identifier for each in a_set()}
    assert (found[PASSCODE].kind, found[PASSCODE].validity) == ("configuration", "valid")
    assert found[PASSCODE].is_active
    assert not found[ORGANIZATION].is_active


def test_a_reason_is_kept_in_the_words_of_the_device(mailbox: Mailbox) -> None:
    reason = {"code": "Error.UnknownPayloadKeys", "details": {"Keys": ["Minimum"]}}
    mailbox.say(states(a_set(), valid="invalid", reasons=[reason]))

    assert mailbox.states()[PASSCODE].reasons == [reason]


def test_a_list_of_declarations_replaces_those_of_its_kind_only(mailbox: Mailbox) -> None:
    mailbox.say(states(a_set()))

    mailbox.say({"management": {"declarations": {"configurations": []}}}, 1)

    assert set(mailbox.states()) == {"act.passcode", ORGANIZATION}


def test_a_report_about_something_else_leaves_declarations_as_they_were(mailbox: Mailbox) -> None:
    mailbox.say(states(a_set()))

    mailbox.say({"passcode": {"is-present": True}}, 1)

    assert len(mailbox.states()) == 3
    assert mailbox.states()[PASSCODE].observed_at == mailbox.now


def test_a_full_report_replaces_everything(mailbox: Mailbox) -> None:
    mailbox.say(states(a_set()) | {"passcode": {"is-present": True}})

    mailbox.say({"passcode": {"is-compliant": True}}, 1, full=True)

    assert mailbox.states() == {}
    assert mailbox.items() == {"passcode.is-compliant": {"value": True}}


def test_what_a_report_leaves_out_stays_as_it_was(mailbox: Mailbox) -> None:
    mailbox.say({"passcode": {"is-present": True, "is-compliant": True}})

    mailbox.say({"passcode": {"is-compliant": False}}, 1)

    assert mailbox.items() == {
        "passcode.is-present": {"value": True},
        "passcode.is-compliant": {"value": False},
    }


def test_elements_of_a_list_come_change_and_go_one_by_one(mailbox: Mailbox) -> None:
    first = [{"identifier": APP, "state": "installing"}, {"identifier": "b", "state": "managed"}]
    mailbox.say({"app": {"managed": {"list": first}}})

    then = [{"identifier": APP, "state": "managed"}, {"identifier": "b", "_removed": True}]
    mailbox.say({"app": {"managed": {"list": then}}}, 1)

    entry = {"identifier": APP, "state": "managed"}
    assert mailbox.items() == {f"app.managed.list/{APP}": {"entry": entry}}


def test_a_report_that_comes_twice_changes_nothing_the_second_time(mailbox: Mailbox) -> None:
    report = states(a_set()) | {"app": {"managed": {"list": [{"identifier": APP}]}}}
    mailbox.say(report)
    before = mailbox.items(), set(mailbox.states())

    mailbox.say(report, 1)

    assert (mailbox.items(), set(mailbox.states())) == before


def test_reports_are_merged_in_the_order_in_which_they_came(mailbox: Mailbox) -> None:
    for minute, length in enumerate((True, False, True, False)):
        mailbox.keep(a_status({"passcode": {"is-present": length}}), minute)

    read = [mailbox.read(), mailbox.read(), mailbox.read(), mailbox.read(), mailbox.read()]

    assert read == [1, 1, 1, 1, 0]
    assert mailbox.items() == {"passcode.is-present": {"value": False}}


def test_reports_of_different_ipads_are_read_together(
    database: Database, vault: Vault, mailbox: Mailbox, now: datetime
) -> None:
    with database.transaction() as tx:
        other = an_ipad(tx, serial="SIM0000002")
        status.keep(tx, vault, other.id, a_status({"a": 1}), now)
    mailbox.keep(a_status({"a": 2}))

    assert mailbox.read() == 2


def test_an_ipad_that_has_reported_is_due_for_a_plan(database: Database, mailbox: Mailbox) -> None:
    with database.reading() as tx:
        before = tx.get_one(Enrollment, mailbox.number).due_generation

    mailbox.say(states(a_set()))

    with database.reading() as tx:
        assert tx.get_one(Enrollment, mailbox.number).due_generation == before + 1


def test_capabilities_become_facts_for_plans(database: Database, mailbox: Mailbox) -> None:
    mailbox.say(CAPABILITIES)

    with database.reading() as tx:
        known = queries.declared(tx, [mailbox.number])[mailbox.number].capabilities
    assert known is not None
    assert "com.apple.configuration.passcode.settings" in known.declaration_types
    assert known.status_items == {"device.operating-system.version"}


def test_states_of_apps_become_facts_for_plans(database: Database, mailbox: Mailbox) -> None:
    apps = [{"identifier": APP, "state": "downloading"}, {"identifier": "odd", "state": 7}]
    mailbox.say({"app": {"managed": {"list": apps}}})

    with database.reading() as tx:
        facts = queries.declared(tx, [mailbox.number])[mailbox.number]
    assert facts.app_states == {APP: "downloading"}


def test_a_device_tells_what_it_is_after_an_update(database: Database, mailbox: Mailbox) -> None:
    mailbox.say(
        {
            "device": {
                "operating-system": {"version": "27.0", "build-version": "24A1"},
                "model": {"identifier": "iPad16,3"},
            }
        }
    )

    with database.reading() as tx:
        device = tx.scalars(select(Device)).one()
    assert (device.os_version, device.build_version) == ("27.0", "24A1")
    assert device.product_name == "iPad16,3"


def test_a_report_older_than_the_last_answer_does_not_tell_what_a_device_is(
    database: Database, mailbox: Mailbox
) -> None:
    with database.transaction() as tx:
        tx.scalars(select(Device)).one().facts_observed_at = mailbox.now + MINUTE

    mailbox.say({"device": {"operating-system": {"version": "18.0"}}})

    with database.reading() as tx:
        assert tx.scalars(select(Device)).one().os_version == "26.1"


def test_the_channel_remembers_when_it_was_last_heard_of(
    database: Database, vault: Vault, mailbox: Mailbox
) -> None:
    with database.transaction() as tx:
        service.replace(tx, vault, mailbox.number, a_set(), mailbox.now)

    mailbox.say(states(a_set()), 1, full=True)
    mailbox.say({"a": 1}, 2)

    with database.reading() as tx:
        channel = tx.get_one(DeclarationChannel, mailbox.number)
    assert channel.reported_at == mailbox.now + 2 * MINUTE
    assert channel.fully_reported_at == channel.enabled_at == mailbox.now + MINUTE


def test_an_unknown_declaration_is_kept_and_noted(
    database: Database, vault: Vault, mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    with database.transaction() as tx:
        service.replace(tx, vault, mailbox.number, (an_organization(),), mailbox.now)

    with caplog.at_level(logging.INFO):
        mailbox.say(states((an_organization(), *a_passcode())))

    assert PASSCODE in mailbox.states()
    assert "unknown_declarations_reported" in caplog.text


def test_a_declaration_with_an_endless_name_hinders_no_other(mailbox: Mailbox) -> None:
    odd = {"identifier": "x" * 300, "server-token": "y" * 300, "active": True, "valid": "valid"}
    said = states(a_set())
    said["management"]["declarations"]["configurations"].append(odd)

    mailbox.say(said)

    assert set(mailbox.states()) == {each.identifier for each in a_set()}


def test_items_that_a_device_cannot_report_are_kept_until_it_can(mailbox: Mailbox) -> None:
    item = "device.power.battery-health"
    error = {"StatusItem": item, "Reasons": [{"Code": "Error.Unknown", "Description": "no"}]}
    mailbox.say({}, errors=[error])
    while_it_cannot = set(mailbox.items("status_error"))

    mailbox.say({"device": {"power": {"battery-health": "normal"}}}, 1)

    assert while_it_cannot == {item}
    assert mailbox.items("status_error") == {}


def test_a_full_report_ends_the_errors_that_it_does_not_repeat(mailbox: Mailbox) -> None:
    lasting, past = "device.power.battery-health", "softwareupdate.device-id"
    errors = [
        {"StatusItem": item, "Reasons": [{"Code": "Error.Unknown"}]} for item in (lasting, past)
    ]
    mailbox.say({}, errors=errors)

    mailbox.say({"a": 1}, 1, full=True, errors=errors[:1])

    assert set(mailbox.items("status_error")) == {lasting}


def test_a_report_stays_among_the_reports_by_its_date(database: Database, mailbox: Mailbox) -> None:
    mailbox.say({"a": 1})
    mailbox.say({"a": 2}, 1, full=True)

    with database.reading() as tx:
        kept = tx.scalars(select(Report).order_by(Report.id)).all()
        rows = tx.scalars(select(StatusReport)).all()
    assert [(row.kind, row.is_complete, row.observed_at) for row in kept] == [
        ("status", False, mailbox.now),
        ("status", True, mailbox.now + MINUTE),
    ]
    assert [row.sealed for row in rows] == [None, None]


@pytest.mark.parametrize(
    "body",
    [
        b"hello",
        b"[]",
        b'{"StatusItems": 1}',
        b'{"StatusItems": {}, "FullReport": "yes"}',
        b'{"StatusItems":' + b'{"a":' * 40 + b"1" + b"}" * 40 + b"}",
        b'{"StatusItems": {"a": 1, "a": 2}}',
    ],
)
def test_a_report_that_cannot_be_read_is_kept_and_hinders_nobody(
    database: Database, mailbox: Mailbox, body: bytes
) -> None:
    mailbox.keep(body)
    mailbox.keep(a_status({"a": 1}), 1)

    while mailbox.read():
        pass

    with database.reading() as tx:
        odd, good = tx.scalars(select(StatusReport).order_by(StatusReport.id)).all()
    assert odd.read_error is not None
    assert odd.sealed is not None
    assert good.read_error is None
    assert mailbox.items() == {"a": {"value": 1}}


def test_a_report_with_an_endless_number_of_items_leaves_nothing_behind(
    database: Database, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merging, "MOST_ITEMS", 100)

    mailbox.say({str(number): number for number in range(101)})

    with database.reading() as tx:
        assert tx.scalars(select(StatusReport)).one().read_error is not None
        assert tx.scalars(select(Report)).all() == []
    assert mailbox.items() == {}


def test_a_report_moved_to_another_enrollment_is_not_believed(
    database: Database, vault: Vault, mailbox: Mailbox
) -> None:
    mailbox.keep(a_status({"a": 1}))
    with database.transaction() as tx:
        other = an_ipad(tx, serial="SIM0000002")
        tx.scalars(select(StatusReport)).one().enrollment_id = other.id

    mailbox.read()

    assert mailbox.items() == {}


def test_characters_that_no_database_keeps_hinder_nothing(mailbox: Mailbox) -> None:
    mailbox.keep(b'{"StatusItems": {"a\\u0000b": "c\\u0000d", "e": "\\ud800"}}')

    mailbox.read()

    assert len(mailbox.items()) == 2


def test_merged_reports_are_forgotten_in_time(database: Database, mailbox: Mailbox) -> None:
    mailbox.say({"a": 1})
    mailbox.keep(a_status({"a": 2}), 1)

    with database.transaction() as tx:
        early = status.forget_read(tx, mailbox.now)
        late = status.forget_read(tx, mailbox.now + MINUTE)

    assert (early, late) == (0, 1)
    with database.reading() as tx:
        assert tx.scalars(select(StatusReport)).one().read_at is None
