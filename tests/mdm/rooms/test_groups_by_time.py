"""Smart groups as time passes: who was silent for long enough, who called again, who is gone."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from enrollment.standing import EnrollmentState
from mdm.base.db import Database, Tx
from mdm.rooms.audit.service import Actor
from mdm.rooms.devices.models import Device, Enrollment
from mdm.rooms.groups import membership, passing, queries, service
from mdm.rooms.groups.models import SmartGroup, SmartGroupMember
from mdm.rooms.schools.models import School
from policies.groups import (
    AllOf,
    AnyOf,
    Enrolled,
    InGrade,
    MemberOf,
    NameIs,
    NotThis,
    Rule,
    SilentFor,
    crossings,
)
from tests.factories.devices import an_enrollment, an_ipad
from tests.factories.schools import a_class, a_school
from tests.factories.times import NOW

ACTOR = Actor.system_user("tests")
MOMENT = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = SilentFor(7)


@pytest.fixture
def tx(database: Database) -> Iterator[Tx]:
    with database.transaction() as open_transaction:
        yield open_transaction


@pytest.fixture
def of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Portions of two devices."""
    monkeypatch.setattr(passing, "PORTION", 2)


def save(
    tx: Tx, rule: Rule, now: datetime, name: str = "Gruppe", school: School | None = None
) -> SmartGroup:
    return service.save_group(tx, school, name, rule, ACTOR, now).group


def members(tx: Tx, group: SmartGroup) -> set[str]:
    query = select(Device.serial).where(queries.of_group(group.id))
    return {serial for serial in tx.scalars(query) if serial}


def look(tx: Tx, now: datetime) -> int:
    """Do what the house does every few minutes. returns: in how many portions."""
    portions = 0
    while membership.refresh_by_time(tx, now):
        portions += 1
    return portions


@contextmanager
def taken_back(tx: Tx) -> Iterator[None]:
    """Take back whatever is done inside."""
    savepoint = tx.begin_nested()
    try:
        yield
    finally:
        savepoint.rollback()


def call(tx: Tx, ipad: Enrollment, now: datetime) -> None:
    ipad.last_seen_at = now
    tx.flush()


def waiting(tx: Tx, group: SmartGroup, rule: Rule, now: datetime) -> list[str]:
    """The serial numbers of the devices that the next look is at."""
    portion = passing.next_portion(tx, group, crossings(rule), now)
    query = select(Device.serial).where(Device.id.in_(portion.device_ids)).order_by(Device.serial)
    return [serial for serial in tx.scalars(query) if serial]


class TestSilence:
    def test_an_ipad_joins_at_the_very_end_of_its_days(self, tx: Tx, now: datetime) -> None:
        an_ipad(tx, now=now)
        group = save(tx, WEEK, now)

        look(tx, now + 7 * DAY - 3 * MINUTE)
        before = members(tx, group)
        look(tx, now + 7 * DAY)

        assert (before, members(tx, group)) == (set(), {"SIM0000001"})
        assert group.look_again_at == now + 7 * DAY + passing.LOOK_AGAIN_AFTER

    def test_it_leaves_after_it_called_again(self, tx: Tx, now: datetime) -> None:
        ipad = an_ipad(tx, now=now - 9 * DAY)
        group = save(tx, WEEK, now)
        call(tx, ipad, now + HOUR)

        look(tx, now + HOUR + passing.SETTLED_AFTER)

        assert members(tx, group) == set()

    def test_a_call_that_is_written_late_is_not_missed(self, tx: Tx, now: datetime) -> None:
        """What is collected in memory becomes visible after a look at a later instant."""
        ipad = an_ipad(tx, now=now - 9 * DAY)
        group = save(tx, WEEK, now)
        look(tx, now + 3 * MINUTE)
        call(tx, ipad, now + 2 * MINUTE)

        look(tx, now + 3 * MINUTE + passing.SETTLED_AFTER)

        assert members(tx, group) == set()

    def test_who_is_in_use_leaves_by_silence_and_comes_back_by_a_call(
        self, tx: Tx, now: datetime
    ) -> None:
        ipad = an_ipad(tx, now=now)
        group = save(tx, NotThis(WEEK), now)
        look(tx, now + 8 * DAY)
        silent = members(tx, group)
        call(tx, ipad, now + 8 * DAY)

        look(tx, now + 8 * DAY + HOUR)

        assert (silent, members(tx, group)) == (set(), {"SIM0000001"})

    def test_an_ipad_that_joined_wants_a_new_plan(self, tx: Tx, now: datetime) -> None:
        silent, other = an_ipad(tx, now=now), an_ipad(tx, serial="OTHER", now=now + DAY)
        save(tx, WEEK, now)
        generations = silent.due_generation, other.due_generation

        look(tx, now + 7 * DAY)

        for ipad in (silent, other):
            tx.refresh(ipad)
        assert (silent.due_generation, other.due_generation) == (
            generations[0] + 1,
            generations[1],
        )


