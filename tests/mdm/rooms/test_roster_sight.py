"""What a roster file may tell and take of schools that its reader does not look after."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import pytest

from mdm.base.db import Database, Tx
from mdm.base.errors import InvalidInput
from mdm.base.vault import Vault
from mdm.rooms.access.service import Viewer, viewer_of
from mdm.rooms.rosters import service as rosters
from mdm.rooms.rosters.service import RosterFile
from mdm.rooms.rosters.shown import Shown
from mdm.rooms.schools.models import School
from policies.roster.judgement import StopReason
from policies.roster.roster import Roster
from policies.roster.values import Course, Membership, Person, Placement, Role
from tests.factories.devices import an_ipad
from tests.factories.people import a_person, manager_b
from tests.factories.rosters import SOUTH, a_course_key, a_pupil, a_teacher, one_class
from tests.factories.schools import a_school


@dataclass(frozen=True, slots=True)
class City:
    """School 12 with twenty pupils, a teacher and an iPad; school 13 is empty.

    both: looks after both schools. south_alone: of school 13 only.
    """

    tx: Tx
    vault: Vault
    both: Viewer
    south_alone: Viewer
    north: School
    now: datetime

    def draft(self, viewer: Viewer, roster: Roster, complete: bool = True) -> Shown:
        file = RosterFile("schule.csv", "generic", b"content", roster, complete)
        row = rosters.draft(self.tx, self.vault, viewer, file, self.now)
        return rosters.show(self.tx, self.vault, viewer, row.id)

    def refused(self, roster: Roster) -> InvalidInput:
        with pytest.raises(InvalidInput) as refused:
            self.draft(self.south_alone, roster)
        return refused.value


def north() -> Roster:
    roster = one_class(*(a_pupil(number) for number in range(1, 21)))
    return replace(
        roster,
        persons=(*roster.persons, a_teacher(1)),
        placements=(Placement("DMPX0001", "S-0001"),),
    )


def south(*persons: Person, placements: tuple[Placement, ...] = ()) -> Roster:
    """A file of school 13 that names these people."""
    roster = one_class(*persons, name="7c", school=SOUTH)
    return replace(roster, placements=placements)


def at_south(number: int) -> Person:
    return a_pupil(number, "7", "13")


@pytest.fixture
def city(database: Database, vault: Vault, now: datetime) -> Iterator[City]:
    with database.transaction() as tx:
        schools = [a_school(tx, "12"), a_school(tx, "13", "Beispielschule Süd")]
        both = viewer_of(tx, a_person(tx, "manager_a", schools=schools))
        alone = viewer_of(tx, manager_b(tx, schools[1]))
        city = City(tx, vault, both, alone, schools[0], now)
        shown = city.draft(both, north())
        rosters.carry_out(tx, vault, shown.row.id, both.actor, now)
        yield city


def test_whoever_guesses_an_identifier_of_another_school_learns_no_name(city: City) -> None:
    error = city.refused(south(replace(at_south(1), family_name="Geraten")))

    assert error.field == "people"
    assert "S-0001" in error.problem
    assert "Muster" not in str(error)


def test_a_serial_number_of_another_schools_ipad_tells_nobody_whose_it_is(city: City) -> None:
    error = city.refused(south(at_south(91), placements=(Placement("DMPX0001", "S-0091"),)))

    assert "DMPX0001" in error.problem


def test_an_ipad_that_belongs_to_nobody_is_not_taken_from_its_school(city: City) -> None:
    an_ipad(city.tx, city.north, "DMPX0009")

    error = city.refused(south(at_south(91), placements=(Placement("DMPX0009", "S-0091"),)))

    assert "DMPX0009" in error.problem


def test_a_pupil_of_another_school_is_not_made_a_teacher_there(city: City) -> None:
    error = city.refused(south(replace(at_south(1), role=Role.TEACHER, grade="")))

    assert "S-0001" in error.problem


def test_a_teacher_of_another_school_may_teach_here_as_well(city: City) -> None:
    shown = city.draft(city.south_alone, south(a_teacher(1, "13")))

    assert [one.after.schools for one in shown.difference.persons.changed] == [("12", "13")]


def test_a_teacher_of_another_school_is_not_renamed_by_this_one(city: City) -> None:
    error = city.refused(south(replace(a_teacher(1, "13"), family_name="Anders")))

    assert "L-001" in error.problem


def test_whoever_looks_after_both_schools_lets_somebody_move(city: City) -> None:
    shown = city.draft(city.both, south(at_south(1)))

    assert [move.person for move in shown.difference.moves] == ["S-0001"]
    assert shown.verdict.may_write


def test_the_file_of_one_school_read_for_another_is_stopped(city: City) -> None:
    everybody = south(*(at_south(number) for number in range(1, 21)))

    verdict = city.draft(city.both, everybody).verdict

    assert [(s.reason, s.school, s.lost, s.of) for s in verdict.stops] == [
        (StopReason.PERSONS, "12", 20, 21)
    ]


def test_one_who_leaves_a_course_with_his_school_is_one_of_all_its_members(city: City) -> None:
    course = a_course_key("Chor")
    singing = replace(
        north(),
        memberships=(*north().memberships, Membership("S-0001", course)),
        courses=(Course("12", "Chor"),),
    )
    shown = city.draft(city.both, singing)
    rosters.carry_out(city.tx, city.vault, shown.row.id, city.both.actor, city.now)

    verdict = city.draft(city.both, south(at_south(1))).verdict

    assert verdict.stops == ()
