"""Erase, lock, and clear codes.

Not here: lost mode (lost_mode.py), activation lock (activation_lock.py), restart (power.py).
"""

from profiles.commands.parameters import (
    Demand,
    Kind,
    Parameter,
    flag,
    mac_only,
    since,
    version,
)
from profiles.commands.specification import CommandSpec
from profiles.commands.vocabulary import (
    AccessRight,
    AnswerKind,
    Danger,
    Idempotency,
    Proof,
    SharedIpad,
)


def _secret_data(key: str, ios: str | None = None) -> Parameter:
    return Parameter(key, Kind.DATA, demand=since(ios), at_least=1, is_secret=True)


RETURN_TO_SERVICE = Parameter(
    "ReturnToService",
    Kind.DICTIONARY,
    demand=since("17.0", "18.0"),
    keys=(
        flag("Enabled", required=True),
        _secret_data("WiFiProfileData"),
        _secret_data("MDMProfileData"),
        _secret_data("BootstrapToken", "26.0"),
        flag("ShouldRetryEnrollment", demand=since("27.0")),
    ),
)

ERASE_DEVICE = CommandSpec(
    "EraseDevice",
    version("4.0"),
    version("10.2"),
    parameters=(
        flag("PreserveDataPlan", demand=since("11.0", on_tvos=False)),
        flag(
            "DisallowProximitySetup",
            demand=Demand(version("11.3"), on_tvos=False, shared_ipad=SharedIpad.FORBIDDEN),
        ),
        RETURN_TO_SERVICE,
        mac_only("PIN", Kind.STRING),
        mac_only("ObliterationBehavior", Kind.STRING),
    ),
    access_right=AccessRight.ALLOW_DEVICE_ERASE,
    user_enrollment=False,
    idempotent=Idempotency.NO,
    danger=Danger.DESTRUCTIVE,
    danger_reason="Everything on the device is lost.",
    never_not_now=True,
    # The answer is sent once and not repeated; only a new enrolment shows that it happened.
    proof=Proof.BY_AUTHENTICATE,
    allowed_in_lost_mode=True,
    allowed_awaiting_configuration=True,
)

DEVICE_LOCK = CommandSpec(
    "DeviceLock",
    version("4.0"),
    None,
    parameters=(
        Parameter("Message", Kind.STRING, demand=since("7.0"), is_personal=True),
        Parameter("PhoneNumber", Kind.STRING, demand=since("7.0"), is_personal=True),
        mac_only("PIN", Kind.STRING),
    ),
    access_right=AccessRight.ALLOW_PASSCODE_REMOVAL_AND_LOCK,
    danger=Danger.DISRUPTIVE,
    danger_reason="The screen goes dark at once, in the middle of any work.",
    never_not_now=True,
    answer=AnswerKind.LOCK_MESSAGE,
    allowed_in_lost_mode=True,
    allowed_awaiting_configuration=True,
)

CLEAR_PASSCODE = CommandSpec(
    "ClearPasscode",
    version("4.0"),
    None,
    parameters=(Parameter("UnlockToken", Kind.DATA, required=True, at_least=1, is_secret=True),),
    access_right=AccessRight.ALLOW_PASSCODE_REMOVAL_AND_LOCK,
    user_enrollment=False,
    shared_ipad=SharedIpad.FORBIDDEN,
    danger=Danger.DESTRUCTIVE,
    danger_reason="The device lies open to whoever holds it.",
    never_not_now=True,
    proof=Proof.BY_SECURITY_INFO,
    allowed_awaiting_configuration=True,
)

CLEAR_RESTRICTIONS_PASSWORD = CommandSpec(
    "ClearRestrictionsPassword",
    version("8.0"),
    None,
    supervised=True,
    user_enrollment=False,
    shared_ipad=SharedIpad.FORBIDDEN,
    danger=Danger.DISRUPTIVE,
    danger_reason="Screen Time loses its code, and with iCloud is switched off entirely.",
)

SECURITY = (ERASE_DEVICE, DEVICE_LOCK, CLEAR_PASSCODE, CLEAR_RESTRICTIONS_PASSWORD)
