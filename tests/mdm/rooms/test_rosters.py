"""Roster imports from draft to rows: what is shown is what is written, and nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import pytest
from sqlalchemy import func, select

from mdm.base.db import Database, Tx
from mdm.base.errors import Conflict, InvalidInput, NotFound
from mdm.base.vault import Vault
from mdm.rooms.access.models import Role as PersonRole
from mdm.rooms.access.service import Viewer, viewer_of
from mdm.rooms.devices.models import Device
from mdm.rooms.rosters import service as rosters
from mdm.rooms.rosters.known import known
from mdm.rooms.rosters.models import ImportState, RosterImport
from mdm.rooms.rosters.service import RosterFile, ShownMoved
from mdm.rooms.rosters.shown import schools_of
from mdm.rooms.schools.models import ClassGroup, Member, School, Slot
from policies.roster.roster import Roster
from tests.factories.devices import a_device
from tests.factories.people import a_person, manager_b
from tests.factories.rosters import NORTH, a_pupil, next_year, one_class
from tests.factories.rosters import a_school as a_roster
from tests.factories.schools import a_school


@dataclass(frozen=True, slots=True)
class City:
    """Two schools and the people who look after both."""

    tx: Tx
    vault: Vault
    viewer: Viewer
    second: Viewer
    north: School
    south: School
    now: datetime

    def draft(self, roster: Roster, complete: bool = True) -> RosterImport:
        file = RosterFile("schule.csv", "generic", b"content", roster, complete)
        return rosters.draft(self.tx, self.vault, self.viewer, file, self.now)

    def bring_in(self, roster: Roster, complete: bool = True) -> None:
        row = self.draft(roster, complete)
        verdict = rosters.show(self.tx, self.vault, self.viewer, row.id).verdict
        if not verdict.may_write:
            typed = " ".join(verdict.to_type)
            rosters.confirm(self.tx, self.vault, self.second, row.id, typed, self.now)
        rosters.carry_out(self.tx, self.vault, row.id, self.viewer.actor, self.now)
        self.tx.flush()
        self.tx.expire_all()

    def stored(self) -> Roster:
        return known(self.tx, ["12", "13"])

    def device(self, serial: str) -> Device:
        return self.tx.scalars(select(Device).where(Device.serial == serial)).one()

    def class_name(self, serial: str) -> str | None:
        group = self.device(serial).class_group_id
        return self.tx.get_one(ClassGroup, group).name if group is not None else None


@pytest.fixture
def city(database: Database, vault: Vault, now: datetime) -> Iterator[City]:
    with database.transaction() as tx:
        north, south = a_school(tx, "12"), a_school(tx, "13", "Beispielschule Süd")
        people = [a_person(tx, name, schools=[north, south]) for name in ("manager_a", "manager_c")]
        first, second = (viewer_of(tx, person) for person in people)
        yield City(tx, vault, first, second, north, south, now)


def test_a_roster_is_stored_as_it_was_read(city: City) -> None:
    roster = a_roster()

    city.bring_in(roster)

    stored = city.stored()
    for part in ("classes", "courses", "persons", "memberships", "placements"):
        assert getattr(stored, part) == getattr(roster, part)


def test_importing_twice_changes_nothing(city: City) -> None:
    city.bring_in(a_roster())

    again = rosters.show(city.tx, city.vault, city.viewer, city.draft(a_roster()).id)

    assert again.difference.is_empty
    assert again.seats == ()


def test_a_draft_writes_nothing_of_the_roster(city: City) -> None:
    city.draft(a_roster())

    assert city.tx.scalar(select(func.count(Member.id))) == 0
    assert city.tx.scalar(select(func.count(Device.id))) == 0


def test_a_new_school_year_moves_the_ipads_with_their_owners(city: City) -> None:
    city.bring_in(a_roster())

    city.bring_in(next_year(a_roster()))

    assert city.class_name("DMPX0001") == "8b"
    assert city.stored().classes == next_year(a_roster()).classes


def test_an_ipad_comes_to_its_owner_and_gets_his_class(city: City) -> None:
    a_device(city.tx, city.north, "DMPX0001")

    city.bring_in(a_roster())

    device = city.device("DMPX0001")
    assert city.tx.get_one(Member, device.owner_id).source_id == "S-0061"
    assert city.class_name("DMPX0001") == "7b"


def test_a_serial_number_nobody_knows_becomes_an_expected_ipad(city: City) -> None:
    city.bring_in(a_roster())

    device = city.device("DMPX0003")
    assert device.is_expected
    assert device.school_id == city.north.id
    assert city.tx.get_one(Slot, device.slot_id).number == 1


def test_two_ipads_can_change_their_slots(city: City) -> None:
    city.bring_in(a_roster())
    third, fourth = (city.device(serial) for serial in ("DMPX0003", "DMPX0004"))
    before = (third.slot_id, fourth.slot_id)
    swapped = tuple(
        replace(p, slot={1: 2, 2: 1}[p.slot]) if p.place and p.place.kind == "trolley" else p
        for p in a_roster().placements
    )

    city.bring_in(replace(a_roster(), placements=swapped))

    assert (city.device("DMPX0004").slot_id, city.device("DMPX0003").slot_id) == before


def test_so_many_removals_wait_for_a_second_person(city: City) -> None:
    city.bring_in(a_roster())
    row = city.draft(one_class(a_pupil(1)))

    with pytest.raises(Conflict):
        rosters.carry_out(city.tx, city.vault, row.id, city.viewer.actor, city.now)
    with pytest.raises(Conflict):
        rosters.confirm(city.tx, city.vault, city.viewer, row.id, "12", city.now)
    with pytest.raises(InvalidInput):
        rosters.confirm(city.tx, city.vault, city.second, row.id, "13", city.now)
    rosters.confirm(city.tx, city.vault, city.second, row.id, "12", city.now)
    rosters.carry_out(city.tx, city.vault, row.id, city.viewer.actor, city.now)

    assert row.state is ImportState.APPLIED


def test_a_confirmation_is_for_what_was_shown_and_not_for_more(city: City) -> None:
    city.bring_in(a_roster())
    row = city.draft(one_class(a_pupil(1)))
    rosters.confirm(city.tx, city.vault, city.second, row.id, "12", city.now)
    city.bring_in(one_class(a_pupil(99), name="9x", grade="9"), complete=False)

    with pytest.raises(Conflict):
        rosters.carry_out(city.tx, city.vault, row.id, city.viewer.actor, city.now)
    shown = rosters.look_again(city.tx, city.vault, city.viewer, row.id)

    assert not shown.verdict.may_write


def test_who_saw_another_difference_confirms_nothing(city: City) -> None:
    city.bring_in(a_roster())
    row = city.draft(one_class(a_pupil(1)))
    seen = row.shown_digest
    city.bring_in(one_class(a_pupil(99), name="9x", grade="9"), complete=False)
    rosters.look_again(city.tx, city.vault, city.viewer, row.id)

    with pytest.raises(ShownMoved):
        rosters.confirm(city.tx, city.vault, city.second, row.id, "12", city.now, seen)


def test_who_leaves_is_forgotten_as_soon_as_the_ipad_is_back(city: City) -> None:
    city.bring_in(a_roster())
    left = replace(
        a_roster(),
        persons=tuple(p for p in a_roster().persons if p.source_id not in ("S-0061", "S-0002")),
        memberships=tuple(
            m for m in a_roster().memberships if m.person not in ("S-0061", "S-0002")
        ),
        placements=(),
    )

    city.bring_in(left)

    sources = set(city.tx.scalars(select(Member.source_id)))
    assert "S-0002" not in sources
    assert "S-0061" not in sources


def test_only_rows_that_wait_are_decided(city: City) -> None:
    row = city.draft(a_roster())

    with pytest.raises(InvalidInput) as refused:
        rosters.choose(city.tx, city.vault, city.viewer, row.id, {"Quastenflosser": ""})

    assert refused.value.field == "choice"
    assert row.choices == {}


def test_the_names_of_a_draft_are_sealed_and_go_with_it(city: City) -> None:
    row = city.draft(a_roster())
    assert b"Muster" not in (row.sealed_roster or b"")

    rosters.discard(city.tx, city.vault, city.viewer, row.id, city.now)

    assert row.sealed_roster is None
    with pytest.raises(NotFound):
        rosters.show(city.tx, city.vault, city.viewer, row.id)


def test_a_school_that_nobody_added_is_named(city: City) -> None:
    roster = one_class(a_pupil(1, "7", "99"), school=replace(NORTH, number="99"))

    with pytest.raises(InvalidInput) as refused:
        city.draft(roster)

    assert refused.value.field == "school"


def test_whoever_looks_after_all_its_schools_lists_an_import(city: City) -> None:
    row = city.draft(a_roster())
    half = viewer_of(city.tx, manager_b(city.tx, city.south))

    assert schools_of(row) == {city.north.id, city.south.id}
    assert rosters.drafts(city.tx, city.second) == [row]
    assert rosters.drafts(city.tx, half) == []


def test_a_foreign_school_looks_like_none(city: City) -> None:
    city.bring_in(a_roster())
    stranger = viewer_of(city.tx, manager_b(city.tx, city.south))
    row = city.draft(one_class(a_pupil(1)))

    with pytest.raises(NotFound):
        rosters.show(city.tx, city.vault, stranger, row.id)


def test_in_a_nameless_school_no_name_is_stored_anywhere(city: City) -> None:
    city.north.is_nameless = city.south.is_nameless = True
    city.tx.flush()

    city.bring_in(a_roster())

    for member in city.tx.scalars(select(Member)):
        assert (member.given_name, member.family_name, member.account) == ("", "", "")
        assert not member.source_id.startswith(("S-", "L-"))
    assert city.class_name("DMPX0001") == "7b"


def test_a_nameless_school_recognises_its_seats_at_the_next_import(city: City) -> None:
    city.north.is_nameless = city.south.is_nameless = True
    city.tx.flush()
    city.bring_in(a_roster())

    again = rosters.show(city.tx, city.vault, city.viewer, city.draft(a_roster()).id)

    assert again.difference.is_empty


def test_a_file_of_named_and_nameless_schools_is_refused(city: City) -> None:
    city.south.is_nameless = True
    city.tx.flush()

    with pytest.raises(InvalidInput):
        city.draft(a_roster())


def test_who_may_only_look_brings_nothing_in(city: City) -> None:
    reader = a_person(city.tx, "reader", PersonRole.READER, schools=[city.north, city.south])
    looking = replace(city, viewer=viewer_of(city.tx, reader))

    with pytest.raises(Exception, match="not allowed"):
        looking.draft(a_roster())
