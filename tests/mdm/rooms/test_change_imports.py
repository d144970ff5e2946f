"""A roster file as a change plan: which iPads it touches, and that approving writes it."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from mdm.base.db import Database, Tx
from mdm.base.errors import Conflict, NotFound
from mdm.base.vault import Vault
from mdm.rooms.access.models import Role
from mdm.rooms.access.service import Viewer
from mdm.rooms.assignments import service as assignments
from mdm.rooms.audit.models import AuditEntry
from mdm.rooms.audit.service import Actor
from mdm.rooms.changes import service as changes
from mdm.rooms.changes.giving_up import discard_without_import, give_up_waiting
from mdm.rooms.changes.models import ChangePlan, ChangeState
from mdm.rooms.changes.service import Approved, Wanted
from mdm.rooms.changes.stored import preview_of
from mdm.rooms.devices.models import Device, Enrollment
from mdm.rooms.groups.membership import memberships
from mdm.rooms.groups.service import save_group
from mdm.rooms.rosters import service as rosters
from mdm.rooms.rosters.models import ImportState, RosterImport
from mdm.rooms.rosters.service import RosterFile
from mdm.rooms.schools.models import Member
from policies.effects import ChangeKind
from policies.groups import InGrade
from policies.operations import ApplyRosterImport, AssignmentSpec, Target
from tests.factories.devices import an_ipad
from tests.factories.people import a_person, manager_a, viewer
from tests.factories.rosters import a_school as a_roster
from tests.factories.schools import a_class, a_school
from tests.mdm.rooms.wishes import an_app


def _drafted(tx: Tx, vault: Vault, now: datetime) -> tuple[Viewer, RosterImport, ChangePlan]:
    """An import that waits, with the draft of the plan that would carry it out."""
    boss = viewer(tx, a_person(tx, "boss", Role.ADMINISTRATOR))
    a_school(tx)
    a_school(tx, "13", "Beispielschule Süd")
    file = RosterFile("schule.csv", "generic", b"content", a_roster())
    row = rosters.draft(tx, vault, boss, file, now)
    wanted = Wanted("Import", (ApplyRosterImport(row.id),))
    return boss, row, changes.draft(tx, vault, boss, wanted, now)


def test_the_draft_of_an_import_that_was_given_up_is_given_up_with_the_reason(
    database: Database, vault: Vault, now: datetime
) -> None:
    with database.transaction() as tx:
        boss, row, plan = _drafted(tx, vault, now)
        rosters.discard(tx, vault, boss, row.id, now)

        assert discard_without_import(tx, boss.actor, now) == 1

        assert (plan.state, plan.finished_at) == (ChangeState.DISCARDED, now)
        entry = tx.scalars(select(AuditEntry).where(AuditEntry.act == "change.discard")).one()
        assert entry.details["because"] == "its roster import was given up"


def test_a_draft_whose_import_still_waits_stays(
    database: Database, vault: Vault, now: datetime
) -> None:
    with database.transaction() as tx:
        boss, _, plan = _drafted(tx, vault, now)

        assert discard_without_import(tx, boss.actor, now) == 0

        assert plan.state is ChangeState.DRAFTED


def test_an_import_is_previewed_approved_and_has_no_way_back(
    database: Database, vault: Vault, now: datetime
) -> None:
    with database.transaction() as tx:
        school, other = a_school(tx), a_school(tx, "13", "Beispielschule Süd")
        group = a_class(tx, school, "7b")
        # By the roster it belongs to a pupil of 7b.
        ipad = an_ipad(tx, school, "DMPX0001")
        bystander = an_ipad(tx, school, "SIM0000009")
        person = viewer(tx, a_person(tx, "manager_c", schools=[school, other]))
        target = Target(school.id, class_group_id=group.id)
        spec = AssignmentSpec(target, app_id=an_app(tx).id)
        assignments.begin(tx, spec, Actor.system_user("tests"), now)
        file = RosterFile("schule.csv", "generic", b"content", a_roster())
        row = rosters.draft(tx, vault, person, file, now)

        wanted = Wanted("Neues Schuljahr", (ApplyRosterImport(row.id),))
        plan = changes.draft(tx, vault, person, wanted, now)
        (touched,) = preview_of(plan).groups
        assert touched.devices == (ipad.device_id,)
        assert [change.kind for change in touched.effect.changes] == [ChangeKind.GAINS]
        assert tx.scalars(select(Member)).all() == []
        assert row.state is ImportState.DRAFTED

        assert (plan.school_id, plan.schools) == (None, [school.id, other.id])
        with pytest.raises(NotFound):
            changes.discard(tx, viewer(tx, manager_a(tx, school)), plan.id, now)

        done = changes.approve(tx, vault, person, plan.id, plan.fingerprint, now)

        assert done == Approved(plan.id)
        assert (row.state.value, plan.state) == ("applied", ChangeState.ROLLING_OUT)
        assert tx.get_one(Device, ipad.device_id).class_group_id == group.id
        due = tx.get_one(Enrollment, ipad.id, populate_existing=True)
        assert due.due_generation > due.done_generation
        assert tx.get_one(Device, bystander.device_id).class_group_id is None
        with pytest.raises(Conflict, match="no way back"):
            changes.undo(tx, vault, person, plan.id, now)


def test_what_ipads_get_by_a_smart_group_is_previewed_with_the_import(
    database: Database, vault: Vault, now: datetime
) -> None:
    with database.transaction() as tx:
        school, other = a_school(tx), a_school(tx, "13", "Beispielschule Süd")
        ipad = an_ipad(tx, school, "DMPX0001")
        person = viewer(tx, a_person(tx, "manager_c", schools=[school, other]))
        actor = Actor.system_user("tests")
        group = save_group(tx, school, "Siebte", InGrade(("7",)), actor, now).group
        spec = AssignmentSpec(Target(school.id, group_id=group.id), app_id=an_app(tx).id)
        assignments.begin(tx, spec, actor, now)
        file = RosterFile("schule.csv", "generic", b"content", a_roster())
        row = rosters.draft(tx, vault, person, file, now)

        wanted = Wanted("Neues Schuljahr", (ApplyRosterImport(row.id),))
        plan = changes.draft(tx, vault, person, wanted, now)

        (touched,) = preview_of(plan).groups
        assert touched.devices == (ipad.device_id,)
        assert memberships(tx, [ipad.device_id]) == {ipad.device_id: frozenset()}
        changes.approve(tx, vault, person, plan.id, plan.fingerprint, now)
        assert memberships(tx, [ipad.device_id]) == {ipad.device_id: {group.id}}


def test_a_list_that_nobody_decided_about_is_given_up_with_its_plan(
    database: Database, vault: Vault, now: datetime
) -> None:
    with database.transaction() as tx:
        _, row, plan = _drafted(tx, vault, now)

        early = give_up_waiting(tx, now, now)
        late = give_up_waiting(tx, now + timedelta(seconds=1), now + timedelta(days=60))

        assert (early, late) == (0, 1)
        assert (row.state, row.sealed_roster) == (ImportState.DISCARDED, None)
        assert plan.state is ChangeState.DISCARDED
