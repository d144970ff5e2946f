"""An export imported again changes nothing."""

from __future__ import annotations

from hypothesis import assume, given, settings

from policies.roster.difference import difference
from policies.roster.formats.apple import read_apple
from policies.roster.formats.apple_writer import write_apple
from policies.roster.formats.generic import header_of, read_generic
from policies.roster.formats.generic_writer import OWN_MAPPING, write_generic
from policies.roster.formats.mapping import guess_mapping
from policies.roster.formats.oneroster import read_oneroster
from policies.roster.formats.oneroster_writer import write_oneroster
from policies.roster.formats.problems import ReadRoster
from policies.roster.formats.recognise import Format, recognise
from policies.roster.roster import Roster, Topic
from tests.factories.rosters import NORTH, a_school
from tests.policies.roster.strategies import rosters

QUICK = settings(max_examples=40, deadline=None)


def changes_nothing(known: Roster, read: ReadRoster) -> bool:
    change = difference(known, read.roster, complete=True)
    return read.is_sound and change.is_empty and not change.ambiguous


@QUICK
@given(rosters())
def test_our_own_table_imports_as_it_was(roster: Roster) -> None:
    assume(roster.persons or roster.classes or roster.courses or roster.placements)

    read = read_generic(write_generic(roster), OWN_MAPPING, NORTH)

    assert changes_nothing(roster, read)
    assert read.roster.persons == roster.persons
    assert read.roster.memberships == roster.memberships
    assert read.roster.placements == roster.placements


@QUICK
@given(rosters())
def test_oneroster_imports_as_it_was(roster: Roster) -> None:
    assume(roster.persons)

    read = read_oneroster(write_oneroster(roster, 2026))

    assert changes_nothing(roster, read)
    assert set(read.roster.schools) <= set(roster.schools)
    assert read.roster.persons == roster.persons


@QUICK
@given(rosters())
def test_apple_school_manager_imports_as_it_was(roster: Roster) -> None:
    assume(roster.persons)

    read = read_apple(write_apple(roster))

    assert changes_nothing(roster, read)
    assert read.roster.memberships == roster.memberships


def test_a_whole_school_comes_back_equal_from_our_own_table() -> None:
    read = read_generic(write_generic(a_school()), OWN_MAPPING, NORTH)

    assert read.problems == ()
    assert read.roster.persons == a_school().persons
    assert read.roster.classes == a_school().classes
    assert read.roster.courses == a_school().courses
    assert read.roster.topics == frozenset(Topic)


def test_the_mapping_of_our_own_table_is_guessed() -> None:
    header = header_of(write_generic(a_school()))

    assert dict(guess_mapping(header).columns) == dict(OWN_MAPPING.columns)


def test_exports_are_the_same_bytes_every_time() -> None:
    roster = a_school()

    assert write_apple(roster) == write_apple(roster)
    assert write_oneroster(roster, 2026) == write_oneroster(roster, 2026)


def test_every_export_is_recognised() -> None:
    roster = a_school()

    assert recognise(write_generic(roster)) is Format.GENERIC
    assert recognise(write_oneroster(roster, 2026)) is Format.ONEROSTER
    assert recognise(write_apple(roster)) is Format.APPLE
