"""Loading what is assigned in some schools, as the decisions that plans compile.

Here: rules in force with every kind of target, and what their profiles, apps and blueprints give,
in two statements for any number of schools. Not here: whose rules count on a device
(policies.desired), reading rules for people (mdm.rooms.assignments.rules).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import aliased

from mdm.base.db import Tx
from mdm.rooms.assignments.models import Assignment as AssignmentRow
from mdm.rooms.assignments.models import ProfileReplacement, Rollout
from mdm.rooms.blueprints.models import App, BlueprintVersion, Profile
from mdm.rooms.blueprints.models import ProfileVersion as VersionRow
from mdm.rooms.blueprints.service import kind_of_version
from mdm.rooms.devices.models import Device
from mdm.rooms.schools.models import ClassGroup, School
from policies.assignment import AppChoice, Assignment, ProfileVersion, Successor
from policies.blueprint import ProfileSetting, Setting
from policies.blueprint_json import read_settings
from policies.blueprint_rules import Library, with_settings
from policies.errors import PolicyError
from policies.scope import CITY, Scope, ScopeKind
from policies.wishes import ProfileContent
from profiles.declarations.json_form import canonical


@dataclass(frozen=True, slots=True)
class Assigned:
    """What holds at one school.

    rules: the numbers of the rows, in the order of `assignments`.
    version_rows: by the UUID of a profile, the number of the row with its bytes.
    """

    assignments: tuple[Assignment, ...] = ()
    rules: tuple[int, ...] = ()
    version_rows: Mapping[str, int] = field(default_factory=dict)


class _Row(NamedTuple):
    """school: its number; None for what holds in the whole city.

    device: whose rule it is. rollout, ending: the open roll-outs that bring it, or take it away.
    """

    assignment: AssignmentRow
    school: str | None
    class_name: str | None
    device: Device | None
    app: App | None
    blueprint: BlueprintVersion | None
    rollout: int | None
    ending: int | None


class _Version(NamedTuple):
    """A version that rules may give. coming: the row that brings it, if one does."""

    profile: Profile
    version: VersionRow
    coming: ProfileReplacement | None


class _Versions:
    """The versions of profiles that rules name, the one in force under None."""

    def __init__(self, rows: Iterable[_Version]) -> None:
        self.library: dict[tuple[int, int | None], ProfileVersion] = {}
        self.rows: dict[str, int] = {}
        coming: list[tuple[int, int, Successor]] = []
        for profile, version, by in rows:
            chosen = _version(profile, version)
            self.library[profile.id, version.version] = chosen
            self.rows[version.uuid] = version.id
            if version.version == profile.current_version:
                self.library[profile.id, None] = chosen
            if by is not None:
                coming.append((by.id, profile.id, Successor(by.rollout_id, chosen)))
        for _, number, successor in sorted(coming, key=itemgetter(0)):
            newest = self.library[number, None]
            successors = (*newest.successors, successor)
            self.library[number, None] = replace(newest, successors=successors)


_Read = Mapping[int, tuple[Setting, ...] | PolicyError]


class AssignedRows:
    """What holds in some schools, and in the whole city."""

    def __init__(self, rows: Iterable[_Row], bundles: _Read, versions: _Versions) -> None:
        self._by_school: dict[int | None, list[_Row]] = {}
        for row in rows:
            self._by_school.setdefault(row.assignment.school_id, []).append(row)
        self._bundles = bundles
        self._versions = versions
        self._put_together: dict[int | None, Assigned] = {}

    def at(self, school_id: int | None) -> Assigned:
        """What holds at a school, the city's decisions included; None for no school at all.

        raises: PolicyError, when a blueprint that holds there cannot be read. Then nothing may
            be planned, for what is missing in a plan is taken away.
        """
        if school_id not in self._put_together:
            here = self._by_school.get(school_id, []) if school_id is not None else []
            rows = [*self._by_school.get(None, []), *here]
            decided = tuple(self._decided(row) for row in rows)
            numbers = tuple(row.assignment.id for row in rows)
            self._put_together[school_id] = Assigned(decided, numbers, self._versions.rows)
        return self._put_together[school_id]

    def _decided(self, row: _Row) -> Assignment:
        rule = _rule(row)
        if row.app is not None:
            rule = replace(rule, apps=(AppChoice(row.app.bundle_id, row.app.store_id),))
        library: Library = self._versions.library
        if row.assignment.profile_id is not None:
            version = library.get((row.assignment.profile_id, None))
            rule = replace(rule, profiles=() if version is None else (version,))
        if row.blueprint is not None:
            settings = self._bundles[row.blueprint.id]
            if isinstance(settings, PolicyError):
                raise settings
            rule = with_settings(rule, row.blueprint.blueprint_id, settings, library)
        return rule


def load(tx: Tx, school_ids: Collection[int]) -> AssignedRows:
    """Load what holds now in these schools; a retired profile is no longer wished."""
    rows = [_Row._make(row) for row in tx.execute(_rules(school_ids))]
    versions = {row.blueprint.id: row.blueprint for row in rows if row.blueprint is not None}
    bundles = {number: _read(version.items) for number, version in versions.items()}
    return AssignedRows(rows, bundles, _Versions(_load_versions(tx, rows, bundles)))


def _rules(
    school_ids: Collection[int],
) -> Select[AssignmentRow, str, str, Device, App, BlueprintVersion, int, int]:
    bringing, ending = aliased(Rollout), aliased(Rollout)
    row = AssignmentRow
    return (
        select(
            row,
            School.number,
            ClassGroup.name,
            Device,
            App,
            BlueprintVersion,
            bringing.id,
            ending.id,
        )
        .outerjoin(School, School.id == row.school_id)
        .outerjoin(ClassGroup, ClassGroup.id == row.class_group_id)
        .outerjoin(Device, Device.id == row.device_id)
        .outerjoin(App, App.id == row.app_id)
        .outerjoin(BlueprintVersion, BlueprintVersion.id == row.blueprint_version_id)
        # A roll-out that is over says nothing any more: the rule holds for everybody.
        .outerjoin(bringing, and_(bringing.id == row.rollout_id, bringing.ended_at.is_(None)))
        .outerjoin(ending, and_(ending.id == row.ending_rollout_id, ending.ended_at.is_(None)))
        .where(or_(row.school_id.in_(school_ids), row.school_id.is_(None)), row.ended_at.is_(None))
        .order_by(row.id)
    )


def _read(items: object) -> tuple[Setting, ...] | PolicyError:
    try:
        return read_settings(items)
    except PolicyError as error:
        # Told to whom it concerns; the plans of other schools do not depend on it.
        return error


def _load_versions(tx: Tx, rows: Iterable[_Row], bundles: _Read) -> list[_Version]:
    """The versions in force, those that rules name, and those that open roll-outs bring."""
    named = _named(rows, bundles)
    pinned = {version for _, version in named if version is not None}
    coming = and_(
        ProfileReplacement.version_id == VersionRow.id, ProfileReplacement.ended_at.is_(None)
    )
    query = (
        select(Profile, VersionRow, ProfileReplacement)
        .join(VersionRow, VersionRow.profile_id == Profile.id)
        .outerjoin(ProfileReplacement, coming)
        .where(
            Profile.id.in_({number for number, _ in named}),
            Profile.retired_at.is_(None),
            or_(
                VersionRow.version == Profile.current_version,
                VersionRow.version.in_(pinned),
                ProfileReplacement.id.is_not(None),
            ),
        )
        # Of two with the same content the newest is sent.
        .order_by(VersionRow.id)
    )
    return [_Version._make(row) for row in tx.execute(query)]


def _named(rows: Iterable[_Row], bundles: _Read) -> set[tuple[int, int | None]]:
    """Profiles and their versions that rules name; None for the newest."""
    return {
        (row.assignment.profile_id, None) for row in rows if row.assignment.profile_id is not None
    } | {
        (setting.profile_id, setting.version)
        for settings in bundles.values()
        if not isinstance(settings, PolicyError)
        for setting in settings
        if isinstance(setting, ProfileSetting)
    }


def _version(profile: Profile, version: VersionRow) -> ProfileVersion:
    return ProfileVersion(
        profile.identifier,
        version.uuid,
        kind_of_version(profile, version),
        version.version,
        profile.id,
        content=content_of(version.summary),
    )


def content_of(summary: Mapping[str, Any]) -> ProfileContent:
    """What a profile may disagree about with another one, out of what people may see of it."""
    networks = summary.get("ssids") or [summary.get("ssid")]
    restrictions = summary.get("restrictions") or {}
    return ProfileContent(
        networks=tuple(name for name in networks if isinstance(name, str)),
        restrictions=tuple(
            (key, canonical(value).decode()) for key, value in sorted(restrictions.items())
        ),
        payload_types=frozenset(summary.get("payload_types") or ()),
    )


def _rule(row: _Row) -> Assignment:
    return Assignment(
        _scope(row),
        row.assignment.created_at,
        starts_at=row.assignment.starts_at,
        ends_at=row.assignment.ends_at,
        rollout=row.rollout,
        ending_rollout=row.ending,
    )


def _scope(row: _Row) -> Scope:
    rule = row.assignment
    if row.device is not None:
        return Scope(ScopeKind.DEVICE, row.device.serial or row.device.udid or str(row.device.id))
    if rule.group_id is not None:
        return Scope(ScopeKind.GROUP, str(rule.group_id))
    if row.school is None:
        return CITY
    if rule.trolley_id is not None:
        return Scope(ScopeKind.TROLLEY, f"{row.school}/{rule.trolley_id}")
    if rule.course_id is not None:
        return Scope(ScopeKind.COURSE, f"{row.school}/{rule.course_id}")
    if row.class_name is not None:
        return Scope(ScopeKind.CLASS, f"{row.school}/{row.class_name}")
    if rule.grade is not None:
        return Scope(ScopeKind.GRADE, f"{row.school}/{rule.grade}")
    return Scope(ScopeKind.SCHOOL, row.school)
