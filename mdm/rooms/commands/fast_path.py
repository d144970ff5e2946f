"""The statements of the device path: keep an answer, find the next command.

Here: one statement for an Idle poll with nothing to do; one round trip on PostgreSQL, three
short statements in one transaction on SQLite, for an answer and the next command.
The claim takes harmless, ready-made commands only. A guarded one, or one that must be put
together at delivery, comes back unclaimed and is judged by delivery.py.
Not here: what an unknown certificate or an odd state means (mdm.rooms.devices).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    Integer,
    LargeBinary,
    String,
    and_,
    bindparam,
    case,
    cast,
    func,
    insert,
    literal_column,
    or_,
    select,
    text,
    true,
    update,
)

from mdm.base.db import Database, Instant
from mdm.base.driver import Driver
from mdm.rooms.commands.models import OPEN, Command, CommandResult
from mdm.rooms.devices.models import Enrollment
from mdm.rooms.devices.speaking import in_good_standing

_NOW = bindparam("now", type_=Instant)
_UUID = bindparam("uuid", type_=String)
_STATUS = bindparam("status", type_=String)
_OUTCOME = bindparam("outcome", type_=String)
# Said again of the row itself: PostgreSQL repeats this when it had to wait for the row, and
# does not look for the head of the queue again. A command taken back meanwhile stays back.
_STILL_OPEN = text(OPEN)
# The cast tells PostgreSQL the type of a parameter that may be null.
_BODY = cast(bindparam("sealed", type_=LargeBinary), LargeBinary)
# After these a new plan is due at once; an answer with content is read by a worker first.
_CHANGES_PLAN = ("accepted", "failed")
# A late answer is believed, so these may still change.
_ANSWERABLE = text(
    "state IN ('queued','pushed','reached','deferred','unconfirmed','cancelled','expired')"
)


class NextCommand(NamedTuple):
    """The head of the queue. `body` is None when it must be judged or put together first."""

    command_id: int
    uuid: str
    body: bytes | None


class Step(NamedTuple):
    """What one connection step found.

    enrollment_id: None when the certificate and the key name no enrollment in good standing;
    answered: the state the answered command is in now; None for an unknown or repeated one.
    """

    enrollment_id: int | None
    answered: str | None
    next: NextCommand | None


_NOBODY = Step(None, None, None)


class FastPath:
    """Compiled once per process and database."""

    def __init__(self, database: Database) -> None:
        self.driver = Driver(database)
        self._sqlite = database.is_sqlite
        prepare = self.driver.prepare
        self._idle = prepare(_idle_statement())
        self._claim = prepare(_claim_statement())
        self._who = prepare(in_good_standing())
        if self._sqlite:
            self._answer = prepare(_answer_statement())
            self._keep = prepare(_keep_statement())
            self._due = prepare(_due_statement())
        else:
            self._step = prepare(_step_statement())

    def idle(self, fingerprint: bytes, key: str, now: datetime) -> Step:
        """An Idle poll: who is it, and what is next? Reads only when nothing waits."""
        instant = self.driver.instant(now)
        values = {"fingerprint": fingerprint, "key": key, "now": instant, "not_now": 0, "uuid": ""}
        rows = self.driver.rows(self._idle, values)
        if not rows:
            return _NOBODY
        enrollment_id, waiting = rows[0]
        if waiting is None:
            return Step(enrollment_id, None, None)
        values["enrollment_id"] = enrollment_id
        return Step(enrollment_id, None, self._claim_next(values))

    def answer(
        self,
        fingerprint: bytes,
        key: str,
        now: datetime,
        uuid: str,
        status: str,
        sealed: bytes | None,
        outcome: str,
    ) -> Step:
        """Keep an answer and find the next command, in one transaction.

        sealed: the answer as it came, compressed and sealed, when it says more than its status.
        """
        values = {
            "fingerprint": fingerprint,
            "key": key,
            "now": self.driver.instant(now),
            "uuid": uuid,
            "status": status,
            "not_now": int(status == "NotNow"),
            "sealed": sealed,
            "outcome": outcome,
        }
        return self._answer_sqlite(values) if self._sqlite else self._answer_postgresql(values)

    def _answer_postgresql(self, values: Mapping[str, Any]) -> Step:
        rows = self.driver.rows(self._step, values)
        if not rows:
            return _NOBODY
        enrollment_id, answered, command_id, uuid, body = rows[0]
        found = NextCommand(command_id, uuid, body) if command_id is not None else None
        return Step(enrollment_id, answered, found)

    def _answer_sqlite(self, values: dict[str, Any]) -> Step:
        with self.driver.transaction():
            answered = self.driver.rows(self._answer, values)
            if not answered:
                return self._not_answered(values)
            enrollment_id, state = answered[0]
            values["enrollment_id"] = enrollment_id
            if values["sealed"] is not None:
                self.driver.rows(self._keep, values)
            elif state in _CHANGES_PLAN:
                self.driver.rows(self._due, values)
            return Step(enrollment_id, state, self._claim_next(values))

    def _not_answered(self, values: dict[str, Any]) -> Step:
        known = self.driver.rows(self._who, values)
        if not known:
            return _NOBODY
        values["enrollment_id"] = enrollment_id = known[0][0]
        return Step(enrollment_id, None, self._claim_next(values))

    def _claim_next(self, values: Mapping[str, Any]) -> NextCommand | None:
        """Claim the head of the queue of `enrollment_id`, which is not the command `uuid`."""
        rows = self.driver.rows(self._claim, values)
        return NextCommand(*rows[0]) if rows else None


def queue_head(enrollment_id: Any, *, without_uuid: bool, passed: Sequence[int] = ()) -> Any:
    """The number of the head of a queue: new ones first, then what was refused, oldest first.

    Parameters to be bound: now, not_now (1 after a NotNow) and, with `without_uuid`, uuid.
    passed: rows that do not count.

    After a NotNow everything refused so far is left out, or the two of us would play
    ping-pong with it for ever.
    Two questions instead of one, so that each walks the index in its order and stops at the
    first row; to sort, every waiting command would have to be read.
    """
    conditions = [
        Command.enrollment_id == enrollment_id,
        text(OPEN),
        or_(Command.not_before.is_(None), Command.not_before <= _NOW),
        Command.expires_at > _NOW,
    ]
    if without_uuid:
        conditions.append(Command.uuid != _UUID)
    if passed:
        conditions.append(Command.id.not_in(passed))
    deferred: Any = literal_column("'deferred'")
    may_come_again = bindparam("not_now", type_=Integer) == literal_column("0")
    fresh = _first([*conditions, Command.state != deferred])
    refused = _first([*conditions, Command.state == deferred, may_come_again])
    return func.coalesce(fresh, refused)


def _first(conditions: list[Any]) -> Any:
    return (
        select(Command.id)
        .where(*conditions)
        .order_by(Command.priority, Command.id)
        .limit(literal_column("1"))
        # Said, because SQLite would otherwise be sent it as a parameter each time.
        .offset(literal_column("0"))
        .correlate_except(Command)
        .scalar_subquery()
    )


def head_of_queue(
    enrollment_id: int, now: datetime, after_not_now: bool, uuid: str, passed: Sequence[int]
) -> Any:
    """The same head of the queue as a locked row, for the last door.

    uuid: of the command just answered. passed: rows already looked at.
    """
    head = queue_head(enrollment_id, without_uuid=True, passed=passed)
    values = {"now": now, "not_now": int(after_not_now), "uuid": uuid}
    row = select(Command).where(Command.id == head, _STILL_OPEN)
    return row.with_for_update().params(values)


def _idle_statement() -> Any:
    who = in_good_standing().cte("who")
    return select(who.c.id, queue_head(who.c.id, without_uuid=False))


def _ready() -> Any:
    return and_(Command.is_guarded.is_not(true()), Command.body.is_not(None))


def _claiming() -> dict[str, Any]:
    return {
        "state": case((_ready(), literal_column("'reached'")), else_=Command.state),
        "reached_at": case((_ready(), _NOW), else_=Command.reached_at),
        "offers": Command.offers + case((_ready(), literal_column("1")), else_=literal_column("0")),
    }


def _ready_body() -> Any:
    return case((Command.is_guarded.is_not(true()), Command.body), else_=None)


def _claim_statement() -> Any:
    enrollment_id = bindparam("enrollment_id", type_=Integer)
    return (
        update(Command)
        .where(
            Command.id == queue_head(enrollment_id, without_uuid=True),
            _STILL_OPEN,
        )
        .values(_claiming())
        .returning(Command.id, Command.uuid, _ready_body().label("body"))
    )


def _answering() -> dict[str, Any]:
    refused = literal_column("'NotNow'") == _STATUS
    return {
        "state": case(
            (literal_column("'Acknowledged'") == _STATUS, Command.acknowledged_state),
            (refused, literal_column("'deferred'")),
            else_=literal_column("'failed'"),
        ),
        "answer_status": _STATUS,
        "answered_at": case((refused, Command.answered_at), else_=_NOW),
        "proven_at": case(
            (
                and_(
                    literal_column("'Acknowledged'") == _STATUS,
                    Command.acknowledged_state == literal_column("'proven'"),
                ),
                _NOW,
            ),
            else_=Command.proven_at,
        ),
        "refused_at": case((refused, _NOW), else_=Command.refused_at),
        "refusals": Command.refusals
        + case((refused, literal_column("1")), else_=literal_column("0")),
        "outcome": _OUTCOME,
    }


def _answer_statement() -> Any:
    return (
        update(Command)
        .where(
            Command.uuid == _UUID,
            Command.enrollment_id == in_good_standing().scalar_subquery(),
            _ANSWERABLE,
        )
        .values(_answering())
        .returning(Command.enrollment_id, Command.state)
    )


def _kept_values(enrollment_id: Any) -> list[Any]:
    return [enrollment_id, _UUID, _STATUS, _NOW, _BODY]


_KEPT_COLUMNS = ["enrollment_id", "command_uuid", "status", "received_at", "sealed"]


def _keep_statement() -> Any:
    values = dict(
        zip(_KEPT_COLUMNS, _kept_values(bindparam("enrollment_id", type_=Integer)), strict=True)
    )
    return insert(CommandResult).values(values)


def _raise_due() -> dict[Any, Any]:
    return {Enrollment.due_generation: Enrollment.due_generation + literal_column("1")}


def _due_statement() -> Any:
    enrollment_id = bindparam("enrollment_id", type_=Integer)
    return update(Enrollment).where(Enrollment.id == enrollment_id).values(_raise_due())


def _step_statement() -> Any:
    """All of it as one statement: every part sees the queue as it was before."""
    who = in_good_standing().cte("who")
    answered = (
        update(Command)
        .where(
            Command.uuid == _UUID,
            Command.enrollment_id == select(who.c.id).scalar_subquery(),
            _ANSWERABLE,
        )
        .values(_answering())
        .returning(Command.enrollment_id, Command.state)
        .cte("answered")
    )
    kept = (
        insert(CommandResult)
        .from_select(
            _KEPT_COLUMNS,
            select(*_kept_values(answered.c.enrollment_id)).where(_BODY.is_not(None)),
        )
        .cte("kept")
    )
    due = (
        update(Enrollment)
        .where(
            Enrollment.id
            == select(answered.c.enrollment_id)
            .where(
                answered.c.state.in_([literal_column(f"'{s}'") for s in _CHANGES_PLAN]),
                _BODY.is_(None),
            )
            .scalar_subquery()
        )
        .values(_raise_due())
        .cte("due")
    )
    enrollment_id = select(who.c.id).scalar_subquery()
    claimed = (
        update(Command)
        .where(
            Command.id == queue_head(enrollment_id, without_uuid=True),
            _STILL_OPEN,
        )
        .values(_claiming())
        .returning(Command.id, Command.uuid, _ready_body().label("body"))
        .cte("claimed")
    )
    return (
        select(who.c.id, answered.c.state, claimed.c.id, claimed.c.uuid, claimed.c.body)
        .select_from(who.outerjoin(answered, true()).outerjoin(claimed, true()))
        .add_cte(kept, due)
    )
