"""Steps for the version of iPadOS, on devices that take no declaration of it.

Here: when to order an update, and whether the wish is fulfilled. Not here: the declaration
(policies.declaring), which of the two ways a device takes (policies.routes).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from policies.actions import ScheduleOsUpdate
from policies.declaring import deadline_at, is_reached
from policies.facts import DeviceFacts
from policies.plan import RefusalKind, Step, UnmetWish
from policies.routes import OS_SUBJECT
from policies.situation import Situation
from profiles.commands.software_update import SCHEDULE_OS_UPDATE

_DAY = timedelta(days=1)


def version_to_schedule(situation: Situation) -> Iterator[Step]:
    """Order the version for the hour of the deadline, and every day at that hour until it is there.

    A command takes effect when it arrives, so before the hour it would disturb a lesson.
    """
    wanted = situation.routed.scheduled_version
    if wanted is None or is_reached(wanted, situation.device) or _refusal(situation.device):
        return
    late = max(situation.now - deadline_at(wanted, situation.device), timedelta(0))
    due = deadline_at(wanted, situation.device) + -(-late // _DAY) * _DAY
    yield Step(ScheduleOsUpdate(wanted.version), wanted.reason, not_before=due)


def unmet_version(situation: Situation) -> Iterator[UnmetWish]:
    """A version that this device can be told neither by declaration nor by command."""
    wanted = situation.routed.scheduled_version
    if wanted is None or is_reached(wanted, situation.device):
        return
    if (refusal := _refusal(situation.device)) is not None:
        yield UnmetWish(OS_SUBJECT, refusal, wanted.reason)


def _refusal(device: DeviceFacts) -> RefusalKind | None:
    """Why a device does not take the command; None if it does."""
    gone = SCHEDULE_OS_UPDATE.removed_in
    if gone is not None and device.os_version is not None and device.os_version >= gone:
        return RefusalKind.NOT_ON_THIS_VERSION
    return None if device.supervised else RefusalKind.NOT_SUPERVISED


def unproven_version(situation: Situation) -> Iterator[str]:
    """The wished version, until the device says that it has it or a later one."""
    wanted = situation.desired.os_version
    if wanted is not None and not is_reached(wanted, situation.device):
        yield OS_SUBJECT


def version_deadline(situation: Situation) -> datetime | None:
    """The deadline of a version that is not there yet: what comes later is not followed."""
    wanted = situation.desired.os_version
    if wanted is None or is_reached(wanted, situation.device):
        return None
    return deadline_at(wanted, situation.device)
