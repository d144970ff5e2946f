"""Facts: what is known about some enrollments at one instant, for preview, plan and report alike.

Here: the join of the rooms' own queries, in a fixed number of statements for any number of
enrollments. Not here: those queries (devices.reported, commands.command_facts, assigned.py),
what follows from the facts (policies).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from enrollment.standing import EnrollmentState
from mdm.base.db import Tx
from mdm.base.errors import NotFound
from mdm.rooms.blueprints.naming import HOUSE_PREFIX
from mdm.rooms.commands import command_facts
from mdm.rooms.commands.command_facts import CommandRow
from mdm.rooms.declarations.queries import declared
from mdm.rooms.devices import reported
from mdm.rooms.devices.models import Device, Enrollment, IdentityCertificate
from mdm.rooms.devices.reported import Item
from mdm.rooms.facts import assigned
from mdm.rooms.facts.assigned import AssignedRows
from mdm.rooms.facts.places import places_of
from mdm.rooms.links.profile import IDENTIFIER as ENROLLMENT_PROFILE
from mdm.rooms.schools.models import City, ClassGroup, School
from policies.assignment import Assignment
from policies.city import Place
from policies.declared import DeclaredFacts
from policies.desired import DesiredState, compile_desired_state
from policies.facts import CommandFacts, DeviceFacts, Management
from policies.reported import ReportedState
from profiles.schema.os_version import OsVersion
from profiles.variables import DeviceVariables

_MANAGEMENT = {
    EnrollmentState.AWAITED: Management.AWAITED,
    EnrollmentState.AUTHENTICATED: Management.AWAITED,
    EnrollmentState.ENROLLED: Management.ENROLLED,
    EnrollmentState.CHECKED_OUT: Management.UNENROLLED,
    EnrollmentState.REPLACED: Management.UNENROLLED,
    EnrollmentState.RETIRED: Management.RETIRED,
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a plan for one enrollment depends on.

    assignments: of its school, those for other classes included.
    rules: the numbers of their rows, in the same order.
    version_rows: by the UUID of a wished profile, the number of the row with its bytes.
    payload_types: by the identifier of a reported profile, as far as its content was visible.
    is_shared_ipad: None while it has not told.
    """

    enrollment_id: int
    device_id: int
    is_device_channel: bool
    is_shared_ipad: bool | None
    device: DeviceFacts
    assignments: tuple[Assignment, ...]
    rules: tuple[int, ...]
    reported: ReportedState
    commands: tuple[CommandFacts, ...]
    version_rows: Mapping[str, int]
    payload_types: Mapping[str, tuple[str, ...]]

    def desired(self, now: datetime) -> DesiredState:
        """What should be true on the device at an instant."""
        return compile_desired_state(self.assignments, self.device, now)


class _Who(NamedTuple):
    enrollment: Enrollment
    device: Device
    school: str | None
    school_name: str | None
    class_name: str | None


class FactRows:
    """The rows about some enrollments; the facts of each are put together one by one.

    So one enrollment whose rows make no sense does not hide the facts of the others.
    """

    def __init__(
        self,
        who: Mapping[int, _Who],
        identities: Mapping[int, IdentityCertificate],
        items: Mapping[int, list[Item]],
        commands: Mapping[int, list[CommandRow]],
        schools: AssignedRows,
        places: Mapping[int, Place],
        channels: Mapping[int, DeclaredFacts],
        organization: str | None,
    ) -> None:
        self._who = who
        self._identities = identities
        self._items = items
        self._commands = commands
        self._schools = schools
        self._places = places
        self._channels = channels
        self._organization = organization

    def facts(self, enrollment_id: int) -> Facts:
        """Put together the facts of one enrollment.

        raises: NotFound; PolicyError for rules that cannot be read.
        """
        who = self._who.get(enrollment_id)
        if who is None:
            raise NotFound("enrollment", str(enrollment_id))
        told = reported.reported(self._items.get(enrollment_id, []))
        holds = self._schools.at(who.device.school_id)
        return Facts(
            enrollment_id=enrollment_id,
            device_id=who.device.id,
            is_device_channel=who.enrollment.parent_id is None,
            is_shared_ipad=who.device.is_shared_ipad,
            device=self._device(who),
            assignments=holds.assignments,
            rules=holds.rules,
            reported=replace(told.state, declared=self._channels[enrollment_id]),
            commands=command_facts.latest(self._commands.get(enrollment_id, [])),
            version_rows=holds.version_rows,
            payload_types=told.payload_types,
        )

    def _device(self, who: _Who) -> DeviceFacts:
        enrollment, device = who.enrollment, who.device
        place = self._places[device.id]
        identity = self._identities.get(enrollment.id)
        return DeviceFacts(
            key=place.key,
            management=_management(enrollment, device),
            scopes=place.around | {place.itself},
            profile_prefix=HOUSE_PREFIX,
            enrollment_profile=ENROLLMENT_PROFILE,
            enrolled_at=enrollment.enrolled_at,
            supervised=device.is_supervised is True,
            os_version=_os_version(device.os_version),
            awaiting_configuration=enrollment.is_awaiting_configuration,
            identity_fingerprint=identity.fingerprint.hex() if identity is not None else None,
            identity_expires_at=identity.not_after if identity is not None else None,
            released=place.released,
            variables=_variables(who),
            organization=self._organization,
        )


