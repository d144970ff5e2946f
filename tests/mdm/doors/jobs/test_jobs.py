"""The jobs end to end in one process: answers are read, plans written, the house kept."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from rq.utils import import_attribute
from sqlalchemy import select

from mdm.base.bell import Job, RecordingBell, entry_point
from mdm.base.clock import FixedClock
from mdm.base.db import Database
from mdm.base.tools import Tools
from mdm.base.vault import Vault
from mdm.doors.jobs import context, entry, housekeeping
from mdm.doors.jobs.budget import Budget
from mdm.doors.jobs.schedule import Schedule, Task
from mdm.rooms.audit import service as audit
from mdm.rooms.audit.models import AuditSeal
from mdm.rooms.audit.service import Actor, Subject
from mdm.rooms.commands.models import Command, CommandResult
from mdm.rooms.devices.models import Enrollment
from mdm.rooms.outbox import service as outbox
from mdm.rooms.outbox.models import OutboxItem
from policies.delivery import DeliveryState
from tests.factories.commands import a_command
from tests.factories.devices import a_certificate, an_ipad
from tests.mdm.rooms.conversation import ask, keep_answer

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _context(tools: Tools) -> Any:
    context.use(tools)
    yield
    context.forget()


def keep_house(tools: Tools) -> None:
    housekeeping.run(tools, Schedule(), Budget(30))


def pushes(database: Database) -> list[str]:
    with database.reading() as tx:
        return [item.key for item in tx.scalars(select(OutboxItem)) if item.done_at is None]


@pytest.mark.parametrize("job", list(Job))
def test_every_bell_leads_to_a_function_that_takes_nothing(job: Job) -> None:
    import_attribute(entry_point(job))()


def test_an_answer_leads_to_a_report_and_then_to_a_plan(
    database: Database, vault: Vault, bell: RecordingBell, clock: FixedClock
) -> None:
    with database.transaction() as tx:
        ipad = an_ipad(tx)
        keep_answer(tx, vault, ask(tx, ipad, "ProfileList"), {"ProfileList": []}, clock.instant)

    entry.read_results()
    entry.reconcile()

    assert bell.rung == [Job.RECONCILE, Job.PUSH]
    assert pushes(database) == [str(ipad.id)]
    with database.reading() as tx:
        assert tx.scalars(select(CommandResult.read_at)).all() == [clock.instant]
        row = tx.get_one(Enrollment, ipad.id)
        assert row.done_generation == row.due_generation


@pytest.mark.parametrize("job", list(Job))
def test_a_job_rung_twice_does_nothing_the_second_time(
    database: Database, vault: Vault, clock: FixedClock, job: Job
) -> None:
    with database.transaction() as tx:
        ipad = an_ipad(tx)
        ipad.due_generation = 1
        keep_answer(tx, vault, ask(tx, ipad, "ProfileList"), {"ProfileList": []}, clock.instant)
    entry.perform(job)
    with database.reading() as tx:
        before = [(row.uuid, row.state) for row in tx.scalars(select(Command))]

    entry.perform(job)

    with database.reading() as tx:
        assert [(row.uuid, row.state) for row in tx.scalars(select(Command))] == before


def test_a_job_that_ran_out_of_time_rings_for_itself(
    database: Database, tools: Tools, bell: RecordingBell
) -> None:
    with database.transaction() as tx:
        for number in range(30):
            an_ipad(tx, serial=f"SIM{number:07d}").due_generation = 1
    ticks = iter(range(100))

    has_more = entry.perform(Job.RECONCILE, Budget(1.5, lambda: next(ticks)))

    assert has_more
    assert bell.rung[-1] is Job.RECONCILE


def test_a_failing_job_is_told_and_raises_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> bool:
        raise RuntimeError("something")

    monkeypatch.setitem(entry._WORK, Job.RECONCILE, fail)  # type: ignore[arg-type]

    assert entry.perform(Job.RECONCILE) is False

    assert "job_failed" in [record.message for record in caplog.records]


def test_an_overdue_command_expires_and_a_new_plan_is_wanted(
    database: Database, tools: Tools, clock: FixedClock, bell: RecordingBell
) -> None:
    with database.transaction() as tx:
        ipad = an_ipad(tx)
        a_command(tx, ipad, expires_at=clock.instant - MINUTE)

    keep_house(tools)

    with database.reading() as tx:
        assert tx.scalars(select(Command.state)).one() is DeliveryState.EXPIRED
        assert tx.get_one(Enrollment, ipad.id).due_generation == 1
    assert Job.RECONCILE in bell.rung


def test_an_erase_that_left_and_was_never_answered_is_unconfirmed(
    database: Database, tools: Tools, clock: FixedClock
) -> None:
    with database.transaction() as tx:
        a_command(
            tx,
            an_ipad(tx),
            "EraseDevice",
            DeliveryState.REACHED,
            is_guarded=True,
            expires_at=clock.instant - MINUTE,
        )

    keep_house(tools)

    with database.reading() as tx:
        assert tx.scalars(select(Command.state)).one() is DeliveryState.UNCONFIRMED


@pytest.mark.parametrize(("came_back", "expected"), [(True, "proven"), (False, "accepted")])
def test_a_restart_is_proven_when_the_ipad_comes_back_by_itself(
    database: Database, tools: Tools, clock: FixedClock, came_back: bool, expected: str
) -> None:
    with database.transaction() as tx:
        ipad = an_ipad(tx)
        ipad.last_idle_at = clock.instant + (MINUTE if came_back else -MINUTE)
        a_command(
            tx,
            ipad,
            "RestartDevice",
            DeliveryState.ACCEPTED,
            answered_at=clock.instant,
            answer_status="Acknowledged",
        )

    keep_house(tools)

    with database.reading() as tx:
        assert tx.scalars(select(Command.state)).one() == expected


def test_a_renewal_is_proven_when_the_ipad_speaks_with_its_new_certificate(
    database: Database, tools: Tools, clock: FixedClock
) -> None:
    with database.transaction() as tx:
        ipad = an_ipad(tx)
        a_certificate(tx, ipad, fingerprint=b"o" * 32, unpinned_at=clock.instant + MINUTE)
        a_certificate(tx, ipad, fingerprint=b"n" * 32, pinned_at=clock.instant + MINUTE)
        a_command(
            tx,
            ipad,
            "InstallProfile",
            DeliveryState.ACCEPTED,
            action_key=f"renew_identity\n\n{(b'o' * 32).hex()}",
            answered_at=clock.instant,
            answer_status="Acknowledged",
        )

    keep_house(tools)

    with database.reading() as tx:
        assert tx.scalars(select(Command.state)).one() is DeliveryState.PROVEN


def test_what_was_accepted_and_never_seen_is_given_up_and_planned_anew(
    database: Database, tools: Tools, clock: FixedClock
) -> None:
    with database.transaction() as tx:
        ipad = an_ipad(tx)
        a_command(
            tx,
            ipad,
            "InstallApplication",
            DeliveryState.ACCEPTED,
            answered_at=clock.instant - 15 * DAY,
        )

    keep_house(tools)

    with database.reading() as tx:
        assert tx.scalars(select(Command.state)).one() is DeliveryState.EXPIRED
        assert tx.get_one(Enrollment, ipad.id).due_generation == 1


@pytest.mark.parametrize(
    ("request_type", "days", "expected"),
    [
        ("RestartDevice", 8, DeliveryState.EXPIRED),
        ("ShutDownDevice", 8, DeliveryState.EXPIRED),
        ("RestartDevice", 6, DeliveryState.UNCONFIRMED),
        ("EraseDevice", 400, DeliveryState.UNCONFIRMED),
    ],
)
def test_an_order_that_was_never_answered_is_given_up_after_a_week_but_not_an_erase(
    database: Database,
    tools: Tools,
    clock: FixedClock,
    request_type: str,
    days: int,
    expected: DeliveryState,
) -> None:
    with database.transaction() as tx:
        a_command(
            tx,
            an_ipad(tx),
            request_type,
            DeliveryState.UNCONFIRMED,
            is_guarded=True,
            reached_at=clock.instant - days * DAY,
            outcome="left once, never answered",
        )

    keep_house(tools)

    with database.reading() as tx:
        row = tx.scalars(select(Command)).one()
        assert row.state is expected
        assert row.outcome


def test_the_journal_is_sealed(database: Database, tools: Tools, clock: FixedClock) -> None:
    with database.transaction() as tx:
        subject = Subject.of("school", 1)
        audit.record(tx, Actor.system_user("test"), "school.add", subject, clock.instant)
    clock.instant += 2 * MINUTE

    keep_house(tools)

    with database.reading() as tx:
        assert len(tx.scalars(select(AuditSeal)).all()) == 1


def test_effects_done_long_ago_are_forgotten(
    database: Database, tools: Tools, clock: FixedClock
) -> None:
    with database.transaction() as tx:
        outbox.put(tx, outbox.PUSH, "1", clock.instant)
        outbox.done(tx, outbox.claim(tx, outbox.PUSH, clock.instant, 1), clock.instant)
    clock.instant += 4 * DAY

    keep_house(tools)

    with database.reading() as tx:
        assert tx.scalars(select(OutboxItem)).all() == []


@pytest.mark.parametrize(
    ("pushed_before", "refused_before", "is_woken"),
    [
        (None, None, True),
        (25 * HOUR, None, True),
        (23 * HOUR, None, False),
        (2 * HOUR, 2 * HOUR, True),
        (MINUTE, 2 * HOUR, False),
        (2 * HOUR, MINUTE, False),
    ],
)
def test_an_ipad_is_woken_again_after_a_day_or_when_its_refusal_is_over(
    database: Database,
    tools: Tools,
    clock: FixedClock,
    pushed_before: timedelta | None,
    refused_before: timedelta | None,
    is_woken: bool,
) -> None:
    with database.transaction() as tx:
        ipad = an_ipad(tx)
        ipad.last_pushed_at = clock.instant - pushed_before if pushed_before else None
        refused = refused_before is not None
        a_command(
            tx,
            ipad,
            state=DeliveryState.DEFERRED if refused else DeliveryState.PUSHED,
            refused_at=clock.instant - refused_before if refused_before else None,
            refusals=1 if refused else 0,
        )

    keep_house(tools)

    assert pushes(database) == ([str(ipad.id)] if is_woken else [])


def test_waking_again_goes_through_every_page(
    database: Database, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "_PAGE", 2)
    with database.transaction() as tx:
        for number in range(5):
            a_command(tx, an_ipad(tx, serial=f"SIM{number:07d}"))

    keep_house(tools)

    assert len(pushes(database)) == 5


def test_a_task_is_due_again_after_its_interval(clock: FixedClock) -> None:
    schedule = Schedule()
    schedule.done(Task.EXPIRE, clock.instant)

    early = schedule.due(clock.instant + Task.EXPIRE.value - timedelta(seconds=1))
    late = schedule.due(clock.instant + Task.EXPIRE.value)

    assert Task.EXPIRE not in early
    assert Task.EXPIRE in late


def test_a_house_in_a_hurry_looks_for_proofs_more_often(tools: Tools, clock: FixedClock) -> None:
    hurried = replace(tools, settings=replace(tools.settings, proof_seconds=4))
    schedule = context.use(hurried).schedule
    schedule.done(Task.PROVE, clock.instant)

    assert Task.PROVE in schedule.due(clock.instant + timedelta(seconds=2))


def test_every_task_has_an_interval_of_its_own() -> None:
    assert len(set(Task)) == len(Task.__members__)


def test_one_failing_task_does_not_stop_the_others(
    database: Database, tools: Tools, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> int:
        raise RuntimeError("something")

    monkeypatch.setitem(housekeeping._PIECES, Task.EXPIRE, fail)  # type: ignore[arg-type]
    with database.transaction() as tx:
        a_command(tx, an_ipad(tx))

    keep_house(tools)

    assert len(pushes(database)) == 1
