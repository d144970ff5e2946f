"""Schools and classes as rows, with names nobody could mistake for real ones."""

from datetime import datetime

from mdm.base.db import Tx
from mdm.rooms.schools.models import ClassGroup, School
from tests.factories.times import NOW


def a_school(
    tx: Tx, number: str = "12", name: str = "Beispielschule Nord", now: datetime = NOW
) -> School:
    """A school; give a second one another number."""
    school = School(number=number, name=name, created_at=now)
    tx.add(school)
    tx.flush()
    return school


def a_class(tx: Tx, school: School, name: str = "7b", now: datetime = NOW) -> ClassGroup:
    """A class of a school; its grade is the number it begins with."""
    digits = "".join(letter for letter in name if letter.isdigit())
    grade = digits or None
    group = ClassGroup(school_id=school.id, name=name, grade=grade, created_at=now)
    tx.add(group)
    tx.flush()
    return group
