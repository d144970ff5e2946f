"""What stops an import, and what lifts the stop."""

from __future__ import annotations

from dataclasses import replace

import pytest

from policies.roster.difference import difference
from policies.roster.judgement import Confirmation, ImportVerdict, Sizes, StopReason, judge
from policies.roster.roster import Roster
from policies.roster.values import Placement
from tests.factories.rosters import (
    NORTH,
    SOUTH,
    a_class_key,
    a_pupil,
    a_school,
    a_teacher,
    next_year,
    one_class,
)


def judged(known: Roster, incoming: Roster, typed: str | None = None) -> ImportVerdict:
    confirmation = None if typed is None else Confirmation(typed)
    return judge(difference(known, incoming, complete=True), known, confirmation)


def pupils(count: int) -> Roster:
    return one_class(*(a_pupil(number) for number in range(1, count + 1)))


def test_five_of_a_hundred_may_leave() -> None:
    verdict = judged(pupils(100), pupils(95))

    assert verdict.may_write
    assert verdict.stops == ()


def test_six_of_a_hundred_stop_the_import_with_persons_and_memberships() -> None:
    verdict = judged(pupils(100), pupils(94))

    assert not verdict.may_write
    assert [(s.reason, s.lost, s.of) for s in verdict.stops] == [
        (StopReason.MEMBERSHIPS, 6, 100),
        (StopReason.PERSONS, 6, 100),
    ]


@pytest.mark.parametrize("typed", ["12", " 12 "])
def test_the_typed_school_number_lifts_the_stop(typed: str) -> None:
    verdict = judged(pupils(100), pupils(50), typed)

    assert verdict.may_write
    assert verdict.confirmed
    assert verdict.stops


@pytest.mark.parametrize("typed", ["", "yes", "13", "12 13"])
def test_anything_else_does_not_lift_it(typed: str) -> None:
    assert not judged(pupils(100), pupils(50), typed).may_write


def test_a_small_school_is_not_hidden_by_a_large_one() -> None:
    large = pupils(100)
    small = one_class(a_pupil(901, "5", "13"), a_pupil(902, "5", "13"), name="5a", school=SOUTH)
    both = Roster(
        (NORTH, SOUTH),
        (*large.classes, *small.classes),
        (),
        (*large.persons, *small.persons),
        (*large.memberships, *small.memberships),
    )

    verdict = judged(both, replace(large, schools=(NORTH, SOUTH)))

    assert verdict.to_type == ("13",)


def test_a_class_that_goes_with_all_its_pupils_stops_below_five_percent() -> None:
    known = pupils(100)
    lone = a_pupil(901, "9")
    extra = one_class(lone, name="9z", grade="9")
    both = replace(
        known,
        classes=(*known.classes, *extra.classes),
        persons=(*known.persons, lone),
        memberships=(*known.memberships, *extra.memberships),
    )

    verdict = judged(both, known)

    assert [(s.reason, s.group) for s in verdict.stops] == [
        (StopReason.CLASS_WITH_PUPILS, a_class_key("9z"))
    ]


def test_a_class_whose_pupils_all_moved_may_go() -> None:
    assert judged(one_class(a_pupil(1)), one_class(a_pupil(1), name="8b")).may_write


def test_a_class_with_devices_stops_even_when_its_pupils_moved() -> None:
    known = replace(one_class(a_pupil(1)), placements=(Placement("X1", "", a_class_key("7b"), 1),))

    verdict = judged(known, one_class(a_pupil(1), name="8b"))

    assert [(s.reason, s.lost) for s in verdict.stops] == [(StopReason.CLASS_WITH_DEVICES, 1)]


def test_a_new_year_in_which_everybody_moves_stops_only_for_what_ends() -> None:
    known = a_school()
    without_devices = replace(known, placements=())

    verdict = judged(without_devices, replace(next_year(known), placements=()))

    assert {s.reason for s in verdict.stops} == {StopReason.MEMBERSHIPS}


def test_a_teacher_who_leaves_one_of_two_schools_is_lost_for_that_one() -> None:
    known = Roster((NORTH, SOUTH), persons=(a_teacher(1, "12", "13"),))
    incoming = Roster((NORTH, SOUTH), persons=(a_teacher(1, "12"),))

    assert judged(known, incoming).to_type == ("13",)


def test_an_empty_roster_of_a_known_school_is_stopped() -> None:
    assert not judged(pupils(10), Roster((NORTH,))).may_write


def test_an_empty_roster_of_no_school_changes_nothing() -> None:
    assert difference(pupils(10), Roster(), complete=True).is_empty


def test_a_school_that_another_ones_file_empties_is_stopped() -> None:
    known = replace(pupils(100), schools=(NORTH, SOUTH))
    everybody = (a_pupil(number, "7", "13") for number in range(1, 101))

    verdict = judged(known, one_class(*everybody, school=SOUTH))

    assert [(s.reason, s.school, s.lost) for s in verdict.stops] == [
        (StopReason.PERSONS, "12", 100)
    ]


def test_one_who_leaves_a_school_known_in_part_is_one_of_all_its_people() -> None:
    known = replace(pupils(1), schools=(NORTH, SOUTH))
    change = difference(known, one_class(a_pupil(1, "7", "13"), school=SOUTH), complete=True)

    assert judge(change, known).stops
    assert judge(change, known, elsewhere=Sizes({"12": 100})).may_write


def with_ipads(count: int) -> Roster:
    """Everybody has an iPad."""
    placements = (Placement(f"X{n:03d}", f"S-{n:04d}") for n in range(1, count + 1))
    return replace(pupils(count), placements=tuple(placements))


def test_a_file_that_names_a_few_serial_numbers_does_not_take_all_other_ipads() -> None:
    known = with_ipads(100)

    verdict = judged(known, replace(known, placements=known.placements[:1]))

    assert [(s.reason, s.lost, s.of) for s in verdict.stops] == [(StopReason.DEVICES, 99, 100)]


def test_five_ipads_of_a_hundred_may_be_taken_from_their_owners() -> None:
    known = with_ipads(100)

    assert judged(known, replace(known, placements=known.placements[:95])).may_write


def test_ipads_of_those_who_leave_are_no_loss_of_their_own() -> None:
    verdict = judged(with_ipads(10), with_ipads(9))

    assert {s.reason for s in verdict.stops} == {StopReason.PERSONS, StopReason.MEMBERSHIPS}
