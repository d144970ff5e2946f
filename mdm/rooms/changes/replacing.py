"""What a saved version of a blueprint or a profile, or another rule of a group, leads to.

Here: the drafts that follow from saving. Nothing reaches an iPad before somebody approves them.
Not here: saving versions (mdm.rooms.blueprints), rules in force (mdm.rooms.assignments).
"""

from datetime import datetime

from sqlalchemy import exists, select

from mdm.base.db import Tx
from mdm.base.errors import NotFound
from mdm.base.locks import alone_with_decisions
from mdm.base.vault import Vault
from mdm.rooms.access.service import Viewer
from mdm.rooms.assignments.models import Assignment
from mdm.rooms.assignments.replacements import decided_version, having, prefer
from mdm.rooms.assignments.service import is_given
from mdm.rooms.blueprints.models import App, BlueprintVersion
from mdm.rooms.blueprints.service import Saved
from mdm.rooms.changes import service
from mdm.rooms.changes.models import ChangePlan
from mdm.rooms.changes.service import Wanted
from mdm.rooms.groups import service as groups
from mdm.rooms.groups.membership import rules_in_use
from mdm.rooms.groups.models import SmartGroup
from mdm.rooms.groups.service import SavedGroup
from policies.group_cycles import named_groups
from policies.group_json import read_rule, write_rule
from policies.groups import Rule
from policies.operations import (
    AssignmentSpec,
    BeginAssignment,
    ChangeGroup,
    Operation,
    ReplaceBlueprintVersion,
    ReplaceProfileVersion,
    Target,
)


def draft_replacement(
    tx: Tx,
    vault: Vault,
    viewer: Viewer,
    version: BlueprintVersion,
    title: str,
    now: datetime,
    reason: str = "",
) -> ChangePlan | None:
    """Draft that everybody who has another version of a blueprint gets this one.

    returns: None when nobody has another version. raises: as service.draft().
    """
    operations = tuple(
        ReplaceBlueprintVersion(version.blueprint_id, before, version.id)
        for before in _other_versions_in_force(tx, version)
    )
    if not operations:
        return None
    return service.draft(tx, vault, viewer, Wanted(title, operations, reason), now)


def draft_profile(
    tx: Tx,
    vault: Vault,
    viewer: Viewer,
    saved: Saved,
    title: str,
    now: datetime,
    *,
    target: Target | None = None,
    reason: str = "",
) -> ChangePlan | None:
    """Draft that a saved profile is given to a target, and to everybody who has another version.

    target: None for nobody further. A version that nobody has instead of another one is simply
        the one that will be given from now on.
    returns: None when there is nothing to decide. raises: as service.draft().
    """
    # Saving has taken it already, before the row of the profile.
    alone_with_decisions(tx)
    operations: list[Operation] = []
    if having(tx, saved.profile.id):
        before = decided_version(tx, saved.profile)
        if before.id != saved.version.id:
            number = saved.profile.id
            operations.append(ReplaceProfileVersion(number, before.id, saved.version.id))
    else:
        prefer(tx, saved, now)
    if target is not None:
        spec = AssignmentSpec(target, profile_id=saved.profile.id, reason=reason)
        operations += [] if is_given(tx, spec) else [BeginAssignment(spec)]
    if not operations:
        return None
    return service.draft(tx, vault, viewer, Wanted(title, tuple(operations), reason), now)


def draft_app(
    tx: Tx,
    vault: Vault,
    viewer: Viewer,
    app: App,
    target: Target,
    title: str,
    now: datetime,
    *,
    reason: str = "",
) -> ChangePlan | None:
    """Draft that a target gets an app.

    returns: None when it has it already. raises: as service.draft().
    """
    spec = AssignmentSpec(target, app_id=app.id, reason=reason)
    if is_given(tx, spec):
        return None
    wanted = Wanted(title, (BeginAssignment(spec),), reason)
    return service.draft(tx, vault, viewer, wanted, now)


def change_group_rule(
    tx: Tx,
    vault: Vault,
    viewer: Viewer,
    group_id: int,
    rule: Rule,
    title: str,
    now: datetime,
) -> ChangePlan | SavedGroup:
    """Give a group another rule: at once while nothing depends on it, otherwise by a draft.

    title: of the draft. raises: NotFound, InvalidInput as groups.set_rule(), as service.draft().
    """
    alone_with_decisions(tx)
    groups.alone_with_rules(tx)
    group = tx.get(
        SmartGroup, group_id, with_for_update={"key_share": True}, populate_existing=True
    )
    if group is None:
        raise NotFound("smart group", str(group_id))
    if group.rule == write_rule(rule) or not _group_decides(tx, group_id):
        return groups.set_rule(tx, group_id, rule, viewer.actor, now)
    operation = ChangeGroup(group_id, read_rule(group.rule), rule)
    return service.draft(tx, vault, viewer, Wanted(title, (operation,)), now)


def _group_decides(tx: Tx, group_id: int) -> bool:
    """Whether rules in force, or other groups, depend on who is in a group."""
    is_target = exists().where(Assignment.group_id == group_id, Assignment.ended_at.is_(None))
    if tx.scalar(select(is_target)):
        return True
    return any(group_id in named_groups(rule) for rule in rules_in_use(tx).values())


def _other_versions_in_force(tx: Tx, version: BlueprintVersion) -> list[int]:
    query = (
        select(Assignment.blueprint_version_id)
        .join(BlueprintVersion, BlueprintVersion.id == Assignment.blueprint_version_id)
        .where(
            BlueprintVersion.blueprint_id == version.blueprint_id,
            BlueprintVersion.id != version.id,
            Assignment.ended_at.is_(None),
            Assignment.ending_rollout_id.is_(None),
        )
        .distinct()
        .order_by(Assignment.blueprint_version_id)
    )
    return [number for number in tx.scalars(query) if number is not None]
