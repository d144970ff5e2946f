"""What a person may order, as commands: which RequestType does it, and back again."""

from collections.abc import Mapping
from types import MappingProxyType

from policies.actions import RemoteKind
from policies.guards import NEEDS_APPROVAL

REQUEST_TYPE: Mapping[RemoteKind, str] = MappingProxyType(
    {
        RemoteKind.RESTART: "RestartDevice",
        RemoteKind.SHUT_DOWN: "ShutDownDevice",
        RemoteKind.LOCK: "DeviceLock",
        RemoteKind.CLEAR_PASSCODE: "ClearPasscode",
        RemoteKind.ERASE: "EraseDevice",
        RemoteKind.ENABLE_LOST_MODE: "EnableLostMode",
        RemoteKind.DISABLE_LOST_MODE: "DisableLostMode",
        RemoteKind.PLAY_LOST_MODE_SOUND: "PlayLostModeSound",
        RemoteKind.LOCATE: "DeviceLocation",
    }
)

_REMOTE = {request_type: kind for kind, request_type in REQUEST_TYPE.items()}


def remote_of(request_type: str) -> RemoteKind | None:
    """The order that a RequestType carries out; None for every other command."""
    return _REMOTE.get(request_type)


def needs_approval(request_type: str) -> bool:
    """Whether it is one of the orders that leave with an approval only."""
    return remote_of(request_type) in NEEDS_APPROVAL
