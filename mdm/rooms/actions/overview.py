"""Reading orders: which there are, how far each one came, who may still do what about it.

Here: frozen rows, as far as a person may see the devices; and the stop switch as people read it.
Not here: orders about one device (queries.py), ordering (service.py).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, exists, func, select, true

from mdm.base.db import Tx
from mdm.base.errors import NotFound
from mdm.rooms.access.service import Viewer
from mdm.rooms.actions.catalogue import ORDERABLE
from mdm.rooms.actions.models import Action, ActionDevice
from mdm.rooms.commands.models import Command, StopSwitch
from mdm.rooms.devices.models import Device
from mdm.rooms.devices.queries import visible
from mdm.rooms.schools.models import School
from policies.actions import RemoteKind
from policies.delivery import DELIVERABLE, DeliveryState
from policies.guards import BUDGETED

_CANCELLED = DeliveryState.CANCELLED
_STILL_OPEN = DELIVERABLE | {DeliveryState.ACCEPTED}


class OrderState(StrEnum):
    """Where an order stands as a whole.

    WAITS: for a second person. LAPSED: none came in time. UNDER_WAY: some command has not come
    to its end. OVER: every one has, in whatever way.
    """

    WAITS = "waits"
    LAPSED = "lapsed"
    UNDER_WAY = "under_way"
    OVER = "over"
    TAKEN_BACK = "taken_back"


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order. devices: of these in sight. is_whole: none of its devices is out of sight.

    ordered_by, second_by, stopped_by: actors, such as "person:3". refused: devices that could
        not when it was ordered. reached: state of the command → how many devices.
    device_name, school_name: when there is one only; empty for several.
    """

    id: int
    kind: RemoteKind
    reason: str
    ordered_by: str
    second_by: str | None
    needs_second: bool
    created_at: datetime
    valid_until: datetime
    stopped_at: datetime | None
    stopped_by: str | None
    is_whole: bool = False
    devices: int = 0
    refused: int = 0
    reached: Mapping[DeliveryState, int] = field(default_factory=dict)
    device_name: str = ""
    school_name: str = ""

    def state(self, now: datetime) -> OrderState:
        """Where it stands now."""
        if self.stopped_at is not None and not self._was_done:
            return OrderState.TAKEN_BACK
        if self.needs_second:
            return OrderState.WAITS if now < self.valid_until else OrderState.LAPSED
        is_open = any(state in _STILL_OPEN for state in self.reached)
        return OrderState.UNDER_WAY if is_open else OrderState.OVER

    @property
    def _was_done(self) -> bool:
        """Whether it was stopped too late: every command had an end of its own before."""
        return bool(self.reached) and not (_STILL_OPEN | {_CANCELLED}) & set(self.reached)

    def may_cancel(self, viewer: Viewer, now: datetime) -> bool:
        """Whether this person may take it back, and there is something to take back."""
        is_open = self.state(now) in (OrderState.WAITS, OrderState.UNDER_WAY)
        return is_open and self.is_whole and viewer.may(ORDERABLE[self.kind].act)

    def may_second(self, viewer: Viewer, now: datetime) -> bool:
        """Whether this person may agree to it; whoever ordered it may not."""
        is_wanted = self.needs_second or (self.kind in BUDGETED and self.second_by is None)
        is_another = self.ordered_by != viewer.actor.name
        return is_wanted and is_another and self.may_cancel(viewer, now)


@dataclass(frozen=True, slots=True)
class OrderDevice:
    """One device of an order. state: of its command; None while, or because, there is none.

    refused: a constant word why it could not when it was ordered; None if it could.
    """

    device_id: int
    name: str
    serial: str | None
    school_name: str | None
    refused: str | None
    state: DeliveryState | None
    outcome: str


@dataclass(frozen=True, slots=True)
class _Group:
    """Devices of one order that came equally far. names, schools: some of them."""

    is_refused: bool
    state: DeliveryState | None
    devices: int
    names: frozenset[str]
    schools: frozenset[str]


@dataclass(frozen=True, slots=True)
class StopNotice:
    """The stop switch while it is pressed. by: an actor."""

    by: str
    reason: str
    at: datetime


def orders(tx: Tx, viewer: Viewer, limit: int = 50, offset: int = 0) -> list[OrderRow]:
    """List orders about devices in sight, newest first."""
    query = select(Action).where(_in_sight(viewer)).order_by(Action.id.desc())
    return _rows(tx, viewer, tx.scalars(query.limit(limit).offset(offset)).all())


def count(tx: Tx, viewer: Viewer) -> int:
    """Count what `orders` would list."""
    return tx.scalar(select(func.count()).select_from(Action).where(_in_sight(viewer))) or 0


