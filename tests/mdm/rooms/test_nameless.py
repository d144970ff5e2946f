"""A school without names: nothing that is stored tells one, and everything stays where it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

import pytest
from sqlalchemy import select

from mdm.base.db import Database, Tx
from mdm.base.errors import Conflict, Forbidden
from mdm.base.vault import Vault
from mdm.rooms.access.models import Person, Role
from mdm.rooms.access.service import Viewer, viewer_of
from mdm.rooms.audit.models import AuditEntry
from mdm.rooms.changes import service as changes
from mdm.rooms.changes.models import ChangePlan
from mdm.rooms.changes.service import Wanted
from mdm.rooms.devices.models import Device
from mdm.rooms.rosters import service as rosters
from mdm.rooms.rosters.models import ImportState, RosterImport
from mdm.rooms.rosters.nameless import bring_in_names, forget_names
from mdm.rooms.rosters.naming import PSEUDONYMS
from mdm.rooms.rosters.service import RosterFile
from mdm.rooms.schools.models import ClassGroup, Course, Member, Room, School
from policies.operations import ApplyRosterImport
from policies.roster.nameless import pseudonym
from policies.roster.roster import Roster
from policies.roster.values import Course as PureCourse
from policies.roster.values import Membership, Placement
from tests.contracts import leaks
from tests.factories.people import a_person, administrator
from tests.factories.rosters import SOUTH, a_course_key, a_pupil, one_class
from tests.factories.schools import a_school

# What nobody may find afterwards: names, an account, an identifier of the school's own system.
PLANTED = {
    "given name": b"Zwirbelinde",
    "family name": b"Quastenflosser",
    "account": b"zwirbelinde@schule.example",
    "identifier": b"KENNUNG-4711-XYZ",
}
CHILD = replace(
    a_pupil(1),
    source_id="KENNUNG-4711-XYZ",
    given_name="Zwirbelinde",
    family_name="Quastenflosser",
    account="zwirbelinde@schule.example",
)


def a_roster() -> Roster:
    """A class of three, and a course named after one of them."""
    roster = one_class(CHILD, a_pupil(2), a_pupil(3))
    course = a_course_key("Förderung Quastenflosser")
    return replace(
        roster,
        courses=(PureCourse("12", course.name),),
        memberships=(*roster.memberships, Membership(CHILD.source_id, course)),
        placements=(Placement("DMPX0001", CHILD.source_id),),
    )


@dataclass(frozen=True, slots=True)
class House:
    """A database with school 12, its roster, and a draft that waits."""

    database: Database
    vault: Vault
    now: datetime

    @contextmanager
    def at_work(self) -> Iterator[tuple[Tx, Viewer, School]]:
        with self.database.transaction() as tx:
            school = tx.scalars(select(School).where(School.number == "12")).one()
            viewer = viewer_of(tx, tx.scalars(select(Person).where(Person.login == "boss")).one())
            yield tx, viewer, school

    def draft(self, tx: Tx, viewer: Viewer) -> RosterImport:
        file = RosterFile("Klasse Quastenflosser.csv", "generic", b"content", a_roster())
        return rosters.draft(tx, self.vault, viewer, file, self.now)

    def forget(self) -> int:
        with self.at_work() as (tx, viewer, school):
            return forget_names(tx, self.vault, viewer, school, self.now)


@pytest.fixture
def house(database: Database, vault: Vault, now: datetime) -> House:
    house = House(database, vault, now)
    with database.transaction() as tx:
        school = a_school(tx)
        boss = viewer_of(tx, a_person(tx, "boss", Role.ADMINISTRATOR))
        row = house.draft(tx, boss)
        # As doors do it, so that what change plans keep is searched, too.
        wanted = Wanted("Import", (ApplyRosterImport(row.id),))
        plan = changes.draft(tx, vault, boss, wanted, now)
        changes.approve(tx, vault, boss, plan.id, plan.fingerprint, now)
        tx.scalars(select(Device)).one().name = "iPad von Zwirbelinde"
        tx.add(Room(school_id=school.id, name="Zimmer Quastenflosser"))
        house.draft(tx, boss)
    return house


def test_the_scan_finds_a_name_before(house: House) -> None:
    assert leaks.leaks(PLANTED, leaks.rows(house.database))


def test_afterwards_no_column_of_any_table_holds_a_name(house: House) -> None:
    seats = house.forget()

    assert seats == 3
    assert leaks.leaks(PLANTED, leaks.rows(house.database)) == []
    with house.database.reading() as tx:
        for row in tx.scalars(select(RosterImport)):
            assert row.sealed_roster is None


def test_seats_have_labels_and_keep_their_ipads_and_classes(house: House) -> None:
    house.forget()

    with house.database.reading() as tx:
        labels = set(tx.scalars(select(Member.label)))
        device = tx.scalars(select(Device)).one()
        assert labels == {"7b-01", "7b-02", "7b-03"}
        assert tx.get_one(Member, device.owner_id).label in labels
        assert tx.scalars(select(ClassGroup.name)).one() == "7b"
        assert tx.scalars(select(Course.name)).one().startswith("Förderung ")


def test_the_next_import_recognises_every_seat(house: House) -> None:
    house.forget()

    with house.at_work() as (tx, viewer, _):
        row = house.draft(tx, viewer)
        shown = rosters.show(tx, house.vault, viewer, row.id)
        assert shown.difference.is_empty
        assert row.file_name == ""


def test_a_draft_with_names_is_given_up(house: House) -> None:
    house.forget()

    with house.database.reading() as tx:
        states = list(tx.scalars(select(RosterImport.state).order_by(RosterImport.id)))
        assert states == [ImportState.APPLIED, ImportState.DISCARDED]


def test_forgetting_is_in_the_journal_without_names(house: House) -> None:
    house.forget()

    with house.database.reading() as tx:
        (entry,) = tx.scalars(select(AuditEntry).where(AuditEntry.act == "school.nameless"))
        assert entry.details == {"seats": 3}


def test_forgetting_twice_is_refused(house: House) -> None:
    house.forget()

    with pytest.raises(Conflict):
        house.forget()


def test_a_campus_manager_does_not_decide_it(house: House) -> None:
    with house.at_work() as (tx, _, school):
        manager = viewer_of(tx, a_person(tx, "manager_a", schools=[school]))

        with pytest.raises(Forbidden):
            forget_names(tx, house.vault, manager, school, house.now)


def named_draft(house: House, tx: Tx, viewer: Viewer, school: School) -> RosterImport:
    file = RosterFile("Klasse Quastenflosser.csv", "generic", b"content", a_roster())
    return bring_in_names(tx, house.vault, viewer, school, file, house.now)


def plan_of(house: House, tx: Tx, viewer: Viewer, row: RosterImport) -> ChangePlan:
    wanted = Wanted("Import", (ApplyRosterImport(row.id),))
    return changes.draft(tx, house.vault, viewer, wanted, house.now)


def test_a_draft_that_brings_names_shows_them_as_if_they_were_back_already(house: House) -> None:
    house.forget()

    with house.at_work() as (tx, viewer, school):
        row = named_draft(house, tx, viewer, school)
        shown = rosters.look_again(tx, house.vault, viewer, row.id)

        assert (shown.difference.persons.added, shown.difference.persons.removed) == ((), ())
        assert len(shown.difference.persons.changed) == 3
        assert shown.seats != ()
        assert school.is_nameless


def test_a_draft_that_brought_names_leaves_nothing_when_it_is_given_up(house: House) -> None:
    house.forget()
    with house.at_work() as (tx, viewer, school):
        row = named_draft(house, tx, viewer, school)
        plan = plan_of(house, tx, viewer, row)
        number, planned = row.id, plan.id

    with house.at_work() as (tx, viewer, _):
        changes.discard(tx, viewer, planned, house.now)
        rosters.discard(tx, house.vault, viewer, number, house.now)

    assert leaks.leaks(PLANTED, leaks.rows(house.database)) == []
    with house.at_work() as (tx, viewer, school):
        assert school.is_nameless
        assert list(tx.scalars(select(AuditEntry).where(AuditEntry.act == "school.named"))) == []
        assert rosters.show(tx, house.vault, viewer, house.draft(tx, viewer).id).difference.is_empty


def test_names_come_back_once_the_draft_is_approved_and_everybody_keeps_the_ipad(
    house: House,
) -> None:
    house.forget()

    with house.at_work() as (tx, viewer, school):
        plan = plan_of(house, tx, viewer, named_draft(house, tx, viewer, school))
        changes.approve(tx, house.vault, viewer, plan.id, plan.fingerprint, house.now)

    with house.at_work() as (tx, _, school):
        device = tx.scalars(select(Device)).one()
        owner = tx.get_one(Member, device.owner_id)
        (entry,) = tx.scalars(select(AuditEntry).where(AuditEntry.act == "school.named"))
        assert not school.is_nameless
        assert (owner.given_name, owner.source_id) == ("Zwirbelinde", "KENNUNG-4711-XYZ")
        assert owner.label == ""
        assert entry.details == {"recognised": 3}


def test_names_that_come_back_to_one_school_do_not_come_to_another_one(house: House) -> None:
    house.forget()
    with house.at_work() as (tx, _, _):
        south = a_school(tx, "13", "Beispielschule Süd")
        south.is_nameless = True
        seat = pseudonym(house.vault.derive(PSEUDONYMS), CHILD.source_id)
        there = Member(school_id=south.id, source_id=seat, role=CHILD.role, created_at=house.now)
        there.given_name, there.family_name, there.label = "", "", "7b-01"
        tx.add(there)

    with house.at_work() as (tx, viewer, school):
        row = named_draft(house, tx, viewer, school)
        rosters.carry_out(tx, house.vault, row.id, viewer.actor, house.now)

    with house.database.reading() as tx:
        query = select(Member).join(School, School.id == Member.school_id)
        (there,) = tx.scalars(query.where(School.number == "13"))
        assert (there.source_id, there.family_name, there.label) == (seat, "", "7b-01")


def test_a_school_with_names_has_none_to_bring_back(house: House) -> None:
    with house.at_work() as (tx, viewer, school):
        file = RosterFile("liste.csv", "generic", b"content", a_roster())

        with pytest.raises(Conflict):
            bring_in_names(tx, house.vault, viewer, school, file, house.now)


def test_another_school_keeps_its_names(house: House) -> None:
    with house.database.transaction() as tx:
        a_school(tx, "13", "Beispielschule Süd")
        boss = viewer_of(tx, administrator(tx))
        theirs = one_class(a_pupil(9, "7", "13"), school=SOUTH)
        file = RosterFile("sued.csv", "generic", b"content", theirs)
        row = rosters.draft(tx, house.vault, boss, file, house.now)
        rosters.carry_out(tx, house.vault, row.id, boss.actor, house.now)

    house.forget()

    with house.database.reading() as tx:
        assert "Muster-09" in set(tx.scalars(select(Member.family_name)))
