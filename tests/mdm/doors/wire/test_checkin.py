"""The check-in channel: what each message leaves behind, and how it is answered."""

import pytest
from sqlalchemy import select

from enrollment.lifecycle import EnrollmentState, HoldReason
from mdm.base.bell import Job, RecordingBell
from mdm.base.db import Database
from mdm.base.tools import Tools
from mdm.base.vault import Vault
from mdm.doors.wire.answer import EMPTY
from mdm.rooms.audit.models import AuditEntry
from mdm.rooms.commands.models import Command
from mdm.rooms.devices import tokens
from mdm.rooms.devices.models import Device, Enrollment
from policies.delivery import DeliveryState
from profiles import plist
from tests.factories.commands import a_command
from tests.mdm.doors.wire.conftest import Classroom, Handset


def _enrollments(database: Database, handset: Handset) -> list[Enrollment]:
    with database.reading() as tx:
        query = select(Enrollment).where(Enrollment.key == handset.udid).order_by(Enrollment.id)
        return list(tx.scalars(query))


def test_an_expected_ipad_is_authenticated_and_not_yet_enrolled(
    classroom: Classroom, database: Database
) -> None:
    handset = classroom.handset()

    answer = handset.authenticate(OSVersion="26.1", ProductName="iPad13,18")

    assert answer == EMPTY
    (row,) = _enrollments(database, handset)
    assert row.state is EnrollmentState.AUTHENTICATED
    assert row.held_reason is None
    with database.reading() as tx:
        device = tx.get_one(Device, row.device_id)
        assert (device.serial, device.os_version) == (handset.serial, "26.1")
        assert device.school_id == classroom.school.id


def test_the_first_token_completes_an_enrolment_and_asks_for_a_plan(
    classroom: Classroom, database: Database, tools: Tools
) -> None:
    handset = classroom.handset()
    handset.authenticate()

    answer = handset.token_update()

    assert answer == EMPTY
    (row,) = _enrollments(database, handset)
    assert row.state is EnrollmentState.ENROLLED
    assert row.due_generation > row.done_generation
    assert isinstance(tools.bell, RecordingBell)
    assert tools.bell.rung == [Job.RECONCILE]


def test_an_authenticate_costs_at_most_six_statements(
    classroom: Classroom, database: Database, count_statements: list[str]
) -> None:
    handset = classroom.handset()
    count_statements.clear()

    handset.authenticate()

    assert len(count_statements) <= 6, "\n".join(count_statements)


def test_an_unexpected_serial_number_is_held(classroom: Classroom, database: Database) -> None:
    handset = classroom.handset(expected=False)

    assert handset.authenticate().status == 200
    assert handset.token_update().status == 200

    (row,) = _enrollments(database, handset)
    assert row.held_reason is HoldReason.UNEXPECTED_SERIAL


def test_a_held_ipad_hears_of_nothing_to_do(classroom: Classroom, database: Database) -> None:
    handset = classroom.handset(expected=False)
    handset.authenticate()
    handset.token_update()
    (row,) = _enrollments(database, handset)
    with database.transaction() as tx:
        a_command(tx, row)

    assert handset.idle() == EMPTY


def test_a_known_ipads_udid_with_another_certificate_is_held_beside_it(
    classroom: Classroom, database: Database
) -> None:
    real = classroom.enrolled()
    impostor = classroom.handset(udid=real.udid)

    assert impostor.authenticate().status == 200

    kept, held = _enrollments(database, real)
    assert kept.state is EnrollmentState.ENROLLED
    assert kept.ended_at is None
    assert held.held_reason is HoldReason.KNOWN_DEVICE_FOREIGN_CERTIFICATE


def test_the_real_ipad_goes_on_beside_a_held_impostor(
    classroom: Classroom, database: Database
) -> None:
    real = classroom.enrolled()
    with database.transaction() as tx:
        command = a_command(tx, classroom.current(real, tx))
    impostor = classroom.handset(udid=real.udid)
    impostor.authenticate()
    impostor.token_update(b"\x02" * 32)

    answer = real.idle()

    assert command.uuid.encode() in answer.body
    assert impostor.idle() == EMPTY


