"""Moving iPads to where a roster says they belong.

Here: seats to rows. Not here: which seats change (seats.py), the checks of a move
(mdm.rooms.devices.placing).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from mdm.base.db import Tx
from mdm.base.errors import NotFound
from mdm.rooms.audit.service import Actor
from mdm.rooms.devices import decisions
from mdm.rooms.devices.models import Device
from mdm.rooms.devices.placing import Placement, place, placement_of
from mdm.rooms.rosters.seats import Seat, SeatChange
from mdm.rooms.rosters.writing import Rows
from mdm.rooms.schools import structure
from mdm.rooms.schools.models import School
from policies.roster.roster import Roster
from policies.roster.values import GroupKey, GroupKind

_CHUNK = 5_000


def devices_of(tx: Tx, serials: Sequence[str]) -> dict[str, Device]:
    """The known devices among these serial numbers."""
    found: dict[str, Device] = {}
    for start in range(0, len(serials), _CHUNK):
        chunk = serials[start : start + _CHUNK]
        for device in tx.scalars(select(Device).where(Device.serial.in_(chunk))):
            found[device.serial or ""] = device
    return found


def schools_of(tx: Tx, rosters: Sequence[Roster]) -> dict[str, str]:
    """The number of the school where each iPad of some rosters is now, by serial number."""
    serials = sorted({place.serial for roster in rosters for place in roster.placements})
    found: dict[str, str] = {}
    for start in range(0, len(serials), _CHUNK):
        query = (
            select(Device.serial, School.number)
            .join(School, School.id == Device.school_id)
            .where(Device.serial.in_(serials[start : start + _CHUNK]))
        )
        found.update({serial or "": number for serial, number in tx.execute(query)})
    return found


def move(tx: Tx, rows: Rows, changes: Sequence[SeatChange], actor: Actor, now: datetime) -> int:
    """Move devices; unknown serial numbers become expected iPads. returns: how many moved.

    First all leave their slots, then all take theirs: so two may change places.
    raises: InvalidInput, Conflict (a slot is another's, an iPad belongs to another school).
    """
    known = devices_of(tx, [change.serial for change in changes])
    _expect(tx, rows, [c for c in changes if c.serial not in known], actor, now)
    known = devices_of(tx, [change.serial for change in changes])
    for change in changes:
        device = known[change.serial]
        if device.slot_id is not None:
            place(tx, device, replace(placement_of(device), slot_id=None), actor, now)
    moved = 0
    for change in changes:
        device = known[change.serial]
        moved += place(tx, device, _wanted(tx, rows, device, change.after, actor, now), actor, now)
    return moved


def _expect(tx: Tx, rows: Rows, changes: Sequence[SeatChange], actor: Actor, now: datetime) -> None:
    by_school: dict[str, list[str]] = {}
    for change in changes:
        if change.after is not None:
            by_school.setdefault(change.after.school, []).append(change.serial)
    for number, serials in by_school.items():
        decisions.expect(tx, serials, rows.school(number), None, actor, now)
    tx.flush()


def _wanted(
    tx: Tx, rows: Rows, device: Device, seat: Seat | None, actor: Actor, now: datetime
) -> Placement:
    """An iPad that belongs to nobody and nowhere stays at its school."""
    if seat is None:
        return Placement(device.school_id)
    school = rows.school(seat.school)
    group = _group(rows.groups, seat)
    owner = rows.members.get((school, seat.owner))
    return Placement(
        school, group, _slot(tx, school, group, seat, actor, now), owner.id if owner else None
    )


def _group(groups: Mapping[GroupKey, int], seat: Seat) -> int | None:
    if seat.class_name is None:
        return None
    key = GroupKey(GroupKind.CLASS, seat.school, seat.class_name)
    if key not in groups:
        raise NotFound("class", seat.class_name)
    return groups[key]


def _slot(
    tx: Tx, school_id: int, group: int | None, seat: Seat, actor: Actor, now: datetime
) -> int | None:
    if seat.trolley is not None:
        return _trolley_slot(tx, school_id, seat.trolley, seat.slot, actor, now)
    if group is None or not seat.slot:
        return None
    return structure.class_slot(tx, group, seat.slot)


def _trolley_slot(
    tx: Tx, school_id: int, name: str, number: int, actor: Actor, now: datetime
) -> int:
    """A slot by its number; without one, the first that is free. The trolley grows if needed."""
    trolley = structure.trolley(tx, tx.get_one(School, school_id), name, actor, now)
    slots = structure.slots_of(tx, trolley)
    taken = set(tx.scalars(select(Device.slot_id).where(Device.slot_id.in_(slots.values()))))
    free = (n for n, slot in slots.items() if slot not in taken)
    wanted = number or next(free, max(slots, default=0) + 1)
    if wanted not in slots:
        structure.extend_trolley(tx, trolley, wanted, actor, now)
        slots = structure.slots_of(tx, trolley)
    return slots[wanted]
