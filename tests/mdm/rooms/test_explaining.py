"""Why one iPad has what it has, out of the rows of its plan."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from mdm.base.db import Database, Tx
from mdm.base.errors import NotFound
from mdm.rooms.assignments import service as assignments
from mdm.rooms.assignments.models import Assignment
from mdm.rooms.audit.service import Actor
from mdm.rooms.blueprints.models import Blueprint, BlueprintVersion, ProfileVersion
from mdm.rooms.compliance.explaining import DeviceStory, story
from mdm.rooms.compliance.origins import Origin
from mdm.rooms.devices.models import Enrollment
from mdm.rooms.devices.reports import REPORT
from mdm.rooms.reconciler.models import DesiredContent, DesiredSpan
from mdm.rooms.schools.models import Course, CourseMember, Member, School
from policies.actions import QueryKind
from policies.blueprint import DeviceNameSetting
from policies.blueprint_json import digest, write_settings
from policies.explanation import WaitingKind, WishState
from policies.operations import AssignmentSpec, Target
from policies.outcome import OutcomeKind
from policies.reconcile import DEFAULT_PACE
from policies.roster.values import Role
from policies.scope import Scope, ScopeKind
from policies.wishes import WantedApp, WantedName
from profiles.schema.hints import HintKind
from tests.factories.changes import a_blueprint
from tests.factories.devices import a_reported_item, an_ipad
from tests.factories.outcomes import an_outcome
from tests.factories.schools import a_school
from tests.factories.times import NOW
from tests.mdm.rooms.wishes import a_profile, an_app, assign

MINUTE = timedelta(minutes=1)
SOMEBODY = Actor.person(1)


def told(database: Database, enrollment: Enrollment) -> DeviceStory:
    with database.reading() as tx:
        return story(tx, enrollment.id, NOW, DEFAULT_PACE)


def a_version(tx: Tx, blueprint: Blueprint, template: str, version: int = 2) -> BlueprintVersion:
    """Another version of a blueprint, by which iPads have another name."""
    settings = (DeviceNameSetting(template),)
    row = BlueprintVersion(
        blueprint_id=blueprint.id,
        version=version,
        items=write_settings(settings),
        digest=digest(settings),
        created_by="system:factory",
        created_at=NOW,
    )
    tx.add(row)
    tx.flush()
    return row


def begin(
    tx: Tx,
    school: School | None,
    version: BlueprintVersion,
    actor: Actor = SOMEBODY,
    reason: str = "",
) -> int:
    target = Target(school.id if school is not None else None)
    spec = AssignmentSpec(target, blueprint_version_id=version.id, reason=reason)
    return assignments.begin(tx, spec, actor, NOW).id


def test_a_wish_that_a_report_shows_is_proven_with_its_instant(database: Database) -> None:
    with database.transaction() as tx:
        school = a_school(tx)
        ipad = an_ipad(tx, school)
        profile, version = a_profile(tx)
        assign(tx, school, profile)
        seen = {"uuid": version.uuid, "name": "wifi", "version": "1", "managed": True}
        a_reported_item(tx, ipad, "profile", profile.identifier, seen, NOW - MINUTE)
        listed = QueryKind.PROFILE_LIST.value
        a_reported_item(tx, ipad, REPORT, listed, {"complete": True}, NOW - MINUTE)

    found = told(database, ipad)

    (one,) = found.explained.explanations
    assert (one.state, one.proven_at) == (WishState.PROVEN, NOW - MINUTE)
    assert one.wish.reason.scope == Scope(ScopeKind.SCHOOL, "12")
    assert one.wish.reason.since == NOW


def test_a_wish_that_nothing_shows_waits_and_says_for_what(database: Database) -> None:
    with database.transaction() as tx:
        school = a_school(tx)
        ipad = an_ipad(tx, school)
        assign(tx, school, an_app(tx))

    found = told(database, ipad)

    (one,) = found.explained.explanations
    assert one.state is not WishState.PROVEN
    assert one.waiting
    assert {waiting.kind for waiting in one.waiting} <= set(WaitingKind)
    assert found.outcome.kind is OutcomeKind.ON_ITS_WAY


def test_wishes_and_judgement_are_dated(database: Database) -> None:
    with database.transaction() as tx:
        ipad = an_ipad(tx, a_school(tx))
        an_outcome(tx, ipad, at=NOW - MINUTE)
        tx.add(DesiredContent(digest="d" * 64, compressed=b"", created_at=NOW))
        tx.flush()
        span = DesiredSpan(enrollment_id=ipad.id, digest="d" * 64, since=NOW - 2 * MINUTE)
        tx.add(span)

    found = told(database, ipad)

    assert (found.at, found.judged_at) == (NOW, NOW - MINUTE)
    assert found.wished_since == NOW - 2 * MINUTE


def test_keys_that_the_system_does_not_know_are_told_beside_the_wish(database: Database) -> None:
    keys = [
        {
            "type": "com.apple.applicationaccess",
            "keys": {"allowWebDistributionAppInstallation": False},
        }
    ]
    with database.transaction() as tx:
        school = a_school(tx)
        ipad = an_ipad(tx, school, os_version="16.1")
        profile, version = a_profile(tx, "limits")
        tx.execute(
            update(ProfileVersion)
            .where(ProfileVersion.id == version.id)
            .values(summary={"keys": keys})
        )
        assign(tx, school, profile)

    found = told(database, ipad)

    (key,) = found.unknown[profile.identifier]
    assert key.hint.kind is HintKind.NEEDS_NEWER_OS
    assert key.part == "com.apple.applicationaccess"


def test_a_course_is_told_by_its_name(database: Database) -> None:
    with database.transaction() as tx:
        school = a_school(tx)
        course = Course(school_id=school.id, name="Mathe 2", created_at=NOW)
        pupil = Member(
            school_id=school.id,
            source_id="p-1",
            role=Role.PUPIL,
            given_name="Ada",
            family_name="Beispiel",
            created_at=NOW,
        )
        tx.add_all([course, pupil])
        tx.flush()
        tx.add(CourseMember(course_id=course.id, member_id=pupil.id))
        ipad = an_ipad(tx, school, owner_id=pupil.id)
        rule = assign(tx, school, an_app(tx))
        tx.execute(update(Assignment).where(Assignment.id == rule.id).values(course_id=course.id))

    found = told(database, ipad)

    assert found.names == {Scope(ScopeKind.COURSE, f"12/{course.id}"): "Mathe 2"}


def test_a_wish_names_the_rule_it_comes_from(database: Database) -> None:
    with database.transaction() as tx:
        school = a_school(tx)
        ipad = an_ipad(tx, school)
        version = a_version(tx, a_blueprint(tx, None), "S-$SERIAL")
        given = begin(tx, school, version, Actor.person(3), "Inventur")
        alone = assign(tx, None, an_app(tx))

    found = told(database, ipad)

    assert {type(wish): origin for wish, origin in found.origins.items()} == {
        WantedName: Origin(given, "Grundausstattung", 2, "person:3", NOW, "Inventur"),
        WantedApp: Origin(alone.id, None, None, "system:factory", NOW, ""),
    }


def test_a_beaten_wish_names_its_own_rule(database: Database) -> None:
    with database.transaction() as tx:
        school = a_school(tx)
        ipad = an_ipad(tx, school)
        wide = begin(tx, None, a_version(tx, a_blueprint(tx, None, "Stadt"), "S-$SERIAL"))
        narrow = begin(tx, school, a_version(tx, a_blueprint(tx, school, "Schule"), "X-$SERIAL"))

    found = told(database, ipad)

    (one,) = found.explained.explanations
    (conflict,) = one.overrides
    assert found.origins[one.wish].assignment_id == narrow
    assert found.origins[conflict.loser].assignment_id == wide


def test_a_rule_in_place_of_another_is_dated_by_itself(database: Database) -> None:
    later = NOW + MINUTE
    with database.transaction() as tx:
        school = a_school(tx)
        ipad = an_ipad(tx, school)
        blueprint = a_blueprint(tx, school)
        before, after = (a_version(tx, blueprint, f"{number}-$SERIAL", number) for number in (2, 3))
        begin(tx, school, before)
        ((_, begun),) = assignments.replace_version(tx, before, after, Actor.person(3), later)

    with database.reading() as tx:
        found = story(tx, ipad.id, later, DEFAULT_PACE)

    (origin,) = found.origins.values()
    assert (origin.assignment_id, origin.version) == (begun.id, 3)
    assert (origin.decided_by, origin.decided_at) == ("person:3", later)


def test_an_unknown_enrolment_is_none(database: Database) -> None:
    with database.reading() as tx, pytest.raises(NotFound):
        story(tx, 999, NOW, DEFAULT_PACE)