def test_a_repeated_authenticate_clears_nothing_twice(
    classroom: Classroom, database: Database
) -> None:
    handset = classroom.enrolled()
    with database.transaction() as tx:
        command = a_command(tx, classroom.current(handset, tx))

    assert handset.authenticate().status == 200

    (row,) = _enrollments(database, handset)
    assert row.push_token is not None
    with database.reading() as tx:
        assert tx.get_one(Command, command.id).state is DeliveryState.QUEUED


def test_an_ipad_that_comes_back_begins_anew_and_its_old_queue_is_taken_back(
    classroom: Classroom, database: Database
) -> None:
    before = classroom.enrolled()
    with database.transaction() as tx:
        row = classroom.current(before, tx)
        old = a_command(tx, row)
        tx.get_one(Device, row.device_id).is_return_expected = True
    after = classroom.handset(udid=before.udid)

    after.authenticate()
    after.token_update()

    old_row, new_row = _enrollments(database, before)
    assert (old_row.state, old_row.generation) == (EnrollmentState.REPLACED, 1)
    assert (new_row.state, new_row.generation) == (EnrollmentState.ENROLLED, 2)
    assert old_row.push_token is None
    with database.reading() as tx:
        assert tx.get_one(Command, old.id).state is DeliveryState.CANCELLED
    assert after.idle() == EMPTY


def test_an_accepted_erase_is_proven_when_the_ipad_comes_back_anew(
    classroom: Classroom, database: Database
) -> None:
    before = classroom.enrolled()
    with database.transaction() as tx:
        row = classroom.current(before, tx)
        erase = a_command(tx, row, "EraseDevice", DeliveryState.ACCEPTED, is_guarded=True)
        tx.get_one(Device, row.device_id).is_return_expected = True

    classroom.handset(udid=before.udid).authenticate()

    with database.reading() as tx:
        assert tx.get_one(Command, erase.id).state is DeliveryState.PROVEN


def test_an_ipad_that_agreed_to_erase_itself_comes_back_before_any_job_has_looked(
    classroom: Classroom, database: Database
) -> None:
    before = classroom.enrolled()
    with database.transaction() as tx:
        row = classroom.current(before, tx)
        a_command(tx, row, "EraseDevice", DeliveryState.ACCEPTED, is_guarded=True)
    after = classroom.handset(udid=before.udid)

    after.authenticate()
    after.token_update()

    old, new = _enrollments(database, before)
    assert old.state is EnrollmentState.REPLACED
    assert (new.state, new.held_reason) == (EnrollmentState.ENROLLED, None)


def test_a_renewed_certificate_keeps_queue_and_tokens(
    classroom: Classroom, database: Database
) -> None:
    handset = classroom.enrolled()
    with database.transaction() as tx:
        command = a_command(tx, classroom.current(handset, tx))
    renewed = classroom.renewal(handset)

    assert renewed.authenticate().status == 200
    assert renewed.token_update(b"\x03" * 32).status == 200

    (row,) = _enrollments(database, handset)
    assert row.generation == 1
    assert row.push_token == b"\x03" * 32
    assert command.uuid.encode() in renewed.idle().body


def test_a_renewed_certificate_may_speak_first_on_the_command_channel(
    classroom: Classroom, database: Database
) -> None:
    handset = classroom.enrolled()
    with database.transaction() as tx:
        command = a_command(tx, classroom.current(handset, tx))
    renewed = classroom.renewal(handset)

    assert command.uuid.encode() in renewed.idle().body
    assert handset.idle().status == 400


def test_a_goodbye_ends_the_enrolment_and_forgets_its_tokens(
    classroom: Classroom, database: Database
) -> None:
    handset = classroom.enrolled()

    assert handset.check_out() == EMPTY

    (row,) = _enrollments(database, handset)
    assert row.state is EnrollmentState.CHECKED_OUT
    assert row.ended_at is not None
    assert row.push_token is None


