"""Writing the city's structure."""

import re
from datetime import datetime

from sqlalchemy import Select, select

from mdm.base.db import Tx
from mdm.base.errors import InvalidInput, NotFound
from mdm.rooms.audit import service as audit
from mdm.rooms.audit.service import Actor, Subject
from mdm.rooms.schools.models import ClassGroup, School
from policies.roster.formats.words import grade_in

_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,19}")
_CLASS = re.compile(r"[\w .-]{1,40}", re.UNICODE)


def add_school(tx: Tx, number: str, name: str, actor: Actor, now: datetime) -> School:
    """Add a school.

    raises: InvalidInput (number not of letters and digits, name empty, number taken).
    """
    number, name = number.strip(), " ".join(name.split())
    if not _NUMBER.fullmatch(number):
        raise InvalidInput("number", "use up to 20 letters and digits", "For example 12 or G-07.")
    if not name or len(name) > 200:
        raise InvalidInput("name", "a name of 1 to 200 characters is needed")
    if tx.scalar(select(School).where(School.number == number)) is not None:
        raise InvalidInput("number", f"school {number} exists already", "Choose another number.")
    school = School(number=number, name=name, created_at=now)
    tx.add(school)
    tx.flush()
    subject = Subject.of("school", school.id)
    audit.record(tx, actor, "school.add", subject, now, school_id=school.id)
    return school


def class_group(tx: Tx, school: School, name: str, actor: Actor, now: datetime) -> ClassGroup:
    """Find a class of a school by name, and add it when it is new; one that is over goes on.

    raises: InvalidInput (name empty or too long).
    """
    name = " ".join(name.split())
    if not name or not _CLASS.fullmatch(name):
        raise InvalidInput("class", "use up to 40 letters and digits", "For example 7b.")
    found = find_class_group(tx, school.id, name)
    if found is not None:
        return found
    group = _ended(tx, school.id, name)
    if group is None:
        group = ClassGroup(school_id=school.id, name=name, created_at=now)
        tx.add(group)
    group.ended_at, group.grade = None, grade_in(name) or None
    tx.flush()
    subject = Subject.of("class_group", group.id)
    audit.record(tx, actor, "class_group.add", subject, now, school_id=school.id)
    return group


def find_class_group(tx: Tx, school_id: int, name: str) -> ClassGroup | None:
    """Find a class in use by name; None when the school has no such class."""
    return tx.scalar(_named(school_id, name).where(ClassGroup.ended_at.is_(None)))


def _ended(tx: Tx, school_id: int, name: str) -> ClassGroup | None:
    return tx.scalar(_named(school_id, name).where(ClassGroup.ended_at.is_not(None)))


def _named(school_id: int, name: str) -> Select[ClassGroup]:
    return select(ClassGroup).where(ClassGroup.school_id == school_id, ClassGroup.name == name)


def school_by_number(tx: Tx, number: str) -> School:
    """Find a school by its number.

    raises: NotFound.
    """
    school = tx.scalar(select(School).where(School.number == number))
    if school is None:
        raise NotFound("school", number)
    return school