class TestGone:
    def test_an_ipad_whose_enrollment_ended_is_not_silent(self, tx: Tx, now: datetime) -> None:
        ipad = an_ipad(tx, now=now - 9 * DAY)
        group = save(tx, WEEK, now)
        ipad.state, ipad.ended_at = EnrollmentState.CHECKED_OUT, now + HOUR
        tx.flush()

        look(tx, now + HOUR + passing.SETTLED_AFTER)

        assert members(tx, group) == set()

    def test_a_retired_device_leaves(self, tx: Tx, now: datetime) -> None:
        ipad = an_ipad(tx, now=now - 9 * DAY)
        group = save(tx, WEEK, now)
        tx.get_one(Device, ipad.device_id).retired_at = now + HOUR
        tx.flush()

        look(tx, now + HOUR + passing.SETTLED_AFTER)

        assert members(tx, group) == set()


class TestWhoIsLookedAt:
    def test_only_those_whose_days_ended_since_the_last_look(self, tx: Tx, now: datetime) -> None:
        for serial, ago in (("LONG", 8 * DAY), ("JUST", 7 * DAY), ("SOON", 6 * DAY)):
            an_ipad(tx, serial=serial, now=now + MINUTE - ago)
        group = save(tx, WEEK, now)

        assert waiting(tx, group, WEEK, now + 5 * MINUTE) == ["JUST"]

    def test_members_that_called_and_nobody_else(self, tx: Tx, now: datetime) -> None:
        silent = an_ipad(tx, serial="SILENT", now=now - 9 * DAY)
        in_use = an_ipad(tx, serial="IN USE", now=now)
        group = save(tx, WEEK, now)
        for ipad in (silent, in_use):
            call(tx, ipad, now + MINUTE)

        assert waiting(tx, group, WEEK, now + HOUR) == ["SILENT"]

    def test_the_devices_of_the_own_school_only(self, tx: Tx, now: datetime) -> None:
        school = a_school(tx)
        an_ipad(tx, school, "HERE", now=now)
        an_ipad(tx, a_school(tx, "13"), "THERE", now=now)
        group = save(tx, WEEK, now, school=school)

        assert waiting(tx, group, WEEK, now + 8 * DAY) == ["HERE"]

    def test_nobody_where_the_rule_does_not_ask_for_time(
        self, tx: Tx, now: datetime, count_statements: list[str]
    ) -> None:
        save(tx, NameIs(("Koffer*",)), now)
        tx.flush()
        count_statements.clear()

        look(tx, now + DAY)

        assert len(count_statements) == 1

    def test_a_group_is_not_looked_at_again_at_once(self, tx: Tx, now: datetime) -> None:
        save(tx, WEEK, now)

        looks = [look(tx, now + minutes * MINUTE) for minutes in range(1, 5)]

        assert looks == [0, 1, 0, 1]

    def test_a_rule_that_was_altered_by_hand_is_not_looked_at_for_ever(
        self, tx: Tx, now: datetime
    ) -> None:
        group = save(tx, WEEK, now)
        group.rule = {"nonsense": 1}
        tx.flush()

        look(tx, now + DAY)

        assert group.look_again_at is None