def load(tx: Tx, enrollment_id: int, at: datetime) -> Facts:
    """Load the facts of one enrollment. raises: NotFound."""
    return load_rows(tx, [enrollment_id], at).facts(enrollment_id)


def load_many(tx: Tx, enrollment_ids: Sequence[int], at: datetime) -> dict[int, Facts]:
    """Load the facts of many enrollments, by enrollment. raises: NotFound for any missing."""
    rows = load_rows(tx, enrollment_ids, at)
    return {number: rows.facts(number) for number in enrollment_ids}


def load_rows(tx: Tx, enrollment_ids: Collection[int], at: datetime) -> FactRows:
    """Load the rows of many enrollments in a fixed number of statements."""
    who = _load_who(tx, enrollment_ids)
    schools = {w.device.school_id for w in who.values() if w.device.school_id is not None}
    return FactRows(
        who,
        _load_identities(tx, enrollment_ids),
        reported.items(tx, enrollment_ids),
        command_facts.rows(tx, enrollment_ids, at),
        assigned.load(tx, sorted(schools)),
        places_of(tx, {w.device.id for w in who.values()}),
        declared(tx, enrollment_ids),
        tx.scalar(select(City.name).order_by(City.id).limit(1)),
    )


def _load_who(tx: Tx, enrollment_ids: Collection[int]) -> dict[int, _Who]:
    query = (
        select(Enrollment, Device, School.number, School.name, ClassGroup.name)
        .join(Device, Device.id == Enrollment.device_id)
        .outerjoin(School, School.id == Device.school_id)
        .outerjoin(ClassGroup, ClassGroup.id == Device.class_group_id)
        .where(Enrollment.id.in_(enrollment_ids))
    )
    return {who.enrollment.id: who for who in map(_Who._make, tx.execute(query))}


def _load_identities(tx: Tx, enrollment_ids: Collection[int]) -> dict[int, IdentityCertificate]:
    query = (
        select(IdentityCertificate)
        .where(
            IdentityCertificate.enrollment_id.in_(enrollment_ids),
            IdentityCertificate.pinned_at.is_not(None),
            IdentityCertificate.unpinned_at.is_(None),
            IdentityCertificate.revoked_at.is_(None),
        )
        .order_by(IdentityCertificate.id)
    )
    # The newest stands; while a renewal is under way the older one is still pinned too.
    return {row.enrollment_id or 0: row for row in tx.scalars(query)}


def _variables(who: _Who) -> DeviceVariables:
    """As mdm.rooms.devices.variables says them, out of rows that are here already."""
    device = who.device
    return DeviceVariables(
        serial=device.serial,
        udid=device.udid,
        device_name=device.name or None,
        school=who.school_name,
        school_number=who.school,
        class_name=who.class_name,
    )


def _management(enrollment: Enrollment, device: Device) -> Management:
    if device.retired_at is not None:
        return Management.RETIRED
    if enrollment.held_reason is not None:
        return Management.HELD
    standing = _MANAGEMENT[enrollment.state]
    if standing is Management.ENROLLED and enrollment.ended_at is not None:
        return Management.UNENROLLED
    return standing


def _os_version(text: str) -> OsVersion | None:
    try:
        return OsVersion.parse(text)
    except ValueError:
        return None
