"""Smart groups: rules over what is known, members kept by difference."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from mdm.base.db import Database, Tx
from mdm.base.errors import InvalidInput, NotFound
from mdm.rooms.audit.models import AuditEntry
from mdm.rooms.audit.service import Actor
from mdm.rooms.devices.models import Device, Enrollment
from mdm.rooms.groups import membership, queries, service
from mdm.rooms.groups.models import SmartGroup, SmartGroupMember
from mdm.rooms.schools.models import School
from policies.groups import (
    AllOf,
    Comparison,
    FreeStorage,
    HasApp,
    InGrade,
    LacksApp,
    MemberOf,
    ModelIs,
    NameIs,
    NotThis,
    OsVersionIs,
    Rule,
    SilentFor,
)
from tests.factories import people
from tests.factories.devices import a_reported_item, an_ipad
from tests.factories.schools import a_class, a_school

ACTOR = Actor.system_user("tests")
DAY = timedelta(days=1)
CASES = NameIs(("Koffer*",))


@pytest.fixture
def tx(database: Database) -> Iterator[Tx]:
    with database.transaction() as open_transaction:
        yield open_transaction


def save(
    tx: Tx, rule: Rule, now: datetime, name: str = "Gruppe", school: School | None = None
) -> SmartGroup:
    return service.save_group(tx, school, name, rule, ACTOR, now).group


def members(tx: Tx, group: SmartGroup) -> set[str]:
    query = select(Device.serial).where(queries.of_group(group.id))
    return {serial for serial in tx.scalars(query) if serial}


def due(tx: Tx) -> int:
    waiting = Enrollment.due_generation > Enrollment.done_generation
    return tx.scalar(select(func.count()).select_from(Enrollment).where(waiting)) or 0


def settle(tx: Tx) -> None:
    tx.query(Enrollment).update({Enrollment.done_generation: Enrollment.due_generation})


def tells_apps(tx: Tx, ipad: Enrollment, *bundles: str, complete: bool = True) -> None:
    value = {"complete": complete}
    a_reported_item(tx, ipad, "report", "installed_applications", value)
    for bundle in bundles:
        a_reported_item(tx, ipad, "app", bundle, {})


class TestWhoIsInside:
    def test_what_an_ipad_told_decides(self, tx: Tx, now: datetime) -> None:
        school = a_school(tx)
        ipad = an_ipad(tx, school, "IN", class_group=a_class(tx, school, "9a"))
        a_reported_item(tx, ipad, "fact", "available_gb", {"value": 3.5})
        tells_apps(tx, ipad, "de.example.plan")
        an_ipad(tx, school, "OUT", class_group=a_class(tx, school, "8a"))
        rule = AllOf(
            (
                ModelIs(("iPad13,*",)),
                OsVersionIs(Comparison.AT_LEAST, "26.0"),
                FreeStorage(Comparison.BELOW, 4),
                HasApp("de.example.plan"),
                LacksApp("de.example.game"),
                InGrade(("9",)),
            )
        )

        group = save(tx, rule, now)

        assert members(tx, group) == {"IN"}

    @pytest.mark.parametrize("complete", [True, False])
    def test_an_app_is_missing_only_from_a_complete_list(
        self, tx: Tx, now: datetime, complete: bool
    ) -> None:
        tells_apps(tx, an_ipad(tx), complete=complete)

        group = save(tx, LacksApp("de.example.plan"), now)

        assert bool(members(tx, group)) == complete

    def test_a_schools_group_takes_in_its_own_devices_only(self, tx: Tx, now: datetime) -> None:
        school = a_school(tx)
        an_ipad(tx, school, "HERE", name="Koffer 1")
        an_ipad(tx, a_school(tx, "13"), "THERE", name="Koffer 2")

        own, citys = save(tx, CASES, now, school=school), save(tx, CASES, now)

        assert members(tx, own) == {"HERE"}
        assert members(tx, citys) == {"HERE", "THERE"}

    def test_a_group_of_groups_follows_them(self, tx: Tx, now: datetime) -> None:
        an_ipad(tx, serial="A", name="Koffer 1")
        an_ipad(tx, serial="B", name="Tafel 1")
        cases = save(tx, CASES, now, "Koffer")
        others = save(tx, NotThis(MemberOf(cases.id)), now, "Übrige")
        before = members(tx, others)

        service.set_rule(tx, cases.id, NameIs(("Tafel*",)), ACTOR, now)

        assert (before, members(tx, others)) == ({"B"}, {"A"})


class TestRefreshing:
    def test_only_who_joins_or_leaves_is_written_and_becomes_due(
        self, tx: Tx, now: datetime
    ) -> None:
        ipads = [an_ipad(tx, serial=f"S{n}", name=f"Koffer {n}") for n in range(3)]
        group = save(tx, CASES, now)
        settle(tx)
        tx.get_one(Device, ipads[0].device_id).name = "Tafel"
        tx.flush()

        changed = membership.refresh(tx, [ipad.device_id for ipad in ipads], now + DAY)

        assert changed == {ipads[0].device_id}
        assert due(tx) == 1
        assert {row.since for row in tx.scalars(select(SmartGroupMember))} == {now}
        assert members(tx, group) == {"S1", "S2"}

    def test_devices_that_are_not_asked_about_stay_as_they_are(self, tx: Tx, now: datetime) -> None:
        asked, other = (an_ipad(tx, serial=serial, name="Koffer") for serial in "AB")
        group = save(tx, CASES, now)
        for ipad in (asked, other):
            tx.get_one(Device, ipad.device_id).name = "Tafel"
        tx.flush()

        membership.refresh(tx, [asked.device_id], now)

        assert members(tx, group) == {"B"}

    def test_a_retired_device_leaves_every_group(self, tx: Tx, now: datetime) -> None:
        ipad = an_ipad(tx, name="Koffer")
        group = save(tx, CASES, now)
        tx.get_one(Device, ipad.device_id).retired_at = now
        tx.flush()

        membership.refresh(tx, [ipad.device_id], now)

        assert members(tx, group) == set()

    def test_the_number_of_statements_does_not_grow_with_the_devices(
        self, tx: Tx, now: datetime, count_statements: list[str]
    ) -> None:
        ids = [an_ipad(tx, serial=f"S{n}", name="Tafel").device_id for n in range(40)]
        save(tx, CASES, now)
        tx.flush()

        count_statements.clear()
        membership.refresh(tx, ids[:1], now)
        few = len(count_statements)
        count_statements.clear()
        membership.refresh(tx, ids, now)

        assert len(count_statements) == few

    def test_without_groups_it_costs_one_statement(
        self, tx: Tx, now: datetime, count_statements: list[str]
    ) -> None:
        number = an_ipad(tx).device_id
        count_statements.clear()

        membership.refresh(tx, [number], now)

        assert len(count_statements) == 1

    def test_a_rule_that_was_altered_holds_up_no_other_group(self, tx: Tx, now: datetime) -> None:
        ipad = an_ipad(tx, name="Koffer")
        broken, sound = save(tx, CASES, now, "Eins"), save(tx, CASES, now, "Zwei")
        broken.rule = {"nonsense": 1}
        tx.get_one(Device, ipad.device_id).name = "Tafel"
        tx.flush()

        membership.refresh(tx, [ipad.device_id], now)

        assert (len(members(tx, broken)), members(tx, sound)) == (1, set())


class TestSaving:
    def test_the_same_rule_changes_nothing(self, tx: Tx, now: datetime) -> None:
        first = service.save_group(tx, None, "Gruppe", CASES, ACTOR, now)
        again = service.save_group(tx, None, " Gruppe ", CASES, ACTOR, now)

        assert (first.is_new, again.is_new, again.group.version) == (True, False, 1)

    def test_a_circle_is_refused_and_named(self, tx: Tx, now: datetime) -> None:
        first = save(tx, CASES, now, "Eins")
        second = save(tx, MemberOf(first.id), now, "Zwei")

        with pytest.raises(InvalidInput, match=f"{first.id} → {second.id}"):
            service.set_rule(tx, first.id, MemberOf(second.id), ACTOR, now)

        assert first.version == 1

    @pytest.mark.parametrize("rule", [{}, {"all": []}, {"os_version": {"below": "soon"}}, 7])
    def test_a_rule_that_says_nothing_is_refused(self, rule: object) -> None:
        with pytest.raises(InvalidInput, match="rule"):
            service.checked_rule(rule)

    def test_an_empty_list_of_parts_is_refused_too(self, tx: Tx, now: datetime) -> None:
        with pytest.raises(InvalidInput, match=r"rule\.all"):
            save(tx, AllOf(()), now)

    def test_another_schools_group_looks_like_none(self, tx: Tx, now: datetime) -> None:
        school = a_school(tx)
        foreign = save(tx, CASES, now, school=a_school(tx, "13"))

        with pytest.raises(InvalidInput, match=r"rule\.group"):
            save(tx, MemberOf(foreign.id), now, school=school)

    def test_a_group_that_does_not_exist_gets_no_rule(self, tx: Tx, now: datetime) -> None:
        with pytest.raises(NotFound):
            service.set_rule(tx, 4711, CASES, ACTOR, now)

    def test_every_act_stands_in_the_journal(self, tx: Tx, now: datetime) -> None:
        an_ipad(tx, name="Koffer")
        group = save(tx, CASES, now)
        service.retire(tx, group.id, ACTOR, now)

        entries = tx.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()

        assert [entry.act for entry in entries] == ["group.save", "group.retire"]
        assert [entry.details["joined_or_left"] for entry in entries] == [1, 1]


class TestRetiring:
    def test_everybody_leaves_a_retired_group(self, tx: Tx, now: datetime) -> None:
        an_ipad(tx, name="Koffer")
        group = save(tx, CASES, now)
        settle(tx)

        service.retire(tx, group.id, ACTOR, now)

        assert (members(tx, group), due(tx)) == (set(), 1)
        with pytest.raises(InvalidInput, match="no longer in use"):
            save(tx, SilentFor(7), now)

    def test_a_group_that_another_one_names_stays(self, tx: Tx, now: datetime) -> None:
        first = save(tx, CASES, now, "Eins")
        save(tx, MemberOf(first.id), now, "Zwei")

        with pytest.raises(InvalidInput, match="is named by"):
            service.retire(tx, first.id, ACTOR, now)


class TestSight:
    def test_a_manager_sees_the_citys_groups_and_those_of_his_schools(
        self, tx: Tx, now: datetime
    ) -> None:
        school_a, school_b = a_school(tx), a_school(tx, "13")
        save(tx, CASES, now, "Stadt")
        save(tx, CASES, now, "Hier", school_a)
        foreign = save(tx, CASES, now, "Dort", school_b)
        viewer = people.viewer(tx, people.manager_a(tx, school_a))

        seen = [row.name for row in queries.groups(tx, viewer)]

        assert seen == ["Stadt", "Hier"]
        with pytest.raises(NotFound):
            queries.find_group(tx, viewer, foreign.id)
