"""Generated rosters for laws: small, with every special case the values allow."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

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

_NUMBERS = ("12", "13")
_NAMES = st.text("aZß'=+-@ é;,\"|\\1äŞ日", min_size=1, max_size=8).map(
    lambda text: " ".join(text.split()) or "x"
)
_GRADES = st.sampled_from(["", "5", "9", "EF", "Q1"])
_SCHOOLS = st.sets(st.sampled_from(_NUMBERS), min_size=1).map(lambda found: tuple(sorted(found)))


@st.composite
def rosters(draw: st.DrawFn) -> Roster:
    """A roster of two schools that speaks about everything."""
    classes = [SchoolClass(*pair, draw(_GRADES)) for pair in draw(_pairs(_NAMES))]
    courses = [Course(*pair, draw(st.just("") | _NAMES)) for pair in draw(_pairs(_NAMES))]
    persons = draw(_persons())
    return Roster(
        tuple(School(number, f"Schule {number}") for number in _NUMBERS),
        tuple(classes),
        tuple(courses),
        tuple(persons),
        tuple(draw(_memberships(persons, classes, courses))),
        tuple(draw(_placements(persons, classes))),
    )


def _pairs(names: st.SearchStrategy[str]) -> st.SearchStrategy[list[tuple[str, str]]]:
    return st.lists(st.tuples(st.sampled_from(_NUMBERS), names), max_size=3, unique=True)


@st.composite
def _persons(draw: st.DrawFn) -> list[Person]:
    numbers = draw(st.sets(st.integers(1, 9), max_size=6))
    return [draw(_person(number)) for number in sorted(numbers)]


@st.composite
def _person(draw: st.DrawFn, number: int) -> Person:
    role = draw(st.sampled_from(Role))
    return Person(
        f"P-{number}",
        role,
        draw(st.just("") | _NAMES),
        draw(_NAMES),
        draw(_SCHOOLS),
        draw(_GRADES) if role is Role.PUPIL else "",
        draw(st.sampled_from(["", f"p{number}@schule.example"])),
    )


@st.composite
def _memberships(
    draw: st.DrawFn, persons: list[Person], classes: list[SchoolClass], courses: list[Course]
) -> list[Membership]:
    result: list[Membership] = []
    for person in persons:
        keys = [*(c.key for c in classes), *(c.key for c in courses)]
        inside = [key for key in keys if key.school in person.schools]
        groups = draw(st.sets(st.sampled_from(inside), max_size=3)) if inside else set()
        one = min((g for g in groups if g.kind is GroupKind.CLASS), default=None)
        only = {g for g in groups if g.kind is GroupKind.COURSE or g == one}
        result += (Membership(person.source_id, group) for group in only)
    return result


@st.composite
def _placements(
    draw: st.DrawFn, persons: list[Person], classes: list[SchoolClass]
) -> list[Placement]:
    owners = st.sampled_from(["", *(person.source_id for person in persons)])
    trolleys = [GroupKey(GroupKind.TROLLEY, number, "Koffer") for number in _NUMBERS]
    places = st.sampled_from([None, *trolleys, *(c.key for c in classes)])
    drawn = [
        Placement(
            f"DMPX{number}", draw(owners), draw(places), draw(st.sampled_from([0, number + 1]))
        )
        for number in range(draw(st.integers(0, 3)))
    ]
    return [p if p.place else replace(p, slot=0) for p in drawn if p.person or p.place]
