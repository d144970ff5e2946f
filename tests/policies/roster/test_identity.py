"""Rows without identifiers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.roster.changes import AmbiguousReason
from policies.roster.difference import apply, difference
from policies.roster.errors import InvalidRoster
from policies.roster.roster import Roster, Topic
from policies.roster.values import DERIVED, PROVISIONAL, Person, Placement
from tests.factories.rosters import a_pupil, one_class

SILENT = frozenset(Topic) - {Topic.PLACEMENTS}


def a_row(line: int, number: int = 1) -> Person:
    """A pupil as a file without identifiers names one."""
    return replace(a_pupil(number), source_id=f"{PROVISIONAL}{line}")


def test_a_unique_name_in_the_same_class_is_the_known_person() -> None:
    known = one_class(a_pupil(1), a_pupil(2))

    change = difference(known, one_class(a_row(2, 1), a_row(3, 2)), complete=True)

    assert change.is_empty
    assert change.ambiguous == ()


def test_a_new_name_becomes_a_person_with_a_lasting_identifier() -> None:
    incoming = one_class(a_row(2, 1))

    first = difference(Roster(), incoming, complete=True)
    again = difference(apply(Roster(), first), incoming, complete=True)

    assert first.persons.added[0].source_id.startswith(DERIVED)
    assert again.is_empty


def test_two_equal_names_in_one_class_are_reported_and_not_written() -> None:
    twin = replace(a_pupil(2), given_name="Kind-01", family_name="Muster-01")
    known = one_class(a_pupil(1), twin)

    change = difference(known, one_class(a_row(2, 1)), complete=True)

    assert change.is_empty
    assert [(a.line, a.reason) for a in change.ambiguous] == [(2, AmbiguousReason.NOT_UNIQUE)]
    assert change.ambiguous[0].candidates == ("S-0001", "S-0002")


def test_two_equal_rows_of_a_file_are_reported_both() -> None:
    change = difference(Roster(), one_class(a_row(2, 1), a_row(3, 1)), complete=True)

    assert [a.line for a in change.ambiguous] == [2, 3]
    assert change.persons.added == ()


def test_a_known_name_in_another_class_waits_and_keeps_class_and_device() -> None:
    known = replace(one_class(a_pupil(1)), placements=(Placement("X1", "S-0001"),))
    incoming = one_class(a_row(2, 1), name="8b", grade="8")

    change = difference(known, incoming, complete=True)

    assert change.ambiguous[0].reason is AmbiguousReason.MAYBE_MOVED
    assert change.persons.is_empty
    assert change.classes.removed == ()
    assert not change.moves
    assert apply(replace(known, topics=frozenset(Topic)), change).memberships == known.memberships


def test_a_decision_makes_the_row_the_known_person() -> None:
    known = one_class(a_pupil(1))
    incoming = one_class(a_row(2, 1), name="8b", grade="8")

    change = difference(known, incoming, complete=True, chosen={"?2": "S-0001"})

    assert change.ambiguous == ()
    assert [move.person for move in change.moves] == ["S-0001"]


def test_a_decision_for_a_new_person_removes_the_other_one() -> None:
    known = one_class(a_pupil(1))
    incoming = one_class(a_row(2, 1), name="8b", grade="8")

    change = difference(known, incoming, complete=True, chosen={"?2": ""})

    assert [p.source_id for p in change.persons.removed] == ["S-0001"]
    assert change.persons.added[0].source_id.startswith(DERIVED)


def test_a_decision_for_somebody_else_is_refused() -> None:
    known = one_class(a_pupil(1), a_pupil(2))
    incoming = one_class(a_row(2, 1), name="8b")

    with pytest.raises(InvalidRoster):
        difference(known, incoming, complete=True, chosen={"?2": "S-0002"})


def test_an_undecided_row_keeps_the_device_it_names_where_it_is() -> None:
    twin = replace(a_pupil(2), given_name="Kind-01", family_name="Muster-01")
    known = replace(one_class(a_pupil(1), twin), placements=(Placement("X1", "S-0002"),))
    incoming = replace(one_class(a_row(2, 1)), placements=(Placement("X1", "?2"),))

    assert difference(known, incoming, complete=True).is_empty


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 4), max_size=6), st.lists(st.integers(1, 4), max_size=4))
def test_rows_without_identifiers_never_merge_two_persons(
    rows: list[int], stored: list[int]
) -> None:
    known = one_class(*(replace(a_pupil(n), source_id=f"S-{i}") for i, n in enumerate(stored)))
    incoming = one_class(*(a_row(line, n) for line, n in enumerate(rows, 2)))

    change = difference(known, replace(incoming, topics=SILENT), complete=False)

    after = apply(known, change)
    assert len(after.persons) == len(known.persons) + len(change.persons.added)
    assert difference(after, replace(incoming, topics=SILENT), complete=False).is_empty
