"""Loading facts: what a plan is told, in how many statements."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from enrollment.standing import EnrollmentState, HoldReason
from mdm.base.db import Database
from mdm.base.errors import NotFound
from mdm.rooms.devices.models import Device, Enrollment
from mdm.rooms.devices.reports import REPORT
from mdm.rooms.facts import service as facts
from policies.actions import ActionKey, ActionKind, QueryKind
from policies.delivery import DeliveryState
from policies.facts import Management
from policies.reported import AppStatus, Presence
from policies.scope import CITY, Scope, ScopeKind
from policies.wishes import ProfileKind
from tests.factories.commands import a_command
from tests.factories.devices import a_certificate, a_reported_item, an_enrollment, an_ipad
from tests.factories.schools import a_class, a_school
from tests.mdm.rooms.wishes import a_profile, an_app, assign

MINUTE = timedelta(minutes=1)
WIFI = str(ActionKey(ActionKind.INSTALL_PROFILE, "org.klassensatz.profile.wifi", "A"))


def test_a_device_is_in_the_city_its_school_its_grade_its_class_and_itself(
    database: Database, now: datetime
) -> None:
    with database.transaction() as tx:
        school = a_school(tx)
        ipad = an_ipad(tx, school, class_group=a_class(tx, school, "7b"))

        found = facts.load(tx, ipad.id, now)

    assert found.device.scopes == {
        CITY,
        Scope(ScopeKind.SCHOOL, "12"),
        Scope(ScopeKind.GRADE, "12/7"),
        Scope(ScopeKind.CLASS, "12/7b"),
        Scope(ScopeKind.DEVICE, "SIM0000001"),
    }


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({}, Management.ENROLLED),
        ({"state": EnrollmentState.AUTHENTICATED}, Management.AWAITED),
        ({"held_reason": HoldReason.UNEXPECTED_SERIAL}, Management.HELD),
        ({"state": EnrollmentState.CHECKED_OUT}, Management.UNENROLLED),
        ({"state": EnrollmentState.REPLACED}, Management.UNENROLLED),
        ({"state": EnrollmentState.RETIRED}, Management.RETIRED),
    ],
)
def test_only_an_enrolled_device_is_managed(
    database: Database, now: datetime, columns: dict[str, object], expected: Management
) -> None:
    with database.transaction() as tx:
        ipad = an_ipad(tx)
        for name, value in columns.items():
            setattr(ipad, name, value)
        tx.flush()

        found = facts.load(tx, ipad.id, now)

    assert found.device.management is expected


def test_a_released_device_is_retired_whatever_its_enrollment_says(
    database: Database, now: datetime
) -> None:
    with database.transaction() as tx:
        ipad = an_ipad(tx, retired_at=now)

        assert facts.load(tx, ipad.id, now).device.management is Management.RETIRED


def test_the_newest_pinned_certificate_is_the_identity(database: Database, now: datetime) -> None:
    with database.transaction() as tx:
        ipad = an_ipad(tx)
        a_certificate(tx, ipad, fingerprint=b"old".ljust(32), unpinned_at=now)
        a_certificate(tx, ipad, fingerprint=b"new".ljust(32))

        found = facts.load(tx, ipad.id, now)

    assert found.device.identity_fingerprint == b"new".ljust(32).hex()


def test_what_is_assigned_to_city_school_and_class_is_wished(
    database: Database, now: datetime
) -> None:
    with database.transaction() as tx:
        school = a_school(tx)
        group = a_class(tx, school, "7b")
        for number, (where, part) in enumerate([(None, None), (school, None), (school, group)]):
            assign(tx, where, a_profile(tx, f"p{number}", ProfileKind.OTHER)[0], part)
        assign(tx, school, an_app(tx))
        assign(tx, school, a_profile(tx, "elsewhere")[0], a_class(tx, school, "8a"))
        ipad = an_ipad(tx, school, class_group=group)

        desired = facts.load(tx, ipad.id, now).desired(now)

    assert [p.identifier.rpartition(".")[2] for p in desired.profiles] == ["p0", "p1", "p2"]
    assert [app.identifier for app in desired.apps] == ["com.example.rechnen"]


def test_an_ended_assignment_and_a_retired_profile_are_not_wished(
    database: Database, now: datetime
) -> None:
    with database.transaction() as tx:
        school = a_school(tx)
        assign(tx, school, a_profile(tx, "ended")[0]).ended_at = now
        retired = a_profile(tx, "retired")[0]
        retired.retired_at = now
        assign(tx, school, retired)
        ipad = an_ipad(tx, school)
        tx.flush()

        assert facts.load(tx, ipad.id, now).desired(now).profiles == ()


def test_absence_is_proof_only_after_a_complete_report(database: Database, now: datetime) -> None:
    with database.transaction() as tx:
        ipad = an_ipad(tx)
        a_reported_item(tx, ipad, REPORT, "profile_list", {"complete": True})
        a_reported_item(tx, ipad, REPORT, "installed_applications", {"complete": False})

        reported = facts.load(tx, ipad.id, now).reported

    assert reported.profile_presence("org.klassensatz.profile.wifi") is Presence.ABSENT
    assert reported.app_presence("com.example.rechnen") is Presence.UNKNOWN
    assert reported.observed_at(QueryKind.PROFILE_LIST) == now


def test_an_app_is_as_old_as_the_older_of_its_two_lists(database: Database, now: datetime) -> None:
    app = "com.example.rechnen"
    with database.transaction() as tx:
        ipad = an_ipad(tx)
        a_reported_item(tx, ipad, "app", app, {"installing": False}, now)
        a_reported_item(tx, ipad, "managed_app", app, {"status": "managed"}, now - MINUTE)

        found = facts.load(tx, ipad.id, now).reported.apps[app]

    assert (found.installed, found.status) == (True, AppStatus.MANAGED)
    assert found.observed_at == now - MINUTE


def test_a_profile_whose_content_is_hidden_may_carry_a_network(
    database: Database, now: datetime
) -> None:
    with database.transaction() as tx:
        ipad = an_ipad(tx)
        a_reported_item(tx, ipad, "profile", "a", {"uuid": "A", "payload_types": None})
        wifi = {"uuid": "B", "payload_types": ["com.apple.wifi.managed"]}
        a_reported_item(tx, ipad, "profile", "b", wifi)

        found = facts.load(tx, ipad.id, now)

    assert found.reported.profiles["a"].kind is None
    assert found.reported.profiles["b"].kind is ProfileKind.WIFI
    assert found.payload_types == {"b": ("com.apple.wifi.managed",)}


def test_failures_in_a_row_are_counted_and_what_we_took_back_is_not_one(
    database: Database, now: datetime
) -> None:
    with database.transaction() as tx:
        ipad = an_ipad(tx)
        states = ("PROVEN", "FAILED", "CANCELLED", "FAILED")
        for number, state in enumerate(states):
            at = now + number * MINUTE
            a_command(
                tx, ipad, "InstallProfile", DeliveryState[state], action_key=WIFI, answered_at=at
            )

        (command,) = facts.load(tx, ipad.id, now).commands

    assert (command.state, command.failures) == (DeliveryState.FAILED, 2)
    assert command.failed_at == now + 3 * MINUTE


def test_failures_still_count_while_the_same_is_offered_again(
    database: Database, now: datetime
) -> None:
    """Else one that refuses declarations would be taken to accept them until it has answered."""
    with database.transaction() as tx:
        ipad = an_ipad(tx)
        failed, queued = DeliveryState.FAILED, DeliveryState.QUEUED
        a_command(tx, ipad, "InstallProfile", failed, action_key=WIFI, answered_at=now)
        a_command(tx, ipad, "InstallProfile", queued, action_key=WIFI)

        (command,) = facts.load(tx, ipad.id, now).commands

    assert (command.state, command.failures, command.failed_at) == (queued, 1, now)


def test_commands_without_a_key_and_old_finished_ones_are_no_facts(
    database: Database, now: datetime
) -> None:
    with database.transaction() as tx:
        ipad = an_ipad(tx)
        a_command(tx, ipad, action_key=None)
        a_command(
            tx,
            ipad,
            state=DeliveryState.PROVEN,
            action_key=WIFI,
            created_at=now - timedelta(days=15),
        )

        assert facts.load(tx, ipad.id, now).commands == ()


def test_loading_many_costs_as_many_statements_as_loading_one(
    database: Database, now: datetime, count_statements: list[str]
) -> None:
    with database.transaction() as tx:
        school = a_school(tx)
        ipads = [an_ipad(tx, school, f"SIM{number:07d}") for number in range(30)]
    counts = []
    for ids in ([ipads[0].id], [ipad.id for ipad in ipads]):
        count_statements.clear()
        with database.reading() as tx:
            facts.load_many(tx, ids, now)
        counts.append(len(count_statements))

    assert counts[0] == counts[1] <= 15


def test_an_enrollment_that_does_not_exist_is_not_found(database: Database, now: datetime) -> None:
    with database.reading() as tx, pytest.raises(NotFound):
        facts.load(tx, 1, now)


def test_a_user_channel_is_told_from_the_device_channel(database: Database, now: datetime) -> None:
    with database.transaction() as tx:
        ipad = an_ipad(tx)
        device = tx.scalars(select(Device)).one()
        user: Enrollment = an_enrollment(tx, device, key="user", parent_id=ipad.id)

        assert not facts.load(tx, user.id, now).is_device_channel
