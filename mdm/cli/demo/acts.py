"""What people do in the demonstration: open links, order, press refresh, set an iPad up anew.

Not here: what they wait for (steps.py).
"""

import asyncio
import threading
import time
from collections.abc import Collection, Mapping

from sqlalchemy import select

from mdm.base.bell import Job
from mdm.base.db import after_commit
from mdm.base.errors import Conflict
from mdm.cli.demo import evidence
from mdm.cli.demo.evidence import Cast
from mdm.cli.demo.scene import another_link
from mdm.cli.demo.script import ATTEMPTS
from mdm.cli.demo.stage import Stage
from mdm.cli.house import SystemUser
from mdm.rooms.access.models import Role
from mdm.rooms.actions import by_hand
from mdm.rooms.actions import service as actions
from mdm.rooms.devices.models import Device, Enrollment
from mdm.simulator.errors import EnrolmentFailed
from mdm.simulator.ipad import SimulatedIpad
from policies.actions import RemoteKind

_AT_ONCE = 16
_LONGEST_S = 3600.0
_ASK_AGAIN_S = 15.0
_APP_LISTS = ("InstalledApplicationList", "ManagedApplicationList")
# Whoever presses "refresh": managers see inventories, only administrators order single commands.
_WATCHER = SystemUser(0, "demo", "demo", Role.ADMINISTRATOR, None)


class Acts:
    """Everything that people do on one stage."""

    def __init__(self, stage: Stage, cast: Cast) -> None:
        self._stage = stage
        self._cast = cast
        self._ipads = {ipad.serial_number: ipad for ipad in stage.fleet.ipads}
        self._asked: dict[str, float] = {}
        self._orders: dict[RemoteKind, int] = {}
        self.failures: dict[str, str] = {}
        """Serial number → why it could not enrol, as the iPad saw it."""

    def open_links(self) -> None:
        """Let every iPad open its school's link; returns at once."""
        work = lambda: self._stage.fleet.call(self._enrol_all(), _LONGEST_S)  # noqa: E731
        threading.Thread(target=work, name="classroom", daemon=True).start()

    def order(self, kind: RemoteKind, serial: str) -> None:
        """Order something for one iPad, as the campus manager. raises: Conflict."""
        tools = self._stage.tools
        with tools.database.transaction() as tx:
            device_id = tx.scalars(select(Device.id).where(Device.serial == serial)).one()
            outcome = actions.order(
                tx,
                self._stage.scene.viewer,
                kind,
                [device_id],
                {},
                "Vorführung",
                tools.clock.now(),
                settings=tools.settings,
                vault=tools.vault,
            )
            after_commit(tx, lambda: tools.bell.ring(Job.PUSH))
        if outcome.action_id is None:
            raise Conflict(f"{kind.value} for {serial} was refused: {outcome.refusal}")
        self._orders[kind] = outcome.action_id

    def order_of(self, kind: RemoteKind) -> int:
        """The number of what was ordered."""
        return self._orders[kind]

    def refresh_apps(self, keys: Collection[str]) -> None:
        """Press refresh where an app was accepted and has not been seen yet."""
        with self._stage.tools.database.reading() as tx:
            waiting = evidence.commands_accepted(tx, self._cast, keys)
        now = time.monotonic()
        due = [s for s in sorted(waiting) if now - self._asked.get(s, 0.0) > _ASK_AGAIN_S]
        for serial in due:
            self._asked[serial] = now
            self.ask(serial, _APP_LISTS)

    def refresh(self, serial: str) -> None:
        """Press refresh for one iPad, which wakes it."""
        self.ask(serial, ("DeviceInformation",))

    def ask(self, serial: str, request_types: Collection[str]) -> None:
        """Ask one iPad; nothing while it is not enrolled."""
        tools = self._stage.tools
        with tools.database.transaction() as tx:
            enrollment_id = tx.scalar(
                select(Enrollment.id)
                .join(Device, Device.id == Enrollment.device_id)
                .where(Device.serial == serial, Enrollment.ended_at.is_(None))
                .order_by(Enrollment.id.desc())
            )
            if enrollment_id is None:
                return
            for name in request_types:
                parameters = _PARAMETERS.get(name, {})
                now = tools.clock.now()
                by_hand.command(
                    tx,
                    _WATCHER,
                    enrollment_id,
                    name,
                    parameters,
                    "Vorführung",
                    now,
                    vault=tools.vault,
                )
            after_commit(tx, lambda: tools.bell.ring(Job.PUSH))

    def set_up_anew(self, serial: str) -> None:
        """Once an iPad has erased itself, open a new link on it."""
        ipad = self._ipads[serial]
        if ipad.is_enrolled or not ipad.erasures or not ipad.is_online:
            return
        tools = self._stage.tools
        with tools.database.transaction() as tx:
            link = another_link(tx, tools, serial)
        try:
            self._stage.fleet.enrol(ipad, link)
        except EnrolmentFailed as error:
            self.failures[serial] = str(error)

    async def _enrol_all(self) -> None:
        places = asyncio.Semaphore(_AT_ONCE)
        await asyncio.gather(
            *(self._enrol(places, self._ipads[s], url) for s, url in self._links().items())
        )

    async def _enrol(self, places: asyncio.Semaphore, ipad: SimulatedIpad, url: str) -> None:
        async with places:
            for _ in range(ATTEMPTS):
                try:
                    await self._stage.fleet.fleet.enrol(ipad, url)
                except EnrolmentFailed as error:
                    # The first one tells most; a later attempt may fail of the earlier.
                    self.failures.setdefault(ipad.serial_number, str(error))
                else:
                    self.failures.pop(ipad.serial_number, None)
                    return

    def _links(self) -> Mapping[str, str]:
        return self._stage.scene.links


_PARAMETERS = {"DeviceInformation": {"Queries": ["OSVersion", "DeviceName", "BatteryLevel"]}}
