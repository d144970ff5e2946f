"""The device path: keep an answer, find the next command.

Here: one statement for an Idle poll with nothing to do; one round trip on PostgreSQL, three
short statements in one transaction on SQLite, for an answer and the next command.
The claim takes harmless, ready-made commands only. A guarded one, or one that must be put
together at delivery, comes back unclaimed and is judged by delivery.py.
Not here: the parts of its statements (answering.py, claiming.py, queue_head.py), what an
unknown certificate or an odd state means (mdm.rooms.devices).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select, true

from mdm.base.db import Database
from mdm.base.driver import Driver
from mdm.rooms.commands.answering import (
    CHANGES_PLAN,
    answer_statement,
    due_answered,
    due_statement,
    keep_answered,
    keep_statement,
)
from mdm.rooms.commands.claiming import claim_statement
from mdm.rooms.commands.queue_head import queue_head
from mdm.rooms.devices.speaking import in_good_standing


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
        self._claim = prepare(claim_statement())
        self._who = prepare(in_good_standing())
        if self._sqlite:
            self._answer = prepare(answer_statement())
            self._keep = prepare(keep_statement())
            self._due = prepare(due_statement())
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
            elif state in CHANGES_PLAN:
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


def _idle_statement() -> Any:
    who = in_good_standing().cte("who")
    return select(who.c.id, queue_head(who.c.id, without_uuid=False))


def _step_statement() -> Any:
    """All of it as one statement: every part sees the queue as it was before."""
    who = in_good_standing().cte("who")
    answered = answer_statement(select(who.c.id).scalar_subquery()).cte("answered")
    claimed = claim_statement(select(who.c.id).scalar_subquery()).cte("claimed")
    return (
        select(who.c.id, answered.c.state, claimed.c.id, claimed.c.uuid, claimed.c.body)
        .select_from(who.outerjoin(answered, true()).outerjoin(claimed, true()))
        .add_cte(keep_answered(answered).cte("kept"), due_answered(answered).cte("due"))
    )
