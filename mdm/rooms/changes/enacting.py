"""Carrying out operations: the verbs of the rooms that own the rows, one after the other.

Previews carry them out as well, and take everything back: so a preview cannot promise what
execution does not do. Not here: that (looking_ahead.py), what undoes them (policies.undo).
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime

from mdm.base.db import Tx
from mdm.base.errors import Conflict, NotFound
from mdm.base.vault import Vault
from mdm.rooms.assignments import service as assignments
from mdm.rooms.assignments.models import Assignment
from mdm.rooms.assignments.replacements import replace_profile_version
from mdm.rooms.audit.service import Actor
from mdm.rooms.blueprints.models import BlueprintVersion
from mdm.rooms.devices import placing
from mdm.rooms.devices.models import Device
from mdm.rooms.devices.placing import Placement
from mdm.rooms.groups import membership
from mdm.rooms.groups import service as groups
from mdm.rooms.groups.models import SmartGroup
from mdm.rooms.rosters import service as rosters
from policies.group_json import write_rule
from policies.operations import (
    ApplyRosterImport,
    BeginAssignment,
    ChangeGroup,
    EndAssignment,
    Operation,
    PlaceDevice,
    Placing,
    ReplaceBlueprintVersion,
    ReplaceProfileVersion,
)


def enact(
    tx: Tx,
    vault: Vault,
    operations: Sequence[Operation],
    rollout_id: int,
    actor: Actor,
    now: datetime,
) -> tuple[Operation, ...]:
    """Carry out operations, in their order.

    rollout_id: rules begin and end ring by ring with this open roll-out; places of devices, a
        roster and members of groups are other ones at once.
    returns: what was done, so that it can be undone: rules have their numbers and what they said.
    raises: Conflict (it is no longer as the operation expects), NotFound, InvalidInput.
    """
    doing = _Enacting(tx, vault, rollout_id, actor, now)
    return tuple(done for operation in operations for done in doing.carry_out(operation))


class _Enacting:
    """Operations of one plan under way."""

    def __init__(self, tx: Tx, vault: Vault, rollout_id: int, actor: Actor, now: datetime) -> None:
        self._tx = tx
        self._vault = vault
        self._rollout_id = rollout_id
        self._actor = actor
        self._now = now

    def carry_out(self, operation: Operation) -> Iterator[Operation]:
        match operation:
            case BeginAssignment():
                yield self._begin(operation)
            case EndAssignment():
                yield self._end(operation)
            case ReplaceBlueprintVersion():
                yield from self._replace(operation)
            case ReplaceProfileVersion():
                yield self._replace_profile(operation)
            case PlaceDevice():
                yield self._place(operation)
            case ChangeGroup():
                yield self._change_group(operation)
            case ApplyRosterImport():
                moved = rosters.carry_out(
                    self._tx, self._vault, operation.import_id, self._actor, self._now
                )
                # A preview has to see what they get by smart groups, too.
                membership.refresh(self._tx, moved, self._now)
                yield operation

    def _begin(self, operation: BeginAssignment) -> BeginAssignment:
        row = assignments.begin(
            self._tx, operation.spec, self._actor, self._now, rollout_id=self._rollout_id
        )
        return BeginAssignment(assignments.spec_of(row), row.id)

    def _end(self, operation: EndAssignment) -> EndAssignment:
        row = self._tx.get(Assignment, operation.assignment_id)
        if row is None:
            raise NotFound("assignment", str(operation.assignment_id))
        if row.ended_at is not None or row.ending_rollout_id is not None:
            raise Conflict(f"rule {row.id} has been ended meanwhile")
        said = assignments.spec_of(row)
        assignments.end(self._tx, row.id, self._actor, self._now, rollout_id=self._rollout_id)
        return EndAssignment(row.id, said)

    def _replace(self, operation: ReplaceBlueprintVersion) -> Iterator[Operation]:
        before, after = (
            self._version(number, operation) for number in (operation.before, operation.after)
        )
        pairs = assignments.replace_version(
            self._tx, before, after, self._actor, self._now, rollout_id=self._rollout_id
        )
        for ended, begun in pairs:
            yield EndAssignment(ended.id, assignments.spec_of(ended))
            yield BeginAssignment(assignments.spec_of(begun), begun.id)

    def _version(self, number: int, operation: ReplaceBlueprintVersion) -> BlueprintVersion:
        version = self._tx.get(BlueprintVersion, number)
        if version is None or version.blueprint_id != operation.blueprint_id:
            raise NotFound("version of the blueprint", str(number))
        return version

    def _replace_profile(self, operation: ReplaceProfileVersion) -> ReplaceProfileVersion:
        replace_profile_version(
            self._tx,
            operation.profile_id,
            operation.before,
            operation.after,
            self._actor,
            self._now,
            rollout_id=self._rollout_id,
        )
        return operation

    def _place(self, operation: PlaceDevice) -> PlaceDevice:
        device = self._tx.get(Device, operation.device_id, with_for_update=True)
        if device is None:
            raise NotFound("device", str(operation.device_id))
        if Placing(**asdict(placing.placement_of(device))) != operation.before:
            raise Conflict(f"iPad {device.serial or device.id} has been moved meanwhile")
        wanted = Placement(**asdict(operation.after))
        placing.place(self._tx, device, wanted, self._actor, self._now)
        membership.refresh(self._tx, {device.id}, self._now)
        return operation

    def _change_group(self, operation: ChangeGroup) -> ChangeGroup:
        group = self._tx.get(SmartGroup, operation.group_id)
        if group is None:
            raise NotFound("smart group", str(operation.group_id))
        if group.rule != write_rule(operation.before):
            raise Conflict(f"group {group.name} has got another rule meanwhile")
        groups.set_rule(self._tx, group.id, operation.after, self._actor, self._now)
        return operation
