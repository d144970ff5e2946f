"""The last door: judge a command where its bytes would leave, and let it go.

Here: commands that the fast path may not hand out by itself, because they destroy something,
hold a secret, or differ from device to device. One bad row fails alone and gives way to the
next. Not here: the queue's order (queue_head.py), the judgement (guarding.py, policies.guards),
putting bytes together (rendering.py).
"""

import logging
from collections.abc import Collection
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from enrollment.lifecycle import EnrollmentState
from mdm.base.db import Tx
from mdm.base.identifiers import new_reference
from mdm.base.logkeys import COMMAND_UUID, KIND, REFERENCE
from mdm.base.settings import Settings
from mdm.base.vault import Vault
from mdm.rooms.commands import guarding, rendering
from mdm.rooms.commands.models import Command
from mdm.rooms.commands.queue_head import head_of_queue
from mdm.rooms.commands.remote import remote_of
from mdm.rooms.commands.rendering import CannotDeliver, Place
from mdm.rooms.commands.service import settle
from mdm.rooms.devices.models import Device, Enrollment
from policies.delivery import DELIVERABLE, DeliveryState
from policies.guards import may_offer_again
from policies.verdict import ALLOWED, Refused, Verdict

log = logging.getLogger(__name__)


def next_body(
    tx: Tx,
    vault: Vault,
    settings: Settings,
    enrollment_id: int,
    now: datetime,
    after_not_now: bool,
    answered_uuid: str | None,
) -> bytes | None:
    """The bytes of the next command that may leave; None when there is none.

    after_not_now: leave out what was refused so far. answered_uuid: the command just answered.
    """
    enrollment = tx.get_one(Enrollment, enrollment_id)
    if not _is_in_good_standing(enrollment):
        return None
    place = Place(tx, vault, settings, enrollment, tx.get_one(Device, enrollment.device_id), now)
    passed: list[int] = []
    # Ends with the queue: every row that does not leave is passed over from then on.
    while True:
        row = _head(place, after_not_now, answered_uuid or "", passed)
        if row is None:
            return None
        body = _leave(place, row)
        if body is not None:
            return body
        passed.append(row.id)


def _is_in_good_standing(enrollment: Enrollment) -> bool:
    return (
        enrollment.state is EnrollmentState.ENROLLED
        and enrollment.held_reason is None
        and enrollment.ended_at is None
    )


def _head(
    place: Place, after_not_now: bool, answered_uuid: str, passed: Collection[int]
) -> Command | None:
    wanted = head_of_queue(
        place.enrollment.id, place.now, after_not_now, answered_uuid, list(passed)
    )
    # Another connection of the same device may have changed the row while we waited for it.
    return place.tx.scalar(wanted.execution_options(populate_existing=True))  # type: ignore[no-any-return]


def _leave(place: Place, row: Command) -> bytes | None:
    """Let one command leave; None when it may not, or not now."""
    if row.state not in DELIVERABLE:
        return None
    if row.is_guarded and not _is_allowed(place, row):
        return None
    body = _put_together(place, row)
    if body is None:
        return None
    row.state = DeliveryState.REACHED
    row.reached_at = place.now
    row.offers += 1
    return body


def _is_allowed(place: Place, row: Command) -> bool:
    if _left_for_good(row, place.now):
        settle(row, DeliveryState.UNCONFIRMED, "left once, never answered", place.now)
        return False
    verdict = _judge(place, row)
    if isinstance(verdict, Refused) and not verdict.is_held:
        _fail(place, row, str(verdict.values.get("why", verdict.kind.value)))
    return verdict == ALLOWED


def _left_for_good(row: Command, now: datetime) -> bool:
    """Whether it left, was not answered, and must not be carried out a second time."""
    if row.state is not DeliveryState.REACHED or row.reached_at is None:
        return False
    return not may_offer_again(remote_of(row.request_type), row.reached_at, now)


def _judge(place: Place, row: Command) -> Verdict:
    return guarding.judge(place.tx, place.settings, row, place.enrollment, place.device, place.now)


def _put_together(place: Place, row: Command) -> bytes | None:
    try:
        # What a row that fails half-way has written goes with it.
        with place.tx.begin_nested():
            return rendering.body_of(place, row)
    except CannotDeliver as error:
        _fail(place, row, error.kind)
    except SQLAlchemyError:
        # The database has failed, not the row: the device comes again.
        raise
    # Whatever else is wrong with one row must not keep the rest of its queue from leaving.
    except Exception as error:
        reference = new_reference()
        fields = {REFERENCE: reference, COMMAND_UUID: row.uuid, KIND: type(error).__name__}
        log.exception("command_not_deliverable", extra=fields)
        _fail(place, row, f"not deliverable ({reference})")
    return None


def _fail(place: Place, row: Command, outcome: str) -> None:
    log.warning("command_refused", extra={COMMAND_UUID: row.uuid, KIND: outcome})
    settle(row, DeliveryState.FAILED, outcome, place.now)
    row.answered_at = place.now
    place.enrollment.due_generation = Enrollment.due_generation + 1
