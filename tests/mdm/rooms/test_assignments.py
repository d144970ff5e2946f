"""For whom something may be decided, and that exactly those get a new plan."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from mdm.base.db import Database, Tx
from mdm.base.errors import Conflict, InvalidInput, NotFound
from mdm.base.vault import Vault, open_vault
from mdm.rooms.assignments import replacements, retiring, rollouts, rules, service
from mdm.rooms.assignments.models import Assignment
from mdm.rooms.audit.models import AuditEntry
from mdm.rooms.audit.service import Actor
from mdm.rooms.blueprints import service as library
from mdm.rooms.blueprints import versions
from mdm.rooms.blueprints.models import BlueprintVersion
from mdm.rooms.devices.models import Device, Enrollment
from mdm.rooms.groups import service as groups
from mdm.rooms.schools import structure
from mdm.rooms.schools.models import Course, CourseMember, Member, School, Slot
from policies.blueprint import DeviceNameSetting, ProfileSetting
from policies.groups import NameIs
from policies.operations import AssignmentSpec, Target
from policies.roster.values import Role
from policies.scope import ScopeKind
from profiles.payloads.restrictions import Restrictions
from tests.conftest import MASTER_KEY
from tests.factories.devices import an_ipad
from tests.factories.schools import a_class, a_school
from tests.mdm.rooms.wishes import an_app

ACTOR = Actor.system_user("tests")
DAY = timedelta(days=1)


@pytest.fixture
def tx(database: Database) -> Iterator[Tx]:
    with database.transaction() as open_transaction:
        yield open_transaction


@pytest.fixture
def vault(tx: Tx, now: datetime) -> Vault:
    """In the same transaction: on SQLite there is one writer only."""
    return open_vault(tx, MASTER_KEY, now)


@pytest.fixture
def school(tx: Tx) -> School:
    return a_school(tx)


def an_app_for(tx: Tx, target: Target, **fields: object) -> AssignmentSpec:
    return AssignmentSpec(target, app_id=an_app(tx).id, **fields)  # type: ignore[arg-type]


def a_version(
    tx: Tx, now: datetime, template: str = "$SERIAL", school: School | None = None
) -> BlueprintVersion:
    setting = DeviceNameSetting(template)
    saved = versions.save_blueprint(tx, school, "Namen", [setting], ACTOR, now)
    return saved.version


def a_pupil(tx: Tx, school: School, now: datetime, grade: str | None = None) -> Member:
    member = Member(
        school_id=school.id,
        source_id=f"S-{grade}",
        role=Role.PUPIL,
        given_name="Muster-01",
        family_name="Beispiel",
        grade=grade,
        created_at=now,
    )
    tx.add(member)
    tx.flush()
    return member


def a_course(tx: Tx, school: School, now: datetime) -> Course:
    course = Course(school_id=school.id, name="Mathe 2", created_at=now)
    tx.add(course)
    tx.flush()
    return course


def due(tx: Tx) -> set[str]:
    """The serial numbers of those that wait for a new plan."""
    query = select(Device.serial).join(Enrollment, Enrollment.device_id == Device.id)
    waiting = Enrollment.due_generation > Enrollment.done_generation
    return {serial for serial in tx.scalars(query.where(waiting)) if serial}


Place = Callable[[Tx, School, datetime], Target]


def grade_9(tx: Tx, school: School, now: datetime) -> Target:
    """By a class of the grade, and by a pupil of the grade without a class."""
    an_ipad(tx, school, "IN-1", class_group=a_class(tx, school, "9a"))
    an_ipad(tx, school, "IN-2", owner_id=a_pupil(tx, school, now, "9").id)
    an_ipad(tx, school, "OUT-1", class_group=a_class(tx, school, "8a"))
    an_ipad(tx, school, "OUT-2", owner_id=a_pupil(tx, school, now, "8").id)
    return Target(school.id, grade="9")


def class_9a(tx: Tx, school: School, now: datetime) -> Target:
    group = a_class(tx, school, "9a")
    an_ipad(tx, school, "IN-1", class_group=group)
    an_ipad(tx, school, "OUT-1", class_group=a_class(tx, school, "9b"))
    return Target(school.id, class_group_id=group.id)


def course(tx: Tx, school: School, now: datetime) -> Target:
    pupil, course = a_pupil(tx, school, now), a_course(tx, school, now)
    tx.add(CourseMember(course_id=course.id, member_id=pupil.id))
    an_ipad(tx, school, "IN-1", owner_id=pupil.id)
    an_ipad(tx, school, "OUT-1", owner_id=a_pupil(tx, school, now, "9").id)
    return Target(school.id, course_id=course.id)


def trolley(tx: Tx, school: School, now: datetime) -> Target:
    first = structure.add_trolley(tx, school, "Wagen 1", 2, ACTOR, now)
    second = structure.add_trolley(tx, school, "Wagen 2", 2, ACTOR, now)
    for serial, place in (("IN-1", first), ("OUT-1", second)):
        slot = tx.scalars(select(Slot.id).where(Slot.trolley_id == place.id)).first()
        an_ipad(tx, school, serial, slot_id=slot)
    return Target(school.id, trolley_id=first.id)


def group(tx: Tx, school: School, now: datetime) -> Target:
    an_ipad(tx, school, "IN-1", name="Koffer 1")
    an_ipad(tx, school, "OUT-1", name="Tafel 1")
    saved = groups.save_group(tx, school, "Koffer", NameIs(("Koffer*",)), ACTOR, now)
    return Target(school.id, group_id=saved.group.id)


def citys_group_at_a_school(tx: Tx, school: School, now: datetime) -> Target:
    an_ipad(tx, school, "IN-1", name="Koffer 1")
    an_ipad(tx, a_school(tx, "14"), "OUT-1", name="Koffer 2")
    saved = groups.save_group(tx, None, "Koffer", NameIs(("Koffer*",)), ACTOR, now)
    return Target(school.id, group_id=saved.group.id)


def device(tx: Tx, school: School, now: datetime) -> Target:
    chosen = an_ipad(tx, school, "IN-1")
    an_ipad(tx, school, "OUT-1")
    return Target(device_id=chosen.device_id)


def whole_school(tx: Tx, school: School, now: datetime) -> Target:
    an_ipad(tx, school, "IN-1")
    an_ipad(tx, a_school(tx, "14"), "OUT-1")
    return Target(school.id)


PLACES = [
    whole_school,
    grade_9,
    class_9a,
    course,
    trolley,
    group,
    citys_group_at_a_school,
    device,
]


class TestWhoIsDue:
    @pytest.mark.parametrize("place", PLACES)
    def test_exactly_those_inside_get_a_new_plan(
        self, tx: Tx, school: School, now: datetime, place: Place
    ) -> None:
        target = place(tx, school, now)
        an_ipad(tx, a_school(tx, "13"), "OUT-9", name="Koffer 9")
        tx.query(Enrollment).update({Enrollment.done_generation: Enrollment.due_generation})

        service.begin(tx, an_app_for(tx, target), ACTOR, now)

        assert {serial.partition("-")[0] for serial in due(tx)} == {"IN"}
        assert len(due(tx)) == sum(
            serial.startswith("IN") for serial in tx.scalars(select(Device.serial)) if serial
        )

    def test_a_rule_that_comes_by_a_rollout_makes_nobody_due(
        self, tx: Tx, school: School, now: datetime
    ) -> None:
        an_ipad(tx, school)
        rollout = rollouts.open_rollout(tx, {}, now)

        row = service.begin(
            tx, an_app_for(tx, Target(school.id)), ACTOR, now, rollout_id=rollout.id
        )

        assert row.rollout_id == rollout.id
        assert due(tx) == set()


class TestDeciding:
    def test_deciding_the_same_again_changes_nothing(
        self, tx: Tx, school: School, now: datetime
    ) -> None:
        spec = an_app_for(tx, Target(school.id), ends_at=now + DAY)

        assert service.begin(tx, spec, ACTOR, now) is service.begin(tx, spec, ACTOR, now)

    def test_another_window_is_another_rule(self, tx: Tx, school: School, now: datetime) -> None:
        spec = an_app_for(tx, Target(school.id))
        short = AssignmentSpec(spec.target, app_id=spec.app_id, ends_at=now + DAY)

        first, second = (service.begin(tx, one, ACTOR, now) for one in (spec, short))

        assert first is not second

    def test_a_stored_rule_says_what_was_decided(
        self, tx: Tx, school: School, now: datetime
    ) -> None:
        a_class(tx, school, "9a")
        window = {"starts_at": now + DAY, "ends_at": now + 2 * DAY, "reason": "Prüfung"}
        spec = an_app_for(tx, Target(school.id, grade="9"), since=now - DAY, **window)

        row = service.begin(tx, spec, ACTOR, now)

        assert service.spec_of(row) == spec

    def test_a_window_that_has_passed_is_refused(
        self, tx: Tx, school: School, now: datetime
    ) -> None:
        with pytest.raises(InvalidInput, match="ends_at"):
            service.begin(tx, an_app_for(tx, Target(school.id), ends_at=now), ACTOR, now)

    def test_an_instant_without_time_zone_is_refused(
        self, tx: Tx, school: School, now: datetime
    ) -> None:
        starts_at = now.replace(tzinfo=None)

        with pytest.raises(InvalidInput, match="starts_at"):
            service.begin(tx, an_app_for(tx, Target(school.id), starts_at=starts_at), ACTOR, now)

    @pytest.mark.parametrize(
        ("target", "field"),
        [
            (Target(4711), "school"),
            (Target(1, grade="9"), "grade"),
            (Target(1, class_group_id=4711), "class"),
            (Target(1, course_id=4711), "course"),
            (Target(1, trolley_id=4711), "trolley"),
            (Target(group_id=4711), "group"),
            (Target(device_id=4711), "device"),
        ],
    )
    def test_a_target_that_does_not_exist_is_refused(
        self, tx: Tx, school: School, now: datetime, target: Target, field: str
    ) -> None:
        with pytest.raises(InvalidInput) as caught:
            service.begin(tx, an_app_for(tx, target), ACTOR, now)

        assert caught.value.field == field

    @pytest.mark.parametrize("place", [class_9a, course, trolley, group])
    def test_a_part_of_another_school_is_refused(
        self, tx: Tx, school: School, now: datetime, place: Place
    ) -> None:
        foreign = place(tx, a_school(tx, "13"), now)
        target = Target(
            school.id,
            class_group_id=foreign.class_group_id,
            course_id=foreign.course_id,
            trolley_id=foreign.trolley_id,
            group_id=foreign.group_id,
        )

        with pytest.raises(InvalidInput, match="another school"):
            service.begin(tx, an_app_for(tx, target), ACTOR, now)

    def test_a_class_that_is_over_is_refused(self, tx: Tx, school: School, now: datetime) -> None:
        over = a_class(tx, school, "9a")
        over.ended_at = now

        spec = an_app_for(tx, Target(school.id, class_group_id=over.id))

        with pytest.raises(InvalidInput, match="class"):
            service.begin(tx, spec, ACTOR, now)

    def test_what_is_decided_for_an_ipad_is_its_schools(
        self, tx: Tx, school: School, now: datetime
    ) -> None:
        chosen = an_ipad(tx, school)

        row = service.begin(tx, an_app_for(tx, Target(device_id=chosen.device_id)), ACTOR, now)

        assert row.school_id == school.id

    def test_a_schools_blueprint_stays_in_that_school(
        self, tx: Tx, school: School, now: datetime
    ) -> None:
        version = a_version(tx, now, school=school)
        other = a_school(tx, "13")

        service.begin(tx, AssignmentSpec(Target(school.id), None, None, version.id), ACTOR, now)
        for target in (Target(other.id), Target()):
            spec = AssignmentSpec(target, blueprint_version_id=version.id)
            with pytest.raises(InvalidInput, match="another school"):
                service.begin(tx, spec, ACTOR, now)

    def test_the_journal_names_what_for_whom_and_how_many(
        self, tx: Tx, school: School, now: datetime
    ) -> None:
        target = grade_9(tx, school, now)

        service.begin(tx, an_app_for(tx, target, reason="Medienwoche"), ACTOR, now)

        entry = tx.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        assert entry is not None
        assert (entry.act, entry.reason) == ("assignment.begin", "Medienwoche")
        assert (entry.details["grade"], entry.details["concerned"]) == ("9", 2)


class TestEnding:
    def test_a_rule_that_ended_concerns_everybody_again(
        self, tx: Tx, school: School, now: datetime
    ) -> None:
        target = grade_9(tx, school, now)
        row = service.begin(tx, an_app_for(tx, target), ACTOR, now)
        tx.query(Enrollment).update({Enrollment.done_generation: Enrollment.due_generation})

        service.end(tx, row.id, ACTOR, now + DAY)

        assert row.ended_at == now + DAY
        assert due(tx) == {"IN-1", "IN-2"}

    def test_a_rollout_takes_a_rule_away_later(self, tx: Tx, school: School, now: datetime) -> None:
        row = service.begin(tx, an_app_for(tx, Target(school.id)), ACTOR, now)
        first, second = (rollouts.open_rollout(tx, {}, now) for _ in range(2))

        service.end(tx, row.id, ACTOR, now, rollout_id=first.id)

        assert (row.ended_at, row.ending_rollout_id) == (None, first.id)
        with pytest.raises(Conflict):
            service.end(tx, row.id, ACTOR, now, rollout_id=second.id)

    def test_a_rule_that_does_not_exist_cannot_end(self, tx: Tx, now: datetime) -> None:
        with pytest.raises(NotFound):
            service.end(tx, 4711, ACTOR, now)


class TestReplacing:
    def test_whoever_has_a_version_gets_the_other_one(
        self, tx: Tx, school: School, now: datetime
    ) -> None:
        old = a_version(tx, now)
        target, until = Target(school.id), now + 9 * DAY
        spec = AssignmentSpec(target, blueprint_version_id=old.id, ends_at=until)
        row = service.begin(tx, spec, ACTOR, now)
        new = a_version(tx, now, "$UDID")

        ((ended, begun),) = service.replace_version(tx, old, new, ACTOR, now + DAY)

        assert (ended, ended.ended_at) == (row, now + DAY)
        assert (begun.blueprint_version_id, begun.ends_at) == (new.id, now + 9 * DAY)
        assert begun.created_at == row.created_at

    def test_a_class_that_is_over_does_not_hold_up_the_others(
        self, tx: Tx, school: School, now: datetime
    ) -> None:
        old, over = a_version(tx, now), a_class(tx, school, "9a")
        for target in (Target(school.id, class_group_id=over.id), Target(school.id)):
            spec = AssignmentSpec(target, blueprint_version_id=old.id)
            service.begin(tx, spec, ACTOR, now)
        over.ended_at = now

        pairs = service.replace_version(tx, old, a_version(tx, now, "$UDID"), ACTOR, now)

        assert len(pairs) == 2

    def test_a_version_of_another_blueprint_cannot_take_the_place(
        self, tx: Tx, school: School, now: datetime
    ) -> None:
        citys, own = a_version(tx, now), a_version(tx, now, school=school)

        with pytest.raises(InvalidInput, match="another blueprint"):
            service.replace_version(tx, citys, own, ACTOR, now)


class TestRollouts:
    def test_a_ring_gets_new_plans_when_it_is_released_and_no_other(
        self, tx: Tx, school: School, now: datetime
    ) -> None:
        first, second = an_ipad(tx, school, "A"), an_ipad(tx, school, "B")
        rings = {first.device_id: 0, second.device_id: 1}
        rollout = rollouts.open_rollout(tx, rings, now)

        released = rollouts.release_ring(tx, rollout.id, 0, now)

        assert (released, due(tx)) == (1, {"A"})
        assert rollouts.release_ring(tx, rollout.id, 0, now + DAY) == 0

    def test_closing_ends_what_was_taken_away_and_tells_latecomers(
        self, tx: Tx, school: School, now: datetime
    ) -> None:
        known = an_ipad(tx, school, "KNOWN")
        row = service.begin(tx, an_app_for(tx, Target(school.id)), ACTOR, now)
        rollout = rollouts.open_rollout(tx, {known.device_id: 0}, now)
        service.end(tx, row.id, ACTOR, now, rollout_id=rollout.id)
        rollouts.release_ring(tx, rollout.id, 0, now)
        tx.query(Enrollment).update({Enrollment.done_generation: Enrollment.due_generation})
        an_ipad(tx, school, "LATE")

        late = rollouts.close_rollout(tx, rollout.id, now + DAY)

        assert (late, due(tx)) == (1, {"LATE"})
        assert row.ended_at == now + DAY
        assert rollouts.close_rollout(tx, rollout.id, now + DAY) == 0
        with pytest.raises(Conflict):
            rollouts.release_ring(tx, rollout.id, 1, now + DAY)


class TestReading:
    def test_a_school_sees_its_parts_and_the_citys_rules(
        self, tx: Tx, school: School, now: datetime
    ) -> None:
        version = a_version(tx, now)
        targets = [place(tx, a_school(tx, f"2{n}"), now) for n, place in enumerate((grade_9,))]
        here = [Target(), Target(school.id)]
        for target in (*here, *targets):
            spec = AssignmentSpec(target, blueprint_version_id=version.id)
            service.begin(tx, spec, ACTOR, now)

        kinds = [(row.scope_kind, row.scope_name) for row in rules.rules_at(tx, school.id)]
        everywhere = rules.rules_of_blueprint(tx, version.blueprint_id)

        assert kinds == [(ScopeKind.CITY, ""), (ScopeKind.SCHOOL, "")]
        assert [row.scope_kind for row in everywhere][-1] is ScopeKind.GRADE
        assert everywhere[-1].subject_name == "Namen"

    @pytest.mark.parametrize("place", PLACES)
    def test_every_kind_of_target_is_named(
        self, tx: Tx, school: School, now: datetime, place: Place
    ) -> None:
        names = {
            "grade_9": "9",
            "class_9a": "9a",
            "course": "Mathe 2",
            "trolley": "Wagen 1",
            "group": "Koffer",
            "citys_group_at_a_school": "Koffer",
            "device": "IN-1",
            "whole_school": "",
        }
        service.begin(tx, an_app_for(tx, place(tx, school, now)), ACTOR, now)

        (row,) = rules.rules_at(tx, school.id)

        assert row.scope_name == names[place.__name__]
        assert row.school == school.number


class TestRetiring:
    def test_a_blueprint_in_force_is_not_retired(
        self, tx: Tx, school: School, now: datetime
    ) -> None:
        version = a_version(tx, now)
        spec = AssignmentSpec(Target(school.id), blueprint_version_id=version.id)
        row = service.begin(tx, spec, ACTOR, now)

        with pytest.raises(InvalidInput, match="1 rules in force"):
            retiring.retire_blueprint(tx, version.blueprint_id, ACTOR, now)
        service.end(tx, row.id, ACTOR, now)
        retired = retiring.retire_blueprint(tx, version.blueprint_id, ACTOR, now)

        assert retired.retired_at == now
        assert tx.scalars(select(Assignment)).all()

    def test_a_group_in_force_is_not_retired(self, tx: Tx, school: School, now: datetime) -> None:
        target = group(tx, school, now)
        service.begin(tx, an_app_for(tx, target), ACTOR, now)

        with pytest.raises(InvalidInput, match="group"):
            retiring.retire_group(tx, target.group_id or 0, ACTOR, now)


class TestWhoHasAProfile:
    @pytest.mark.parametrize(("pinned", "count"), [(None, 1), (1, 0)])
    def test_a_blueprint_gives_the_newest_version_unless_it_names_one(
        self,
        tx: Tx,
        vault: Vault,
        school: School,
        now: datetime,
        pinned: int | None,
        count: int,
    ) -> None:
        keys = Restrictions({"allowCamera": False})
        profile = library.save_restrictions(tx, vault, None, "Kamera", keys, ACTOR, now).profile
        setting = ProfileSetting(profile.id, pinned)
        version = versions.save_blueprint(tx, school, "Kamera", [setting], ACTOR, now).version
        spec = AssignmentSpec(Target(school.id), blueprint_version_id=version.id)
        service.begin(tx, spec, ACTOR, now)

        assert len(replacements.having(tx, profile.id)) == count


class TestRulesThatSayTheSame:
    def test_undoing_a_rollout_leaves_what_was_there_before(
        self, tx: Tx, school: School, now: datetime
    ) -> None:
        spec = an_app_for(tx, Target(school.id))
        before = service.begin(tx, spec, ACTOR, now)
        rollout = rollouts.open_rollout(tx, {}, now)

        brought = service.begin(tx, spec, ACTOR, now, rollout_id=rollout.id)

        assert brought is not before

    def test_what_a_closed_rollout_brought_is_not_decided_twice(
        self, tx: Tx, school: School, now: datetime
    ) -> None:
        spec = an_app_for(tx, Target(school.id))
        rollout = rollouts.open_rollout(tx, {}, now)
        brought = service.begin(tx, spec, ACTOR, now, rollout_id=rollout.id)
        rollouts.close_rollout(tx, rollout.id, now)

        assert service.begin(tx, spec, ACTOR, now) is brought
