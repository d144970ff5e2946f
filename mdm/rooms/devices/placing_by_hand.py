"""One device put somewhere by a person, who names places as everybody knows them.

Here: names to rows, and the move as an operation of a change plan. Not here: previewing and
approving it (mdm.rooms.changes), the move itself and its checks (placing.py).
"""

from dataclasses import asdict, dataclass

from sqlalchemy import or_, select

from mdm.base.db import Tx
from mdm.base.errors import InvalidInput, NotFound
from mdm.rooms.access.service import Act, Viewer, require
from mdm.rooms.devices.models import Device
from mdm.rooms.devices.placing import Placement, placement_of
from mdm.rooms.schools import service, structure
from mdm.rooms.schools.models import ClassGroup, ClassMember, Member, School, Slot, Trolley
from mdm.rooms.schools.structure import MOST_SLOTS
from policies.operations import PlaceDevice, Placing
from policies.roster.values import Role


@dataclass(frozen=True, slots=True)
class Where:
    """A place in words; empty for none. slot: from 1, 0 for the first free one of a trolley.

    owner: a source_id, or the label of a seat in a nameless school.
    """

    class_name: str = ""
    trolley: str = ""
    slot: int = 0
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a device is now, in words, with the name of its owner for people who may see it."""

    where: Where
    owner_name: str = ""


def move_of(
    tx: Tx, viewer: Viewer, device: Device, school: School, where: Where
) -> PlaceDevice | None:
    """The operation that puts a device somewhere; without a class it gets its owner's.

    returns: None when it is there already. A slot that holds another iPad shows when the operation
    is drafted. raises: NotFound (a school out of sight; no such class, trolley or person),
        Forbidden, InvalidInput (a slot that cannot be).
    """
    require(viewer, Act.MANAGE, device.school_id)
    require(viewer, Act.MANAGE, school.id)
    if not 0 <= where.slot <= MOST_SLOTS:
        raise InvalidInput("slot", f"between 1 and {MOST_SLOTS} are possible")
    owner = _owner(tx, school, where.owner)
    group = _class(tx, school, where.class_name) or _class_of(tx, owner)
    slot = _slot(tx, device, school, group, where)
    before = Placing(**asdict(placement_of(device)))
    after = Placing(school.id, group, slot, owner.id if owner is not None else None)
    return None if before == after else PlaceDevice(device.id, before, after)


def standing_of(tx: Tx, device: Device) -> Standing:
    """Say where a device is."""
    return standing_at(tx, placement_of(device))


def standing_at(tx: Tx, place: Placement) -> Standing:
    """Say what a place is called; rows that are gone have no name."""
    group = tx.get(ClassGroup, place.class_group_id) if place.class_group_id else None
    slot = tx.get(Slot, place.slot_id) if place.slot_id else None
    trolley = tx.get(Trolley, slot.trolley_id) if slot is not None and slot.trolley_id else None
    owner = tx.get(Member, place.owner_id) if place.owner_id else None
    where = Where(
        group.name if group is not None else "",
        trolley.name if trolley is not None else "",
        slot.number if slot is not None else 0,
        (owner.label or owner.source_id) if owner is not None else "",
    )
    name = f"{owner.given_name} {owner.family_name}".strip() if owner is not None else ""
    return Standing(where, name)


def _owner(tx: Tx, school: School, text: str) -> Member | None:
    if not text:
        return None
    named = or_(Member.source_id == text, Member.label == text)
    here = (Member.school_id == school.id, Member.ended_at.is_(None), named)
    found = tx.scalars(select(Member).where(*here)).first()
    if found is None:
        raise NotFound("person", text)
    return found


def _class(tx: Tx, school: School, name: str) -> int | None:
    if not name:
        return None
    group = service.find_class_group(tx, school.id, name)
    if group is None or group.ended_at is not None:
        raise NotFound("class", name)
    return group.id


def _class_of(tx: Tx, owner: Member | None) -> int | None:
    """The class of a pupil; a teacher belongs to none by himself."""
    if owner is None or owner.role is not Role.PUPIL:
        return None
    query = (
        select(ClassGroup.id)
        .join(ClassMember, ClassMember.class_group_id == ClassGroup.id)
        .where(ClassMember.member_id == owner.id, ClassGroup.ended_at.is_(None))
        .order_by(ClassGroup.name)
    )
    return tx.scalars(query).first()


def _slot(tx: Tx, device: Device, school: School, group: int | None, where: Where) -> int | None:
    if where.trolley:
        return _slot_of_trolley(tx, device, school, where)
    if not where.slot:
        return None
    if group is None:
        raise InvalidInput("slot", "says no place by itself", "Name the class or the trolley.")
    return structure.class_slot(tx, group, where.slot)


def _slot_of_trolley(tx: Tx, device: Device, school: School, where: Where) -> int:
    slots = structure.slots_of(tx, structure.find_trolley(tx, school.id, where.trolley))
    if where.slot:
        if where.slot not in slots:
            problem = f"{where.trolley} has slots 1 to {max(slots)}"
            raise InvalidInput("slot", problem, "Choose one of them.")
        return slots[where.slot]
    held = select(Device.slot_id).where(Device.slot_id.in_(slots.values()), Device.id != device.id)
    taken = set(tx.scalars(held))
    free = next((slot for slot in slots.values() if slot not in taken), None)
    if free is None:
        raise InvalidInput("slot", f"{where.trolley} is full", "Add another trolley.")
    return free