def waiting(tx: Tx, viewer: Viewer, now: datetime) -> list[OrderRow]:
    """List the orders that wait for a second person, oldest first."""
    query = select(Action).where(
        Action.needs_second,
        Action.stopped_at.is_(None),
        Action.valid_until > now,
        _in_sight(viewer),
    )
    return _rows(tx, viewer, tx.scalars(query.order_by(Action.id)).all())


def order(tx: Tx, viewer: Viewer, action_id: int) -> OrderRow:
    """Find one order. raises: NotFound (there is none, or none of its devices is in sight)."""
    found = tx.scalars(select(Action).where(Action.id == action_id, _in_sight(viewer))).all()
    if not found:
        raise NotFound("action", str(action_id))
    return _rows(tx, viewer, found)[0]


def devices_of(tx: Tx, viewer: Viewer, action_id: int) -> list[OrderDevice]:
    """List the devices of an order that are in sight, by name."""
    query = (
        select(
            Device.id,
            Device.name,
            Device.serial,
            School.name,
            ActionDevice.refused_kind,
            Command.state,
            func.coalesce(Command.outcome, ""),
        )
        .select_from(ActionDevice)
        .join(Device, Device.id == ActionDevice.device_id)
        .outerjoin(School, School.id == Device.school_id)
        .outerjoin(Command, _its_command())
        .where(ActionDevice.action_id == action_id, visible(viewer))
        .order_by(Device.name, Device.id)
    )
    return [OrderDevice(*row) for row in tx.execute(query)]


def stop_notice(tx: Tx) -> StopNotice | None:
    """Who pressed the stop switch, when and why; None while it is released."""
    row = tx.scalars(
        select(StopSwitch).where(StopSwitch.released_at.is_(None)).order_by(StopSwitch.id).limit(1)
    ).first()
    return StopNotice(row.set_by, row.reason, row.set_at) if row is not None else None


def _in_sight(viewer: Viewer) -> ColumnElement[bool]:
    if viewer.school_ids is None:
        return true()
    mine = and_(ActionDevice.action_id == Action.id, visible(viewer))
    return (
        exists(ActionDevice.action_id)
        .where(ActionDevice.device_id == Device.id, mine)
        .correlate(Action)
    )


def _rows(tx: Tx, viewer: Viewer, found: Sequence[Action]) -> list[OrderRow]:
    ids = [action.id for action in found]
    totals, seen = _totals(tx, ids), _seen(tx, viewer, ids)
    return [_row(action, totals.get(action.id, 0), seen.get(action.id, [])) for action in found]


def _row(action: Action, total: int, groups: Sequence[_Group]) -> OrderRow:
    devices = sum(group.devices for group in groups)
    names = {name for group in groups for name in group.names}
    schools = {name for group in groups for name in group.schools}
    return OrderRow(
        id=action.id,
        kind=action.kind,
        reason=action.reason,
        ordered_by=action.ordered_by,
        second_by=action.approved_second_by,
        needs_second=action.needs_second,
        created_at=action.created_at,
        valid_until=action.valid_until,
        stopped_at=action.stopped_at,
        stopped_by=action.stopped_by,
        is_whole=devices == total,
        devices=devices,
        refused=sum(group.devices for group in groups if group.is_refused),
        reached={group.state: group.devices for group in groups if group.state is not None},
        device_name=names.pop() if devices == 1 and names else "",
        school_name=schools.pop() if len(schools) == 1 else "",
    )


def _totals(tx: Tx, ids: Collection[int]) -> dict[int, int]:
    query = (
        select(ActionDevice.action_id, func.count())
        .where(ActionDevice.action_id.in_(ids))
        .group_by(ActionDevice.action_id)
    )
    return {row[0]: row[1] for row in tx.execute(query)}


def _seen(tx: Tx, viewer: Viewer, ids: Collection[int]) -> dict[int, list[_Group]]:
    refused = ActionDevice.refused_kind.is_not(None)
    title = func.coalesce(func.nullif(Device.name, ""), Device.serial)
    query = (
        select(
            ActionDevice.action_id,
            refused,
            Command.state,
            func.count(),
            func.min(title),
            func.min(School.name),
            func.max(School.name),
        )
        .select_from(ActionDevice)
        .join(Device, Device.id == ActionDevice.device_id)
        .outerjoin(School, School.id == Device.school_id)
        .outerjoin(Command, _its_command())
        .where(ActionDevice.action_id.in_(ids), visible(viewer))
        .group_by(ActionDevice.action_id, refused, Command.state)
    )
    found: dict[int, list[_Group]] = {}
    for action_id, is_refused, state, devices, name, first, last in tx.execute(query):
        group = _Group(bool(is_refused), state, devices, _said(name), _said(first, last))
        found.setdefault(action_id, []).append(group)
    return found


def _said(*names: str | None) -> frozenset[str]:
    return frozenset(name for name in names if name)


def _its_command() -> ColumnElement[bool]:
    return and_(
        Command.action_id == ActionDevice.action_id,
        Command.enrollment_id == ActionDevice.enrollment_id,
    )
