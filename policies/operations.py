"""What a change plan does: rules that begin and end, iPads that move, imports, other groups.

Here: the operations as values, by numbers of rows only, so that no name is stored with them.
Not here: their JSON (policies.value_json), what they change on a device (policies.change_plan),
what undoes them (policies.undo), doing them (mdm.rooms.changes.enacting).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from policies.errors import InvalidOperation
from policies.groups import Rule
from policies.value_json import read_value, write_value


@dataclass(frozen=True, slots=True)
class Target:
    """For whom a rule is: numbers of rows. With nothing at all, the whole city.

    grade: of the school; a group and a device may be named without a school.
    """

    school_id: int | None = None
    grade: str | None = None
    class_group_id: int | None = None
    course_id: int | None = None
    trolley_id: int | None = None
    group_id: int | None = None
    device_id: int | None = None

    def __post_init__(self) -> None:
        places = (self.grade, self.class_group_id, self.course_id, self.trolley_id)
        narrow = [one for one in (*places, self.group_id, self.device_id) if one is not None]
        if len(narrow) > 1:
            raise InvalidOperation("target", "names more than one scope")
        if self.school_id is None and any(place is not None for place in places):
            raise InvalidOperation("target.school_id", "is missing")


@dataclass(frozen=True, slots=True)
class AssignmentSpec:
    """One rule: a profile, an app or a version of a blueprint, for a target.

    starts_at, ends_at: the window in which it holds, open where there is no instant.
    since: when it was first decided; None for now. A rule that comes back, or gets another
        version of its blueprint, keeps it and so wins and loses against others as before.
    """

    target: Target
    profile_id: int | None = None
    app_id: int | None = None
    blueprint_version_id: int | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    reason: str = ""
    since: datetime | None = None

    def __post_init__(self) -> None:
        subjects = (self.profile_id, self.app_id, self.blueprint_version_id)
        if sum(subject is not None for subject in subjects) != 1:
            raise InvalidOperation("subject", "exactly one of profile, app, blueprint is needed")
        if self.starts_at and self.ends_at and self.starts_at >= self.ends_at:
            raise InvalidOperation("ends_at", "is not after the start")


@dataclass(frozen=True, slots=True)
class BeginAssignment:
    """assignment_id: of the rule that began; None before it is done."""

    spec: AssignmentSpec
    assignment_id: int | None = None


@dataclass(frozen=True, slots=True)
class EndAssignment:
    """spec: what ended, so that it can return; None before it is done."""

    assignment_id: int
    spec: AssignmentSpec | None = None


@dataclass(frozen=True, slots=True)
class ReplaceBlueprintVersion:
    """Let every rule in force with one version have another one.

    before, after: numbers of rows of versions.
    """

    blueprint_id: int
    before: int
    after: int

    def __post_init__(self) -> None:
        if self.before == self.after:
            raise InvalidOperation("after", "is the same version")


@dataclass(frozen=True, slots=True)
class ReplaceProfileVersion:
    """Let everybody who has a profile in its newest version have another version.

    Rules stay as they are, so who wins and loses does not change by it.
    before, after: numbers of rows of versions.
    """

    profile_id: int
    before: int
    after: int

    def __post_init__(self) -> None:
        if self.before == self.after:
            raise InvalidOperation("after", "is the same version")


@dataclass(frozen=True, slots=True)
class Placing:
    """Where an iPad belongs: numbers of rows, None for nowhere."""

    school_id: int | None = None
    class_group_id: int | None = None
    slot_id: int | None = None
    owner_id: int | None = None


@dataclass(frozen=True, slots=True)
class PlaceDevice:
    """before: where it must still be when the plan is approved."""

    device_id: int
    before: Placing
    after: Placing


@dataclass(frozen=True, slots=True)
class ApplyRosterImport:
    import_id: int


@dataclass(frozen=True, slots=True)
class ChangeGroup:
    """Another rule for a smart group."""

    group_id: int
    before: Rule
    after: Rule


Operation: TypeAlias = (
    BeginAssignment
    | EndAssignment
    | ReplaceBlueprintVersion
    | ReplaceProfileVersion
    | PlaceDevice
    | ApplyRosterImport
    | ChangeGroup
)

AT_ONCE = (PlaceDevice, ApplyRosterImport, ChangeGroup)
"""They say where an iPad belongs, which is so for everybody as soon as it is decided."""


def write_operations(operations: Iterable[Operation]) -> list[dict[str, Any]]:
    """Write operations as values of JSON, in their order."""
    return [write_value(operation) for operation in operations]


def read_operations(stored: object) -> tuple[Operation, ...]:
    """Read what `write_operations` wrote.

    raises: InvalidStored, InvalidOperation with the path of the field (`[2].spec.target`).
    """
    operations: tuple[Operation, ...] = read_value(tuple[Operation, ...], stored)
    return operations
