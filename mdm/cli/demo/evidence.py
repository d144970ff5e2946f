"""What counts as proven: read from the database alone, never from the simulator.

Each function gives the serial numbers of those for which it is so.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select

from enrollment.standing import EnrollmentState
from mdm.base.db import Tx
from mdm.rooms.commands.models import Command
from mdm.rooms.declarations.known_items import STATUS
from mdm.rooms.devices.models import Device, Enrollment, Report, ReportedItem
from policies.actions import QueryKind
from policies.delivery import DeliveryState

_MANAGED_APPS = "app.managed.list"

# What a first inventory consists of.
INVENTORY = frozenset(
    {
        QueryKind.DEVICE_INFORMATION,
        QueryKind.SECURITY_INFO,
        QueryKind.PROFILE_LIST,
        QueryKind.INSTALLED_APPLICATIONS,
    }
)


@dataclass(frozen=True, slots=True)
class Cast:
    """Which iPads are meant; of earlier runs nothing counts.

    since: an enrollment that began before is not of this run.
    """

    serials: frozenset[str]
    since: datetime


def enrolled(tx: Tx, cast: Cast) -> set[str]:
    """Those with a current enrollment that can be woken and is not held."""
    return _serials(tx, enrollments_of(cast))


def commands_proven(tx: Tx, cast: Cast, keys: Collection[str]) -> set[str]:
    """Those for which a command with one of these action keys is proven."""
    proven = and_(Command.action_key.in_(keys), Command.state == DeliveryState.PROVEN)
    return _serials(tx, enrollments_of(cast).join(Command, _is_theirs()).where(proven))


def commands_accepted(tx: Tx, cast: Cast, keys: Collection[str]) -> set[str]:
    """Those that said yes to such a command, whose effect has not been seen yet."""
    accepted = and_(Command.action_key.in_(keys), Command.state == DeliveryState.ACCEPTED)
    return _serials(tx, enrollments_of(cast).join(Command, _is_theirs()).where(accepted))


def app_managed(tx: Tx, cast: Cast, bundle_id: str) -> set[str]:
    """Those that say of a declared app that it is installed and managed."""
    query = (
        enrollments_of(cast)
        .add_columns(ReportedItem.value)
        .join(ReportedItem, ReportedItem.enrollment_id == Enrollment.id)
        .where(ReportedItem.kind == STATUS, ReportedItem.subject == f"{_MANAGED_APPS}/{bundle_id}")
    )
    return {serial for serial, value in tx.execute(query) if serial and _is_managed(value)}


def _is_managed(value: Any) -> bool:
    return bool(value.get("entry", {}).get("state") == "managed")


def inventory_reported(tx: Tx, cast: Cast) -> set[str]:
    """Those that have told everything a first inventory asks."""
    query = (
        enrollments_of(cast)
        .join(Report, Report.enrollment_id == Enrollment.id)
        .where(Report.kind.in_(INVENTORY))
        .group_by(Device.serial)
        .having(func.count(Report.kind.distinct()) == len(INVENTORY))
    )
    return _serials(tx, query)


def order_proven(tx: Tx, action_id: int) -> bool:
    """Whether the one command of an order is proven."""
    query = select(Command.state).where(Command.action_id == action_id)
    return tx.scalars(query).all() == [DeliveryState.PROVEN]


def enrollments_of(cast: Cast) -> Select[str | None]:
    """The serial numbers of those with a current enrollment of this run, to be narrowed."""
    return (
        select(Device.serial)
        .join(Enrollment, Enrollment.device_id == Device.id)
        .where(
            Device.serial.in_(cast.serials),
            Enrollment.parent_id.is_(None),
            Enrollment.ended_at.is_(None),
            Enrollment.held_reason.is_(None),
            Enrollment.state == EnrollmentState.ENROLLED,
            Enrollment.authenticated_at >= cast.since,
        )
    )


def _is_theirs() -> ColumnElement[bool]:
    return Command.enrollment_id == Enrollment.id


def _serials(tx: Tx, query: Select[Any]) -> set[str]:
    return {serial for serial in tx.scalars(query) if serial is not None}