def test_smart_groups_hear_of_a_goodbye(classroom: Classroom, database: Database) -> None:
    handset = classroom.enrolled()
    (before,) = _enrollments(database, handset)

    handset.check_out()

    (row,) = _enrollments(database, handset)
    assert row.due_generation > before.due_generation


def test_an_old_token_update_played_again_does_not_bring_its_token_back(
    classroom: Classroom, database: Database
) -> None:
    handset = classroom.enrolled()
    handset.token_update(b"\x02" * 32)

    assert handset.token_update(b"\x01" * 32).status == 200

    (row,) = _enrollments(database, handset)
    assert row.push_token == b"\x02" * 32


def test_an_unlock_token_is_sealed_and_kept_when_a_later_message_lacks_it(
    classroom: Classroom, database: Database, vault: Vault
) -> None:
    handset = classroom.handset()
    handset.authenticate()
    handset.token_update(UnlockToken=b"unlock me")
    handset.token_update(b"\x02" * 32)

    (row,) = _enrollments(database, handset)
    assert b"unlock me" not in (row.sealed_unlock_token or b"")
    assert tokens.unlock_token(vault, row) == b"unlock me"


def test_a_bootstrap_token_comes_back_as_it_was_set(classroom: Classroom) -> None:
    handset = classroom.enrolled()
    handset.say({"MessageType": "SetBootstrapToken", "BootstrapToken": b"boot"})

    answer = handset.say({"MessageType": "GetBootstrapToken"})

    assert plist.read_dict(answer.body) == {"BootstrapToken": b"boot"}


def test_no_bootstrap_token_is_an_answer_too(classroom: Classroom) -> None:
    answer = classroom.enrolled().say({"MessageType": "GetBootstrapToken"})

    assert answer.status == 200
    assert plist.read_dict(answer.body) == {}


def test_a_macs_user_is_declined_with_410(classroom: Classroom) -> None:
    handset = classroom.enrolled()

    answer = handset.say({"MessageType": "UserAuthenticate", "UserID": "A-USER"})

    assert answer.status == 410


@pytest.mark.parametrize("service", ["com.apple.watch.pairing", "com.apple.maid", "unknown"])
def test_a_token_that_we_do_not_serve_is_answered_with_400(
    classroom: Classroom, service: str
) -> None:
    handset = classroom.enrolled()

    answer = handset.say({"MessageType": "GetToken", "TokenServiceType": service})

    assert answer.status == 400


def test_a_user_of_a_shared_ipad_has_a_channel_of_their_own(
    classroom: Classroom, database: Database
) -> None:
    handset = classroom.enrolled()
    user = {
        "UserID": "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
        "UserShortName": "pupil@beispielschule.example",
    }
    handset.token_update(b"\x09" * 32, **user)
    with database.transaction() as tx:
        row = tx.scalars(select(Enrollment).where(Enrollment.parent_id.is_not(None))).one()
        for_user = a_command(tx, row)
        for_device = a_command(tx, classroom.current(handset, tx))

    assert for_user.uuid.encode() in handset.say({"Status": "Idle", **user}).body
    assert for_device.uuid.encode() in handset.idle().body


def test_every_step_of_an_enrolment_is_in_the_journal(
    classroom: Classroom, database: Database
) -> None:
    handset = classroom.enrolled()
    handset.check_out()

    with database.reading() as tx:
        acts = list(tx.scalars(select(AuditEntry.act).order_by(AuditEntry.id)))
    assert acts == ["device.joined", "device.checked_out"]


def test_a_message_whose_commit_fails_is_answered_with_503_and_leaves_nothing(
    classroom: Classroom, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy.exc import OperationalError
    from sqlalchemy.orm import Session

    handset = classroom.handset()

    def no_room(_session: Session) -> None:
        raise OperationalError("COMMIT", {}, Exception("disk full"))

    with monkeypatch.context() as patch:
        patch.setattr(Session, "commit", no_room)
        answer = handset.authenticate()

    assert answer.status == 503
    assert _enrollments(database, handset) == []
    assert handset.authenticate().status == 200
