"""The answers to SecurityInfo, DeviceLock and ActivationLockBypassCode."""

from dataclasses import dataclass, field
from enum import Enum

from profiles import plist
from profiles.commands.answers.fields import Fields, Values

BLOCK_AND_FILE_ENCRYPTION = 3


@dataclass(frozen=True, slots=True)
class SecurityInfo:
    """How a device is protected; None: not said.

    encryption_capabilities: 1 block, 2 file, 3 both. Times are in seconds.
    """

    encryption_capabilities: int | None
    has_passcode: bool | None
    is_passcode_compliant: bool | None
    is_passcode_compliant_with_profiles: bool | None
    lock_grace_period_s: int | None
    enforced_lock_grace_period_s: int | None
    auto_lock_s: int | None
    is_user_enrollment: bool | None
    problems: int = 0

    @property
    def is_data_protected(self) -> bool:
        """Whether files are encrypted under a passcode."""
        return (
            self.encryption_capabilities == BLOCK_AND_FILE_ENCRYPTION and self.has_passcode is True
        )


def read_security_info(body: Values) -> SecurityInfo:
    """Read `SecurityInfo`.

    raises: MalformedMessage, if it is missing or no dictionary.
    """
    info = Fields(plist.dictionary(body, "SecurityInfo"))
    status = Fields(info.dictionary("ManagementStatus"))
    values = (
        info.integer("HardwareEncryptionCaps"),
        info.flag("PasscodePresent"),
        info.flag("PasscodeCompliant"),
        info.flag("PasscodeCompliantWithProfiles"),
        info.integer("PasscodeLockGracePeriod"),
        info.integer("PasscodeLockGracePeriodEnforced"),
        info.integer("AutoLockTime"),
        status.flag("IsUserEnrollment"),
    )
    return SecurityInfo(*values, problems=info.problems + status.problems)


class LockMessage(Enum):
    """What became of the words that DeviceLock should show."""

    SUCCESS = "Success"
    DEVICE_IN_LOST_MODE = "DeviceInLostMode"
    NO_PASSCODE_SET = "NoPasscodeSet"
    UNKNOWN = "Unknown"


def read_lock_message(body: Values) -> LockMessage | None:
    """Read `MessageResult`; None if no words were sent."""
    text = Fields(body).text("MessageResult")
    return None if text is None else _LOCK_MESSAGES.get(text, LockMessage.UNKNOWN)


_LOCK_MESSAGES = {message.value: message for message in LockMessage}


@dataclass(frozen=True, slots=True)
class BypassCode:
    """code: opens an activation lock; None: the device has none, and an older one stays valid."""

    code: str | None = field(repr=False)


def read_bypass_code(body: Values) -> BypassCode:
    """Read `ActivationLockBypassCode`.

    raises: MalformedMessage, if it is no string.
    """
    return BypassCode(plist.optional_text(body, "ActivationLockBypassCode"))
