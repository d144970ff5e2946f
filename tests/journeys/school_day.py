"""A school with a WLAN, restrictions and an app, and what people order there on a busy day.

Here: what managers decide, written to the database of a running house as the console does.
Not here: the iPads (mdm.simulator), the processes (killing.py).
"""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from mdm.base.bell import Job
from mdm.base.db import Tx, after_commit
from mdm.base.tools import Tools
from mdm.rooms.access.models import Role
from mdm.rooms.access.service import Viewer
from mdm.rooms.actions import service as actions
from mdm.rooms.assignments import service as assignments
from mdm.rooms.audit.service import Actor
from mdm.rooms.blueprints import service as blueprints
from mdm.rooms.blueprints.models import Profile
from mdm.rooms.commands import service as commands
from mdm.rooms.devices.decisions import accept_held, expect
from mdm.rooms.devices.models import Device, Enrollment
from mdm.rooms.links import service as links
from mdm.rooms.schools.models import School
from mdm.rooms.schools.service import add_school, class_group
from mdm.simulator.store import CATALOGUE
from policies.actions import RemoteKind
from profiles.payloads.restrictions import Restrictions
from profiles.payloads.wifi import Personal, WifiNetwork

T = TypeVar("T")

CLERK = Actor.system_user("clerk")
MANAGER = Viewer(0, "manager_a", "manager_a", Role.ADMINISTRATOR, None)
COLLEAGUE = Viewer(1, "manager_b", "manager_b", Role.ADMINISTRATOR, None)
PASSPHRASE = "Kreide-Tafel-Schwamm"
APP = CATALOGUE[0]
_PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class SchoolDay:
    """A school and the people who decide there. tools: of the house's own database."""

    tools: Tools
    school_id: int

    @classmethod
    def begin(
        cls, tools: Tools, serials: Collection[str], without_app: Collection[str] = ()
    ) -> "SchoolDay":
        """Open a school that expects these iPads, with everything they are to get.

        without_app: further ones, which are in no class and get the profiles only.
        """
        now = tools.clock.now()
        with tools.database.transaction() as tx:
            school = add_school(tx, "12", "Beispielschule Nord", CLERK, now)
            group = class_group(tx, school, "7b", CLERK, now)
            expect(tx, serials, school.id, group.id, CLERK, now)
            expect(tx, without_app, school.id, None, CLERK, now)
            for profile in _profiles(tx, tools, school):
                assignments.assign(tx, school, None, profile, CLERK, now)
            app = blueprints.save_app(tx, APP.bundle_id, APP.store_id, APP.name, CLERK, now)
            assignments.assign(tx, school, group, app, CLERK, now)
            return cls(tools, school.id)

    def link(self, uses: int = 2000) -> str:
        """A fresh enrolment link."""

        def make(tx: Tx) -> str:
            school = tx.get_one(School, self.school_id)
            tools, now = self.tools, self.tools.clock.now()
            made = links.create_link(
                tx, tools.vault, tools.settings, school, None, CLERK, now, max_uses=uses
            )
            return made.url

        return self._write(make)

    def knows(self, serials: Collection[str]) -> bool:
        """Whether the inventories of these iPads are in: nobody orders a restart before."""

        def count() -> int:
            with self.tools.database.reading() as tx:
                known = Device.serial.in_(serials) & Device.is_supervised.is_(True)
                return tx.scalar(select(func.count(Device.id)).where(known)) or 0

        return patiently(count) == len(serials)

    def order(self, kind: RemoteKind, serials: Sequence[str]) -> int:
        """Order something for some iPads; returns the number of the order."""
        tools, now = self.tools, self.tools.clock.now()

        def make(tx: Tx) -> int:
            devices = tx.scalars(select(Device.id).where(Device.serial.in_(serials))).all()
            args = (kind, devices, {}, "journey", now, tools.settings, tools.vault)
            outcome = actions.order(tx, MANAGER, *args)
            assert outcome.action_id is not None, outcome
            assert not outcome.refused, outcome
            if outcome.needs_second:
                actions.second(tx, COLLEAGUE, outcome.action_id, now, tools.settings, tools.vault)
            return outcome.action_id

        return self._write(make, Job.PUSH)

    def accept_everybody(self) -> int:
        """Let a person look at every held iPad and accept it; returns how many there were."""
        now = self.tools.clock.now()

        def accept(tx: Tx) -> int:
            held = select(Enrollment.id).where(
                Enrollment.held_reason.is_not(None),
                Enrollment.ended_at.is_(None),
                Enrollment.parent_id.is_(None),
            )
            waiting = tx.scalars(held).all()
            for number in waiting:
                applied = accept_held(tx, number, CLERK, now, self.school_id)
                commands.close_queues(tx, applied.erased, applied.cancel_queues_of, now)
            return len(waiting)

        return self._write(accept, Job.RECONCILE)

    def _write(self, work: Callable[[Tx], T], job: Job | None = None) -> T:
        def once() -> T:
            with self.tools.database.transaction() as tx:
                if job is not None:
                    after_commit(tx, lambda: self.tools.bell.ring(job))
                return work(tx)

        return patiently(once)


def patiently(work: Callable[[], T]) -> T:
    """Do something again while the database is away, for a while."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return work()
        except OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _profiles(tx: Tx, tools: Tools, school: School) -> list[Profile]:
    now = tools.clock.now()
    network = WifiNetwork("Beispiel-Schulnetz", Personal(PASSPHRASE))
    limits = Restrictions({"allowAirDrop": False, "allowCamera": False})
    wifi = blueprints.save_wifi(tx, tools.vault, school, "Schulnetz", network, CLERK, now)
    rules = blueprints.save_restrictions(tx, tools.vault, school, "Regeln", limits, CLERK, now)
    return [wifi.profile, rules.profile]
