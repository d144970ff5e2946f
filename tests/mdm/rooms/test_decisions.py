"""What people decide about iPads: expect, accept, release."""

from datetime import datetime

import pytest
from sqlalchemy import select

from enrollment.lifecycle import EnrollmentState, HoldReason
from mdm.base.db import Database
from mdm.base.errors import Conflict, InvalidInput, NotFound
from mdm.rooms.audit.models import AuditEntry
from mdm.rooms.audit.service import Actor
from mdm.rooms.devices import decisions
from mdm.rooms.devices.models import Device, Enrollment, IdentityCertificate
from mdm.rooms.schools.models import School
from tests.factories.devices import a_certificate, a_device, a_held_ipad, an_enrollment, an_ipad
from tests.factories.schools import a_class, a_school

ACTOR = Actor.person(1)


@pytest.fixture
def school(database: Database) -> School:
    with database.transaction() as tx:
        return a_school(tx)


def test_expected_serial_numbers_are_kept_once_in_capitals(
    database: Database, school: School, now: datetime
) -> None:
    with database.transaction() as tx:
        added = decisions.expect(tx, [" abc123 ", "ABC123", "DEF456"], school.id, None, ACTOR, now)

    assert added == 2
    with database.reading() as tx:
        assert sorted(tx.scalars(select(Device.serial))) == ["ABC123", "DEF456"]


def test_expecting_twice_adds_nothing(database: Database, school: School, now: datetime) -> None:
    for _ in range(2):
        with database.transaction() as tx:
            added = decisions.expect(tx, ["ABC123"], school.id, None, ACTOR, now)

    assert added == 0


@pytest.mark.parametrize("serial", ["", "with space", "=HYPERLINK(1)", "ä", "X" * 65])
def test_what_is_no_serial_number_is_refused_and_nothing_is_written(
    database: Database, school: School, now: datetime, serial: str
) -> None:
    with pytest.raises(InvalidInput, match="serial"), database.transaction() as tx:
        decisions.expect(tx, ["GOOD1", serial], school.id, None, ACTOR, now)

    with database.reading() as tx:
        assert tx.scalars(select(Device)).all() == []


def test_an_ipad_of_another_school_cannot_be_claimed(
    database: Database, school: School, now: datetime
) -> None:
    with database.transaction() as tx:
        a_device(tx, a_school(tx, "99"), "ABC123")

    with pytest.raises(Conflict, match="another school"), database.transaction() as tx:
        decisions.expect(tx, ["ABC123"], school.id, None, ACTOR, now)


def test_expecting_an_enrolled_ipad_does_not_move_it(
    database: Database, school: School, now: datetime
) -> None:
    """Its class decides what it has: another one is a change, with its preview."""
    with database.transaction() as tx:
        here, there = a_class(tx, school, "9a"), a_class(tx, school, "9b")
        an_ipad(tx, school, "ABC123", class_group=here)

    with pytest.raises(Conflict, match="enrolled already"), database.transaction() as tx:
        decisions.expect(tx, ["ABC123"], school.id, there.id, ACTOR, now)

    with database.transaction() as tx:
        assert decisions.expect(tx, ["ABC123"], school.id, None, ACTOR, now) == 1
        assert tx.scalars(select(Device.class_group_id)).one() == here.id


def test_an_accepted_newcomer_is_in_good_standing_and_due(
    database: Database, school: School, now: datetime
) -> None:
    with database.transaction() as tx:
        held = a_held_ipad(tx)

    with database.transaction() as tx:
        decisions.accept_held(tx, held.id, ACTOR, now, school.id)

    with database.reading() as tx:
        row = tx.get_one(Enrollment, held.id)
        assert row.held_reason is None
        assert row.due_generation > row.done_generation
        assert tx.get_one(Device, row.device_id).school_id == school.id
        assert tx.scalars(select(AuditEntry.act)).all() == ["device.accept"]


def test_accepting_a_newcomer_ends_the_enrolment_it_stands_in_for(
    database: Database, school: School, now: datetime
) -> None:
    with database.transaction() as tx:
        device = a_device(tx, school, "ABC123")
        before = an_enrollment(tx, device, now)
        reason = HoldReason.KNOWN_DEVICE_FOREIGN_CERTIFICATE
        held = an_enrollment(tx, device, now, held_reason=reason, generation=2)

    with database.transaction() as tx:
        applied = decisions.accept_held(tx, held.id, ACTOR, now)

    assert applied.cancel_queues_of == (before.id,)
    with database.reading() as tx:
        old = tx.get_one(Enrollment, before.id)
        assert (old.state, old.ended_at) == (EnrollmentState.REPLACED, now)
        assert old.push_token is None