@pytest.mark.usefixtures("of_two")
class TestPortions:
    def test_each_look_is_at_a_portion_and_the_earliest_come_first(
        self, tx: Tx, now: datetime
    ) -> None:
        for number in reversed(range(5)):
            an_ipad(tx, serial=f"S{number}", now=now + number * HOUR)
        group = save(tx, WEEK, now)

        seen = []
        while membership.refresh_by_time(tx, now + 8 * DAY):
            seen.append(sorted(members(tx, group)))

        assert seen == [["S0", "S1"], ["S0", "S1", "S2", "S3"], ["S0", "S1", "S2", "S3", "S4"]]

    def test_those_of_one_instant_stay_together(self, tx: Tx, now: datetime) -> None:
        for number in range(3):
            an_ipad(tx, serial=f"S{number}", now=now)
        group = save(tx, WEEK, now)

        membership.refresh_by_time(tx, now + 8 * DAY)

        assert len(members(tx, group)) == 3

    def test_a_look_that_was_cut_off_loses_nobody(self, tx: Tx, now: datetime) -> None:
        for number in range(5):
            an_ipad(tx, serial=f"S{number}", now=now + number * HOUR)
        group = save(tx, WEEK, now)
        membership.refresh_by_time(tx, now + 8 * DAY)
        with taken_back(tx):
            membership.refresh_by_time(tx, now + 8 * DAY)
        between = len(members(tx, group))

        look(tx, now + 9 * DAY)

        assert (between, len(members(tx, group))) == (2, 5)

    def test_the_number_of_statements_does_not_grow_with_the_devices_of_a_portion(
        self, tx: Tx, now: datetime, count_statements: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for number in range(42):
            an_ipad(tx, serial=f"S{number}", now=now + number * MINUTE)
        save(tx, WEEK, now)
        tx.flush()
        counts = []

        for portion in (2, 40):
            monkeypatch.setattr(passing, "PORTION", portion)
            count_statements.clear()
            membership.refresh_by_time(tx, now + 8 * DAY)
            tx.flush()
            counts.append(len(count_statements))

        assert counts[0] == counts[1]


class TestGroupsOfGroups:
    def test_a_group_follows_the_silence_that_another_one_asks_for(
        self, tx: Tx, now: datetime
    ) -> None:
        an_ipad(tx, now=now)
        silent = save(tx, WEEK, now, "Still")
        others = save(tx, NotThis(MemberOf(silent.id)), now, "Übrige")
        before = members(tx, others)

        look(tx, now + 8 * DAY)

        assert (before, members(tx, others)) == ({"SIM0000001"}, set())

    def test_a_group_may_ask_for_time_itself_as_well(self, tx: Tx, now: datetime) -> None:
        an_ipad(tx, now=now)
        month = save(tx, SilentFor(30), now, "Monat")
        week = save(tx, AllOf((WEEK, NotThis(MemberOf(month.id)))), now, "Woche")

        seen = []
        for days in (8, 31):
            look(tx, now + days * DAY)
            seen.append((len(members(tx, week)), len(members(tx, month))))

        assert seen == [(1, 0), (0, 1)]


def test_while_a_group_is_looked_at_members_of_it_can_be_written(
    postgres_url: str, now: datetime
) -> None:
    """A planner that holds the row of an iPad writes its membership; each would wait for ever."""
    database = Database(postgres_url)
    with database.transaction() as tx:
        device_id = an_ipad(tx, now=now).device_id
        group_id = save(tx, WEEK, now).id

    with database.transaction() as looking:
        assert membership.refresh_by_time(looking, now + HOUR)
        with database.transaction() as tx:
            tx.connection().exec_driver_sql("SET LOCAL lock_timeout = '2s'")
            tx.add(SmartGroupMember(group_id=group_id, device_id=device_id, since=now))

    with database.reading() as tx:
        assert len(tx.scalars(select(SmartGroupMember)).all()) == 1
    database.close()


@dataclass
class _House:
    """A few iPads, groups over them, and a clock."""

    tx: Tx
    now: datetime = NOW
    ipads: list[Enrollment] = field(default_factory=list)

    def add_ipads(self) -> None:
        school = a_school(self.tx)
        for number, grade in enumerate(("8a", "9a", "9b", "9c")):
            place = a_class(self.tx, school, grade)
            seen = self.now - number * DAY
            self.ipads.append(an_ipad(self.tx, school, f"S{number}", class_group=place, now=seen))
        self.ipads[3].last_seen_at = None
        self.tx.flush()

    def do(self, step: str, number: int) -> None:
        ipad = self.ipads[number % len(self.ipads)]
        match step:
            case "wait":
                self.now += number * 5 * HOUR
            case "call":
                call(self.tx, ipad, self.now)
            case "call, written late":
                call(self.tx, ipad, self.now - MINUTE)
            case "end":
                self._end(ipad)
            case "look":
                membership.refresh_by_time(self.tx, self.now)
            case "cut off":
                with taken_back(self.tx):
                    membership.refresh_by_time(self.tx, self.now)
            case "report":
                membership.refresh(self.tx, [ipad.device_id], self.now)

    def _end(self, ipad: Enrollment) -> None:
        """It checks out and joins again, with a call if it is the first one."""
        ipad.ended_at, ipad.state = self.now, EnrollmentState.CHECKED_OUT
        self.tx.flush()
        if ipad is self.ipads[0]:
            device = self.tx.get_one(Device, ipad.device_id)
            self.ipads[0] = an_enrollment(self.tx, device, self.now)


silences: st.SearchStrategy[Rule] = st.sampled_from((SilentFor(1), SilentFor(2), SilentFor(3)))
others: st.SearchStrategy[Rule] = st.sampled_from((InGrade(("9",)), Enrolled(), NameIs(("*1",))))
rules: st.SearchStrategy[Rule] = st.recursive(
    silences | others,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(AllOf),
        st.tuples(inner, inner).map(AnyOf),
        inner.map(NotThis),
    ),
    max_leaves=4,
)
words = st.sampled_from(("wait", "call", "call, written late", "end", "look", "cut off", "report"))
steps = st.lists(st.tuples(words, st.integers(0, 9)), max_size=15)


