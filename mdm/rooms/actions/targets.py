"""The devices of an order: found, in sight, and each asked whether it can.

Here: loading and judging them one by one. Not here: the order as a whole (service.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, select

from enrollment.standing import EnrollmentState
from mdm.base.db import Tx
from mdm.base.errors import NotFound
from mdm.rooms.access.service import Act, Viewer, require
from mdm.rooms.commands.guarding import device_cannot
from mdm.rooms.devices.models import Device, Enrollment
from mdm.rooms.devices.suitability import command_facts
from policies.approvals import Target
from policies.verdict import RefusalKind, Refused
from profiles.commands.applicability import applicability
from profiles.commands.command import Command

NOT_ENROLLED = "not enrolled"
NO_UNLOCK_TOKEN = "no unlock token"  # noqa: S105 (the reason, no token)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One device of an order. enrollment: its current one, or None. refusal: why it cannot."""

    device: Device
    enrollment: Enrollment | None
    refusal: Refused | None

    @property
    def target(self) -> Target:
        """The device as the guards know it."""
        generation = self.enrollment.generation if self.enrollment is not None else 0
        return Target(str(self.device.id), generation, self.refusal)


def candidates(
    tx: Tx, viewer: Viewer, act: Act, command: Command, device_ids: Sequence[int]
) -> list[Candidate]:
    """Find the devices in the order given, each once, and ask whether it can.

    raises: NotFound (none such, or out of sight), Forbidden (in sight, but not his business).
    """
    found = _load(tx, device_ids)
    for number in device_ids:
        if number not in found:
            raise NotFound("device", str(number))
        require(viewer, act, found[number][0].school_id)
    return [_candidate(tx, command, *found[number]) for number in dict.fromkeys(device_ids)]


def _load(tx: Tx, device_ids: Sequence[int]) -> dict[int, tuple[Device, Enrollment | None]]:
    query = (
        select(Device, Enrollment)
        .outerjoin(
            Enrollment,
            and_(
                Enrollment.device_id == Device.id,
                Enrollment.parent_id.is_(None),
                Enrollment.state == EnrollmentState.ENROLLED,
                Enrollment.ended_at.is_(None),
                Enrollment.held_reason.is_(None),
            ),
        )
        .where(Device.id.in_(device_ids))
    )
    return {device.id: (device, enrollment) for device, enrollment in tx.execute(query)}


def _candidate(
    tx: Tx, command: Command, device: Device, enrollment: Enrollment | None
) -> Candidate:
    return Candidate(device, enrollment, _refusal(tx, command, device, enrollment))


def _refusal(
    tx: Tx, command: Command, device: Device, enrollment: Enrollment | None
) -> Refused | None:
    if enrollment is None:
        return Refused(RefusalKind.DEVICE_CANNOT, {"why": NOT_ENROLLED})
    if command.request_type == "ClearPasscode" and enrollment.sealed_unlock_token is None:
        return Refused(RefusalKind.DEVICE_CANNOT, {"why": NO_UNLOCK_TOKEN})
    found = applicability(command, command_facts(tx, device, enrollment))
    return device_cannot(found) if found is not None else None
