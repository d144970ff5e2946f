"""A roster file as a change plan: which iPads it touches, and that approving writes it."""

from datetime import datetime

import pytest
from sqlalchemy import select

from mdm.base.db import Database
from mdm.base.errors import Conflict, NotFound
from mdm.base.vault import Vault
from mdm.rooms.assignments import service as assignments
from mdm.rooms.audit.service import Actor
from mdm.rooms.changes import service as changes
from mdm.rooms.changes.models import ChangeState
from mdm.rooms.changes.service import Approved, Wanted
from mdm.rooms.changes.stored import preview_of
from mdm.rooms.devices.models import Device, Enrollment
from mdm.rooms.rosters import service as rosters
from mdm.rooms.rosters.models import ImportState
from mdm.rooms.rosters.service import RosterFile
from mdm.rooms.schools.models import Member
from policies.effects import ChangeKind
from policies.operations import ApplyRosterImport, AssignmentSpec, Target
from tests.factories.devices import an_ipad
from tests.factories.people import a_person, manager_a, viewer
from tests.factories.rosters import a_school as a_roster
from tests.factories.schools import a_class, a_school
from tests.mdm.rooms.wishes import an_app


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
