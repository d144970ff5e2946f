"""Rosters of fictional schools: repeaters, movers, equal names, courses, shared teachers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from policies.roster.roster import Roster
from policies.roster.values import (
    Course,
    GroupKey,
    GroupKind,
    Membership,
    Person,
    Placement,
    Role,
    School,
    SchoolClass,
)

NORTH = School("12", "Beispielschule Nord")
SOUTH = School("13", "Beispielschule Süd")


def a_class_key(name: str = "7b", school: str = "12") -> GroupKey:
    return GroupKey(GroupKind.CLASS, school, name)


def a_course_key(name: str = "Mathe 7", school: str = "12") -> GroupKey:
    return GroupKey(GroupKind.COURSE, school, name)


def a_trolley_key(name: str = "Koffer 1", school: str = "12") -> GroupKey:
    return GroupKey(GroupKind.TROLLEY, school, name)


def a_pupil(number: int = 1, grade: str = "7", *schools: str) -> Person:
    """A pupil whose names nobody has."""
    return Person(
        f"S-{number:04d}",
        Role.PUPIL,
        f"Kind-{number:02d}",
        f"Muster-{number:02d}",
        schools or ("12",),
        grade,
        f"kind-{number:02d}@schule.example",
    )


def a_teacher(number: int = 1, *schools: str) -> Person:
    """A teacher; name two schools for one who teaches in both."""
    return Person(
        f"L-{number:03d}",
        Role.TEACHER,
        f"Lehr-{number:02d}",
        f"Beispiel-{number:02d}",
        schools or ("12",),
        "",
        f"lehr-{number:02d}@schule.example",
    )


def one_class(
    *pupils: Person, name: str = "7b", grade: str = "7", school: School = NORTH
) -> Roster:
    """One school with one class and its pupils."""
    key = a_class_key(name, school.number)
    return Roster(
        (school,),
        (SchoolClass(school.number, name, grade),),
        (),
        pupils,
        tuple(Membership(pupil.source_id, key) for pupil in pupils),
    )


def a_school() -> Roster:
    """Three classes of thirty pupils, two of one name in one class, courses, trolley, teachers."""
    names = ("6a", "7a", "7b")
    pupils = {name: _thirty(index, name[0]) for index, name in enumerate(names)}
    twin = replace(pupils["7b"][1], given_name="Kind-61", family_name="Muster-61")
    pupils["7b"][1] = twin
    teachers = (a_teacher(1), a_teacher(2, "12", "13"), a_teacher(3))
    everybody = [pupil for inside in pupils.values() for pupil in inside]
    return Roster(
        (NORTH, SOUTH),
        tuple(SchoolClass("12", name, name[0]) for name in names),
        (Course("12", "Mathe 7", "Mathematik"), Course("12", "Chor", "Musik")),
        (*everybody, *teachers),
        tuple(_memberships(pupils)),
        (
            Placement("DMPX0001", "S-0061"),
            Placement("DMPX0002", "", a_class_key("7b"), 3),
            Placement("DMPX0003", "", a_trolley_key(), 1),
            Placement("DMPX0004", "L-001", a_trolley_key(), 2),
        ),
    )


def next_year(roster: Roster) -> Roster:
    """One year later: 6a is 7a, 7 is 8; one pupil repeats, one changes school."""
    after = {"6a": "7a", "7a": "8a", "7b": "8b"}
    moved = (_moved(m, after) for m in roster.memberships if m.group.kind is GroupKind.CLASS)
    repeats, changes = a_class_key("7a"), a_class_key("8a", "13")
    final = {m.person: m for m in moved}
    final["S-0031"] = Membership("S-0031", repeats)
    final["S-0032"] = Membership("S-0032", changes)
    persons = (
        replace(p, schools=("13",)) if p.source_id == "S-0032" else p for p in roster.persons
    )
    classes = (SchoolClass("12", name, name[0]) for name in after.values())
    return replace(
        roster,
        classes=(*classes, SchoolClass("13", "8a", "8")),
        courses=(),
        persons=tuple(persons),
        memberships=tuple(final.values()),
        placements=(Placement("DMPX0001", "S-0061"), Placement("DMPX0003", "", a_trolley_key(), 1)),
    )


def _thirty(index: int, grade: str) -> list[Person]:
    return [a_pupil(index * 30 + number, grade) for number in range(1, 31)]


def _memberships(pupils: dict[str, list[Person]]) -> Iterable[Membership]:
    for name, inside in pupils.items():
        for pupil in inside:
            yield Membership(pupil.source_id, a_class_key(name))
    for pupil in (*pupils["7a"], *pupils["7b"]):
        yield Membership(pupil.source_id, a_course_key("Mathe 7"))
    for pupil in (*pupils["6a"][:5], *pupils["7b"][:5]):
        yield Membership(pupil.source_id, a_course_key("Chor"))
    yield Membership("L-001", a_class_key("7b"))
    yield Membership("L-001", a_course_key("Mathe 7"))
    yield Membership("L-002", a_course_key("Chor"))


def _moved(membership: Membership, after: dict[str, str]) -> Membership:
    return replace(membership, group=a_class_key(after[membership.group.name]))
