"""What the things of a plan are called: profiles, apps, courses, trolleys, groups, rules.

Previews and operations hold identifiers and numbers only, so that no name is stored with them.
Not here: places of a moved iPad (spots.py), sentences, which the doors make.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from mdm.base.db import Tx
from mdm.rooms.access.service import Viewer
from mdm.rooms.assignments.models import Assignment
from mdm.rooms.assignments.rules import scope_kind
from mdm.rooms.assignments.service import spec_of
from mdm.rooms.blueprints.models import App, Blueprint, BlueprintVersion, Profile, ProfileVersion
from mdm.rooms.changes.spots import Spot, spots_of
from mdm.rooms.devices.models import Device
from mdm.rooms.groups.models import SmartGroup
from mdm.rooms.schools.models import ClassGroup, Course, School, Trolley
from policies.change_plan import Preview
from policies.effects import Effect
from policies.operations import (
    ApplyRosterImport,
    AssignmentSpec,
    BeginAssignment,
    ChangeGroup,
    EndAssignment,
    Operation,
    PlaceDevice,
    ReplaceBlueprintVersion,
    ReplaceProfileVersion,
    Target,
)
from policies.scope import Scope, ScopeKind
from policies.wishes import AbsentApp, AbsentProfile, WantedApp, WantedProfile, Wish

_BY_NUMBER: Mapping[ScopeKind, type[Course] | type[Trolley] | type[SmartGroup]] = {
    ScopeKind.COURSE: Course,
    ScopeKind.TROLLEY: Trolley,
    ScopeKind.GROUP: SmartGroup,
}


@dataclass(frozen=True, slots=True)
class Names:
    """profiles, apps: by identifier. places: of scopes that are written with a row's number."""

    profiles: Mapping[str, str] = field(default_factory=dict)
    apps: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[Scope, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Named:
    """One operation as people know it.

    subject: of the profile, app, blueprint or group; the serial number of a moved iPad.
    before, after: versions of a blueprint or a profile. kind, place, school: for whom a rule is;
        school is a number, None for the city. moved: from where to where an iPad goes.
    """

    operation: Operation
    subject: str = ""
    before: int | None = None
    after: int | None = None
    kind: ScopeKind | None = None
    place: str = ""
    school: str | None = None
    moved: tuple[Spot, Spot] | None = None


def names_of(tx: Tx, preview: Preview, scopes: Iterable[Scope] = ()) -> Names:
    """Name what a preview speaks of. scopes: further ones, such as those of rings."""
    wishes = [wish for group in preview.groups for wish in _wishes(group.effect)]
    everywhere = {wish.reason.scope for wish in wishes} | set(scopes)
    return Names(_profiles(tx, wishes), _apps(tx, wishes), _places(tx, everywhere))


def named_operations(tx: Tx, viewer: Viewer, operations: Sequence[Operation]) -> list[Named]:
    """Name what a plan does, as far as somebody may see it; what is gone has no name."""
    return [_named(tx, viewer, operation) for operation in operations]


def _wishes(effect: Effect) -> Iterator[Wish]:
    for change in effect.changes:
        yield from (wish for wish in (change.before, change.after) if wish is not None)
    for conflict in (*effect.conflicts, *effect.settled):
        yield from (conflict.winner, conflict.loser)


def _profiles(tx: Tx, wishes: Iterable[Wish]) -> dict[str, str]:
    wanted = {w.identifier for w in wishes if isinstance(w, WantedProfile | AbsentProfile)}
    query = select(Profile.identifier, Profile.name).where(Profile.identifier.in_(wanted))
    return {row.identifier: row.name for row in tx.execute(query)}


def _apps(tx: Tx, wishes: Iterable[Wish]) -> dict[str, str]:
    wanted = {w.identifier for w in wishes if isinstance(w, WantedApp | AbsentApp)}
    query = select(App.bundle_id, App.name).where(App.bundle_id.in_(wanted))
    return {row.bundle_id: row.name for row in tx.execute(query)}


def _places(tx: Tx, scopes: Iterable[Scope]) -> dict[Scope, str]:
    found = {}
    for scope in scopes:
        table = _BY_NUMBER.get(scope.kind)
        number = scope.name.rpartition("/")[2]
        if table is None or not number.isdecimal():
            continue
        name = tx.scalar(select(table.name).where(table.id == int(number)))
        if name is not None:
            found[scope] = name
    return found


def _named(tx: Tx, viewer: Viewer, operation: Operation) -> Named:
    match operation:
        case BeginAssignment():
            return _rule(tx, operation, operation.spec)
        case EndAssignment():
            row = tx.get(Assignment, operation.assignment_id)
            spec = operation.spec if row is None else spec_of(row)
            return Named(operation) if spec is None else _rule(tx, operation, spec)
        case ReplaceBlueprintVersion():
            blueprint = tx.get(Blueprint, operation.blueprint_id)
            before, after = (_version(tx, one) for one in (operation.before, operation.after))
            return Named(operation, blueprint.name if blueprint else "", before, after)
        case ReplaceProfileVersion():
            profile = tx.get(Profile, operation.profile_id)
            rows = (tx.get(ProfileVersion, one) for one in (operation.before, operation.after))
            before, after = (row.version if row is not None else None for row in rows)
            return Named(operation, profile.name if profile else "", before, after)
        case ChangeGroup():
            group = tx.get(SmartGroup, operation.group_id)
            return Named(operation, group.name if group else "")
        case PlaceDevice():
            device = tx.get(Device, operation.device_id)
            serial = (device.serial or device.name) if device else ""
            return Named(operation, serial, moved=spots_of(tx, viewer, operation))
        case ApplyRosterImport():
            return Named(operation)


def _rule(tx: Tx, operation: Operation, spec: AssignmentSpec) -> Named:
    school = tx.get(School, spec.target.school_id) if spec.target.school_id else None
    version = tx.get(BlueprintVersion, spec.blueprint_version_id or 0)
    return Named(
        operation,
        _subject(tx, spec, version),
        after=version.version if version is not None else None,
        kind=scope_kind(spec.target),
        place=_place(tx, spec.target),
        school=school.number if school is not None else None,
    )


def _subject(tx: Tx, spec: AssignmentSpec, version: BlueprintVersion | None) -> str:
    row: Profile | App | Blueprint | None = None
    if spec.profile_id is not None:
        row = tx.get(Profile, spec.profile_id)
    elif spec.app_id is not None:
        row = tx.get(App, spec.app_id)
    elif version is not None:
        row = tx.get(Blueprint, version.blueprint_id)
    return row.name if row is not None else ""


def _place(tx: Tx, target: Target) -> str:
    if target.grade is not None:
        return target.grade
    row: ClassGroup | Course | Trolley | SmartGroup | Device | None = None
    if target.class_group_id is not None:
        row = tx.get(ClassGroup, target.class_group_id)
    elif target.course_id is not None:
        row = tx.get(Course, target.course_id)
    elif target.trolley_id is not None:
        row = tx.get(Trolley, target.trolley_id)
    elif target.group_id is not None:
        row = tx.get(SmartGroup, target.group_id)
    elif target.device_id is not None:
        row = tx.get(Device, target.device_id)
    if isinstance(row, Device):
        return row.serial or row.name
    return row.name if row is not None else ""


def _version(tx: Tx, number: int) -> int | None:
    row = tx.get(BlueprintVersion, number)
    return row.version if row is not None else None
