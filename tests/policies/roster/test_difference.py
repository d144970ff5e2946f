"""What an import would change."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from policies.roster.changes import FieldChange, MoveKind
from policies.roster.difference import apply, difference
from policies.roster.errors import InvalidRoster
from policies.roster.roster import EVERY_TOPIC, Roster, Topic
from policies.roster.target import target
from policies.roster.values import Course, Membership, Placement, Role, SchoolClass
from tests.factories.rosters import (
    NORTH,
    SOUTH,
    a_class_key,
    a_course_key,
    a_pupil,
    a_school,
    a_teacher,
    a_trolley_key,
    next_year,
    one_class,
)
from tests.policies.roster.strategies import rosters

QUICK = settings(max_examples=40, deadline=None)


@QUICK
@given(rosters(), rosters())
def test_the_applied_difference_is_what_a_complete_source_says(a: Roster, b: Roster) -> None:
    change = difference(a, b, complete=True)

    assert apply(a, change) == b


@QUICK
@given(rosters(), rosters())
def test_importing_twice_changes_nothing(known: Roster, incoming: Roster) -> None:
    for complete in (True, False):
        after = apply(known, difference(known, incoming, complete=complete))

        assert difference(after, incoming, complete=complete).is_empty


@QUICK
@given(rosters(), rosters())
def test_a_part_of_a_roster_removes_nobody(known: Roster, part: Roster) -> None:
    change = difference(known, part, complete=False)

    assert not change.persons.removed
    assert not change.classes.removed
    assert apply(known, change) == target(known, part, complete=False)


def test_the_first_import_adds_everything() -> None:
    change = difference(Roster(), a_school(), complete=True)

    assert change.new_schools == (NORTH, SOUTH)
    assert len(change.persons.added) == 93
    assert change.persons.removed == ()


def test_a_changed_name_says_before_and_after() -> None:
    known = one_class(a_pupil(1))
    incoming = one_class(replace(a_pupil(1), family_name="Muster-99"))

    change = difference(known, incoming, complete=True)

    assert change.persons.changed[0].fields == (
        FieldChange("family_name", "Muster-01", "Muster-99"),
    )


def test_whoever_changes_class_moves_and_is_not_removed() -> None:
    known = one_class(a_pupil(1))
    incoming = one_class(a_pupil(1), name="8b", grade="8")

    change = difference(known, incoming, complete=True)

    assert change.memberships.is_empty
    assert [(m.before.name, m.after.name, m.kind) for m in change.moves] == [
        ("7b", "8b", MoveKind.UP)
    ]


def test_a_new_year_knows_who_rises_repeats_and_changes_school() -> None:
    known = a_school()

    change = difference(known, next_year(known), complete=True)

    kinds = {m.person: m.kind for m in change.moves}
    assert kinds["S-0001"] is MoveKind.UP
    assert kinds["S-0032"] is MoveKind.OTHER_SCHOOL
    assert "S-0031" not in kinds
    assert change.persons.removed == ()


def test_a_repeater_in_another_class_of_the_grade_moves() -> None:
    known = one_class(a_pupil(1), name="7b")
    incoming = one_class(a_pupil(1), name="7c")

    change = difference(known, incoming, complete=True)

    assert change.moves[0].kind is MoveKind.REPEATS


def test_who_changes_school_is_recognised_by_the_file_of_the_new_school() -> None:
    known = one_class(a_pupil(1))
    incoming = one_class(a_pupil(1, "7", "13"), school=SOUTH)

    change = difference(known, incoming, complete=True)

    assert change.persons.changed[0].fields == (FieldChange("schools", "12", "13"),)
    assert change.moves[0].kind is MoveKind.OTHER_SCHOOL
    assert change.classes.removed == ()


def test_the_file_of_one_school_leaves_the_other_school_alone() -> None:
    known = a_school()
    incoming = one_class(a_pupil(900, "5", "13"), name="5a", school=SOUTH)

    change = difference(known, incoming, complete=True)

    assert change.persons.removed == ()
    assert [c.after.schools for c in change.persons.changed] == [("12",)]


def test_a_teacher_of_two_schools_stays_in_the_one_the_file_does_not_cover() -> None:
    known = Roster((NORTH, SOUTH), persons=(a_teacher(1, "12", "13"),))
    incoming = Roster((SOUTH,), persons=(a_teacher(1, "13"),))

    assert difference(known, incoming, complete=True).is_empty


def test_equal_names_in_one_class_stay_two_persons() -> None:
    twin = replace(a_pupil(2), given_name="Kind-01", family_name="Muster-01")
    roster = one_class(a_pupil(1), twin)

    change = difference(Roster(), roster, complete=True)

    assert [person.source_id for person in change.persons.added] == ["S-0001", "S-0002"]


def test_a_file_of_pupils_only_keeps_teachers_and_courses() -> None:
    known = a_school()
    pupils = tuple(p for p in known.persons if p.role is Role.PUPIL)
    classes = tuple(m for m in known.memberships if m.group.kind == "class" and m.person[0] == "S")
    incoming = Roster(
        known.schools,
        known.classes,
        persons=pupils,
        memberships=classes,
        topics=frozenset({Topic.PUPILS}),
    )

    assert difference(known, incoming, complete=True).is_empty


def test_a_file_without_accounts_keeps_the_accounts() -> None:
    known = one_class(a_pupil(1))
    silent = replace(
        one_class(replace(a_pupil(1), account="")), topics=frozenset(Topic) - {Topic.ACCOUNTS}
    )

    assert difference(known, silent, complete=True).is_empty


def test_a_removed_owner_leaves_the_device_in_its_trolley() -> None:
    place = a_trolley_key()
    known = replace(
        one_class(a_pupil(1), a_pupil(2)), placements=(Placement("X1", "S-0002", place, 4),)
    )
    incoming = replace(one_class(a_pupil(1)), topics=frozenset({Topic.PUPILS}))

    change = difference(known, incoming, complete=True)

    assert change.placements.changed[0].after == Placement("X1", "", place, 4)


def test_a_file_without_trolleys_leaves_an_owned_ipad_in_its_trolley() -> None:
    known = a_school()
    silent = replace(
        known,
        placements=(Placement("DMPX0004", "L-003"),),
        topics=EVERY_TOPIC - {Topic.TROLLEYS},
    )

    (change,) = difference(known, silent, complete=True).placements.changed

    assert change.after == Placement("DMPX0004", "L-003", a_trolley_key(), 2)


def test_a_file_that_knows_trolleys_takes_an_ipad_out_of_one() -> None:
    known = a_school()
    said = (Placement("DMPX0004", "L-001"), *known.placements[:3])

    (change,) = difference(known, replace(known, placements=said), complete=True).placements.changed

    assert change.after == Placement("DMPX0004", "L-001")


def test_changes_come_in_the_order_of_keys() -> None:
    roster = one_class(a_pupil(3), a_pupil(1), a_pupil(2))

    change = difference(Roster(), roster, complete=True)

    assert [p.key for p in change.persons.added] == ["S-0001", "S-0002", "S-0003"]


@pytest.mark.parametrize(
    "broken",
    [
        {"persons": (a_pupil(1), a_pupil(1))},
        {"memberships": (Membership("S-0009", a_class_key()),)},
        {"placements": (Placement("X1"),)},
        {"placements": (Placement("X1", "S-0009"),)},
        {"placements": (Placement("X1", "", a_class_key("9z")),)},
        {
            "classes": (SchoolClass("13", "7b"),),
            "persons": (a_pupil(1),),
            "memberships": (Membership("S-0001", a_class_key(school="13")),),
        },
    ],
)
def test_a_roster_that_contradicts_itself_is_refused(broken: dict[str, tuple[object, ...]]) -> None:
    with pytest.raises(InvalidRoster):
        Roster(**broken)  # type: ignore[arg-type]


def test_a_roster_tells_who_learns_and_who_teaches_in_a_course() -> None:
    roster = Roster(
        (NORTH,),
        courses=(Course("12", "Mathe 7"),),
        persons=(a_pupil(1), a_teacher(1)),
        memberships=(Membership("S-0001", a_course_key()), Membership("L-001", a_course_key())),
    )

    assert roster.members(a_course_key(), Role.TEACHER) == (a_teacher(1),)
    assert roster.groups_of("S-0001") == (a_course_key(),)
