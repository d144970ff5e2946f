"""The push job: what each answer of Apple's leads to, and what happens without Apple."""

import logging
from datetime import timedelta

import pytest
from sqlalchemy import select

from mdm.base.clock import FixedClock
from mdm.base.db import Database
from mdm.doors.jobs.budget import Budget
from mdm.rooms.commands.models import Command
from mdm.rooms.devices.models import Enrollment
from mdm.rooms.outbox import service as outbox
from mdm.rooms.outbox.models import OutboxItem
from policies.delivery import DeliveryState
from tests.factories.commands import a_command
from tests.mdm.doors.jobs.conftest import Apple

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def run(apple: Apple) -> bool:
    return apple.pusher.run(Budget(30))


def items(database: Database) -> list[OutboxItem]:
    with database.reading() as tx:
        return list(tx.scalars(select(OutboxItem).order_by(OutboxItem.id)))


def alarms(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [str(r.kind) for r in caplog.records if r.message == "push_alarm"]  # type: ignore[attr-defined]


def test_an_accepted_push_is_done_and_its_commands_are_pushed(
    database: Database, apple: Apple, clock: FixedClock
) -> None:
    apple.import_certificate()
    ipad = apple.an_ipad_that_waits()

    run(apple)

    assert [item.done_at for item in items(database)] == [clock.instant]
    with database.reading() as tx:
        assert tx.scalars(select(Command.state)).one() is DeliveryState.PUSHED
        assert tx.get_one(Enrollment, ipad.id).last_pushed_at == clock.instant


def test_pushing_twice_pushes_once(database: Database, apple: Apple) -> None:
    apple.import_certificate()
    apple.an_ipad_that_waits()

    run(apple)
    run(apple)

    assert apple.stand_in.answers.total() == 1


def test_without_a_certificate_everything_waits_and_one_alarm_is_given(
    database: Database, apple: Apple, caplog: pytest.LogCaptureFixture
) -> None:
    apple.an_ipad_that_waits()

    run(apple)
    run(apple)

    (item,) = items(database)
    assert (item.done_at, item.attempts) == (None, 0)
    assert alarms(caplog) == ["no_push_certificate"]


def test_what_waited_for_the_certificate_is_pushed_once_it_is_there(
    database: Database, apple: Apple
) -> None:
    apple.an_ipad_that_waits()
    run(apple)
    apple.import_certificate()

    run(apple)

    assert items(database)[0].done_at is not None


@pytest.mark.parametrize(
    "reason", ["nothing waits", "the token is gone", "it is known dead", "it has left"]
)
def test_there_is_no_push_without_a_reason(
    database: Database, apple: Apple, clock: FixedClock, reason: str
) -> None:
    apple.import_certificate()
    ipad = apple.an_ipad_that_waits()
    with database.transaction() as tx:
        row = tx.get_one(Enrollment, ipad.id)
        match reason:
            case "nothing waits":
                tx.scalars(select(Command)).one().state = DeliveryState.PROVEN
            case "the token is gone":
                row.push_token = None
            case "it is known dead":
                row.unpushable_reason = "Unregistered"
            case _:
                row.ended_at = clock.instant

    run(apple)

    assert apple.stand_in.answers.total() == 0
    assert items(database)[0].done_at == clock.instant


def test_a_command_for_later_is_pushed_later(
    database: Database, apple: Apple, clock: FixedClock
) -> None:
    apple.import_certificate()
    apple.an_ipad_that_waits()
    with database.transaction() as tx:
        tx.scalars(select(Command)).one().not_before = clock.instant + HOUR

    run(apple)

    (item,) = items(database)
    assert (item.done_at, item.not_before) == (None, clock.instant + HOUR)


def test_a_second_command_for_later_gets_a_push_of_its_own(
    database: Database, apple: Apple, clock: FixedClock
) -> None:
    apple.import_certificate()
    ipad = apple.an_ipad_that_waits()
    with database.transaction() as tx:
        later = a_command(tx, ipad, not_before=clock.instant + HOUR)

    run(apple)

    assert [i.not_before for i in items(database) if i.done_at is None] == [clock.instant + HOUR]
    with database.reading() as tx:
        assert tx.get_one(Command, later.id).state is DeliveryState.QUEUED


def test_a_dead_token_is_pushed_no_more_until_a_new_one_comes(
    database: Database, apple: Apple, clock: FixedClock
) -> None:
    apple.import_certificate()
    ipad = apple.an_ipad_that_waits()
    apple.stand_in.unregister(ipad.push_token or b"", clock.instant)

    run(apple)

    with database.reading() as tx:
        assert tx.get_one(Enrollment, ipad.id).unpushable_reason == "Unregistered"
    assert items(database)[0].done_at is not None


def test_a_token_newer_than_its_death_is_tried_again(
    database: Database, apple: Apple, clock: FixedClock
) -> None:
    apple.import_certificate()
    ipad = apple.an_ipad_that_waits()
    with database.transaction() as tx:
        tx.get_one(Enrollment, ipad.id).token_updated_at = clock.instant
    apple.stand_in.unregister(ipad.push_token or b"", clock.instant - HOUR)

    run(apple)

    with database.reading() as tx:
        assert tx.get_one(Enrollment, ipad.id).unpushable_reason is None
    (item,) = items(database)
    assert item.done_at is None
    assert item.not_before > clock.instant


def test_one_unknown_token_is_the_ipads_fault(database: Database, apple: Apple) -> None:
    apple.import_certificate()
    for number in range(9):
        ipad = apple.an_ipad_that_waits(known=number > 0)

    run(apple)

    with database.reading() as tx:
        reasons = tx.scalars(
            select(Enrollment.unpushable_reason).where(Enrollment.id != ipad.id)
        ).all()
    assert reasons.count("BadDeviceToken") == 1


def test_many_unknown_tokens_are_our_fault_and_no_ipad_is_given_up(
    database: Database, apple: Apple, caplog: pytest.LogCaptureFixture
) -> None:
    apple.import_certificate()
    for _ in range(6):
        apple.an_ipad_that_waits(known=False)

    run(apple)

    with database.reading() as tx:
        assert set(tx.scalars(select(Enrollment.unpushable_reason))) == {None}
    assert {item.done_at for item in items(database)} == {None}
    assert alarms(caplog) == ["bad_token"]


def test_a_throttled_push_waits(database: Database, apple: Apple, clock: FixedClock) -> None:
    apple.import_certificate()
    ipad = apple.an_ipad_that_waits()
    apple.stand_in.script.throttled.add(ipad.push_token or b"")

    run(apple)

    (item,) = items(database)
    assert item.done_at is None
    assert item.not_before >= clock.instant + MINUTE
    assert item.last_error == "TooManyRequests"


def test_a_refused_certificate_stops_everything_and_loses_nothing(
    database: Database, apple: Apple, clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    apple.import_certificate()
    apple.an_ipad_that_waits()
    apple.an_ipad_that_waits()
    apple.stand_in.script.bad_certificate = True

    run(apple)
    answered = apple.stand_in.answers.total()
    run(apple)

    assert apple.stand_in.answers.total() == answered
    assert {item.done_at for item in items(database)} == {None}
    assert alarms(caplog) == ["configuration_fault"]


def test_after_the_pause_a_repaired_certificate_brings_everything(
    database: Database, apple: Apple, clock: FixedClock
) -> None:
    apple.import_certificate()
    apple.an_ipad_that_waits()
    apple.stand_in.script.bad_certificate = True
    run(apple)
    apple.stand_in.script.bad_certificate = False
    clock.instant += timedelta(minutes=3)

    run(apple)

    assert items(database)[0].done_at == clock.instant


def test_a_device_of_another_topic_is_left_alone_and_told(
    database: Database, apple: Apple, clock: FixedClock
) -> None:
    apple.import_certificate()
    ipad = apple.an_ipad_that_waits()
    with database.transaction() as tx:
        tx.get_one(Enrollment, ipad.id).topic = "com.apple.mgmt.External.other"

    run(apple)

    (item,) = items(database)
    assert item.done_at is None
    assert item.not_before == clock.instant + HOUR


def test_the_pace_is_kept(database: Database, apple: Apple) -> None:
    apple.import_certificate()
    for _ in range(3):
        apple.an_ipad_that_waits()

    run(apple)

    assert len(apple.pauses) == 1
    assert 0 <= apple.pauses[0] <= 3 / 200


def test_what_is_wanted_while_a_push_is_under_way_is_pushed_again(
    database: Database, apple: Apple, clock: FixedClock
) -> None:
    ipad = apple.an_ipad_that_waits()
    with database.transaction() as tx:
        claimed = outbox.claim(tx, outbox.PUSH, clock.instant, 10)
    with database.transaction() as tx:
        outbox.put(tx, outbox.PUSH, str(ipad.id), clock.instant)

    with database.transaction() as tx:
        outbox.done(tx, claimed, clock.instant)

    (item,) = items(database)
    assert (item.done_at, item.claimed_until) == (None, None)


def test_a_wish_for_now_does_not_wait_for_an_item_for_later(
    database: Database, apple: Apple, clock: FixedClock
) -> None:
    with database.transaction() as tx:
        outbox.put(tx, outbox.PUSH, "1", clock.instant, not_before=clock.instant + HOUR)

        outbox.put(tx, outbox.PUSH, "1", clock.instant)

    assert [item.not_before for item in items(database)] == [clock.instant]


def test_a_wish_for_now_does_not_shorten_a_back_off(
    database: Database, apple: Apple, clock: FixedClock
) -> None:
    with database.transaction() as tx:
        outbox.put(tx, outbox.PUSH, "1", clock.instant)
        claimed = outbox.claim(tx, outbox.PUSH, clock.instant, 1)
        outbox.again(tx, claimed, clock.instant + HOUR, "TooManyRequests")

        outbox.put(tx, outbox.PUSH, "1", clock.instant)

    assert [item.not_before for item in items(database)] == [clock.instant + HOUR]


def test_no_push_token_stands_in_a_log(
    database: Database, apple: Apple, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "mdm")
    apple.import_certificate()
    tokens = [apple.an_ipad_that_waits(known=False).push_token or b"" for _ in range(6)]

    run(apple)

    ours = [str(vars(record)) for record in caplog.records if record.name.startswith("mdm")]
    assert ours
    assert not any(token.hex() in line for token in tokens for line in ours)
