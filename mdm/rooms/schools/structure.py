"""Writing the city's places: its name, campuses, rooms, trolleys and their slots.

Not here: schools and classes (service.py), people (roster.py), which device is in a slot
(mdm.rooms.devices.placing).
"""

from datetime import datetime

from sqlalchemy import select

from mdm.base.db import Tx
from mdm.base.errors import InvalidInput, NotFound
from mdm.rooms.audit import service as audit
from mdm.rooms.audit.service import Actor, Subject
from mdm.rooms.schools.models import Campus, City, Room, School, Slot, Trolley
from policies.roster import values

MOST_SLOTS = values.MOST_SLOTS
_LONGEST_NAME = 200
_LONGEST_PLACE = 80


def name_city(tx: Tx, name: str, actor: Actor, now: datetime) -> City:
    """Name the city. raises: InvalidInput (name empty or too long)."""
    name = _name(name, _LONGEST_NAME)
    city = tx.scalars(select(City)).first()
    if city is None:
        city = City(name=name)
        tx.add(city)
        tx.flush()
    city.name = name
    audit.record(tx, actor, "city.name", Subject.of("city", city.id), now)
    return city


def add_campus(tx: Tx, name: str, actor: Actor, now: datetime) -> Campus:
    """Add a site. raises: InvalidInput (name empty, too long, or taken)."""
    name = _name(name, _LONGEST_NAME)
    if tx.scalar(select(Campus.id).where(Campus.name == name)) is not None:
        raise InvalidInput("campus", f"{name} exists already", "Choose another name.")
    campus = Campus(name=name, created_at=now)
    tx.add(campus)
    tx.flush()
    audit.record(tx, actor, "campus.add", Subject.of("campus", campus.id), now)
    return campus


def move_school(tx: Tx, school: School, campus: Campus | None, actor: Actor, now: datetime) -> None:
    """Say at which site a school is; None for none."""
    school.campus_id = campus.id if campus is not None else None
    _changed(tx, school, "school.campus", actor, now, campus=school.campus_id)


def set_training(tx: Tx, school: School, is_training: bool, actor: Actor, now: datetime) -> None:
    """Make a school the training school: its iPads are the first ring of every roll-out."""
    school.is_training = is_training
    _changed(tx, school, "school.training", actor, now, is_training=is_training)


def room(tx: Tx, school: School, name: str, actor: Actor, now: datetime) -> Room:
    """Find a room of a school by name, and add it when it is new. raises: InvalidInput."""
    name = _name(name, _LONGEST_PLACE)
    found = tx.scalar(select(Room).where(Room.school_id == school.id, Room.name == name))
    if found is not None:
        return found
    made = Room(school_id=school.id, name=name)
    tx.add(made)
    tx.flush()
    subject = Subject.of("room", made.id)
    audit.record(tx, actor, "room.add", subject, now, school_id=school.id)
    return made


def add_trolley(
    tx: Tx,
    school: School,
    name: str,
    slots: int,
    actor: Actor,
    now: datetime,
    room: Room | None = None,
) -> Trolley:
    """Add a trolley with slots numbered from 1.

    raises: InvalidInput (name empty or taken, no slots or too many, a room of another school).
    """
    name = _name(name, _LONGEST_PLACE)
    _check_slots(slots)
    if room is not None and room.school_id != school.id:
        raise InvalidInput("room", "belongs to another school")
    taken = select(Trolley.id).where(Trolley.school_id == school.id, Trolley.name == name)
    if tx.scalar(taken) is not None:
        raise InvalidInput("trolley", f"{name} exists already", "Choose another name.")
    trolley = Trolley(
        school_id=school.id, room_id=room.id if room else None, name=name, created_at=now
    )
    tx.add(trolley)
    tx.flush()
    tx.add_all(Slot(trolley_id=trolley.id, number=number + 1) for number in range(slots))
    tx.flush()
    subject = Subject.of("trolley", trolley.id)
    details = {"slots": slots}
    audit.record(tx, actor, "trolley.add", subject, now, school_id=school.id, details=details)
    return trolley


def trolley(tx: Tx, school: School, name: str, actor: Actor, now: datetime) -> Trolley:
    """Find a trolley of a school by name, and add it when it is new; its slots come as needed.

    raises: InvalidInput (name empty or too long, or of a trolley no longer in use).
    """
    try:
        return find_trolley(tx, school.id, name)
    except NotFound:
        return add_trolley(tx, school, name, 1, actor, now)


def slots_of(tx: Tx, trolley: Trolley) -> dict[int, int]:
    """The rows of a trolley's slots, by number."""
    query = select(Slot.number, Slot.id).where(Slot.trolley_id == trolley.id)
    return {row.number: row.id for row in tx.execute(query.order_by(Slot.number))}


def class_slot(tx: Tx, class_group_id: int, number: int) -> int:
    """The row of a numbered place in a class; places of classes come as they are needed."""
    here = (Slot.class_group_id == class_group_id, Slot.number == number)
    found = tx.scalar(select(Slot.id).where(*here))
    if found is not None:
        return found
    slot = Slot(class_group_id=class_group_id, number=number)
    tx.add(slot)
    tx.flush()
    return slot.id


def extend_trolley(tx: Tx, trolley: Trolley, slots: int, actor: Actor, now: datetime) -> None:
    """Give a trolley more slots; taking some away is not possible, for iPads may be in them.

    raises: InvalidInput (fewer than it has, or too many).
    """
    _check_slots(slots)
    numbers = set(tx.scalars(select(Slot.number).where(Slot.trolley_id == trolley.id)))
    if slots < max(numbers, default=0):
        problem = f"has {max(numbers)} already"
        raise InvalidInput("slots", problem, "End the trolley and add a smaller one.")
    missing = sorted(set(range(1, slots + 1)) - numbers)
    tx.add_all(Slot(trolley_id=trolley.id, number=number) for number in missing)
    tx.flush()
    subject = Subject.of("trolley", trolley.id)
    details = {"slots": slots}
    audit.record(
        tx, actor, "trolley.extend", subject, now, school_id=trolley.school_id, details=details
    )


def find_trolley(tx: Tx, school_id: int, name: str) -> Trolley:
    """Find a trolley in use by name. raises: NotFound."""
    found = tx.scalar(
        select(Trolley).where(
            Trolley.school_id == school_id, Trolley.name == name, Trolley.ended_at.is_(None)
        )
    )
    if found is None:
        raise NotFound("trolley", name)
    return found


def _check_slots(slots: int) -> None:
    if not 1 <= slots <= MOST_SLOTS:
        raise InvalidInput("slots", f"between 1 and {MOST_SLOTS} are possible")


def _name(name: str, longest: int) -> str:
    name = " ".join(name.split())
    if not name or len(name) > longest or not name.isprintable():
        raise InvalidInput("name", f"a name of 1 to {longest} characters is needed")
    return name


def _changed(
    tx: Tx, school: School, act: str, actor: Actor, now: datetime, **details: object
) -> None:
    subject = Subject.of("school", school.id)
    audit.record(tx, actor, act, subject, now, school_id=school.id, details=details)
