"""Restart and shut down."""

from profiles.commands.parameters import Kind, mac_only, version
from profiles.commands.specification import CommandSpec
from profiles.commands.vocabulary import AccessRight, Danger, Idempotency, Proof

RESTART_DEVICE = CommandSpec(
    "RestartDevice",
    version("10.3"),
    version("10.2"),
    parameters=(
        mac_only("RebuildKernelCache", Kind.BOOLEAN),
        mac_only("KextPaths", Kind.ARRAY),
        mac_only("NotifyUser", Kind.BOOLEAN),
    ),
    access_right=AccessRight.ALLOW_PASSCODE_REMOVAL_AND_LOCK,
    supervised=True,
    user_enrollment=False,
    idempotent=Idempotency.NO,
    danger=Danger.DISRUPTIVE,
    danger_reason="Work stops, and a locked device stays off the Wi-Fi until it is unlocked.",
    proof=Proof.BY_RECONNECT,
    allowed_in_lost_mode=True,
)

SHUT_DOWN_DEVICE = CommandSpec(
    "ShutDownDevice",
    version("10.3"),
    None,
    access_right=AccessRight.ALLOW_PASSCODE_REMOVAL_AND_LOCK,
    supervised=True,
    user_enrollment=False,
    idempotent=Idempotency.NO,
    danger=Danger.DISRUPTIVE,
    danger_reason="The device is out of reach until somebody switches it on by hand.",
)

POWER = (RESTART_DEVICE, SHUT_DOWN_DEVICE)
