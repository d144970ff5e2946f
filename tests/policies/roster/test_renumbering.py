"""Sources with school identifiers of their own."""

from __future__ import annotations

from policies.roster.difference import difference
from policies.roster.renumbering import renumbered
from policies.roster.roster import Roster
from policies.roster.values import Role
from tests.factories.rosters import a_class_key, a_school


def test_a_location_becomes_the_number_of_the_city_everywhere() -> None:
    roster = renumbered(a_school(), {"12": "loc-north"})

    assert "12" not in roster.numbers
    assert len(roster.members(a_class_key("7b", "loc-north"), Role.PUPIL)) == 30


def test_renumbering_back_gives_the_same_roster() -> None:
    there = renumbered(a_school(), {"12": "loc-north", "13": "loc-south"})

    back = renumbered(there, {"loc-north": "12", "loc-south": "13"})

    assert difference(a_school(), back, complete=True).is_empty


def test_two_locations_of_one_school_become_one() -> None:
    roster = renumbered(a_school(), {"13": "12"})

    assert roster.numbers == {"12"}
    assert all(person.schools == ("12",) for person in roster.persons)


def test_an_empty_roster_stays_empty() -> None:
    assert renumbered(Roster(), {"12": "13"}) == Roster()