def test_an_accepted_newcomer_gets_the_serial_number_of_a_device_that_has_left(
    database: Database, school: School, now: datetime
) -> None:
    with database.transaction() as tx:
        old = a_device(tx, school, "ABC123")
        an_enrollment(tx, old, now, state=EnrollmentState.CHECKED_OUT, ended_at=now)
        newcomer = a_device(tx, None, None, udid="NEW")
        reason = HoldReason.KNOWN_DEVICE_FOREIGN_CERTIFICATE
        held = an_enrollment(tx, newcomer, now, held_reason=reason, claimed_serial="ABC123")

    with database.transaction() as tx:
        decisions.accept_held(tx, held.id, ACTOR, now)

    with database.reading() as tx:
        device = tx.get_one(Device, newcomer.id)
        assert (device.serial, device.school_id) == ("ABC123", school.id)


def test_a_newcomer_is_not_accepted_while_its_serial_number_is_enrolled_elsewhere(
    database: Database, school: School, now: datetime
) -> None:
    with database.transaction() as tx:
        an_ipad(tx, school, "ABC123")
        newcomer = a_device(tx, None, None, udid="NEW")
        reason = HoldReason.KNOWN_DEVICE_FOREIGN_CERTIFICATE
        held = an_enrollment(tx, newcomer, now, held_reason=reason, claimed_serial="ABC123")

    with pytest.raises(Conflict, match="release it first"), database.transaction() as tx:
        decisions.accept_held(tx, held.id, ACTOR, now)

    with database.reading() as tx:
        assert tx.get_one(Enrollment, held.id).held_reason is not None


def test_only_a_held_enrolment_can_be_accepted(
    database: Database, school: School, now: datetime
) -> None:
    with database.transaction() as tx:
        enrolled = an_ipad(tx, school)

    with pytest.raises(NotFound), database.transaction() as tx:
        decisions.accept_held(tx, enrolled.id, ACTOR, now)


def test_a_released_ipad_keeps_no_token_and_no_valid_certificate(
    database: Database, school: School, now: datetime
) -> None:
    with database.transaction() as tx:
        enrollment = an_ipad(tx, school)
        a_certificate(tx, enrollment, now)

    with database.transaction() as tx:
        device = tx.get_one(Device, enrollment.device_id)
        ended = decisions.release(tx, device, ACTOR, now, "broken beyond repair")

    assert ended == (enrollment.id,)
    with database.reading() as tx:
        row = tx.get_one(Enrollment, enrollment.id)
        assert (row.state, row.push_token) == (EnrollmentState.RETIRED, None)
        assert tx.scalars(select(IdentityCertificate.revoked_at)).one() == now


def test_smart_groups_hear_of_an_ipad_that_was_released(
    database: Database, school: School, now: datetime
) -> None:
    with database.transaction() as tx:
        enrollment = an_ipad(tx, school)
        due = enrollment.due_generation

    with database.transaction() as tx:
        device = tx.get_one(Device, enrollment.device_id)
        decisions.release(tx, device, ACTOR, now, "broken beyond repair")

    with database.reading() as tx:
        assert tx.get_one(Enrollment, enrollment.id).due_generation == due + 1


def test_a_release_needs_a_reason(database: Database, school: School, now: datetime) -> None:
    with database.transaction() as tx:
        enrollment = an_ipad(tx, school)

    with database.reading() as tx:
        device = tx.get_one(Device, enrollment.device_id)

    with pytest.raises(InvalidInput, match="reason"), database.transaction() as tx:
        decisions.release(tx, device, ACTOR, now, "  ")


def test_accepting_who_came_back_anew_tells_which_enrollment_was_erased(
    database: Database, school: School, now: datetime
) -> None:
    with database.transaction() as tx:
        before = an_ipad(tx, school)
        device = tx.get_one(Device, before.device_id)
        reason = HoldReason.KNOWN_DEVICE_FOREIGN_CERTIFICATE
        back = an_enrollment(tx, device, held_reason=reason, generation=2)

        applied = decisions.accept_held(tx, back.id, ACTOR, now)

    assert applied.erased == (before.id,)
    assert applied.cancel_queues_of == (before.id,)
