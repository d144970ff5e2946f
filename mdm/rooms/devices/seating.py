"""Which device is in which slot and class of a school: what a page of its places shows.

Here: reading. Not here: moving a device (placing.py), people and courses
(mdm.rooms.schools.queries).
"""

from dataclasses import dataclass

from sqlalchemy import func, select

from mdm.base.db import Tx
from mdm.rooms.devices.models import Device
from mdm.rooms.schools.models import Room, Slot, Trolley


@dataclass(frozen=True, slots=True)
class SlotLine:
    """A numbered place. device_id: None while it is empty."""

    number: int
    device_id: int | None
    serial: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class TrolleyLine:
    """A trolley in use with its slots, by their numbers. room: None for none."""

    id: int
    name: str
    room: str | None
    slots: tuple[SlotLine, ...]

    @property
    def taken(self) -> int:
        return sum(slot.device_id is not None for slot in self.slots)


def trolleys(tx: Tx, school_id: int) -> list[TrolleyLine]:
    """List the trolleys in use of a school by name."""
    query = (
        select(Trolley.id, Trolley.name, Room.name)
        .outerjoin(Room, Room.id == Trolley.room_id)
        .where(Trolley.school_id == school_id, Trolley.ended_at.is_(None))
        .order_by(Trolley.name)
    )
    rows = tx.execute(query).all()
    slots = _slots(tx, school_id)
    return [TrolleyLine(*row, tuple(slots.get(row[0], ()))) for row in rows]


def devices_by_class(tx: Tx, school_id: int) -> dict[int, int]:
    """How many devices belong to each class, by number of the class."""
    query = (
        select(Device.class_group_id, func.count())
        .where(Device.school_id == school_id, Device.class_group_id.is_not(None))
        .where(Device.retired_at.is_(None))
        .group_by(Device.class_group_id)
    )
    return {number: count for number, count in tx.execute(query) if number is not None}


def _slots(tx: Tx, school_id: int) -> dict[int, list[SlotLine]]:
    query = (
        select(Slot.trolley_id, Slot.number, Device.id, Device.serial, Device.name)
        .join(Trolley, Trolley.id == Slot.trolley_id)
        .outerjoin(Device, Device.slot_id == Slot.id)
        .where(Trolley.school_id == school_id)
        .order_by(Slot.number)
    )
    found: dict[int, list[SlotLine]] = {}
    for trolley_id, number, device_id, serial, name in tx.execute(query):
        if trolley_id is not None:
            line = SlotLine(number, device_id, serial, name)
            found.setdefault(trolley_id, []).append(line)
    return found
