"""Plans that go by declaration, as rows; and what is written down about each enrollment."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from mdm.base.db import Database, Tx
from mdm.base.settings import Settings
from mdm.base.vault import Vault
from mdm.rooms.assignments.models import Assignment, Rollout, RolloutDevice
from mdm.rooms.blueprints.models import Blueprint, BlueprintVersion
from mdm.rooms.commands.models import Command
from mdm.rooms.declarations import queries
from mdm.rooms.declarations.models import DeclarationChannel
from mdm.rooms.devices.models import Device, Enrollment
from mdm.rooms.devices.reports import REPORT
from mdm.rooms.facts import service as facts
from mdm.rooms.groups.models import SmartGroup, SmartGroupMember
from mdm.rooms.reconciler import outcomes
from mdm.rooms.reconciler import service as reconciler
from mdm.rooms.reconciler.models import DesiredContent, DesiredSpan, EnrollmentOutcome
from mdm.rooms.schools.models import Course, CourseMember, Member, School
from policies.actions import ActionKey, ActionKind, QueryKind
from policies.declaring import token_of
from policies.delivery import DeliveryState
from policies.outcome import OutcomeKind
from policies.roster.values import Role
from policies.scope import ScopeKind
from tests.factories.devices import a_reported_item, an_ipad
from tests.factories.schools import a_school
from tests.mdm.rooms.wishes import a_profile, assign

HOUR = timedelta(hours=1)
CODE = {
    "kind": "declaration",
    "declaration_type": "com.apple.configuration.passcode.settings",
    "name": "code",
    "payload": {"MinimumLength": 6},
}


@pytest.fixture
def school(database: Database) -> School:
    with database.transaction() as tx:
        return a_school(tx)


def a_blueprint(tx: Tx, school: School, *items: dict[str, Any], now: datetime) -> BlueprintVersion:
    blueprint = Blueprint(
        school_id=school.id, name=f"Klasse {len(items)}", current_version=1, created_at=now
    )
    tx.add(blueprint)
    tx.flush()
    version = BlueprintVersion(
        blueprint_id=blueprint.id,
        version=1,
        items=list(items),
        digest="0" * 64,
        created_by="manager_a",
        created_at=now,
    )
    tx.add(version)
    tx.flush()
    return version


def a_rule(tx: Tx, school: School | None, now: datetime, **columns: Any) -> Assignment:
    rule = Assignment(
        school_id=None if school is None else school.id,
        created_by="manager_a",
        created_at=now,
        **columns,
    )
    tx.add(rule)
    tx.flush()
    return rule


def a_due_ipad(tx: Tx, school: School | None, now: datetime, **columns: Any) -> Enrollment:
    ipad = an_ipad(tx, school, **columns)
    ipad.due_generation = 1
    for query in QueryKind:
        a_reported_item(tx, ipad, REPORT, query, {"complete": True}, now)
    return ipad


def run(database: Database, vault: Vault, now: datetime) -> int:
    with database.transaction() as tx:
        for ipad in tx.scalars(select(Enrollment)):
            ipad.due_generation += 1
    with database.transaction() as tx:
        return reconciler.reconcile_next(tx, vault, Settings(), now, 100)


def outcome_of(tx: Tx) -> tuple[OutcomeKind, list[str], datetime]:
    row = tx.scalars(select(EnrollmentOutcome)).one()
    return row.outcome, [reason["subject"] for reason in row.reasons], row.since


def test_the_set_is_in_place_before_the_command_that_names_it(
    database: Database, vault: Vault, school: School, now: datetime
) -> None:
    with database.transaction() as tx:
        ipad = a_due_ipad(tx, school, now)

    run(database, vault, now)

    with database.reading() as tx:
        (row,) = tx.scalars(select(Command).where(Command.request_type == "DeclarativeManagement"))
        issued = queries.declared(tx, [ipad.id])[ipad.id].issued
        key = ActionKey.parse(row.action_key or "")
        assert (key.kind, key.version) == (
            ActionKind.SYNC_DECLARATIONS,
            token_of(issued.values()),
        )


def test_the_same_set_is_put_in_place_once(
    database: Database, vault: Vault, school: School, now: datetime
) -> None:
    with database.transaction() as tx:
        a_due_ipad(tx, school, now)

    for minutes in range(3):
        run(database, vault, now + minutes * timedelta(minutes=1))

    with database.reading() as tx:
        assert tx.scalars(select(DeclarationChannel.changed_at)).one() == now
        assert tx.scalar(select(func.count()).select_from(Command)) == 1


def test_an_ipad_that_is_too_old_for_declarations_is_told_none(
    database: Database, vault: Vault, school: School, now: datetime
) -> None:
    with database.transaction() as tx:
        version = a_blueprint(tx, school, CODE, now=now)
        a_rule(tx, school, now, blueprint_version_id=version.id)
        a_due_ipad(tx, school, now, os_version="15.8")

    run(database, vault, now)

    with database.reading() as tx:
        (row,) = tx.scalars(select(Command))
        assert row.request_type == "InstallProfile"
        assert tx.scalars(select(DeclarationChannel)).all() == []


def test_an_ipad_that_refuses_declarations_keeps_what_is_ordered_instead(
    database: Database, vault: Vault, school: School, now: datetime
) -> None:
    """Also while it is asked once more: it has not begun to take them by that."""
    with database.transaction() as tx:
        version = a_blueprint(tx, school, CODE, now=now)
        a_rule(tx, school, now, blueprint_version_id=version.id)
        a_due_ipad(tx, school, now)
    run(database, vault, now)
    with database.transaction() as tx:
        (sync,) = tx.scalars(select(Command))
        sync.state, sync.answered_at, sync.answer_status = DeliveryState.FAILED, now, "Error"

    seen = []
    for seconds in range(1, 4):
        run(database, vault, now + timedelta(seconds=seconds))
        with database.reading() as tx:
            waiting = select(Command.request_type).where(Command.state == DeliveryState.QUEUED)
            seen.append(sorted(tx.scalars(waiting)))

    assert seen == [["DeclarativeManagement", "InstallProfile"]] * 3


def test_a_blueprint_gives_everything_it_says(
    database: Database, school: School, now: datetime
) -> None:
    with database.transaction() as tx:
        profile, version = a_profile(tx)
        items = (
            CODE,
            {"kind": "profile", "profile_id": profile.id, "delivery": "declaration"},
            {"kind": "app", "bundle_id": "com.example.rechnen", "store_id": 4711},
            {"kind": "app", "bundle_id": "com.example.spiel", "absent": True},
            {"kind": "os_version", "version": "26.2", "deadline": "2026-10-02T18:00:00"},
            {"kind": "device_name", "template": "$SCHOOL_NUMBER-$SERIAL"},
        )
        blueprint = a_blueprint(tx, school, *items, now=now)
        a_rule(tx, school, now, blueprint_version_id=blueprint.id)
        ipad = a_due_ipad(tx, school, now)

        found = facts.load(tx, ipad.id, now)

    desired = found.desired(now)
    assert [p.uuid for p in desired.profiles] == [version.uuid]
    assert [app.identifier for app in desired.apps] == ["com.example.rechnen"]
    assert [app.identifier for app in desired.absent_apps] == ["com.example.spiel"]
    assert [d.identifier.rpartition(".")[2] for d in desired.declarations] == ["code"]
    assert desired.os_version is not None
    assert desired.device_name is not None
    assert found.version_rows == {version.uuid: version.id}


def test_a_blueprint_that_cannot_be_read_stops_the_plans_of_its_school_only(
    database: Database, vault: Vault, school: School, now: datetime
) -> None:
    with database.transaction() as tx:
        broken = a_blueprint(tx, school, {"kind": "spell"}, now=now)
        a_rule(tx, school, now, blueprint_version_id=broken.id)
        a_due_ipad(tx, school, now)
        other = a_due_ipad(tx, a_school(tx, "13"), now, serial="SIM0000002")

    run(database, vault, now)

    with database.reading() as tx:
        assert set(tx.scalars(select(Command.enrollment_id))) == {other.id}


def test_a_rule_holds_in_its_window_only(database: Database, school: School, now: datetime) -> None:
    with database.transaction() as tx:
        profile, _ = a_profile(tx)
        a_rule(tx, school, now, profile_id=profile.id, starts_at=now + HOUR, ends_at=now + 2 * HOUR)
        ipad = a_due_ipad(tx, school, now)
        found = facts.load(tx, ipad.id, now)

    wished = [len(found.desired(now + hours * HOUR).profiles) for hours in range(3)]
    assert wished == [0, 1, 0]
    assert found.desired(now).changes_at == now + HOUR


@pytest.mark.parametrize(
    ("released", "ended", "holds"), [(False, False, 0), (True, False, 1), (False, True, 1)]
)
def test_an_open_rollout_brings_a_rule_to_whom_it_has_released(
    database: Database, school: School, now: datetime, released: bool, ended: bool, holds: int
) -> None:
    with database.transaction() as tx:
        rollout = Rollout(started_at=now, ended_at=now if ended else None)
        tx.add(rollout)
        tx.flush()
        a_rule(tx, school, now, profile_id=a_profile(tx)[0].id, rollout_id=rollout.id)
        ipad = a_due_ipad(tx, school, now)
        at = now if released else None
        tx.add(
            RolloutDevice(rollout_id=rollout.id, device_id=ipad.device_id, ring=1, released_at=at)
        )
        tx.flush()

        assert len(facts.load(tx, ipad.id, now).desired(now).profiles) == holds


def test_an_ipad_is_in_its_groups_and_its_owners_courses(
    database: Database, school: School, now: datetime
) -> None:
    with database.transaction() as tx:
        ipad = a_due_ipad(tx, school, now)
        owner = Member(
            school_id=school.id,
            source_id="s1",
            role=Role.PUPIL,
            given_name="Muster",
            family_name="Kind",
            created_at=now,
        )
        course = Course(school_id=school.id, name="Mathe", created_at=now)
        group = SmartGroup(
            school_id=school.id, name="Alle", rule={}, created_by="manager_a", created_at=now
        )
        tx.add_all([owner, course, group])
        tx.flush()
        tx.add(CourseMember(course_id=course.id, member_id=owner.id))
        tx.add(SmartGroupMember(group_id=group.id, device_id=ipad.device_id, since=now))
        tx.get_one(Device, ipad.device_id).owner_id = owner.id
        tx.flush()

        scopes = facts.load(tx, ipad.id, now).device.scopes

    named = {scope.kind: scope.name for scope in scopes}
    assert named[ScopeKind.COURSE] == f"{school.number}/{course.id}"
    assert named[ScopeKind.GROUP] == str(group.id)


def test_an_outcome_is_written_when_it_changes_and_keeps_its_instant(
    database: Database, vault: Vault, school: School, now: datetime
) -> None:
    with database.transaction() as tx:
        assign(tx, school, a_profile(tx)[0])
        a_due_ipad(tx, school, now, os_version="15.8")

    run(database, vault, now)
    run(database, vault, now + HOUR)

    with database.reading() as tx:
        assert outcome_of(tx) == (OutcomeKind.ON_ITS_WAY, [], now)


def test_what_cannot_be_followed_is_written_with_its_subject(
    database: Database, vault: Vault, school: School, now: datetime
) -> None:
    name = {"kind": "device_name", "template": "iPad 7"}
    with database.transaction() as tx:
        version = a_blueprint(tx, school, name, now=now)
        a_rule(tx, school, now, blueprint_version_id=version.id)
        a_due_ipad(tx, school, now, is_supervised=False)

    run(database, vault, now)

    with database.reading() as tx:
        assert outcome_of(tx)[:2] == (OutcomeKind.BLOCKED, ["device name"])


def test_wishes_are_dated_and_equal_ones_are_stored_once(
    database: Database, vault: Vault, school: School, now: datetime
) -> None:
    with database.transaction() as tx:
        rule = assign(tx, school, a_profile(tx)[0])
        for number in range(3):
            a_due_ipad(tx, school, now, serial=f"SIM{number:07d}")
    run(database, vault, now)
    run(database, vault, now + HOUR)
    with database.transaction() as tx:
        tx.get_one(Assignment, rule.id).ended_at = now
    run(database, vault, now + 2 * HOUR)

    with database.reading() as tx:
        spans = tx.scalars(select(DesiredSpan).order_by(DesiredSpan.id)).all()
        ended = [(span.since, span.until) for span in spans if span.until is not None]
        assert ended == [(now, now + 2 * HOUR)] * 3
        assert len([span for span in spans if span.until is None]) == 3
        assert tx.scalar(select(func.count()).select_from(DesiredContent)) == 2
        assert len(outcomes.content(tx, spans[0].digest).profiles) == 1
