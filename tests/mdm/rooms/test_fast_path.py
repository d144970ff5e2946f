"""The statements of the device path: what they find, what they write, what they cost."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from enrollment.lifecycle import EnrollmentState, HoldReason
from mdm.base.db import Database
from mdm.rooms.commands.fast_path import FastPath, Step
from mdm.rooms.commands.models import Command, CommandResult, WaitsFor, waits_for
from mdm.rooms.devices.models import Enrollment
from policies.delivery import DELIVERABLE, DeliveryState
from tests.factories.commands import a_command
from tests.factories.devices import an_enrolled_ipad

FINGERPRINT = b"f" * 32
KEY = "00008030-000A1B2C3D4E5F00"


@pytest.fixture
def enrollment(database: Database, now: datetime) -> Enrollment:
    with database.transaction() as tx:
        return an_enrolled_ipad(tx, now, udid=KEY, fingerprint=FINGERPRINT)


@pytest.fixture
def fast(database: Database) -> Iterator[FastPath]:
    fast = FastPath(database)
    yield fast
    fast.driver.close()


def _answer(
    fast: FastPath,
    now: datetime,
    uuid: str,
    status: str = "Acknowledged",
    sealed: bytes | None = None,
) -> Step:
    return fast.answer(FINGERPRINT, KEY, now, uuid, status, sealed, "")


def _state(database: Database, uuid: str) -> DeliveryState:
    with database.reading() as tx:
        return tx.scalars(select(Command.state).where(Command.uuid == uuid)).one()


def test_an_idle_ipad_with_an_empty_queue_costs_one_statement(
    database: Database, enrollment: Enrollment, fast: FastPath, now: datetime
) -> None:
    step = fast.idle(FINGERPRINT, KEY, now)

    assert step == Step(enrollment.id, None, None)
    assert fast.driver.statements == 1


def test_an_idle_poll_with_an_empty_queue_writes_nothing(
    database: Database, enrollment: Enrollment, fast: FastPath, now: datetime
) -> None:
    if not database.is_sqlite:
        with database.reading() as tx:
            before = tx.connection().exec_driver_sql("SELECT pg_current_xact_id_if_assigned()")
            assert before.scalar() is None
    connection = fast.driver._connection()
    before_changes = getattr(connection, "total_changes", 0)

    fast.idle(FINGERPRINT, KEY, now)

    assert getattr(connection, "total_changes", 0) == before_changes


def test_an_idle_ipad_is_given_the_head_of_its_queue(
    database: Database, enrollment: Enrollment, fast: FastPath, now: datetime
) -> None:
    with database.transaction() as tx:
        later = a_command(tx, enrollment, now=now, priority=80)
        sooner = a_command(tx, enrollment, now=now, priority=50)

    step = fast.idle(FINGERPRINT, KEY, now)

    assert step.next is not None
    assert step.next.uuid == sooner.uuid
    assert step.next.body == sooner.body
    assert _state(database, sooner.uuid) is DeliveryState.REACHED
    assert _state(database, later.uuid) is DeliveryState.QUEUED


def test_an_unanswered_command_is_offered_again_under_the_same_uuid(
    database: Database, enrollment: Enrollment, fast: FastPath, now: datetime
) -> None:
    with database.transaction() as tx:
        command = a_command(tx, enrollment, now=now)
    first = fast.idle(FINGERPRINT, KEY, now)

    second = fast.idle(FINGERPRINT, KEY, now)

    assert first.next == second.next
    assert first.next is not None
    assert first.next.uuid == command.uuid


def test_an_answer_and_the_next_command_cost_one_round_trip_or_three_statements(
    database: Database, enrollment: Enrollment, fast: FastPath, now: datetime
) -> None:
    with database.transaction() as tx:
        done = a_command(tx, enrollment, now=now, state=DeliveryState.REACHED)
        following = a_command(tx, enrollment, now=now)

    step = _answer(fast, now, done.uuid, sealed=b"sealed")

    assert step.next is not None
    assert step.next.uuid == following.uuid
    assert fast.driver.statements <= (3 if database.is_sqlite else 1)


def test_an_answer_with_content_is_kept_as_it_came(
    database: Database, enrollment: Enrollment, fast: FastPath, now: datetime
) -> None:
    with database.transaction() as tx:
        command = a_command(tx, enrollment, now=now, state=DeliveryState.REACHED)

    _answer(fast, now, command.uuid, sealed=b"sealed")

    with database.reading() as tx:
        kept = tx.scalars(select(CommandResult)).one()
    assert (kept.command_uuid, kept.sealed, kept.status) == (
        command.uuid,
        b"sealed",
        "Acknowledged",
    )


def test_the_same_answer_twice_is_kept_once_and_changes_nothing(
    database: Database, enrollment: Enrollment, fast: FastPath, now: datetime
) -> None:
    with database.transaction() as tx:
        command = a_command(tx, enrollment, now=now, state=DeliveryState.REACHED)
    _answer(fast, now, command.uuid, sealed=b"sealed")

    again = _answer(fast, now + timedelta(minutes=5), command.uuid, sealed=b"sealed")

    assert again.enrollment_id == enrollment.id
    assert again.answered is None
    with database.reading() as tx:
        assert len(tx.scalars(select(CommandResult)).all()) == 1


def test_an_acknowledged_question_is_proven_and_an_acknowledged_order_only_accepted(
    database: Database, enrollment: Enrollment, fast: FastPath, now: datetime
) -> None:
    with database.transaction() as tx:
        question = a_command(tx, enrollment, now=now, acknowledged_state=DeliveryState.PROVEN)
        order = a_command(tx, enrollment, now=now, acknowledged_state=DeliveryState.ACCEPTED)

    _answer(fast, now, question.uuid)
    _answer(fast, now, order.uuid)

    assert _state(database, question.uuid) is DeliveryState.PROVEN
    assert _state(database, order.uuid) is DeliveryState.ACCEPTED


def test_an_accepted_order_makes_its_enrollment_due(
    database: Database, enrollment: Enrollment, fast: FastPath, now: datetime
) -> None:
    with database.transaction() as tx:
        order = a_command(tx, enrollment, now=now, acknowledged_state=DeliveryState.ACCEPTED)
        before = tx.get_one(Enrollment, enrollment.id).due_generation

    _answer(fast, now, order.uuid)

    with database.reading() as tx:
        assert tx.get_one(Enrollment, enrollment.id).due_generation == before + 1


def test_answers_in_a_row_never_leave_a_plan_behind_that_knows_less(
    database: Database, enrollment: Enrollment, fast: FastPath, now: datetime
) -> None:
    with database.transaction() as tx:
        orders = [a_command(tx, enrollment, now=now) for _ in range(3)]
    _answer(fast, now, orders[0].uuid)
    _answer(fast, now, orders[1].uuid)
    with database.transaction() as tx:
        row = tx.get_one(Enrollment, enrollment.id)
        planned_for = row.due_generation
        row.due_claimed_until = now

    _answer(fast, now, orders[2].uuid)

    with database.reading() as tx:
        assert tx.get_one(Enrollment, enrollment.id).due_generation > planned_for


def test_a_claim_touches_no_index_of_the_queue(sqlite_url: str, now: datetime) -> None:
    database = Database(sqlite_url)
    with database.transaction() as tx:
        enrollment = an_enrolled_ipad(tx, now, udid=KEY, fingerprint=FINGERPRINT)
        a_command(tx, enrollment, now=now)
    fast = FastPath(database)

    steps = fast.driver._connection().execute(f"EXPLAIN {fast._claim.text}", _claim_values(fast))

    assert "IdxInsert" not in {step[1] for step in steps}
    fast.driver.close()
    database.close()


def _claim_values(fast: FastPath) -> object:
    values = {"enrollment_id": 1, "now": "", "not_now": 0, "uuid": ""}
    return fast._claim.params(values)


@pytest.mark.parametrize("state", DeliveryState)
def test_what_a_command_waits_for_follows_from_its_state(
    database: Database, enrollment: Enrollment, now: datetime, state: DeliveryState
) -> None:
    with database.transaction() as tx:
        command = a_command(tx, enrollment, now=now, state=state)

    assert command.waits_for is waits_for(state)
    assert (command.waits_for is WaitsFor.ANSWER) == (state in DELIVERABLE)


def test_an_update_that_forgets_what_a_command_waits_for_is_refused(
    database: Database, enrollment: Enrollment, now: datetime
) -> None:
    with database.transaction() as tx:
        a_command(tx, enrollment, now=now)

    with pytest.raises(IntegrityError), database.transaction() as tx:
        tx.execute(update(Command).values(state=DeliveryState.CANCELLED))


@pytest.mark.parametrize("status", ["Acknowledged", "Error", "CommandFormatError", "NotNow"])
@pytest.mark.parametrize("acknowledged", [DeliveryState.ACCEPTED, DeliveryState.PROVEN])
def test_every_answer_says_what_the_command_waits_for_now(
    database: Database,
    enrollment: Enrollment,
    fast: FastPath,
    now: datetime,
    status: str,
    acknowledged: DeliveryState,
) -> None:
    with database.transaction() as tx:
        command = a_command(tx, enrollment, now=now, acknowledged_state=acknowledged)

    _answer(fast, now, command.uuid, status)

    with database.reading() as tx:
        row = tx.get_one(Command, command.id)
        assert row.waits_for is waits_for(row.state)


def test_after_not_now_only_commands_not_refused_so_far_are_offered(
    database: Database, enrollment: Enrollment, fast: FastPath, now: datetime
) -> None:
    with database.transaction() as tx:
        first = a_command(tx, enrollment, now=now)
        second = a_command(tx, enrollment, now=now)
    fast.idle(FINGERPRINT, KEY, now)

    after_first = _answer(fast, now, first.uuid, "NotNow")
    after_second = _answer(fast, now, second.uuid, "NotNow")

    assert after_first.next is not None
    assert after_first.next.uuid == second.uuid
    assert after_second.next is None
    assert _state(database, first.uuid) is DeliveryState.DEFERRED


def test_a_refused_command_is_offered_again_after_another_answer_but_behind_new_ones(
    database: Database, enrollment: Enrollment, fast: FastPath, now: datetime
) -> None:
    with database.transaction() as tx:
        refused = a_command(tx, enrollment, now=now, state=DeliveryState.DEFERRED)
        fresh = a_command(tx, enrollment, now=now)

    first = fast.idle(FINGERPRINT, KEY, now)
    second = _answer(fast, now, fresh.uuid)

    assert first.next is not None
    assert first.next.uuid == fresh.uuid
    assert second.next is not None
    assert second.next.uuid == refused.uuid


def test_a_guarded_command_comes_back_unclaimed(
    database: Database, enrollment: Enrollment, fast: FastPath, now: datetime
) -> None:
    with database.transaction() as tx:
        erase = a_command(tx, enrollment, now=now, is_guarded=True)

    step = fast.idle(FINGERPRINT, KEY, now)

    assert step.next is not None
    assert step.next.body is None
    assert _state(database, erase.uuid) is DeliveryState.QUEUED


@pytest.mark.parametrize("state", [DeliveryState.CANCELLED, DeliveryState.EXPIRED])
def test_a_late_answer_is_believed(
    database: Database,
    enrollment: Enrollment,
    fast: FastPath,
    now: datetime,
    state: DeliveryState,
) -> None:
    with database.transaction() as tx:
        command = a_command(tx, enrollment, now=now, state=state)

    step = _answer(fast, now, command.uuid)

    assert step.answered == command.acknowledged_state.value


@pytest.mark.parametrize(
    "state", [DeliveryState.CANCELLED, DeliveryState.EXPIRED, DeliveryState.UNCONFIRMED]
)
def test_a_late_refusal_brings_nothing_back(
    database: Database,
    enrollment: Enrollment,
    fast: FastPath,
    now: datetime,
    state: DeliveryState,
) -> None:
    with database.transaction() as tx:
        superseded = a_command(tx, enrollment, now=now, state=state, action_key="wifi")
        a_command(tx, enrollment, now=now, action_key="wifi", not_before=now + timedelta(1))

    step = _answer(fast, now, superseded.uuid, "NotNow")

    assert step == Step(enrollment.id, None, None)
    assert _state(database, superseded.uuid) is state


def test_an_expired_or_postponed_command_is_not_offered(
    database: Database, enrollment: Enrollment, fast: FastPath, now: datetime
) -> None:
    with database.transaction() as tx:
        a_command(tx, enrollment, now=now, expires_at=now)
        a_command(tx, enrollment, now=now, not_before=now + timedelta(hours=1))

    step = fast.idle(FINGERPRINT, KEY, now)

    assert step == Step(enrollment.id, None, None)


def test_a_strange_certificate_or_key_finds_nobody(
    database: Database, enrollment: Enrollment, fast: FastPath, now: datetime
) -> None:
    assert fast.idle(b"x" * 32, KEY, now).enrollment_id is None
    assert fast.idle(FINGERPRINT, "another", now).enrollment_id is None


def test_another_ipads_command_is_not_answered_by_this_one(
    database: Database, enrollment: Enrollment, fast: FastPath, now: datetime
) -> None:
    with database.transaction() as tx:
        other = an_enrolled_ipad(tx, now, udid="other", fingerprint=b"o" * 32)
        command = a_command(tx, other, now=now, state=DeliveryState.REACHED)

    step = _answer(fast, now, command.uuid)

    assert step.answered is None
    assert _state(database, command.uuid) is DeliveryState.REACHED


@pytest.mark.parametrize("standing", ["held", "ended", "joining"])
def test_an_enrollment_not_in_good_standing_is_not_served_here(
    database: Database, enrollment: Enrollment, fast: FastPath, now: datetime, standing: str
) -> None:
    with database.transaction() as tx:
        row = tx.get_one(Enrollment, enrollment.id)
        if standing == "held":
            row.held_reason = HoldReason.UNEXPECTED_SERIAL
        elif standing == "ended":
            row.ended_at = now
        else:
            row.state = EnrollmentState.AUTHENTICATED

    assert fast.idle(FINGERPRINT, KEY, now).enrollment_id is None


def test_a_failed_write_leaves_nothing_half_written(
    sqlite_url: str, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(sqlite_url)
    with database.transaction() as tx:
        enrollment = an_enrolled_ipad(tx, now, udid=KEY, fingerprint=FINGERPRINT)
        command = a_command(tx, enrollment, now=now, state=DeliveryState.REACHED)
    fast = FastPath(database)
    monkeypatch.setattr(fast, "_keep", fast.driver.prepare(select(Command.id).where(_fails())))

    with pytest.raises(Exception, match=r"malformed|no such function"):
        _answer(fast, now, command.uuid, sealed=b"sealed")

    assert _state(database, command.uuid) is DeliveryState.REACHED
    fast.driver.close()
    database.close()


def _fails() -> object:
    from sqlalchemy import func

    return func.no_such_function() == 1


def test_a_thousand_finished_commands_do_not_lengthen_the_plan(
    database: Database, enrollment: Enrollment, fast: FastPath, now: datetime
) -> None:
    with database.transaction() as tx:
        for _ in range(1000):
            a_command(tx, enrollment, now=now, state=DeliveryState.PROVEN)
        a_command(tx, enrollment, now=now)

    plan = _plan(database, fast, now)

    # Both are partial indexes that finished commands have left.
    assert "ix_command_unsettled" in plan or "uq_command_open_key" in plan


def _plan(database: Database, fast: FastPath, now: datetime) -> str:
    explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
    values = {"fingerprint": FINGERPRINT, "key": KEY, "now": now, "not_now": 0}
    connection = fast.driver._connection()
    rows = connection.execute(explain + fast._idle.text, fast._idle.params(values)).fetchall()
    return "\n".join(str(row[-1]) for row in rows)
