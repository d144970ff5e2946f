"""Blueprints, smart groups and change plans as rows; drafts approved without a look."""

from datetime import datetime

from sqlalchemy import select

from mdm.base.db import Database, Tx
from mdm.base.vault import Vault
from mdm.rooms.access.models import Role
from mdm.rooms.access.service import Viewer
from mdm.rooms.blueprints.models import Blueprint, BlueprintVersion
from mdm.rooms.changes.arranging import arrange
from mdm.rooms.changes.models import ChangePlan, ChangeState
from mdm.rooms.changes.service import Approved, approve
from mdm.rooms.changes.stored import compressed, written
from mdm.rooms.groups.models import SmartGroup
from mdm.rooms.schools.models import School
from policies.blueprint import DeviceNameSetting
from policies.blueprint_json import digest as digest_of
from policies.blueprint_json import write_settings
from policies.change_plan import EffectGroup, Preview
from policies.effects import Change, ChangeKind, Effect
from policies.group_json import write_rule
from policies.groups import InGrade
from policies.operations import AssignmentSpec, BeginAssignment, Target, write_operations
from policies.rings import Gate
from policies.scope import Scope, ScopeKind
from policies.value_json import digest
from policies.wishes import Reason, ReasonKey, WantedName
from tests.factories.times import NOW


def a_blueprint(tx: Tx, school: School | None, name: str = "Grundausstattung") -> Blueprint:
    """A blueprint in its first version, which names iPads."""
    settings = (DeviceNameSetting("$SERIAL"),)
    blueprint = Blueprint(
        school_id=school.id if school else None, name=name, current_version=1, created_at=NOW
    )
    tx.add(blueprint)
    tx.flush()
    version = BlueprintVersion(
        blueprint_id=blueprint.id,
        version=1,
        items=write_settings(settings),
        digest=digest_of(settings),
        created_by="job:test",
        created_at=NOW,
    )
    tx.add(version)
    tx.flush()
    return blueprint


def a_group(tx: Tx, school: School | None, name: str = "Stufe 7", grade: str = "7") -> SmartGroup:
    """A smart group of a grade, in which nobody is yet."""
    group = SmartGroup(
        school_id=school.id if school else None,
        name=name,
        rule=write_rule(InGrade((grade,))),
        created_by="job:test",
        created_at=NOW,
    )
    tx.add(group)
    tx.flush()
    return group


def a_draft_of(
    tx: Tx, school: School, version_id: int, device_id: int, now: datetime = NOW
) -> ChangePlan:
    """A draft that gives a version of a blueprint to a school; it would name one iPad."""
    reason = Reason(ReasonKey.ASSIGNED, Scope(ScopeKind.SCHOOL, school.number), now)
    effect = Effect((Change(ChangeKind.GAINS, None, WantedName("$SERIAL", reason)),))
    group = EffectGroup(digest(effect), effect, (device_id,))
    begin = BeginAssignment(AssignmentSpec(Target(school.id), blueprint_version_id=version_id))
    plan = ChangePlan(
        school_id=school.id,
        schools=[school.id],
        title="Grundausstattung für die Schule",
        operations=write_operations((begin,)),
        rings=written(()),
        gate=written(Gate()),
        state=ChangeState.DRAFTED,
        fingerprint="0" * 64,
        compressed_preview=compressed(Preview((group,), (), "0" * 64)),
        device_count=1,
        created_by="job:test",
        created_at=now,
    )
    tx.add(plan)
    tx.flush()
    return plan


def approve_newest(database: Database, vault: Vault, now: datetime = NOW) -> None:
    """Approve what was drafted last as it stands, for everybody at once."""
    somebody = Viewer(0, "administrator", "administrator", Role.ADMINISTRATOR, None)
    with database.transaction() as tx:
        plan = tx.scalars(select(ChangePlan).order_by(ChangePlan.id.desc())).first()
        assert plan is not None
        arrange(tx, somebody, plan.id, (), Gate(), now)
        done = approve(tx, vault, somebody, plan.id, plan.fingerprint, now)
        assert done == Approved(plan.id)
