"""Reading the city's structure."""

from collections.abc import Collection, Sequence

from sqlalchemy import select

from mdm.base.db import Tx
from mdm.rooms.schools.models import ClassGroup, School


def all_schools(tx: Tx) -> Sequence[School]:
    """List every school by number."""
    return tx.scalars(select(School).order_by(School.number)).all()


def schools(tx: Tx, ids: Collection[int]) -> Sequence[School]:
    """List the schools with these ids, by number."""
    return tx.scalars(select(School).where(School.id.in_(ids)).order_by(School.number)).all()


def classes_of(tx: Tx, school_id: int) -> Sequence[ClassGroup]:
    """List the classes of a school by grade and name."""
    found = tx.scalars(select(ClassGroup).where(ClassGroup.school_id == school_id)).all()
    return sorted(found, key=_by_grade)


def _by_grade(group: ClassGroup) -> tuple[bool, int, str, str]:
    """Grades are texts (EF, Q1), and those with a number come in its order."""
    grade = group.grade or ""
    number = int(grade) if grade.isdecimal() else 0
    return not grade.isdecimal(), number, grade, group.name
