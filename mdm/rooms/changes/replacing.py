"""What a new version of a blueprint, or another rule of a group, means for those who have it.

Here: the drafts that follow from saving. Nothing reaches an iPad before somebody approves them.
Not here: saving versions (mdm.rooms.blueprints.versions), rules in force (mdm.rooms.assignments).
"""

from datetime import datetime

from sqlalchemy import exists, select

from mdm.base.db import Tx
from mdm.base.vault import Vault
from mdm.rooms.access.service import Viewer
from mdm.rooms.assignments.models import Assignment
from mdm.rooms.blueprints.models import BlueprintVersion
from mdm.rooms.changes import service
from mdm.rooms.changes.models import ChangePlan
from mdm.rooms.changes.service import Wanted
from mdm.rooms.groups.membership import rules_in_use
from mdm.rooms.groups.models import SmartGroup
from policies.group_cycles import named_groups
from policies.group_json import read_rule
from policies.groups import Rule
from policies.operations import ChangeGroup, ReplaceBlueprintVersion


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


def draft_group_rule(
    tx: Tx,
    vault: Vault,
    viewer: Viewer,
    group: SmartGroup,
    rule: Rule,
    title: str,
    now: datetime,
    reason: str = "",
) -> ChangePlan:
    """Draft another rule for a group. raises: as service.draft()."""
    operation = ChangeGroup(group.id, read_rule(group.rule), rule)
    return service.draft(tx, vault, viewer, Wanted(title, (operation,), reason), now)


def group_decides(tx: Tx, group_id: int) -> bool:
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
