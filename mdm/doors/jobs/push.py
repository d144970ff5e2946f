"""The job that wakes iPads: takes wanted pushes, hands them to Apple, writes down what came of it.

Here: the connection that lives as long as the process, its breaker, the pace. Apple is spoken to
between two transactions, never within one. Not here: what each outcome means for the rows
(push_outcomes.py), HTTP/2 (mdm.apple), whom to wake (mdm.rooms.commands.waking).
"""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from mdm.apple.apns import ApnsClient
from mdm.apple.circuit import Circuit
from mdm.apple.errors import CertificateUnusable
from mdm.apple.push import Push, PushKind, PushOutcome
from mdm.apple.push_sender import PushSender
from mdm.base.db import Tx
from mdm.base.settings import Settings
from mdm.base.tools import Tools
from mdm.doors.jobs.budget import Budget
from mdm.doors.jobs.push_alarms import Alarms
from mdm.doors.jobs.push_outcomes import record
from mdm.rooms.authority import push as authority
from mdm.rooms.authority.push import PushIdentity
from mdm.rooms.commands import waking
from mdm.rooms.commands.waking import Target
from mdm.rooms.outbox import service as outbox
from mdm.rooms.outbox.service import PUSH, Claimed

_MOST = 500
# Well within the lease of the claimed items.
_LONGEST_SEND_S = 30.0
# Apple keeps a push so long for an iPad that is asleep.
_KEPT = timedelta(days=7)

MakeSender = Callable[[Settings, PushIdentity], PushSender]


class Batch(NamedTuple):
    """Claimed items with their pushes, side by side."""

    items: list[Claimed]
    pushes: list[Push]


def make_sender(settings: Settings, identity: PushIdentity) -> PushSender:
    """Open a sender for a push certificate. raises: CertificateUnusable."""
    trust = Path(settings.apns_trust).read_bytes() if settings.apns_trust else None
    return PushSender(
        lambda: ApnsClient(
            settings.apns_host,
            settings.apns_port,
            identity.certificate_pem,
            identity.key_pem,
            trust_pem=trust,
        )
    )


class Pusher:
    """Pushes for one process. pause: waits so many seconds, to keep the pace."""

    def __init__(
        self,
        tools: Tools,
        make: MakeSender = make_sender,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        self._tools = tools
        self._make = make
        self._pause = pause
        self._circuit = Circuit()
        self._alarms = Alarms()
        self._sender: PushSender | None = None
        self._identity: PushIdentity | None = None
        self._turn = threading.Lock()

    def run(self, budget: Budget) -> bool:
        """Push until nothing is wanted or the budget is spent; returns whether more may wait.

        Without a certificate, or while Apple is left alone, everything stays where it is.
        """
        if not self._turn.acquire(blocking=False):
            return False
        try:
            return self._run(budget)
        finally:
            self._turn.release()

    def close(self) -> None:
        """Close the connection to Apple; the next run opens a new one."""
        sender, self._sender, self._identity = self._sender, None, None
        if sender is not None:
            sender.close()

    def _run(self, budget: Budget) -> bool:
        sender = self._open()
        while sender is not None and not budget.is_spent:
            now = self._tools.clock.now()
            if not self._circuit.may_try(now):
                return False
            claimed, batch = self._claim(now)
            if not claimed:
                return False
            if batch.pushes:
                self._send(sender, batch)
        return sender is not None

    def _open(self) -> PushSender | None:
        with self._tools.database.reading() as tx:
            identity = authority.current(tx, self._tools.vault)
        if identity is None:
            self._alarms.raise_once("no_push_certificate")
            self.close()
            return None
        if self._sender is None or self._identity != identity:
            self.close()
            self._sender = self._make_or_tell(identity)
            self._identity = identity
        return self._sender

    def _make_or_tell(self, identity: PushIdentity) -> PushSender | None:
        try:
            return self._make(self._tools.settings, identity)
        except (CertificateUnusable, OSError) as error:
            self._alarms.raise_once(f"push_certificate_unusable:{type(error).__name__}")
            return None

    def _claim(self, now: datetime) -> tuple[bool, Batch]:
        """Take what is wanted, and drop what there is no reason to push for."""
        most = min(_MOST, max(1, self._tools.settings.pushes_per_second))
        with self._tools.database.transaction() as tx:
            lease = timedelta(seconds=self._tools.settings.lease_seconds)
            items = outbox.claim(tx, PUSH, now, most, lease)
            targets = waking.targets(tx, [int(item.key) for item in items], now)
            return bool(items), _batch(tx, items, targets, now)

    def _send(self, sender: PushSender, batch: Batch) -> None:
        begun = time.monotonic()
        outcomes = sender.send(batch.pushes, _LONGEST_SEND_S)
        now = self._tools.clock.now()
        self._circuit = self._circuit.after_send(sender.failures_in_a_row, now)
        self._judge(outcomes, now)
        with self._tools.database.transaction() as tx:
            record(tx, batch.items, outcomes, now, resume_at=self._circuit.open_until or now)
        pace_s = len(batch.pushes) / max(1, self._tools.settings.pushes_per_second)
        self._pause(max(0.0, pace_s - (time.monotonic() - begun)))

    def _judge(self, outcomes: list[PushOutcome], now: datetime) -> None:
        """Tell a person what he must know; leave Apple alone after a fault of ours."""
        self._alarms.about(outcomes)
        if any(outcome.kind is PushKind.CONFIGURATION_FAULT for outcome in outcomes):
            self._circuit = replace(self._circuit, open_until=now + self._circuit.pause)
            self.close()


def _batch(tx: Tx, items: list[Claimed], targets: dict[int, Target], now: datetime) -> Batch:
    batch = Batch([], [])
    needless: list[Claimed] = []
    for item in items:
        target = targets.get(int(item.key))
        if target is None or target.earliest is None:
            needless.append(item)
        elif target.earliest > now:
            outbox.again(tx, [item], target.earliest, "")
        else:
            batch.items.append(item)
            batch.pushes.append(_push(target, now))
    outbox.done(tx, needless, now)
    return batch


def _push(target: Target, now: datetime) -> Push:
    return Push(
        target.enrollment_id,
        target.token or b"",
        target.magic or "",
        target.topic,
        now + _KEPT,
    )