asked = st.tuples(silences, rules)
by_time: st.SearchStrategy[Rule] = asked.map(AllOf) | asked.map(AnyOf)


@given(by_time, rules, st.booleans(), steps)
@example(
    AllOf((SilentFor(1), SilentFor(1))),
    SilentFor(1),
    True,
    [("wait", 5), ("call", 1), ("call, written late", 2), ("report", 0)],
)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@pytest.mark.usefixtures("of_two")
def test_looking_at_differences_leads_to_what_looking_at_everybody_would(
    tx: Tx, first: Rule, second: Rule, opposite: bool, then: list[tuple[str, int]]
) -> None:
    """Whatever happens meanwhile, and whatever is cut off."""
    with taken_back(tx):
        house = _House(tx)
        house.add_ipads()
        inner = save(tx, first, house.now, "Innen")
        named: Rule = NotThis(MemberOf(inner.id)) if opposite else MemberOf(inner.id)
        save(tx, AnyOf((named, second)), house.now, "Außen")

        for step in then:
            house.do(*step)
        # A portion that ends shortly before now leaves the rest to the next look.
        for wait in (passing.SETTLED_AFTER, passing.LOOK_AGAIN_AFTER):
            house.now += wait
            look(tx, house.now)

        everybody = [ipad.device_id for ipad in house.ipads]
        assert membership.refresh(tx, everybody, house.now) == frozenset()
