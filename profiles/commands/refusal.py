"""Why a device will not get a command: a kind, what is needed, and what to do next.

Not here: finding it out (applicability.py), German words for it (the console).
"""

from dataclasses import dataclass
from enum import Enum


class RefusalKind(Enum):
    """The closed list of reasons."""

    UNKNOWN_OS_VERSION = "unknown OS version"
    OS_TOO_OLD = "OS too old"
    REMOVED_FROM_OS = "removed from OS"
    WRONG_PLATFORM = "wrong platform"
    UNKNOWN_SUPERVISION = "unknown supervision"
    NEEDS_SUPERVISION = "needs supervision"
    NEEDS_ADE = "needs Automated Device Enrollment"
    NEEDS_ACCESS_RIGHT = "needs access right"
    NEEDS_SHARED_IPAD = "needs Shared iPad"
    NOT_ON_SHARED_IPAD = "not on Shared iPad"
    NOT_UNDER_USER_ENROLLMENT = "not under User Enrollment"
    WRONG_CHANNEL = "wrong channel"
    NOT_IN_LOST_MODE = "not in lost mode"
    NOT_WHILE_AWAITING_CONFIGURATION = "not while awaiting configuration"


_ASK_FIRST = "ask DeviceInformation first"
_NEXT_STEPS = {
    RefusalKind.UNKNOWN_OS_VERSION: _ASK_FIRST,
    RefusalKind.UNKNOWN_SUPERVISION: _ASK_FIRST,
    RefusalKind.OS_TOO_OLD: "update the device, or leave the field out",
    RefusalKind.REMOVED_FROM_OS: "use a declaration",
    RefusalKind.NEEDS_SUPERVISION: "supervise the device; that erases it",
    RefusalKind.NEEDS_ADE: "enrol the device automatically; that erases it",
    RefusalKind.NEEDS_ACCESS_RIGHT: "enrol the device again with this right",
    RefusalKind.WRONG_CHANNEL: "send it on the other channel",
    RefusalKind.NOT_IN_LOST_MODE: "end lost mode first",
    RefusalKind.NOT_WHILE_AWAITING_CONFIGURATION: "wait until Setup Assistant has finished",
}
_TEMPORARY = frozenset(
    {
        RefusalKind.UNKNOWN_OS_VERSION,
        RefusalKind.UNKNOWN_SUPERVISION,
        RefusalKind.NOT_IN_LOST_MODE,
        RefusalKind.NOT_WHILE_AWAITING_CONFIGURATION,
    }
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason against one command on one device.

    needed: the value that is missing, such as `17.0`, `ALLOW_DEVICE_ERASE`, `user`; or empty.
    field: the path of the parameter that asks for it; None: the command itself.
    """

    kind: RefusalKind
    request_type: str
    needed: str = ""
    field: str | None = None

    @property
    def next_step(self) -> str:
        """What the sender can do; empty if nothing helps."""
        return _NEXT_STEPS.get(self.kind, "")

    @property
    def is_temporary(self) -> bool:
        """Whether the same command may be allowed later, without changing the device."""
        return self.kind in _TEMPORARY
