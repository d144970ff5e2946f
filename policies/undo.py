"""What undoes a change plan, or why nothing does.

Here: the reverse of operations that were done. Not here: what is lost on a device all the same,
such as the data of a deleted app (policies.change_plan), doing it (mdm.rooms.changes).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from policies.operations import (
    ApplyRosterImport,
    BeginAssignment,
    ChangeGroup,
    EndAssignment,
    Operation,
    PlaceDevice,
    ReplaceBlueprintVersion,
    ReplaceProfileVersion,
)


class NoWayBackKind(StrEnum):
    """Why an operation has no reverse."""

    ROSTER_IMPORT = "roster_import"  # the school's own file is the truth: import the right one
    NOT_DONE = "not_done"  # it was not carried out, so nobody knows what it began or ended


@dataclass(frozen=True, slots=True)
class NoWayBack:
    """kind: why. place: of the operation, counted from zero."""

    kind: NoWayBackKind
    place: int


def reverse(done: Sequence[Operation]) -> tuple[Operation, ...] | NoWayBack:
    """The operations that undo others, last one first.

    done: as they were carried out: rules that began have their number, rules that ended what
        they said.
    """
    undoing: list[Operation] = []
    for place, operation in reversed(list(enumerate(done))):
        opposite = _opposite(operation)
        if isinstance(opposite, NoWayBackKind):
            return NoWayBack(opposite, place)
        undoing.append(opposite)
    return tuple(undoing)


def _opposite(operation: Operation) -> Operation | NoWayBackKind:
    match operation:
        case BeginAssignment():
            if operation.assignment_id is None:
                return NoWayBackKind.NOT_DONE
            return EndAssignment(operation.assignment_id, operation.spec)
        case EndAssignment():
            if operation.spec is None:
                return NoWayBackKind.NOT_DONE
            return BeginAssignment(operation.spec)
        case ReplaceBlueprintVersion():
            return ReplaceBlueprintVersion(
                operation.blueprint_id, operation.after, operation.before
            )
        case ReplaceProfileVersion():
            return ReplaceProfileVersion(operation.profile_id, operation.after, operation.before)
        case PlaceDevice():
            return PlaceDevice(operation.device_id, operation.after, operation.before)
        case ChangeGroup():
            return ChangeGroup(operation.group_id, operation.after, operation.before)
        case ApplyRosterImport():
            return NoWayBackKind.ROSTER_IMPORT
    assert_never(operation)
