"""Reading the city's structure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from mdm.base.db import Tx
from mdm.rooms.schools.models import (
    Campus,
    ClassGroup,
    ClassMember,
    Course,
    CourseMember,
    Member,
    Room,
    School,
)
from policies.roster.values import Role


@dataclass(frozen=True, slots=True)
class GroupLine:
    """A class or a course with how many people are in it. grade: None for none."""

    id: int
    name: str
    grade: str | None
    subject: str
    pupils: int
    teachers: int


@dataclass(frozen=True, slots=True)
class MemberLine:
    """Somebody of a school, to choose from. class_name: None for none."""

    source_id: str
    given_name: str
    family_name: str
    label: str
    class_name: str | None


def all_schools(tx: Tx) -> Sequence[School]:
    """List every school by number."""
    return tx.scalars(select(School).order_by(School.number)).all()


def schools(tx: Tx, ids: Collection[int]) -> Sequence[School]:
    """List the schools with these ids, by number."""
    return tx.scalars(select(School).where(School.id.in_(ids)).order_by(School.number)).all()


def classes_of(tx: Tx, school_id: int) -> Sequence[ClassGroup]:
    """List the classes in use of a school by grade and name."""
    here = (ClassGroup.school_id == school_id, ClassGroup.ended_at.is_(None))
    return sorted(tx.scalars(select(ClassGroup).where(*here)), key=_by_grade)


def class_lines(tx: Tx, school_id: int) -> list[GroupLine]:
    """List the classes in use with their people, by grade and name."""
    counts = _people(tx, ClassMember.class_group_id, ClassMember, school_id)
    return [_line(row, counts) for row in classes_of(tx, school_id)]


def course_lines(tx: Tx, school_id: int) -> list[GroupLine]:
    """List the courses in use with their people, by name."""
    counts = _people(tx, CourseMember.course_id, CourseMember, school_id)
    here = (Course.school_id == school_id, Course.ended_at.is_(None))
    rows = tx.scalars(select(Course).where(*here).order_by(Course.name))
    return [_line(row, counts) for row in rows]


def rooms_of(tx: Tx, school_id: int) -> Sequence[Room]:
    """List the rooms of a school by name."""
    return tx.scalars(select(Room).where(Room.school_id == school_id).order_by(Room.name)).all()


def campuses(tx: Tx) -> Sequence[Campus]:
    """List every site by name."""
    return tx.scalars(select(Campus).order_by(Campus.name)).all()


def members_of(tx: Tx, school_id: int) -> list[MemberLine]:
    """List the people of a school by class and name; each once, with the first of his classes."""
    query = (
        select(
            Member.source_id,
            Member.given_name,
            Member.family_name,
            Member.label,
            func.min(ClassGroup.name).label("class_name"),
        )
        .outerjoin(ClassMember, ClassMember.member_id == Member.id)
        .outerjoin(ClassGroup, ClassGroup.id == ClassMember.class_group_id)
        .where(Member.school_id == school_id, Member.ended_at.is_(None))
        .group_by(Member.id)
    )
    found = [MemberLine(**row._mapping) for row in tx.execute(query)]
    return sorted(found, key=lambda one: (one.class_name or "~", one.label, one.family_name))


def _people(tx: Tx, group: Any, joining: Any, school_id: int) -> dict[tuple[int, Role], int]:
    """How many people of each role are in each group of a school, by number of the group."""
    query = (
        select(group, Member.role, func.count())
        .join(Member, Member.id == joining.member_id)
        .where(Member.school_id == school_id)
        .group_by(group, Member.role)
    )
    return {(number, role): count for number, role, count in tx.execute(query)}


def _line(row: ClassGroup | Course, counts: dict[tuple[int, Role], int]) -> GroupLine:
    subject = row.subject if isinstance(row, Course) else ""
    pupils, teachers = (counts.get((row.id, role), 0) for role in (Role.PUPIL, Role.TEACHER))
    return GroupLine(row.id, row.name, row.grade, subject, pupils, teachers)


def _by_grade(group: ClassGroup) -> tuple[bool, int, str, str]:
    """Grades are texts (EF, Q1), and those with a number come in its order."""
    grade = group.grade or ""
    number = int(grade) if grade.isdecimal() else 0
    return not grade.isdecimal(), number, grade, group.name
