"""Where a device belongs: its class, its slot, its owner.

Here: the one verb that moves a device, with its checks. Not here: who decides it (an import, a
change plan, a person), the slots themselves (mdm.rooms.schools.structure).
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select

from mdm.base.db import Tx
from mdm.base.errors import Conflict, InvalidInput
from mdm.rooms.audit import service as audit
from mdm.rooms.audit.service import Actor, Subject
from mdm.rooms.devices.due import mark_scopes_due
from mdm.rooms.devices.models import Device
from mdm.rooms.schools.models import ClassGroup, Member, School, Slot, Trolley


@dataclass(frozen=True, slots=True)
class Placement:
    """Where one device belongs, by numbers of rows; None for nowhere.

    A device in the slot of a class has that class; one with an owner has the owner's class,
    unless another is given.
    """

    school_id: int | None
    class_group_id: int | None = None
    slot_id: int | None = None
    owner_id: int | None = None


def placement_of(device: Device) -> Placement:
    """Where a device belongs now."""
    return Placement(device.school_id, device.class_group_id, device.slot_id, device.owner_id)


def place(tx: Tx, device: Device, wanted: Placement, actor: Actor, now: datetime) -> bool:
    """Move a device; returns whether anything changed. It gets a new plan then.

    raises: InvalidInput (a class, slot or owner of another school), Conflict (the slot is
        another device's).
    """
    before = placement_of(device)
    if before == wanted:
        return False
    for problem in _problems(tx, wanted):
        raise problem
    _require_free(tx, device, wanted.slot_id)
    device.school_id, device.class_group_id = wanted.school_id, wanted.class_group_id
    device.slot_id, device.owner_id = wanted.slot_id, wanted.owner_id
    tx.flush()
    mark_scopes_due(tx, [Device.id == device.id])
    subject = Subject.of("device", device.id)
    details = {"from": asdict(before), "to": asdict(wanted)}
    audit.record(
        tx, actor, "device.place", subject, now, school_id=wanted.school_id, details=details
    )
    return True


def _problems(tx: Tx, wanted: Placement) -> Iterator[InvalidInput]:
    """Everything has to be in one school, and to exist."""
    school = wanted.school_id
    if school is None:
        if wanted != Placement(None):
            yield InvalidInput("school", "is missing", "Say at which school the iPad is.")
        return
    if tx.get(School, school) is None:
        yield InvalidInput("school", "does not exist")
    if wanted.class_group_id is not None and _school_of(tx, wanted.class_group_id) != school:
        yield InvalidInput("class", "belongs to another school")
    if wanted.slot_id is not None and _school_of_slot(tx, wanted.slot_id) != school:
        yield InvalidInput("slot", "belongs to another school")
    if wanted.owner_id is not None:
        owner = tx.get(Member, wanted.owner_id)
        if owner is None or owner.school_id != school:
            yield InvalidInput("owner", "belongs to another school")


def _school_of(tx: Tx, class_group_id: int) -> int | None:
    group = tx.get(ClassGroup, class_group_id)
    return group.school_id if group is not None else None


def _school_of_slot(tx: Tx, slot_id: int) -> int | None:
    slot = tx.get(Slot, slot_id)
    if slot is None:
        return None
    if slot.class_group_id is not None:
        return _school_of(tx, slot.class_group_id)
    trolley = tx.get(Trolley, slot.trolley_id)
    return trolley.school_id if trolley is not None else None


def _require_free(tx: Tx, device: Device, slot_id: int | None) -> None:
    if slot_id is None:
        return
    # Whoever else wants this slot waits here, and then sees who has it.
    tx.scalar(select(Slot.id).where(Slot.id == slot_id).with_for_update())
    holder = tx.scalar(select(Device.serial).where(Device.slot_id == slot_id))
    if holder is not None and holder != device.serial:
        raise Conflict(f"the slot holds iPad {holder}; take it out first")
