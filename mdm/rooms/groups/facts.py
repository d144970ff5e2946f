"""What rules of smart groups ask about devices, in a fixed number of statements.

Here: GroupFacts from the rows of devices. Only apps that some rule names are loaded. Not here:
what follows from them (policies.groups), plans (mdm.rooms.facts).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import and_, or_, select

from enrollment.standing import EnrollmentState
from mdm.base.db import Tx
from mdm.rooms.devices.models import Device, Enrollment, ReportedItem
from mdm.rooms.devices.reported import APP, FACT
from mdm.rooms.devices.reports import REPORT
from mdm.rooms.schools.models import ClassGroup, Member, School
from policies.actions import QueryKind
from policies.groups import (
    GIGABYTE,
    Criterion,
    FreeStorage,
    GroupFacts,
    HasApp,
    LacksApp,
    Rule,
    criteria,
)
from profiles.schema.os_version import OsVersion

# The enrollment of a device that is in force.
CURRENT = and_(
    Enrollment.device_id == Device.id,
    Enrollment.parent_id.is_(None),
    Enrollment.ended_at.is_(None),
    Enrollment.held_reason.is_(None),
)
_FREE = "available_gb"
_APP_LIST = QueryKind.INSTALLED_APPLICATIONS.value


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """A device with its facts. facts.groups: those whose member it is now."""

    device_id: int
    school_id: int | None
    facts: GroupFacts


class _Who(NamedTuple):
    """A device with its current enrollment, if it has one; columns, for rows are much larger."""

    device_id: int
    school_id: int | None
    name: str
    product_name: str
    os_version: str
    is_supervised: bool | None
    enrollment_id: int | None
    state: EnrollmentState | None
    last_seen_at: datetime | None
    school: str | None
    class_grade: str | None
    own_grade: str | None


class _Items(NamedTuple):
    """What one enrollment reported. has_list: whether its list of apps is complete."""

    apps: set[str]
    free_bytes: int | None
    has_list: bool


def load(
    tx: Tx, member_of: Mapping[int, frozenset[int]], rules: Iterable[Rule]
) -> dict[int, KnownDevice]:
    """Load what rules may ask about devices, in two statements or one.

    member_of: by device the groups whose member it is; of these devices the facts are loaded.
    returns: by device, without those that are retired or do not exist.
    """
    asked = [part for rule in rules for part in criteria(rule)]
    who = _who(tx, member_of)
    enrollments = [row.enrollment_id for row in who.values() if row.enrollment_id is not None]
    items = _items(tx, enrollments, asked)
    return {
        number: KnownDevice(number, row.school_id, _facts(row, items, member_of[number]))
        for number, row in who.items()
    }


def _who(tx: Tx, device_ids: Collection[int]) -> dict[int, _Who]:
    """Devices with their current enrollment, the newest where several are."""
    query = (
        select(
            Device.id,
            Device.school_id,
            Device.name,
            Device.product_name,
            Device.os_version,
            Device.is_supervised,
            Enrollment.id,
            Enrollment.state,
            Enrollment.last_seen_at,
            School.number,
            ClassGroup.grade,
            Member.grade,
        )
        .outerjoin(Enrollment, CURRENT)
        .outerjoin(School, School.id == Device.school_id)
        .outerjoin(ClassGroup, ClassGroup.id == Device.class_group_id)
        # Whoever has a class is of its grade.
        .outerjoin(Member, and_(Member.id == Device.owner_id, Device.class_group_id.is_(None)))
        .where(Device.id.in_(device_ids), Device.retired_at.is_(None))
        .order_by(Enrollment.id)
    )
    return {row.device_id: row for row in map(_Who._make, tx.execute(query))}


def _items(
    tx: Tx, enrollment_ids: Collection[int], asked: Collection[Criterion]
) -> Mapping[int, _Items]:
    bundles = {part.bundle_id for part in asked if isinstance(part, HasApp | LacksApp)}
    if not bundles and not any(isinstance(part, FreeStorage) for part in asked):
        return {}
    item = ReportedItem
    query = select(item.enrollment_id, item.kind, item.subject, item.value).where(
        item.enrollment_id.in_(enrollment_ids),
        or_(
            and_(item.kind == FACT, item.subject == _FREE),
            and_(item.kind == REPORT, item.subject == _APP_LIST),
            and_(item.kind == APP, item.subject.in_(bundles)),
        ),
    )
    found: dict[int, dict[tuple[str, str], Mapping[str, Any]]] = {}
    for number, kind, subject, value in tx.execute(query):
        found.setdefault(number, {})[kind, subject] = value
    return {number: _read_items(items) for number, items in found.items()}


def _read_items(items: Mapping[tuple[str, str], Mapping[str, Any]]) -> _Items:
    free: Any = items.get((FACT, _FREE), {}).get("value")
    is_number = isinstance(free, int | float) and not isinstance(free, bool)
    return _Items(
        apps={subject for kind, subject in items if kind == APP},
        free_bytes=round(float(free) * GIGABYTE) if is_number else None,
        has_list=items.get((REPORT, _APP_LIST), {}).get("complete") is True,
    )


def _facts(row: _Who, items: Mapping[int, _Items], groups: frozenset[int]) -> GroupFacts:
    said = items.get(row.enrollment_id) if row.enrollment_id is not None else None
    return GroupFacts(
        model=row.product_name or None,
        os_version=_os_version(row.os_version),
        free_bytes=said.free_bytes if said is not None else None,
        last_contact=row.last_seen_at,
        apps=frozenset(said.apps) if said is not None and said.has_list else None,
        is_supervised=row.is_supervised,
        is_enrolled=row.state is EnrollmentState.ENROLLED,
        name=row.name or None,
        school=row.school,
        grade=row.class_grade or row.own_grade,
        groups=groups,
    )


# A city's devices have a few dozen versions among them.
@lru_cache(maxsize=1000)
def _os_version(text: str) -> OsVersion | None:
    try:
        return OsVersion.parse(text)
    except ValueError:
        return None
